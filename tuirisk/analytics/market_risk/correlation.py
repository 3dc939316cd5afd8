"""How much the symbols of the watchlist move together."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tuirisk.analytics.market_risk.returns import (
    ROUNDING,
    ZERO_VARIANCE,
    finite,
    insufficient,
    log_returns,
)
from tuirisk.market.candles import Bars, Column
from tuirisk.state import Missing, Number, WatchlistState

ROWS = 720
MINIMUM_ROWS = 168


def watchlist_state(closes: Mapping[str, Bars]) -> WatchlistState:
    """Correlation of the log returns of the last 720 1h bars (30 days), aligned by time.

    ``closes`` holds the 1h bars by symbol; the 30 days end with the newest bar of any. A pair is
    correlated (Pearson) over the bars at which both have a return, at least 168 of them, as
    ``pandas.DataFrame.corr`` does. ``mean_correlation`` is over the pairs that have a number.
    ``effective_bets`` = 1/Σ pᵢ² with pᵢ the eigenvalues over their sum: from 1, all move as one,
    to the number of symbols; symbols without pairs are left out of it.
    """
    symbols = tuple(closes)
    if not symbols:
        reason = Missing("no_symbols")
        return WatchlistState((), reason, reason, reason)
    correlation, counts = _pairwise(_aligned(tuple(closes.values())))
    cells = tuple(
        tuple(_cell(r, n) for r, n in zip(row, row_counts, strict=True))
        for row, row_counts in zip(correlation.tolist(), counts.tolist(), strict=True)
    )
    bets, counted = _effective_bets(correlation)
    return WatchlistState(symbols, cells, _mean(correlation), bets, counted)


def _aligned(series: tuple[Bars, ...]) -> Column:
    """Log returns on one grid of times, shape (symbols, 720); NaN where there is none."""
    grid = np.full((len(series), ROWS), np.nan)
    newest = max((int(bars.open_time[-1]) for bars in series if len(bars)), default=0)
    for row, bars in zip(grid, series, strict=True):
        age, off = np.divmod(newest - bars.open_time[1:], bars.interval_ms)
        there = (off == 0) & (age < ROWS)
        row[ROWS - 1 - age[there]] = log_returns(bars)[there]
    return grid


def _pairwise(returns: Column) -> tuple[Column, NDArray[np.int64]]:
    """Pairwise-complete Pearson matrix, NaN where undefined, and the number of common bars.

    All sums over the common bars of each pair are matrix products with the mask of what exists.
    """
    there = np.isfinite(returns)
    mask = there.astype(np.float64)
    filled = np.where(there, returns, 0.0)
    totals = np.maximum(mask.sum(axis=1, keepdims=True), 1.0)
    filled = np.where(there, filled - filled.sum(axis=1, keepdims=True) / totals, 0.0)
    counts = mask @ mask.T
    n = np.maximum(counts, 1.0)
    sums = filled @ mask.T
    squares = np.square(filled) @ mask.T
    spread = squares - sums**2 / n
    moving = spread > ROUNDING**2 * n
    defined = moving & moving.T & (counts >= MINIMUM_ROWS)
    covariance = filled @ filled.T - sums * sums.T / n
    correlation = np.full_like(covariance, np.nan)
    correlation[defined] = covariance[defined] / np.sqrt(spread * spread.T)[defined]
    np.clip(correlation, -1.0, 1.0, out=correlation)
    np.fill_diagonal(correlation, np.where(np.diag(defined), 1.0, np.nan))
    return correlation, counts.astype(np.int64)


def _cell(correlation: float, common: int) -> Number:
    if correlation == correlation:
        return correlation
    return insufficient(common, MINIMUM_ROWS) if common < MINIMUM_ROWS else ZERO_VARIANCE


def _mean(correlation: Column) -> Number:
    pairs = correlation[np.triu_indices_from(correlation, 1)]
    if not pairs.size:
        return Missing("one_symbol")
    pairs = finite(pairs)
    return float(pairs.mean()) if pairs.size else Missing("no_correlated_pair")


def _effective_bets(correlation: Column) -> tuple[Number, int]:
    """1/Σ pᵢ² = N²/Σ cᵢⱼ², as the squared eigenvalues of a symmetric matrix sum to its squares.

    Over the symbols all of whose pairs are known once those that lack most are left out; with
    their number.
    """
    complete = correlation
    while len(complete) and (lacking := np.isnan(complete).sum(axis=1)).any():
        rest = np.arange(len(complete)) != lacking.argmax()
        complete = complete[np.ix_(rest, rest)]
    if len(complete) < min(2, len(correlation)):
        return Missing("no_correlated_pair"), 0
    return float(len(complete) ** 2 / np.square(complete).sum()), len(complete)
