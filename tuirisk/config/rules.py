"""What a value of ``config.toml`` may be, beyond its type.

A rule takes the value as read and gives ``""`` when it is right, else "what is wrong; what would
be right". No rule repeats an address: proxies and webhooks carry passwords and tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, isclose
from typing import Any
from urllib.parse import urlsplit

from tuirisk.config.model import PositionConfig, RiskConfig, ScenarioConfig, Thresholds, Weights

Rule = Callable[[Any], str]

LONGEST_SHOWN = 32
"""Longer text is not repeated in an error: a key pasted in the wrong place is a secret still."""


def shown(value: object) -> str:
    """``value`` for an error message: on one line, and never long enough to be a secret."""
    if isinstance(value, str):
        if len(value) > LONGEST_SHOWN:
            return "this text"
        return '"' + repr(value)[1:-1] + '"'
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.10g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True, slots=True)
class Range:
    """A number from ``low`` to ``high``, both allowed unless ``above`` leaves ``low`` out."""

    low: float
    high: float = inf
    above: bool = False
    hint: str = ""

    def __call__(self, value: float) -> str:
        if (self.low < value if self.above else self.low <= value) and value <= self.high:
            return ""
        return f"{shown(value)} is out of range; use {self.words()}{self.hint}"

    def words(self) -> str:
        if self.above:
            ceiling = "" if self.high == inf else f" and at most {self.high:g}"
            return f"a number above {self.low:g}{ceiling}"
        if self.high == inf:
            return f"a number of at least {self.low:g}"
        return f"a number from {self.low:g} to {self.high:g}"


POSITIVE = Range(0, above=True)
NOT_NEGATIVE = Range(0)
SCORE = Range(0, 100)
FRACTION = Range(0, 1, hint=" (0.01 is 1 %)")
SHARE = Range(0, 1, above=True, hint=" (0.01 is 1 %)")


@dataclass(frozen=True, slots=True)
class Address:
    """An empty text, or a URL with one of ``schemes`` and a host."""

    schemes: tuple[str, ...]
    example: str

    def __call__(self, value: str) -> str:
        if not value or self._right(value):
            return ""
        starts = " or ".join(f"{scheme}://" for scheme in self.schemes)
        return f"not a valid {starts} address; write one such as {self.example}"

    def _right(self, value: str) -> bool:
        if not value.isprintable() or " " in value:
            return False
        try:
            parts = urlsplit(value)
            return parts.scheme in self.schemes and bool(parts.hostname) and parts.port != 0
        except ValueError:
            return False


def symbol(value: str) -> str:
    """Binance's symbols: upper case, letters (of any script), digits and ``_``."""
    letters = all(c.isalnum() or c == "_" for c in value)
    if not value or len(value) > LONGEST_SHOWN or not letters:
        return f"{shown(value)} is not a symbol; write one such as BTCUSDT"
    if value != value.upper():
        return f"{shown(value)} is not in upper case; write {shown(value.upper())}"
    return ""


def symbols(values: Sequence[str]) -> str:
    if not values:
        return "there is no symbol; name at least one, such as BTCUSDT"
    twice = _twice(values)
    return f"{shown(twice)} stands here twice; name it once" if twice else ""


def positions(values: Sequence[PositionConfig]) -> str:
    for i, one in enumerate(values):
        if any((one.symbol, one.side) == (other.symbol, other.side) for other in values[:i]):
            return f"{shown(one.symbol)} has two {one.side} positions; write them as one"
    wallets = {p.wallet_balance for p in values if p.margin_mode == "cross" and p.wallet_balance}
    if len(wallets) > 1:
        low, high = shown(min(wallets)), shown(max(wallets))
        return (
            f"cross positions share one wallet, but wallet_balance is {low} at one and {high} "
            "at another; write the same at each"
        )
    return ""


def scenarios(values: Sequence[ScenarioConfig]) -> str:
    twice = _twice([scenario.name for scenario in values])
    return f"{shown(twice)} stands here twice; give each a name of its own" if twice else ""


def scenario_name(value: str) -> str:
    if value.strip() and value.isprintable() and len(value) <= LONGEST_SHOWN:
        return ""
    return f"not a name for a scenario; write one of at most {LONGEST_SHOWN} characters"


def ascending(values: Sequence[float]) -> str:
    if not values:
        return "the list is empty; give at least one number"
    for before, after in pairwise(values):
        if after <= before:
            return (
                f"{shown(after)} comes after {shown(before)}; "
                "write each number once, smallest first"
            )
    return ""


def command(values: Sequence[str]) -> str:
    if values and not values[0].strip():
        return 'the command is empty; write [] for none, or e.g. ["notify-send", "tuirisk"]'
    return ""


def theme(value: str) -> str:
    return "" if value.strip() else "there is no name; name a theme, such as nord"


def weights(value: Weights) -> str:
    if value.market + value.liquidity + value.funding + value.correlation > 0:
        return ""
    return "every weight is 0; give at least one component a weight above 0"


def thresholds(value: Thresholds) -> str:
    if value.no_new_positions > value.reduce_or_hedge:
        return _crossed(value, "no_new_positions", "reduce_or_hedge")
    if value.slippage_medium > value.slippage_high:
        return _crossed(value, "slippage_medium", "slippage_high")
    return ""


def risk(value: RiskConfig) -> str:
    if value.neutral_rate_8h > value.extreme_rate_8h:
        return _crossed(value, "neutral_rate_8h", "extreme_rate_8h")
    return ""


def leverage_mix(value: Mapping[str, float]) -> str:
    for leverage in value:
        if not (leverage.isascii() and leverage.isdigit() and not leverage.startswith("0")):
            return f"{shown(leverage)} is not a leverage; write a whole number, such as 20 = 0.25"
    total = sum(value.values())
    if not isclose(total, 1.0, abs_tol=0.001):
        return f"the shares add up to {total:g}; make them add up to 1"
    return ""


def _twice(values: Sequence[str]) -> str:
    return next((v for i, v in enumerate(values) if v in values[:i]), "")


def _crossed(table: Thresholds | RiskConfig, lower: str, upper: str) -> str:
    low, high = shown(getattr(table, lower)), shown(getattr(table, upper))
    return f"{lower} ({low}) is above {upper} ({high}); lower the one or raise the other"


RULES: Mapping[str, Rule] = {
    "symbols": symbols,
    "symbols[]": symbol,
    "exchange.rest_url": Address(("http", "https"), "http://127.0.0.1:9000"),
    "exchange.stream_url": Address(("ws", "wss"), "ws://127.0.0.1:9000"),
    "exchange.proxy": Address(("http", "socks5"), "socks5://127.0.0.1:1080"),
    "account.equity": POSITIVE,
    "positions": positions,
    "positions[].symbol": symbol,
    "positions[].quantity": POSITIVE,
    "positions[].entry_price": POSITIVE,
    "positions[].leverage": Range(1),
    "positions[].wallet_balance": NOT_NEGATIVE,
    "scenarios": scenarios,
    "scenarios[].name": scenario_name,
    "scenarios[].price": Range(-1, 10, above=True, hint=" (-0.2 is a fall of 20 %)"),
    "scenarios[].volatility": POSITIVE,
    "scenarios[].spread": POSITIVE,
    "scenarios[].depth": POSITIVE,
    "scenarios[].funding": Range(-1, 1, hint=" (0.01 is 1 %)"),
    "risk": risk,
    "risk.reference_notional": POSITIVE,
    "risk.weights": weights,
    "risk.weights.market": Range(0, 100),
    "risk.weights.liquidity": Range(0, 100),
    "risk.weights.funding": Range(0, 100),
    "risk.weights.correlation": Range(0, 100),
    "risk.thresholds": thresholds,
    "risk.thresholds.reduce_or_hedge": SCORE,
    "risk.thresholds.no_new_positions": SCORE,
    "risk.thresholds.funding_extreme": SCORE,
    "risk.thresholds.reduce_size": SCORE,
    "risk.thresholds.hysteresis": SCORE,
    "risk.thresholds.liquidation_sigmas": NOT_NEGATIVE,
    "risk.thresholds.liquidation_probability": FRACTION,
    "risk.thresholds.slippage_medium": FRACTION,
    "risk.thresholds.slippage_high": FRACTION,
    "risk.thresholds.minimum_coverage": FRACTION,
    "risk.windows": ascending,
    "risk.windows[]": Range(2, 1500),
    "risk.impact_ladder": ascending,
    "risk.impact_ladder[]": POSITIVE,
    "risk.extreme_rate_8h": SHARE,
    "risk.neutral_rate_8h": FRACTION,
    "risk.min_carry": NOT_NEGATIVE,
    "risk.carry_holding_days": POSITIVE,
    "risk.perpetual_fee": FRACTION,
    "risk.spot_fee": FRACTION,
    "risk.risk_free_rate": Range(-1, 1, hint=" (0.01 is 1 %)"),
    "risk.var_budget": SHARE,
    "risk.large_trade_notional": POSITIVE,
    "risk.leverage_mix": leverage_mix,
    "risk.leverage_mix[]": NOT_NEGATIVE,
    "risk.seed": NOT_NEGATIVE,
    "alerts.confirm_seconds": NOT_NEGATIVE,
    "alerts.bell_cooldown": NOT_NEGATIVE,
    "alerts.on_escalation": command,
    "alerts.webhook": Address(("http", "https"), "https://example.com/hook"),
    "ui.theme": theme,
    "ui.refresh_hz": Range(0.2, 20),
}
"""By the key's path; ``[]`` stands for each item of a list and each entry of a free table."""
