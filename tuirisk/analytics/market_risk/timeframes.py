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
from tuirisk.state import Divergence, MaybeMatrix, Missing, Number, Timeframes

HORIZONS = (1, 4, 96)
"""The timeframes as numbers of 15m bars."""
ROWS = 672
MINIMUM_ROWS = 336
TREND_WINDOW = 24
NEED = ROWS + HORIZONS[-1]
DRAWS = 400
SEED = 15
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
    found = []
    for (one, a), (other, b) in combinations(trend.items(), 2):
        if isinstance(a, Missing) or isinstance(b, Missing):
            continue
        weaker = min(abs(a), abs(b))
        if a * b < 0.0 and weaker >= 1.0:
            found.append(Divergence((one, other), min(weaker / 3.0, 1.0)))
    return tuple(found)


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
    2008); 400 draws of a fixed seed. Where the correlation has no number there is no interval.
    """
    returns = np.diff(np.log(prices(bars.close[-NEED:])))
    returns[~np.isfinite(returns)] = 0.0
    walks = np.zeros((DRAWS, NEED), dtype=np.float32)
    np.cumsum(_signs() * returns.astype(np.float32), axis=1, out=walks[:, 1:])
    drawn = [walks[:, -ROWS:] - walks[:, -ROWS - horizon : -horizon] for horizon in HORIZONS]
    if not rows.all():
        drawn = [column[:, rows] for column in drawn]
    means = [column.mean(axis=1) for column in drawn]

    def covariance(i: int, j: int) -> NDArray[np.float32]:
        products = np.einsum("ij,ij->i", drawn[i], drawn[j]) / drawn[i].shape[1]
        covariances: NDArray[np.float32] = products - means[i] * means[j]
        return covariances

    variances = [covariance(i, i) for i in range(len(HORIZONS))]
    low, high = np.eye(len(HORIZONS)), np.eye(len(HORIZONS))
    for i, j in combinations(range(len(HORIZONS)), 2):
        found = covariance(i, j) / np.sqrt(variances[i] * variances[j])
        low[i, j], high[i, j] = np.quantile(found, TAILS)
        low[j, i], high[j, i] = low[i, j], high[i, j]
    return _matrix(low), _matrix(high)


@cache
def _signs() -> NDArray[np.float32]:
    drawn = np.random.default_rng(SEED).integers(0, 2, (DRAWS, NEED - 1), dtype=np.int8)
    signs: NDArray[np.float32] = (2 * drawn - 1).astype(np.float32)
    return signs


def _random_walk() -> Column:
    horizons = np.array(HORIZONS, dtype=np.float64)
    return np.sqrt(np.minimum.outer(horizons, horizons) / np.maximum.outer(horizons, horizons))


def _matrix(values: Column) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in values.tolist())
