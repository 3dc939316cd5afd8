"""Rolling standard deviation, order statistics and percentile ranks."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tuirisk.market.candles import Column

CALM = 1e-4
"""Share of the total sum of squares below which a window is computed directly."""


def rolling_std(values: Column, window: int) -> Column:
    """Standard deviation (ddof 1) of each window, shape ``(max(n - window + 1, 0),)``.

    Element i belongs to ``values[i : i + window]``; a window that contains NaN gives NaN. From
    cumulative sums of the centred values: O(n) for any window. The difference of two cumulative
    sums cancels where a window is far calmer than the whole; such windows are computed directly.
    """
    if window < 2 or values.size < window:
        return np.empty(0)
    valid = np.isfinite(values)
    if not valid.any():
        return np.full(values.size - window + 1, np.nan)
    filled = np.where(valid, values, values[valid].mean())
    centred = filled - filled.mean()
    squares = np.square(centred)
    spread = _window_sums(squares, window) - np.square(_window_sums(centred, window)) / window
    calm = np.flatnonzero(spread < CALM * squares.sum())
    if calm.size:
        rows = sliding_window_view(filled, window)[calm]
        rows = rows - rows[:, :1]
        rows -= rows.mean(axis=1, keepdims=True)
        spread[calm] = np.einsum("ij,ij->i", rows, rows)
    if not valid.all():
        spread[_window_sums(~valid, window) > 0] = np.nan
    deviation: Column = np.sqrt(spread / (window - 1))
    return deviation


def _window_sums(values: Column | NDArray[np.bool_], window: int) -> Column:
    sums: Column = np.cumsum(values, dtype=np.float64)
    totals: Column = sums[window - 1 :].copy()
    totals[1:] -= sums[:-window]
    return totals


def quantile(ordered: Column, probability: float) -> float:
    """Quantile of ascending values, numpy's method ``linear``."""
    return float(quantiles(ordered, np.array([probability]))[0])


def quantiles(ordered: Column, probabilities: Column) -> Column:
    """Quantiles of ascending values, numpy's method ``linear``."""
    position = probabilities * (ordered.size - 1)
    below = position.astype(np.intp)
    low, high = ordered[below], ordered[np.minimum(below + 1, ordered.size - 1)]
    values: Column = low + (high - low) * (position - below)
    return values


def percentile_rank(ordered: Column, value: float) -> float:
    """Rank 0–100 of ``value`` in ascending values: scipy's ``percentileofscore(kind="mean")``."""
    below = int(np.searchsorted(ordered, value, side="left"))
    upto = int(np.searchsorted(ordered, value, side="right"))
    return (below + upto) * (50.0 / ordered.size)


def rolling_percentile_rank(values: Column, window: int, minimum: int) -> Column:
    """Percentile rank (0–100, kind ``mean``) of each value in the ``window`` values ending with it.

    NaN where the value is NaN, where fewer than ``minimum`` of the window are numbers, and where
    they are all equal. An ordered list kept by insertion: O(n log n) comparisons.
    """
    ranks = [np.nan] * values.size
    ordered: list[float] = []
    series = values.tolist()
    for i, value in enumerate(series):
        if i >= window and (old := series[i - window]) == old:
            del ordered[bisect_left(ordered, old)]
        if value != value:
            continue
        below = upto = bisect_left(ordered, value)
        if below < len(ordered) and ordered[below] == value:
            upto = bisect_right(ordered, value, below)
        ordered.insert(below, value)
        if len(ordered) >= minimum and ordered[0] < ordered[-1]:
            ranks[i] = (below + upto + 1) * (50.0 / len(ordered))
    return np.array(ranks)
