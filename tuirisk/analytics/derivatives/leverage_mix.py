"""The leverages of open interest, corrected by the liquidations that were received.

The cluster model says how much notional of each leverage a passing price has liquidated, and at
which prices. Where the received liquidations lie at those prices says which leverages were common.
Expected notional of a price is linear in the shares, so that their ratio to the assumed ones is
estimated by maximum likelihood of Poisson counts (the EM of Richardson and Lucy), each ratio
shrunken to 1 by a Gamma prior (as the observed-to-expected ratios of DuMouchel 1999) and bounded.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tuirisk.analytics.derivatives.liquidation_clusters import BUCKET, liquidation_price
from tuirisk.analytics.derivatives.standing_positions import (
    Column,
    StandingPositions,
    standing_positions,
)
from tuirisk.events.intervals import DAY_MS
from tuirisk.market.candles import Bars
from tuirisk.market.derivatives import OpenInterestPoints
from tuirisk.state import LeverageMix, Missing

LONGEST_DAYS = 7
LEAST_LIQUIDATIONS = 200
"""Liquidations at modelled prices below which the assumed shares stay as they are."""
LEAST_EFFECTIVE = 50.0
"""The same of their effective number (Σ notional)² / Σ notional²: few large ones are few."""
PRIOR = 25.0
"""Liquidations that the assumption counts for, of each leverage."""
LARGEST_RATIO = 4.0
"""No share is multiplied or divided by more, before they are made to add up to 1."""
NEAR = 1.1
"""Times the extremes of the bars: a price beyond is of another contract."""
ROUNDS = 500
SMALLEST_STEP = 1e-10

Cells = NDArray[np.int64]


def leverage_mix(
    history: OpenInterestPoints,
    bars: Bars,
    rows: Column,
    assumed: Mapping[str, float],
    maintenance_rate: float,
) -> LeverageMix:
    """``assumed`` shares by leverage, corrected by ``rows`` where there are enough of them.

    Args:
        history: the points of open interest.
        bars: 15m bars.
        rows: liquidations (time ms, price, notional above 0 of longs and below of shorts), in any
            order; those after the last bar, or more than 7 days before its end, are not used.
        assumed: leverage → share of open interest.
        maintenance_rate: of the symbol's lowest bracket.
    """
    default = LeverageMix(dict(assumed), calibrated=False, liquidations=0, effective=0.0, span_ms=0)
    if len(rows) < LEAST_LIQUIDATIONS or len(bars) < 2:
        return default
    rows = _usable(rows, bars)
    positions = standing_positions(history, bars)
    if isinstance(positions, Missing) or len(rows) < LEAST_LIQUIDATIONS:
        return default
    first, end = int(rows[0, 0]), int(bars.open_time[-1]) + bars.interval_ms
    expected = _expected(positions, bars, first, list(assumed), maintenance_rate)
    cells = _cells(rows[:, 1], rows[:, 2])
    seen, observed, count = _observed(cells, np.abs(rows[:, 2]), expected)
    effective = float(observed.sum())
    default = LeverageMix(dict(assumed), False, count, effective, end - first)
    if count < LEAST_LIQUIDATIONS or effective < LEAST_EFFECTIVE:
        return default
    shares = np.array(list(assumed.values()))
    model = np.array([[column.get(cell, 0.0) for cell in seen] for column in expected])
    everywhere = np.array([sum(column.values()) for column in expected])
    scale = effective / float(shares @ everywhere)
    ratios = _ratios(observed, shares[:, None] * model * scale, shares * everywhere * scale)
    corrected = shares * ratios
    corrected /= corrected.sum()
    return LeverageMix(
        dict(zip(assumed, corrected.tolist(), strict=True)), True, count, effective, end - first
    )


def _usable(rows: Column, bars: Bars) -> Column:
    """Those of the bars' time and of their prices, in an order that is theirs alone."""
    end = int(bars.open_time[-1]) + bars.interval_ms
    from_ms = max(int(bars.open_time[0]), end - LONGEST_DAYS * DAY_MS)
    time, price = rows[:, 0], rows[:, 1]
    used = (time >= from_ms) & (time < end) & (rows[:, 2] != 0)
    used &= (price > bars.low.min() / NEAR) & (price < bars.high.max() * NEAR)
    rows = rows[used]
    return rows[np.lexsort(rows.T[::-1])]


def _cells(price: Column, side: Column) -> Cells:
    """The bucket of 0.5 % of a bankruptcy price: even numbers of longs, odd ones of shorts."""
    bucket = np.floor(np.log(price) / np.log1p(BUCKET)).astype(np.int64)
    cells: Cells = 2 * bucket + (side < 0)
    return cells


def _expected(
    positions: StandingPositions,
    bars: Bars,
    first_ms: int,
    leverages: list[str],
    maintenance_rate: float,
) -> list[dict[int, float]]:
    """By leverage, were all positions of it: cell → notional liquidated since ``first_ms``.

    A liquidation is reported at its bankruptcy price, entry · (1 ∓ 1 / leverage). Neighbouring
    cells have a quarter each: positions are opened around the price of a point, not at it.
    """
    start = int(np.searchsorted(bars.open_time, first_ms, side="right")) - 1
    rows = np.searchsorted(bars.open_time, positions.time)
    paths = {1: _MinimumTable(bars.low), -1: _MinimumTable(-bars.high)}
    found: list[dict[int, float]] = []
    for leverage in map(float, leverages):
        column: dict[int, float] = {}
        for side, path in paths.items():
            level = np.asarray(liquidation_price(positions.entry, leverage, side, maintenance_rate))
            bar = path.first_at_or_below(rows, side * level)
            ended = np.flatnonzero((bar >= start) & (bar < len(bars)) & (level > 0))
            bankrupt = positions.entry[ended] * (1 - side / leverage)
            ended, bankrupt = ended[bankrupt > 0], bankrupt[bankrupt > 0]
            amounts = positions.standing_at(ended, bars.open_time[bar[ended]])
            cells = _cells(bankrupt, np.full(bankrupt.size, float(side)))
            for cell, amount in zip(cells.tolist(), amounts.tolist(), strict=True):
                for neighbour, part in ((cell - 2, 0.25), (cell, 0.5), (cell + 2, 0.25)):
                    column[neighbour] = column.get(neighbour, 0.0) + part * amount
        found.append(column)
    return found


def _observed(
    cells: Cells, notional: Column, expected: list[dict[int, float]]
) -> tuple[list[int], Column, int]:
    """(cells, effective liquidations in each, how many there are) of those that are modelled."""
    modelled = {cell for column in expected for cell, amount in column.items() if amount > 0}
    within = np.isin(cells, np.array(sorted(modelled), dtype=np.int64))
    cells, notional = cells[within], notional[within]
    if not cells.size:
        return [], np.empty(0), 0
    names, places = np.unique(cells, return_inverse=True)
    sums = np.bincount(places, weights=notional)
    effective = notional.sum() ** 2 / np.square(notional).sum()
    return names.tolist(), sums * (effective / notional.sum()), int(cells.size)


def _ratios(observed: Column, model: Column, totals: Column) -> Column:
    """By leverage: actual share / assumed share.

    Args:
        observed: liquidations by cell (n).
        model: expected ones by leverage and cell (k, n).
        totals: expected ones by leverage, of all cells (k).
    """
    ratios = np.ones(totals.size)
    for _ in range(ROUNDS):
        mean = ratios @ model
        counts = ratios * (model @ np.divide(observed, mean, np.zeros_like(mean), where=mean > 0))
        newer = (PRIOR + counts) / (PRIOR + totals)
        settled = bool(np.abs(newer - ratios).max() < SMALLEST_STEP)
        ratios = newer
        if settled:
            break
    return np.clip(ratios, 1 / LARGEST_RATIO, LARGEST_RATIO)


class _MinimumTable:
    """Minima of ``values`` over every span of 2^j rows, to find where a level is first reached."""

    def __init__(self, values: Column) -> None:
        self._spans = [values]
        while 2 ** len(self._spans) <= values.size:
            last, half = self._spans[-1], 2 ** (len(self._spans) - 1)
            self._spans.append(np.minimum(last[:-half], last[half:]))

    def first_at_or_below(self, rows: NDArray[np.int64], levels: Column) -> NDArray[np.int64]:
        """The first place from ``rows`` on whose value is at most ``levels``; else the size."""
        place = rows.copy()
        for power in range(len(self._spans) - 1, -1, -1):
            span = self._spans[power]
            inside = place < span.size
            above = np.zeros(place.size, dtype=bool)
            above[inside] = span[place[inside]] > levels[inside]
            place[above] += 2**power
        return place
