"""The block length of a stationary bootstrap, chosen from the data.

Politis & White, "Automatic Block-Length Selection for the Dependent Bootstrap", Econometric
Reviews 23, 2004, with the correction of Patton, Politis & White, ibid. 28, 2009.
"""

from __future__ import annotations

from math import ceil, log10, sqrt

import numpy as np

from tuirisk.market.candles import Column

DEFAULT = 16.0
"""Expected block (bars) where the data do not tell one."""


def expected_block(returns: Column) -> float:
    """Expected block for joint resampling of ``returns``, shape (symbols, bars).

    The longest that the returns themselves or their sizes |r| ask for, of any symbol: what has to
    survive the resampling is the clustering of volatility more than the faint dependence of signs.
    """
    lengths = [optimal_block(series) for row in returns for series in (row, np.abs(row))]
    estimated = [length for length in lengths if length is not None]
    return max(max(estimated), 1.0) if estimated else DEFAULT


def optimal_block(series: Column) -> float | None:
    """Politis–White block length of the stationary bootstrap of the mean; None if undefined.

    The oracle is ``arch.bootstrap.optimal_block_length``: the lag m after which K = max(5,
    ⌊log₁₀ n⌋) autocorrelations in a row are insignificant (below 2√(log₁₀ n / n)), a flat-top
    window of 2m lags, b = (2 G² / 2 S(0)²)^⅓ n^⅓, at most min(3√n, n/3).
    """
    n = series.size
    centred = series - series.mean() if n else series
    squares = np.square(centred)
    if n < 16 or not squares.sum() > 0.0:
        return None
    run = max(5, int(log10(n)))
    lags = ceil(sqrt(n)) + run
    if lags >= n - 1:
        return None
    covariance = np.array([centred[k:] @ centred[: n - k] for k in range(lags + 1)]) / n
    window = _window(covariance, squares, run)
    if window is None:
        window = lags
    k = np.arange(1, min(window, lags) + 1)
    weight = np.minimum(1.0, 2.0 * (1.0 - k / k.size))
    terms = 2.0 * weight * covariance[1 : k.size + 1]
    spectrum = covariance[0] + terms.sum()
    if spectrum == 0.0:
        return None
    length = ((k @ terms) ** 2 / spectrum**2) ** (1.0 / 3.0) * n ** (1.0 / 3.0)
    return float(min(length, ceil(min(3.0 * sqrt(n), n / 3.0))))


def _window(covariance: Column, squares: Column, run: int) -> int | None:
    """Twice the lag after which ``run`` autocorrelations in a row are insignificant."""
    n = squares.size
    bound = 2.0 * sqrt(log10(n) / n)
    total = np.concatenate(([0.0], np.cumsum(squares)))
    lags = np.arange(covariance.size)
    # At lag k the sums leave one value more out than the covariance: the published code's way.
    early, late = total[n - lags - 1], total[n] - total[lags + 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation = np.abs(covariance) * n / np.sqrt(early * late)
    small = correlation < bound
    for lag in range(run, covariance.size):
        if small[lag - run : lag].all():
            return 2 * max(lag - run, 1)
    return None
