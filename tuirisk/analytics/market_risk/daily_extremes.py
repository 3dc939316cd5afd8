"""How often a day or a week has touched a level: extremes in units of the σ known before.

Each past day's low and high against the close before it, as |log| moves, are divided by the daily
σ that was forecast for that day from earlier days alone. The chance of touching a level is the
share of days that went as far in σ; beyond the 95th percentile a Pareto tail (Hill, Annals of
Statistics 3, 1975). Described in docs/metrics.md, P(liquidation).
"""

from __future__ import annotations

from bisect import bisect_left
from math import erfc, floor, inf, log, sqrt

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tuirisk.analytics.market_risk.ewma import ewma_volatility
from tuirisk.analytics.market_risk.returns import log_returns
from tuirisk.market.candles import Bars, Column
from tuirisk.state import NO_EXTREMES, DailyExtremes, StandardisedMoves

WEEK = 7
MINIMUM = 100
"""Days (or overlapping weeks) that a share is taken of."""
TAIL = 0.05


def daily_extremes(bars_1d: Bars) -> DailyExtremes:
    """Standardised extremes of past days and overlapping weeks; NO_EXTREMES of a short history."""
    returns = log_returns(bars_1d)
    there = np.flatnonzero(np.isfinite(returns))
    forecast = sigma_forecasts(returns[there])
    down, up = _moves(bars_1d, 1)
    week_down, week_up = _moves(bars_1d, WEEK)
    sigma = np.full(returns.size, np.nan)
    sigma[there] = forecast[:-1]
    weekly = sigma[: week_down.size] * sqrt(WEEK)
    samples = [
        standardised_moves(moves, scale)
        for moves, scale in ((down, sigma), (up, sigma), (week_down, weekly), (week_up, weekly))
    ]
    now = float(forecast[-1])
    if not now > 0.0 or min(len(sample.values) for sample in samples) < MINIMUM:
        return NO_EXTREMES
    return DailyExtremes(now, *samples)


def sigma_forecasts(returns: Column) -> Column:
    """Daily σ known before each of the log ``returns``, and after the last; shape ``(n + 1,)``."""
    return ewma_volatility(returns)


def standardised_moves(moves: Column, sigma: Column) -> StandardisedMoves:
    """``moves`` ≥ 0 over the ``sigma`` of each where both are known, and their Hill tail."""
    known = np.isfinite(moves) & (sigma > 0.0)
    values = np.sort(moves[known] / sigma[known])
    beyond = floor(values.size * TAIL)
    threshold = float(values[-beyond - 1]) if beyond else 0.0
    tail = float(np.log(values[-beyond:] / threshold).mean()) if threshold > 0.0 else 0.0
    return StandardisedMoves(tuple(values.tolist()), beyond, tail)


def p_touch(distance: float, sigma: float, moves: StandardisedMoves) -> float:
    """Chance that a price touches the level ``distance`` away within the time of ``moves``.

    ``distance`` is a fraction of the price, its sign that of the move; ``sigma`` > 0 the standard
    deviation of the log return over the same time; ``moves`` those of the same direction.
    """
    values, beyond = moves.values, moves.beyond
    reach = log_distance(distance) / sigma
    at_least = len(values) - bisect_left(values, reach)
    if at_least > beyond or not beyond:
        return at_least / len(values)
    if moves.tail <= 0.0:
        return at_least / len(values)
    threshold = values[-beyond - 1]
    return float(beyond / len(values) * (reach / threshold) ** (-1.0 / moves.tail))


def p_touch_brownian(distance: float, sigma: float) -> float:
    """The same for a driftless Brownian motion: twice the chance of ending beyond (reflection)."""
    return erfc(log_distance(distance) / (sigma * sqrt(2.0)))


def log_distance(distance: float) -> float:
    """|log return| to a level ``distance`` (a fraction of the price) away; ∞ at a price of 0."""
    return abs(log(1.0 + distance)) if distance > -1.0 else inf


def _moves(bars: Bars, days: int) -> tuple[Column, Column]:
    """Moves down and up, at least 0, of each run of ``days`` bars against the close before it.

    Element t begins with bar t + 1; NaN where the bars are not contiguous or a price is not one.
    """
    count = len(bars) - days
    if count <= 0:
        return np.empty(0), np.empty(0)
    low = sliding_window_view(bars.low[1:], days).min(axis=1)
    high = sliding_window_view(bars.high[1:], days).max(axis=1)
    before = bars.close[:count]
    span = bars.open_time[days:] - bars.open_time[:count]
    whole = (span == days * bars.interval_ms) & (low > 0.0) & (before > 0.0) & np.isfinite(high)
    down, up = np.full(count, np.nan), np.full(count, np.nan)
    down[whole] = np.maximum(np.log(before[whole] / low[whole]), 0.0)
    up[whole] = np.maximum(np.log(high[whole] / before[whole]), 0.0)
    return down, up
