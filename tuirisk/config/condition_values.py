"""What a condition of the user's own can be on: the names of the numbers and their ranges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import inf
from typing import Literal

Scope = Literal["symbol", "radar", "position", "asset", "account", "market"]
"""What a number is of: a symbol, any perpetual that trades, the position in a symbol, its base
asset (other people's data), the whole account, or the whole market."""
Unit = Literal["price", "fraction", "money", "number"]


@dataclass(frozen=True, slots=True)
class ConditionValue:
    """A number that conditions can be on."""

    scope: Scope
    unit: Unit
    lowest: float = -inf
    highest: float = inf


def _names() -> Iterator[tuple[str, ConditionValue]]:
    for name in ("price", "mark", "index"):
        yield name, ConditionValue("symbol", "price", 0.0)
    for name in ("change_24h", "move_5m", "basis"):
        yield name, ConditionValue("symbol", "fraction", -1.0)
    yield "move_5m_sigmas", ConditionValue("symbol", "number")
    yield "score", ConditionValue("symbol", "number", 0.0, 100.0)
    for name in ("funding", "funding_8h"):
        yield name, ConditionValue("symbol", "fraction", -1.0, 1.0)
    yield "funding_annualised", ConditionValue("symbol", "fraction")
    yield "spread_bps", ConditionValue("symbol", "number", 0.0)
    yield "imbalance", ConditionValue("symbol", "number", -1.0, 1.0)
    for name in ("open_interest_change_1h", "open_interest_change_24h"):
        yield name, ConditionValue("symbol", "fraction", -1.0)
    yield "volatility_24h", ConditionValue("symbol", "fraction", 0.0)
    yield "volatility_rank_1y", ConditionValue("symbol", "number", 0.0, 100.0)
    for name in ("move_sigmas", "volume_ratio"):
        yield name, ConditionValue("radar", "number", 0.0 if name == "volume_ratio" else -inf)
    for name in ("funding_rank", "volatility_rank"):
        yield name, ConditionValue("radar", "number", 0.0, 100.0)
    yield "distance", ConditionValue("position", "fraction", 0.0)
    yield "distance_sigmas", ConditionValue("position", "number", 0.0)
    yield "pnl", ConditionValue("position", "money")
    yield "leverage", ConditionValue("position", "number", 0.0)
    yield "margin_ratio", ConditionValue("position", "fraction", 0.0)
    yield "notional", ConditionValue("position", "money", 0.0)
    for name in ("p_liquidation_24h", "p_liquidation_7d"):
        yield name, ConditionValue("position", "fraction", 0.0, 1.0)
    for name in ("equity", "account_pnl", "available_balance"):
        yield name, ConditionValue("account", "money")
    yield "var_1d_95", ConditionValue("account", "money", 0.0)
    yield "account_margin_ratio", ConditionValue("account", "fraction", 0.0)
    yield "implied_volatility", ConditionValue("asset", "fraction", 0.0)
    yield "implied_premium", ConditionValue("asset", "fraction")
    yield "implied_rank", ConditionValue("asset", "number", 0.0, 100.0)
    for name in ("net_flow_1d", "net_flow_7d"):
        yield name, ConditionValue("asset", "number")
    for name in ("outside_long_1h", "outside_short_1h"):
        yield name, ConditionValue("asset", "money", 0.0)
    yield "sentiment", ConditionValue("market", "number", 0.0, 100.0)


CONDITION_VALUES: Mapping[str, ConditionValue] = dict(_names())
"""Name → the number. Beside these stand the names of the JSON documents under ``[providers]``."""
DOCUMENT = ConditionValue("market", "number")
"""The number of a JSON document."""


def condition_value(name: str) -> ConditionValue:
    """The number called ``name``; one that tuirisk does not know is of a JSON document."""
    return CONDITION_VALUES.get(name, DOCUMENT)
