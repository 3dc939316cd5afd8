"""The market component of the score at many times at once.

The values are those of :mod:`tuirisk.analytics` on the bars that the monitor would hold at each
time: as many as :data:`~tuirisk.market.candles.CAPACITY` says. Every function takes ``counts``,
the number of bars that had closed at each time, and gives a column of that length, NaN where there
is no number.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tuirisk.analytics.market_risk.cone import rolling_volatilities
from tuirisk.analytics.market_risk.drawdown import SEVERE, SEVERITY_HISTORY, WINDOWS
from tuirisk.analytics.market_risk.returns import prices
from tuirisk.analytics.market_risk.rolling import rolling_max, rolling_percentile_rank
from tuirisk.analytics.score.components import market_shares
from tuirisk.market.candles import CAPACITY, Bars
from tuirisk.market.series import Column

Counts = NDArray[np.int64]
LEAST_RANKED = 2


def market_points(
    bars: Mapping[str, Bars],
    counts: Mapping[str, Counts],
    rank_1y: Column,
    windows: Sequence[int],
) -> Column:
    """Points of the component; ``rank_1y`` is the rank of the volatility forecast, 0–100."""
    cells = [
        column
        for interval, rows in bars.items()
        for column in cone_percentiles(rows, counts[interval], windows, CAPACITY[interval])
    ]
    cone = mean_of(cells)
    falls = [
        drawdown_severity(bars[name], counts[name], size, CAPACITY[name])
        for name, size in WINDOWS.items()
    ]
    worst = np.fmax.reduce(falls)
    points = np.full(cone.size, np.nan)
    for ranked in (True, False):
        for fallen in (True, False):
            rows = (np.isfinite(rank_1y) == ranked) & (np.isfinite(worst) == fallen)
            forecast, share, drawdown = market_shares(ranked, fallen)
            points[rows] = share * cone[rows]
            if ranked:
                points[rows] += forecast * rank_1y[rows]
            if fallen:
                points[rows] += drawdown * 100.0 * worst[rows]
    return points


def cone_percentiles(
    bars: Bars, counts: Counts, windows: Sequence[int], capacity: int
) -> list[Column]:
    """Percentile, 0–100, of the volatility of each of ``windows`` in the history kept."""
    found = []
    for window, rolling in zip(windows, rolling_volatilities(bars, windows), strict=True):
        ranks = np.full(len(bars) + 1, np.nan)
        if rolling.size:
            ranks[window + 1 :] = rolling_percentile_rank(rolling, capacity - window, LEAST_RANKED)
        found.append(ranks[counts])
    return found


def drawdown_severity(bars: Bars, counts: Counts, size: int, capacity: int) -> Column:
    """Drawdown from the highest of ``size`` closes over the 95th percentile of its history."""
    closes = prices(bars.close)
    highest = rolling_max(closes, size)
    severity = np.full(len(bars) + 1, np.nan)
    if highest.size >= SEVERITY_HISTORY:
        depths = 1.0 - closes[size - 1 :] / highest
        severe = _rolling_quantile(depths, capacity - size + 1, SEVERITY_HISTORY, SEVERE)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(severe > 0.0, np.minimum(depths / severe, 1.0), np.nan)
        severity[size:] = share
    return severity[counts]


def mean_of(columns: Sequence[Column]) -> Column:
    """Mean of the numbers of each row; NaN where there is none."""
    table = np.stack(columns)
    known = np.isfinite(table)
    count = known.sum(axis=0)
    total = np.where(known, table, 0.0).sum(axis=0)
    mean: Column = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return mean


def _rolling_quantile(values: Column, window: int, least: int, probability: float) -> Column:
    """Quantile (numpy's ``linear``) of the last ``window`` values at each; NaN below ``least``."""
    series, ordered = values.tolist(), list[float]()
    found = np.full(values.size, np.nan)
    for row, value in enumerate(series):
        if row >= window and (old := series[row - window]) == old:
            del ordered[bisect_left(ordered, old)]
        if value == value:
            insort(ordered, value)
        if len(ordered) >= least:
            position = probability * (len(ordered) - 1)
            below = int(position)
            low, high = ordered[below], ordered[min(below + 1, len(ordered) - 1)]
            found[row] = low + (high - low) * (position - below)
    return found
