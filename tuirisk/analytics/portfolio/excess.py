"""The excess of a margin pool, margin balance less maintenance margin, at many prices at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tuirisk.analytics.leverage.brackets import bracket_at
from tuirisk.analytics.portfolio.legs import Leg, MarginPool
from tuirisk.market.candles import Column

REACH = 4.0
"""Brackets that a leg meets only beyond so many times its notional, or below so small a part of
it, are left out of paths."""


@dataclass(frozen=True, slots=True)
class _CurvedMargin:
    """The maintenance margin of a leg that may change its bracket."""

    row: int
    scale: float
    rate: float
    caps: Column
    rates: Column
    cumulative: Column

    def margin(self, prices: Column) -> Column:
        notional = self.scale * prices[self.row]
        first = int(np.searchsorted(self.caps, notional.min()))
        last = int(np.searchsorted(self.caps, notional.max()))
        place = first if first == last else np.searchsorted(self.caps, notional)
        needed: Column = (notional * self.rates[place] - self.cumulative[place]) * self.rate
        return needed


class PoolExcess:
    """The excess of one pool; ``rows`` gives the place of each symbol among the prices."""

    def __init__(self, pool: MarginPool, rows: Mapping[str, int], reach: float = REACH) -> None:
        self.level = pool.wallet
        self.slopes = np.zeros(len(rows))
        self.notionals = np.zeros(len(rows))
        self._curved: list[_CurvedMargin] = []
        for leg in pool.legs:
            row = rows[leg.symbol]
            self.level -= leg.exposure * leg.entry_price
            self.slopes[row] += leg.exposure
            now = bracket_at(leg.brackets, leg.quantity * leg.mark)
            self.notionals[row] += leg.exposure * leg.mark - now.maintenance_rate * leg.notional
            self._add_margin(leg, row, reach)
        self._rows = np.flatnonzero(self.slopes).tolist()

    def __call__(self, prices: Column) -> Column:
        """The excess at ``prices``, shape (symbols, …); result of shape (…)."""
        excess = np.full(prices.shape[1:], self.level)
        for row in self._rows:
            excess += self.slopes[row] * prices[row]
        for leg in self._curved:
            excess -= leg.margin(prices)
        return excess

    def _add_margin(self, leg: Leg, row: int, reach: float) -> None:
        notional = leg.quantity * leg.mark
        floors = [0.0, *(b.notional_cap for b in leg.brackets[:-1])]
        near = [
            bracket
            for bracket, floor in zip(leg.brackets, floors, strict=True)
            if bracket.notional_cap > notional / reach and floor < notional * reach
        ] or [leg.brackets[-1]]
        if len(near) == 1:
            self.level += near[0].cumulative * leg.rate
            self.slopes[row] -= near[0].maintenance_rate * leg.quantity * leg.rate
            return
        self._curved.append(
            _CurvedMargin(
                row,
                leg.quantity,
                leg.rate,
                np.array([b.notional_cap for b in near[:-1]]),
                np.array([b.maintenance_rate for b in near]),
                np.array([b.cumulative for b in near]),
            )
        )


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
