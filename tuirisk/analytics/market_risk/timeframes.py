"""Do the timeframes agree? Their correlation, their trends, their divergences."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import combinations
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from tuirisk.analytics.market_risk.returns import (
    ROUNDING,
    ZERO_VARIANCE,
    broken,
    insufficient,
    last_log_returns,
    no_variance,
    prices,
)
from tuirisk.events.intervals import INTERVALS
from tuirisk.market.candles import Bars, Column
from tuirisk.market.series import Times
from tuirisk.state import Divergence, MaybeMatrix, Missing, Number, Timeframes

HORIZONS = (1, 4, 96)
"""The timeframes as numbers of 15m bars."""
ROWS = 672
MINIMUM_ROWS = 336
TREND_WINDOW = 24
NEED = ROWS + HORIZONS[-1]
PAIRS = tuple(combinations(range(len(HORIZONS)), 2))
DRAWS = 400
BLOCK = 100
"""Draws at a time: as many as fit the processor's cache."""
SEED = 15
SIGNS = 1_024
"""Bars with signs of their own: more than the correlation reads."""
TAILS = (0.025, 0.975)


def timeframes_state(bars_15m: Bars, bars: Mapping[str, Bars]) -> Timeframes:
    """Correlation of the timeframes within ``bars_15m``, trend of each from its own ``bars``.

    The matrices follow ``INTERVALS``. ``correlation`` is Pearson's over the last 672 bars (7 days)
    of overlapping log returns over 1, 4 and 96 bars that end together; ``random_walk`` is what
    independent returns would give, √(a/b) for horizons a ≤ b, and ``interval_low``/``_high`` is
    the range in which 95 % of the same returns with random signs fall. Rows whose longest return
    would cross a hole are left out; the correlation needs 336 of the 672.

    ``trend`` is z = mean/std·√24 of the last 24 closed log returns. Two timeframes diverge when
    their signs differ and both |z| ≥ 1; strength = min(|z|)/3, at most 1.
    """
    table = _horizon_returns(bars_15m)
    whole = np.isfinite(table.sum(axis=1))
    trend = {label: trend_z(bars[label]) for label in INTERVALS}
    correlation = _correlation(bars_15m, table[whole])
    low = high = correlation
    if not isinstance(correlation, Missing):
        low, high = _interval(bars_15m, whole)
    return Timeframes(
        labels=INTERVALS,
        correlation=correlation,
        random_walk=_matrix(_random_walk()),
        trend=trend,
        divergence=divergences(trend),
        interval_low=low,
        interval_high=high,
        shortfall=shortfalls(correlation, low),
    )


def trend_z(bars: Bars) -> Number:
    """mean / std · √24 of the last 24 closed log returns (std with ddof 1)."""
    recent = last_log_returns(bars, TREND_WINDOW)
    if recent.size < TREND_WINDOW or np.isnan(recent).any():
        return broken(bars, TREND_WINDOW + 1)
    deviation = float(recent.std(ddof=1))
    if no_variance(recent, deviation):
        return ZERO_VARIANCE
    return float(recent.mean()) / deviation * sqrt(TREND_WINDOW)


def divergences(trend: Mapping[str, Number]) -> tuple[Divergence, ...]:
    """The pairs of timeframes that trend against each other, in the order of ``trend``."""
    pairs = []
    for (one, a), (other, b) in combinations(trend.items(), 2):
        if isinstance(a, Missing) or isinstance(b, Missing):
            continue
        weaker = min(abs(a), abs(b))
        if a * b < 0.0 and weaker >= 1.0:
            pairs.append(Divergence((one, other), min(weaker / 3.0, 1.0)))
    return tuple(pairs)


def shortfalls(correlation: MaybeMatrix, low: MaybeMatrix) -> MaybeMatrix:
    """How far each correlation lies below its interval: 0 inside it, 1 at no correlation."""
    if isinstance(correlation, Missing):
        return correlation
    if isinstance(low, Missing):
        return low
    return tuple(
        tuple(_shortfall(value, bound) for value, bound in zip(row, bounds, strict=True))
        for row, bounds in zip(correlation, low, strict=True)
    )


def _shortfall(value: Number, bound: Number) -> Number:
    if isinstance(value, Missing):
        return value
    if isinstance(bound, Missing):
        return bound
    return max(0.0, min(1.0, (bound - value) / bound)) if bound > 0 else 0.0


def _horizon_returns(bars: Bars) -> Column:
    """Log returns over each horizon, shape (672 or 0, 3); NaN across a hole."""
    if len(bars) < NEED:
        return np.empty((0, len(HORIZONS)))
    logs = np.log(prices(bars.close[-NEED:]))
    times = bars.open_time[-NEED:]
    columns = []
    for horizon in HORIZONS:
        whole = times[horizon:] - times[:-horizon] == horizon * bars.interval_ms
        columns.append(np.where(whole, logs[horizon:] - logs[:-horizon], np.nan)[-ROWS:])
    table: Column = np.column_stack(columns)
    return table


def _correlation(bars: Bars, rows: Column) -> MaybeMatrix:
    if (reason := _too_few(bars, len(rows))) is not None:
        return reason
    centred = rows - rows.mean(axis=0)
    covariance = centred.T @ centred
    deviation = np.sqrt(np.diag(covariance))
    largest = np.abs(rows).max(axis=0)
    if (deviation <= ROUNDING * (1.0 + largest) * sqrt(len(rows) - 1)).any():
        return ZERO_VARIANCE
    correlation = np.clip(covariance / np.outer(deviation, deviation), -1.0, 1.0)
    np.fill_diagonal(correlation, 1.0)
    return _matrix(correlation)


def _too_few(bars: Bars, rows: int) -> Missing | None:
    if len(bars) < NEED:
        return insufficient(len(bars), NEED)
    if rows < MINIMUM_ROWS:
        return Missing("few_bars_between_holes", have=rows, need=MINIMUM_ROWS)
    return None


def _interval(bars: Bars, rows: NDArray[np.bool_]) -> tuple[MaybeMatrix, MaybeMatrix]:
    """The 2.5 % and 97.5 % quantiles of the correlation without dependence of one bar on another.

    The returns of the very bars get random signs, which keeps their sizes and kills their
    dependence (Davidson & Flachaire, The wild bootstrap, tamed at last, Journal of Econometrics
    2008); 400 draws of a fixed seed, each bar with signs of its own that stay with it. Where the
    correlation has no number there is no interval.
    """
    returns = np.diff(np.log(prices(bars.close[-NEED:])))
    returns[~np.isfinite(returns)] = 0.0
    signs = signs_of(bars.open_time[1 - NEED :], bars.interval_ms)
    signed = np.multiply(signs, returns, dtype=np.float64)
    drawn = [
        _signed_correlations(signed[first : first + BLOCK], rows)
        for first in range(0, DRAWS, BLOCK)
    ]
    low, high = np.eye(len(HORIZONS)), np.eye(len(HORIZONS))
    for (i, j), correlations in zip(PAIRS, np.concatenate(drawn, axis=1), strict=True):
        low[i, j], high[i, j] = np.quantile(correlations, TAILS)
        low[j, i], high[j, i] = low[i, j], high[i, j]
    return _matrix(low), _matrix(high)


def _signed_correlations(returns: Column, rows: NDArray[np.bool_]) -> Column:
    """The correlation of each of ``PAIRS`` in each row of ``returns``; shape ``(3, draws)``."""
    walks = np.zeros((len(returns), NEED))
    np.cumsum(returns, axis=1, out=walks[:, 1:])
    drawn = [walks[:, -ROWS:] - walks[:, -ROWS - horizon : -horizon] for horizon in HORIZONS]
    if not rows.all():
        drawn = [column[:, rows] for column in drawn]
    for column in drawn:
        column -= column.mean(axis=1, keepdims=True)
    deviations = [np.sqrt(np.einsum("ij,ij->i", column, column)) for column in drawn]
    found: Column = np.stack(
        [
            np.einsum("ij,ij->i", drawn[i], drawn[j]) / (deviations[i] * deviations[j])
            for i, j in PAIRS
        ]
    )
    return found


def signs_of(times: Times, interval_ms: int) -> NDArray[np.int8]:
    """The signs, ±1, of the bars that open at ``times`` in each draw; shape ``(400, n)``.

    A bar keeps its signs while it is among the last 1 024.
    """
    return _signs()[:, times // interval_ms % SIGNS]


@cache
def _signs() -> NDArray[np.int8]:
    drawn = np.random.default_rng(SEED).integers(0, 2, (DRAWS, SIGNS), dtype=np.int8)
    signs: NDArray[np.int8] = 2 * drawn - 1
    return signs


def _random_walk() -> Column:
    horizons = np.array(HORIZONS, dtype=np.float64)
    return np.sqrt(np.minimum.outer(horizons, horizons) / np.maximum.outer(horizons, horizons))


def _matrix(values: Column) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in values.tolist())
