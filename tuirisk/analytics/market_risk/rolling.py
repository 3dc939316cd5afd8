"""Rolling standard deviation, order statistics and percentile ranks."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tuirisk.analytics.market_risk.returns import finite
from tuirisk.market.candles import Column

FLAT = 1e-4
"""Share of the total sum of squares below which a window is computed directly."""


def rolling_std(values: Column, window: int) -> Column:
    """Standard deviation (ddof 1) of each window, shape ``(max(n - window + 1, 0),)``.

    Element i belongs to ``values[i : i + window]``; a window that contains NaN gives NaN. From
    cumulative sums of the centred values: O(n) for any window. The difference of two cumulative
    sums cancels where a window is far calmer than the whole; such windows are computed directly.
    """
    return rolling_stds(values, (window,))[0]


def rolling_stds(values: Column, windows: Sequence[int]) -> list[Column]:
    """:func:`rolling_std` for each of ``windows``, from the same cumulative sums."""
    valid = np.isfinite(values)
    whole = bool(valid.all())
    if whole:
        filled = values
    elif valid.any():
        filled = np.where(valid, values, values[valid].mean())
    else:
        return [np.full(max(values.size - window + 1, 0), np.nan) for window in windows]
    centred = filled - (filled.mean() if filled.size else 0.0)
    squares = np.square(centred)
    sums, square_sums = np.cumsum(centred), np.cumsum(squares)
    gaps = None if whole else np.cumsum(~valid, dtype=np.float64)
    deviations = []
    for window in windows:
        if window < 2 or values.size < window:
            deviations.append(np.empty(0))
            continue
        spread = _between(square_sums, window) - np.square(_between(sums, window)) / window
        flat = np.flatnonzero(spread < FLAT * square_sums[-1])
        if flat.size:
            spread[flat] = _spread(filled, flat, window)
        if gaps is not None:
            spread[_between(gaps, window) > 0] = np.nan
        deviations.append(np.sqrt(spread / (window - 1)))
    return deviations


def _spread(values: Column, starts: NDArray[np.intp], window: int) -> Column:
    """Sum of squared deviations of the windows that begin at ``starts``, each by itself."""
    rows = sliding_window_view(values, window)[starts]
    rows = rows - rows[:, :1]
    rows -= rows.mean(axis=1, keepdims=True)
    spread: Column = np.einsum("ij,ij->i", rows, rows)
    return spread


def _between(sums: Column, window: int) -> Column:
    """Sum of each window from the cumulative ``sums``."""
    totals = sums[window - 1 :].copy()
    totals[1:] -= sums[:-window]
    return totals


def rolling_max(values: Column, window: int) -> Column:
    """Largest of each window, shape ``(max(n - window + 1, 0),)``; NaN where it holds NaN.

    Running maxima from both ends of blocks of ``window`` values, each window being the end of one
    block and the beginning of the next (van Herk 1992, Gil & Werman 1993): O(n) for any window.
    """
    size = values.size - window + 1
    if size <= 0:
        return np.empty(0)
    padded = np.full(-(-values.size // window) * window, -np.inf)
    padded[: values.size] = values
    blocks = padded.reshape(-1, window)
    forward = np.maximum.accumulate(blocks, axis=1).ravel()
    backward = np.maximum.accumulate(blocks[:, ::-1], axis=1)[:, ::-1].ravel()
    return np.maximum(backward[:size], forward[window - 1 : window - 1 + size])


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
    below = int(ordered.searchsorted(value, side="left"))
    upto = int(ordered.searchsorted(value, side="right"))
    return (below + upto) * (50.0 / ordered.size)


def rolling_percentile_rank(
    values: Column, window: int, minimum: int, start: int = 0, stop: int | None = None
) -> Column:
    """Percentile rank (0–100, kind ``mean``) of each value in the ``window`` values ending with it.

    Of ``values[start:stop]``; what stands before ``start`` is history. NaN where the value is
    NaN, where fewer than ``minimum`` of the window are numbers, and where they are all equal.
    """
    stop = values.size if stop is None else stop
    oldest = max(start - window, 0)
    series = values[oldest:stop].tolist()
    ordered: list[float] = np.sort(finite(values[oldest:start])).tolist()
    ranks = [np.nan] * (stop - start)
    for i in range(start, stop):
        if i >= window and (old := series[i - window - oldest]) == old:
            del ordered[bisect_left(ordered, old)]
        value = series[i - oldest]
        if value != value:
            continue
        below = upto = bisect_left(ordered, value)
        if below < len(ordered) and ordered[below] == value:
            upto = bisect_right(ordered, value, below)
        ordered.insert(below, value)
        if len(ordered) >= minimum and ordered[0] < ordered[-1]:
            ranks[i - start] = (below + upto + 1) * (50.0 / len(ordered))
    return np.array(ranks)
