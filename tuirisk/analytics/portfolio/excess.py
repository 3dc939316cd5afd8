"""The excess of a margin pool, margin balance less maintenance margin, at many prices at once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tuirisk.analytics.leverage.brackets import bracket_at
from tuirisk.analytics.portfolio.legs import Leg, MarginPool
from tuirisk.events import Bracket
from tuirisk.market.candles import Column

REACH = 4.0
"""Brackets that a leg meets only beyond so many times its notional, or below so small a part of
it, are left out of paths."""


Bounds = tuple[Column, Column]
"""The lowest and the highest price of each symbol."""


class LegMargin:
    """The maintenance margin of one leg at many prices, in the account's unit.

    It is linear within the bracket at the mark; other brackets are asked only where a price
    reaches them.
    """

    def __init__(self, leg: Leg, row: int, reach: float) -> None:
        near = _brackets_near(leg, reach)
        self.row = row
        self._scale, self._rate = leg.quantity, leg.rate
        self._caps = np.array([bracket.notional_cap for bracket in near[:-1]])
        self._rates = np.array([bracket.maintenance_rate for bracket in near])
        self._cumulative = np.array([bracket.cumulative for bracket in near])
        place = int(np.searchsorted(self._caps, leg.quantity * leg.mark))
        self.slope = float(self._rates[place]) * leg.quantity * leg.rate
        self.level = -float(self._cumulative[place]) * leg.rate
        floor = self._caps[place - 1] if place else -np.inf
        cap = self._caps[place] if place < self._caps.size else np.inf
        self._low, self._high = floor / leg.quantity, cap / leg.quantity
        self.curved = len(near) > 1

    def __call__(self, price: Column, bounds: Bounds) -> Column:
        """The maintenance margin at ``price``."""
        needed = self.slope * price + self.level
        if not self.holds_within(bounds):
            needed += self.beyond(price)
        return needed

    def holds_within(self, bounds: Bounds) -> bool:
        """Whether no price leaves the bracket at the mark."""
        low, high = bounds
        return bool(self._low <= low[self.row] and high[self.row] <= self._high)

    def beyond(self, price: Column) -> Column:
        """What the bracket at ``price`` asks for more than the one at the mark."""
        notional = self._scale * price
        place = np.searchsorted(self._caps, notional)
        needed = (notional * self._rates[place] - self._cumulative[place]) * self._rate
        more: Column = needed - (self.slope * price + self.level)
        return more


def _brackets_near(leg: Leg, reach: float) -> list[Bracket]:
    """The brackets that ``leg`` is in between the ``reach``-th part and times its notional."""
    notional = leg.quantity * leg.mark
    floors = [0.0, *(b.notional_cap for b in leg.brackets[:-1])]
    return [
        bracket
        for bracket, floor in zip(leg.brackets, floors, strict=True)
        if bracket.notional_cap > notional / reach and floor < notional * reach
    ] or [leg.brackets[-1]]


def bounds_of(prices: Column) -> Bounds:
    """The lowest and the highest of each row."""
    return prices.min(axis=1), prices.max(axis=1)


class PoolExcess:
    """The excess of one pool; ``rows`` gives the place of each symbol among the prices."""

    def __init__(self, pool: MarginPool, rows: Mapping[str, int], reach: float = REACH) -> None:
        self.level = pool.wallet
        self.slopes = np.zeros(len(rows))
        self.notionals = np.zeros(len(rows))
        self._curved: list[LegMargin] = []
        for leg in pool.legs:
            row = rows[leg.symbol]
            margin = LegMargin(leg, row, reach)
            self.level -= leg.exposure * leg.entry_price + margin.level
            self.slopes[row] += leg.exposure - margin.slope
            now = bracket_at(leg.brackets, leg.quantity * leg.mark)
            self.notionals[row] += leg.exposure * leg.mark - now.maintenance_rate * leg.notional
            if margin.curved:
                self._curved.append(margin)
        self._rows = np.flatnonzero(self.slopes).tolist()

    def __call__(self, prices: Column, bounds: Bounds | None = None) -> Column:
        """The excess at ``prices``, (symbols, n); ``bounds`` are theirs, where they are known."""
        excess = np.full(prices.shape[1], self.level)
        for row in self._rows:
            excess += self.slopes[row] * prices[row]
        if self._curved:
            bounds = bounds or bounds_of(prices)
            for margin in self._curved:
                if not margin.holds_within(bounds):
                    excess -= margin.beyond(prices[margin.row])
        return excess


def balance_of(pool: MarginPool) -> float:
    """The margin balance at the mark prices."""
    return pool.wallet + sum(leg.profit for leg in pool.legs)


def maintenance_of(pool: MarginPool) -> float:
    """The maintenance margin at the mark prices."""
    return sum(maintenance_at(leg, leg.mark) for leg in pool.legs)


def maintenance_at(leg: Leg, price: float) -> float:
    """The maintenance margin of ``leg`` at ``price``, in the account's unit."""
    notional = leg.quantity * price
    bracket = bracket_at(leg.brackets, notional)
    return (notional * bracket.maintenance_rate - bracket.cumulative) * leg.rate
