"""The correlation component of the score at many times at once.

Divergence and breakdown as :mod:`tuirisk.analytics.market_risk.timeframes` has them; the draws of
the interval are sums over walks of the whole history, as a bar keeps its signs.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from math import sqrt

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tuirisk.analytics.market_risk.returns import ROUNDING, log_returns, prices
from tuirisk.analytics.market_risk.timeframes import (
    DRAWS,
    HORIZONS,
    MINIMUM_ROWS,
    NEED,
    PAIRS,
    ROWS,
    TAILS,
    TREND_WINDOW,
    signs_of,
)
from tuirisk.backtest.market_series import Counts
from tuirisk.market.candles import Bars
from tuirisk.market.series import Column

CHUNK = 4_096
"""Bars at a time."""
BLOCK = 100
"""Draws at a time."""


def correlation_points(bars: Mapping[str, Bars], counts: Mapping[str, Counts]) -> Column:
    """The larger of the strongest divergence and the worst breakdown, 0–100; NaN without both."""
    trends = [trend(rows, counts[name]) for name, rows in bars.items()]
    points: Column = 100.0 * np.fmax(divergence(trends), breakdown(bars["15m"], counts["15m"]))
    return points


def trend(bars: Bars, counts: Counts) -> Column:
    """mean / std · √24 of the last 24 log returns (std with ddof 1)."""
    found = np.full(counts.size, np.nan)
    enough = counts > TREND_WINDOW
    if not enough.any():
        return found
    windows = sliding_window_view(log_returns(bars), TREND_WINDOW)[
        counts[enough] - TREND_WINDOW - 1
    ]
    deviation = windows.std(axis=1, ddof=1)
    varies = deviation > ROUNDING * (1.0 + np.abs(windows).max(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = windows.mean(axis=1) / deviation * sqrt(TREND_WINDOW)
    found[enough] = np.where(varies, z, np.nan)
    return found


def divergence(trends: list[Column]) -> Column:
    """Strength, 0–1, of the strongest divergence; NaN where fewer than two have a trend."""
    strongest = np.zeros(trends[0].size)
    for one, other in combinations(trends, 2):
        weaker = np.minimum(np.abs(one), np.abs(other))
        apart = (one * other < 0.0) & (weaker >= 1.0)
        strongest = np.where(apart, np.fmax(strongest, np.minimum(weaker / 3.0, 1.0)), strongest)
    known = np.isfinite(np.stack(trends)).sum(axis=0) >= 2
    return np.where(known, strongest, np.nan)


def breakdown(bars: Bars, counts: Counts) -> Column:
    """How far the worst pair lies below its interval: 0 inside it, 1 at no correlation."""
    found = np.full(counts.size, np.nan)
    begin = int(np.searchsorted(counts, NEED))
    while begin < counts.size:
        near = np.append(np.diff(counts[begin:]) < NEED, False)
        near &= counts[begin:] - counts[begin] < CHUNK
        end = begin + 1 + int(np.argmin(near))
        first, last = int(counts[begin]) - NEED, int(counts[end - 1])
        found[begin:end] = _breakdown(bars, first, last, counts[begin:end])
        begin = end
    return found


def _breakdown(bars: Bars, first: int, last: int, counts: Counts) -> Column:
    """The breakdown at ``counts``, all of which are of the bars ``first`` to before ``last``."""
    times = bars.open_time[first:last]
    logs = np.log(prices(bars.close[first:last]))
    longest = HORIZONS[-1]
    whole = np.isfinite(logs[longest:])
    for horizon in HORIZONS:
        span = times[longest:] - times[longest - horizon : times.size - horizon]
        known = np.isfinite(logs[longest - horizon : logs.size - horizon])
        whole &= (span == horizon * bars.interval_ms) & known
    returns = np.diff(logs)
    returns[~np.isfinite(returns)] = 0.0
    ends = counts - first - longest
    signed = np.multiply(signs_of(times[1:], bars.interval_ms), returns, dtype=np.float64)
    value, varies = _correlations(returns[None, :], whole, ends)
    drawn = [
        _correlations(signed[block : block + BLOCK], whole, ends)[0]
        for block in range(0, DRAWS, BLOCK)
    ]
    low = np.quantile(np.concatenate(drawn, axis=1), TAILS[0], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        shortfall = np.where(low > 0.0, np.clip((low - value[:, 0]) / low, 0.0, 1.0), 0.0)
    known = (_window_sums(whole[None, :], ends)[0] >= MINIMUM_ROWS) & varies[0]
    return np.where(known, shortfall.max(axis=0), np.nan)


def _correlations(
    returns: Column, whole: NDArray[np.bool_], ends: Counts
) -> tuple[Column, NDArray[np.bool_]]:
    """Correlation of each pair of horizons in each row of ``returns`` over the 7 days to ``ends``.

    Shape ``(3, rows, ends)``; and, shape ``(rows, ends)``, whether all horizons vary.
    """
    longest = HORIZONS[-1]
    walks = np.zeros((len(returns), returns.shape[1] + 1))
    np.cumsum(returns, axis=1, out=walks[:, 1:])
    moves = [
        np.where(whole, walks[:, longest:] - walks[:, longest - h : walks.shape[1] - h], 0.0)
        for h in HORIZONS
    ]
    count = np.maximum(_window_sums(whole[None, :], ends), 1)
    sums = [_window_sums(move, ends) for move in moves]

    def spread(i: int, j: int) -> Column:
        products: Column = _window_sums(moves[i] * moves[j], ends) - sums[i] * sums[j] / count
        return products

    squares = [spread(i, i) for i in range(len(HORIZONS))]
    largest = np.abs(np.stack(moves)).max()
    varies = np.stack(squares) > (ROUNDING * (1.0 + largest)) ** 2 * count
    with np.errstate(divide="ignore", invalid="ignore"):
        found = [spread(i, j) / np.sqrt(squares[i] * squares[j]) for i, j in PAIRS]
    return np.stack(found), varies.all(axis=0)


def _window_sums(values: Column | NDArray[np.bool_], ends: Counts) -> Column:
    """Sums of the ``ROWS`` values before each of ``ends``, in each row of ``values``."""
    totals = np.zeros((len(values), values.shape[1] + 1))
    np.cumsum(values, axis=1, out=totals[:, 1:])
    sums: Column = totals[:, ends] - totals[:, np.maximum(ends - ROWS, 0)]
    return sums
