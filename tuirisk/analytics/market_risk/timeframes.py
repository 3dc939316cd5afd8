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
NORMAL_975 = 1.959963984540054


def timeframes_state(bars_15m: Bars, bars: Mapping[str, Bars]) -> Timeframes:
    """Correlation of the timeframes within ``bars_15m``, trend of each from its own ``bars``.

    The matrices follow ``INTERVALS``. ``correlation`` is Pearson's over the last 672 bars (7 days)
    of overlapping log returns over 1, 4 and 96 bars that end together; ``random_walk`` is what
    independent returns would give, √(a/b) for horizons a ≤ b, and ``interval_low``/``_high`` is
    the range in which 95 % of random walks of that length fall. Rows whose longest return would
    cross a hole are left out; the correlation needs 336 of the 672.

    ``trend`` is z = mean/std·√24 of the last 24 closed log returns. Two timeframes diverge when
    their signs differ and both |z| ≥ 1; strength = min(|z|)/3, at most 1.
    """
    rows = _horizon_returns(bars_15m)
    trend = {label: trend_z(bars[label]) for label in INTERVALS}
    low, high = _interval(bars_15m, len(rows))
    correlation = _correlation(bars_15m, rows)
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
    """Log returns over each horizon, shape (≤ 672, 3), the rows that have all three."""
    need = ROWS + HORIZONS[-1]
    if len(bars) < need:
        return np.empty((0, len(HORIZONS)))
    logs = np.log(prices(bars.close[-need:]))
    times = bars.open_time[-need:]
    columns = []
    for horizon in HORIZONS:
        whole = times[horizon:] - times[:-horizon] == horizon * bars.interval_ms
        columns.append(np.where(whole, logs[horizon:] - logs[:-horizon], np.nan)[-ROWS:])
    rows: Column = np.column_stack(columns)
    return rows[np.isfinite(rows).all(axis=1)]


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
    need = ROWS + HORIZONS[-1]
    if len(bars) < need:
        return insufficient(len(bars), need)
    if rows < MINIMUM_ROWS:
        return Missing("few_bars_between_holes", have=rows, need=MINIMUM_ROWS)
    return None


def _interval(bars: Bars, rows: int) -> tuple[MaybeMatrix, MaybeMatrix]:
    """The 2.5 % and 97.5 % quantiles of the correlation of a random walk seen over ``rows`` bars.

    Overlapping returns are serially dependent, so a sample of n rows is worth far fewer: the
    variance of the estimate is Bartlett's (Brockwell & Davis, Time Series: Theory and Methods,
    theorem 11.2.3), the quantiles are taken on Fisher's scale.
    """
    if (reason := _too_few(bars, rows)) is not None:
        return reason, reason
    return _limits(rows)


@cache
def _limits(rows: int) -> tuple[MaybeMatrix, MaybeMatrix]:
    expected = _random_walk()
    off = ~np.eye(len(HORIZONS), dtype=bool)
    reach = np.zeros_like(expected)
    reach[off] = NORMAL_975 * np.sqrt(_bartlett()[off] / rows) / (1.0 - expected[off] ** 2)
    centre = np.arctanh(np.where(off, expected, 0.0))
    low, high = np.tanh(centre - reach), np.tanh(centre + reach)
    return _matrix(np.where(off, low, 1.0)), _matrix(np.where(off, high, 1.0))


def _random_walk() -> Column:
    horizons = np.array(HORIZONS, dtype=np.float64)
    return np.sqrt(np.minimum.outer(horizons, horizons) / np.maximum.outer(horizons, horizons))


@cache
def _bartlett() -> Column:
    """n × variance of the sample correlations of a random walk's horizon returns."""
    lags = np.arange(-2 * HORIZONS[-1], 2 * HORIZONS[-1] + 1)
    variance = np.zeros((len(HORIZONS), len(HORIZONS)))
    for i, j in combinations(range(len(HORIZONS)), 2):
        a, b = HORIZONS[i], HORIZONS[j]
        own_a, own_b = _overlap(a, a, lags), _overlap(b, b, lags)
        cross = _overlap(a, b, lags)
        back, r = cross[::-1], sqrt(a / b)
        terms = own_a * own_b + cross * back - 2.0 * r * (own_a * cross + own_b * back)
        terms += r**2 * (0.5 * own_a**2 + cross**2 + 0.5 * own_b**2)
        variance[i, j] = variance[j, i] = terms.sum()
    return variance


def _overlap(a: int, b: int, lags: NDArray[np.int64]) -> Column:
    """Correlation of a return over a bars with one over b bars that ends ``lags`` bars later."""
    first = np.maximum(1 - a, lags + 1 - b)
    last = np.minimum(0, lags)
    shared: Column = np.maximum(last - first + 1, 0) / sqrt(a * b)
    return shared


def _matrix(values: Column) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in values.tolist())
