"""Margin by the exchange's rule: maintenance margin by bracket, and the liquidation price.

Positions that share a margin balance are liquidated together once it no longer exceeds their
maintenance margins (margin ratio 100 %). As a function of one symbol's price P that is

    E(P) = WB − TMM + UPNL + Σ sideᵢ·Qᵢ·(P − EPᵢ) − Σ (Qᵢ·P·MMRᵢ − cumᵢ) ≤ 0

over the symbol's positions in that balance, with WB its wallet and TMM and UPNL the maintenance
margin and unrealised PnL of its other symbols (both zero for isolated margin). For one position
the root is Binance's LP = (WB − TMM + UPNL + cum − side·Q·EP) / (Q·MMR − side·Q); in hedge mode
the sums are those of its formula for LONG and SHORT ("How to Calculate Liquidation Price of
USDⓈ-M Futures Contracts", Binance support). MMR and cum belong to the bracket at the notional
*at the liquidation price*. E is linear between the prices at which a position changes its
bracket, so the roots are found exactly, piece by piece, instead of by iteration: brackets that
jump, and hedges with a root on either side, need no special case.

With multi-assets margin the PnL counts by the rate of the asset it settles in, which is another
for a debt than for a balance, and collateral in the symbol's own base asset moves with its price
(:class:`MarginTerms`): E is still linear piece by piece.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, isfinite

from tuirisk.analytics.leverage.brackets import bracket_at
from tuirisk.analytics.leverage.open_positions import OpenPosition
from tuirisk.events import Bracket


@dataclass(frozen=True, slots=True)
class MarginTerms:
    """How a margin balance counts, where that is not one for one.

    ``settled`` is what else stands in the asset that PnL settles in, in that asset: one of it
    counts as ``bid`` while the sum with the PnL is above zero, as ``ask`` below. ``per_price`` is
    margin for each unit of the symbol's price. The excess is gone at ``maintenance_factor`` times
    the maintenance margin.
    """

    settled: float = 0.0
    bid: float = 1.0
    ask: float = 1.0
    per_price: float = 0.0
    maintenance_factor: float = 1.0

    def count(self, amount: float) -> float:
        """The margin that ``amount`` of the settlement asset is."""
        return amount * (self.bid if amount > 0 else self.ask)


ONE_FOR_ONE = MarginTerms()


@dataclass(frozen=True, slots=True)
class LiquidationBarriers:
    """Prices at which the symbol's positions are liquidated; None where there is none.

    ``due``: they are already at the reference price; then each bounds, on its side of it, the
    range of prices at which they are.
    """

    lower: float | None
    upper: float | None
    due: bool

    def nearest(self, price: float) -> float | None:
        """The one that is fewer per cent away from ``price``."""
        if self.lower is None or self.upper is None:
            return self.upper if self.lower is None else self.lower
        return self.lower if price / self.lower <= self.upper / price else self.upper

    def other(self, price: float) -> float | None:
        near = self.nearest(price)
        return next((b for b in (self.lower, self.upper) if b is not None and b != near), None)


def maintenance_margin(brackets: tuple[Bracket, ...], notional: float) -> float:
    """Notional × the bracket's rate − its cumulative amount (``notional`` ≥ 0, quote asset)."""
    bracket = bracket_at(brackets, notional)
    return notional * bracket.maintenance_rate - bracket.cumulative


def margin_excess(
    positions: Sequence[OpenPosition],
    brackets: tuple[Bracket, ...],
    balance: float,
    price: float,
    terms: MarginTerms = ONE_FOR_ONE,
) -> float:
    """Margin balance above the maintenance margin at ``price``: E of the module's text."""
    profit = sum(
        position.sign * position.quantity * (price - position.entry_price) for position in positions
    )
    needed = sum(maintenance_margin(brackets, position.quantity * price) for position in positions)
    margin = balance + terms.count(terms.settled + profit) + terms.per_price * price
    return margin - terms.maintenance_factor * needed


def liquidation_barriers(
    positions: Sequence[OpenPosition],
    brackets: tuple[Bracket, ...],
    balance: float,
    reference: float,
    terms: MarginTerms = ONE_FOR_ONE,
) -> LiquidationBarriers:
    """Where the price, starting at ``reference`` > 0, first meets a liquidation on either side.

    ``balance`` is WB − TMM + UPNL. A price at which the excess is exactly zero liquidates.
    """
    due = margin_excess(positions, brackets, balance, reference, terms) <= 0
    lower: float | None = None
    upper: float | None = None
    for price in _crossings(positions, brackets, balance, terms):
        if price <= reference:
            lower = price
        elif upper is None:
            upper = price
    return LiquidationBarriers(lower, upper, due)


def _crossings(
    positions: Sequence[OpenPosition],
    brackets: tuple[Bracket, ...],
    balance: float,
    terms: MarginTerms,
) -> list[float]:
    """Prices above zero at which the excess passes through zero or jumps across it, ascending."""
    prices: list[float] = []
    before: float | None = None
    for low, high in pairwise(_edges(positions, brackets, terms)):
        level, slope = _segment(positions, brackets, balance, low, high, terms)
        start = level + slope * low
        end = level + slope * high if isfinite(high) else (slope or level) * inf
        if before is not None and (before > 0) != (start > 0):
            prices.append(low)
        if (start > 0) != (end > 0):
            root = -level / slope
            if root > 0:
                prices.append(min(max(root, low), high))
        before = end
    return prices


def _edges(
    positions: Sequence[OpenPosition], brackets: tuple[Bracket, ...], terms: MarginTerms
) -> list[float]:
    """Zero, infinity, and every price at which a position leaves a bracket or debt begins."""
    edges = {b.notional_cap / position.quantity for b in brackets[:-1] for position in positions}
    settled, coins = _settled(positions, terms)
    if terms.bid != terms.ask and coins:
        edges.add(-settled / coins)
    return [0.0, *sorted(edge for edge in edges if isfinite(edge) and edge > 0), inf]


def _settled(positions: Sequence[OpenPosition], terms: MarginTerms) -> tuple[float, float]:
    """Level at price zero and slope of what stands in the settlement asset."""
    coins = sum(position.sign * position.quantity for position in positions)
    paid = sum(position.sign * position.quantity * position.entry_price for position in positions)
    return terms.settled - paid, coins


def _segment(
    positions: Sequence[OpenPosition],
    brackets: tuple[Bracket, ...],
    balance: float,
    low: float,
    high: float,
    terms: MarginTerms,
) -> tuple[float, float]:
    """Level at price zero and slope of the excess between two neighbouring edges."""
    inside = (low + high) / 2 if isfinite(high) else 2 * low + 1
    settled, coins = _settled(positions, terms)
    rate = terms.bid if settled + coins * inside > 0 else terms.ask
    level, slope = balance + rate * settled, rate * coins + terms.per_price
    for position in positions:
        bracket = bracket_at(brackets, position.quantity * inside)
        level += terms.maintenance_factor * bracket.cumulative
        slope -= terms.maintenance_factor * position.quantity * bracket.maintenance_rate
    return level, slope
