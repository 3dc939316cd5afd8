"""How often a day or a week has touched a level: extremes in units of the σ known before.

Each past day's low and high against the close before it, as |log| moves, are divided by the σ that
was forecast for that day. The chance of touching a level is the share of days that went as far in
σ; beyond the 95th percentile a Pareto tail (Hill, Annals of Statistics 3, 1975). The pooled days of
the calibration count as ``PRIOR_DAYS`` days of the symbol's own. docs/metrics.md, P(liquidation).
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from math import erfc, inf, log, sqrt

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tuirisk.analytics.forecast.calibration import calibration
from tuirisk.analytics.forecast.volatility_forecast import PastForecasts, VolatilityForecast
from tuirisk.events.intervals import DAY_MS
from tuirisk.market.candles import Bars, Column
from tuirisk.state import NO_EXTREMES, DailyExtremes, Missing, StandardisedMoves

WEEK = 7
PRIOR_DAYS = 100.0
TAIL = 0.05


def daily_extremes(bars_1d: Bars, forecast: VolatilityForecast) -> DailyExtremes:
    """Standardised extremes of past days and overlapping weeks; NO_EXTREMES without a forecast."""
    sigma, week_sigma = forecast.sigma_24h, forecast.sigma_7d
    if isinstance(sigma, Missing) or isinstance(week_sigma, Missing):
        return NO_EXTREMES
    day, week = _past_sigmas(bars_1d, forecast.past)
    down, up = _moves(bars_1d, 1)
    week_down, week_up = _moves(bars_1d, WEEK)
    week = week[: week_down.size]
    pooled = calibration().moves
    return DailyExtremes(
        sigma,
        week_sigma,
        standardised_moves(down, day, pooled.day_down),
        standardised_moves(up, day, pooled.day_up),
        standardised_moves(week_down, week, pooled.week_down),
        standardised_moves(week_up, week, pooled.week_up),
    )


def _past_sigmas(bars_1d: Bars, past: PastForecasts) -> tuple[Column, Column]:
    """σ forecast for the day, and for the week, that each bar but the first begins."""
    place = bars_1d.open_time[1:] // DAY_MS - past.first_day
    there = (place >= 0) & (place < past.sigma.size)
    day, week = np.full(place.size, np.nan), np.full(place.size, np.nan)
    day[there], week[there] = past.sigma[place[there]], past.week_sigma[place[there]]
    return day, week


def standardised_moves(
    moves: Column, sigma: Column, pooled: tuple[float, ...] = ()
) -> StandardisedMoves:
    """``moves`` ≥ 0 over the ``sigma`` of each where both are known, among the ``pooled`` ones.

    The pooled moves share the weight of ``PRIOR_DAYS`` days. The Hill estimate is that of the
    moves beyond the 95th percentile.
    """
    measured = np.isfinite(moves) & (sigma > 0.0)
    own = moves[measured] / sigma[measured]
    values = np.concatenate((own, pooled))
    if not values.size:
        return StandardisedMoves()
    prior = PRIOR_DAYS / len(pooled) if pooled else 0.0
    weights = np.concatenate((np.ones(own.size), np.full(len(pooled), prior)))
    order = np.argsort(values, kind="stable")
    values, weights = values[order], weights[order]
    share = np.cumsum(weights[::-1])[::-1] / weights.sum()
    first = min(int(np.searchsorted(-share, -TAIL, side="left")), values.size - 1)
    threshold = float(values[first - 1]) if first else 0.0
    tail = 0.0
    if threshold > 0.0:
        tail = float(np.average(np.log(values[first:] / threshold), weights=weights[first:]))
    return StandardisedMoves(
        array("d", values.tobytes()),
        array("d", share.tobytes()),
        threshold,
        float(share[first]),
        tail,
    )


def p_touch(distance: float, sigma: float, moves: StandardisedMoves) -> float:
    """Chance that a price touches the level ``distance`` away within the time of ``moves``.

    ``distance`` is a fraction of the price, its sign that of the move; ``sigma`` > 0 the standard
    deviation of the log return over the same time; ``moves`` those of the same direction.
    """
    reach = log_distance(distance) / sigma
    if reach > moves.threshold > 0.0 and moves.tail > 0.0:
        return float(moves.beyond * (reach / moves.threshold) ** (-1.0 / moves.tail))
    place = bisect_left(moves.values, reach)
    return moves.share[place] if place < len(moves.values) else 0.0


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
