"""The order book of a symbol: depth, the impact of orders and what exits cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tuirisk.state.codes import SlippageLevel
from tuirisk.state.depth import NO_PROFILE, NO_SESSION, BookSession, DepthProfile
from tuirisk.state.judgement import Judgements, judged
from tuirisk.state.number import (
    NOT_YET,
    Missing,
    Number,
    screen_only,
)


@dataclass(frozen=True, slots=True)
class DepthWithin:
    """Notional (quote asset) within a fraction of mid, for each side of the book."""

    bid: Number
    ask: Number


@dataclass(frozen=True, slots=True)
class Fill:
    """A walk of the book by one order. Slippages are fractions, positive when they cost."""

    vwap: Number
    """Mean price paid, quote asset."""
    slippage: Number
    """Against mid."""
    slippage_touch: Number
    """Against the best price of the side."""
    worst: Number
    """Price of the last level used, quote asset."""
    filled: Number
    """Notional, quote asset."""
    unfilled: Number
    """Notional that the known book cannot fill, quote asset."""
    exhausted: bool | Missing
    """Whether the known book ended before the order: slippage is then a lower bound."""
    level: SlippageLevel | Missing
    """``low``, ``medium`` or ``high``."""
    levels: Judgements = judged()
    whole_side: bool | Missing = screen_only(False)
    """Whether the whole side is known: an order that exhausts it cannot be filled at any price."""


@dataclass(frozen=True, slots=True)
class Impact:
    """Market orders of ``notional`` (quote asset) on either side of the book."""

    notional: float
    sell: Fill
    """Consumes bids."""
    buy: Fill
    """Consumes asks."""


@dataclass(frozen=True, slots=True)
class OrderSize:
    """An order whose cost somebody asks about."""

    measure: Literal["notional", "quantity", "share"]
    amount: float
    """Quote asset, base asset, or a share of the position (1 is the whole exit)."""
    symbol: str = ""
    """The symbol that a quantity is of; empty asks of every symbol."""


@dataclass(frozen=True, slots=True)
class OrderImpact:
    """An order and its impact on the book of one symbol; ``quantity`` is in the base asset."""

    order: OrderSize
    quantity: Number
    impact: Impact | Missing


@dataclass(frozen=True, slots=True)
class Liquidity:
    """The order book of a symbol: spread, depth, and the cost of an exit.

    ``bid`` and ``ask`` are the best prices, quote asset.
    """

    bid: Number
    ask: Number
    mid: Number
    """Mean of best bid and best ask; prices are in the quote asset."""
    spread_bps: Number
    """Basis points of mid."""
    imbalance: Number
    """(bid − ask) / (bid + ask) of the first ten levels' quantities, −1 to 1."""
    microprice: Number
    """Best bid and ask, each weighted by the other's quantity; quote asset."""
    depth: Mapping[str, DepthWithin]
    """Name of the band (a fraction of mid) → notional within it."""
    impact: Impact
    """The exit of the larger position, else an order of the reference notional."""
    levels: Judgements = judged()
    bids: tuple[tuple[float, float], ...] = screen_only(())
    asks: tuple[tuple[float, float], ...] = screen_only(())
    """Best levels first, (price, quantity), for the ladder."""
    curve: tuple[Impact, ...] = screen_only(())
    """Impact over a ladder of sizes."""
    spread_percentile: Number = screen_only(NOT_YET)
    """Rank of the spread among the day's samples, 0–100."""
    depth_percentile: Number = screen_only(NOT_YET)
    """Rank of the depth within ±0.1 % among the day's samples, 0–100."""
    metaorder_cost: Number = screen_only(NOT_YET)
    """Square-root law beside the walk, a fraction."""
    curve_metaorder_costs: tuple[Number, ...] = screen_only(())
    """The square-root law for each size of ``curve``."""
    profile: DepthProfile = screen_only(NO_PROFILE)
    session: BookSession = screen_only(NO_SESSION)
