"""The forecast σ of the next 24 h, its rank in its own last year, and what it was on past days."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, sqrt

import numpy as np

from tuirisk.analytics.forecast.calendar import next_day_weight, next_week_weight, weights
from tuirisk.analytics.forecast.calibration import calibration, pooled_har
from tuirisk.analytics.forecast.daily_variance import daily_variances, recent_variance
from tuirisk.analytics.forecast.har import (
    LEAST_MONTH,
    MONTH,
    WEEK,
    HarModel,
    fit_har,
    har_regressors,
)
from tuirisk.analytics.market_risk.rolling import percentile_rank
from tuirisk.events.intervals import DAY_MS
from tuirisk.market.candles import Bars, Column
from tuirisk.state import ForecastModel, Missing, Number

YEAR = 365
LEAST_RANKED = 60
"""Past forecasts that a rank is taken among."""


@dataclass(frozen=True, slots=True)
class PastForecasts:
    """σ of the log return forecast for each UTC day before it began; NaN where there is none."""

    first_day: int
    """Counted from 1970-01-01, as the days after it."""
    sigma: Column
    week_sigma: Column
    """Of the seven days that begin with it."""


@dataclass(frozen=True, slots=True)
class VolatilityForecast:
    """The forecast at the close of the newest bar."""

    sigma_24h: Number
    """Standard deviation of the log return of the next 24 h."""
    sigma_7d: Number
    """The same of the next 7 days, at today's level."""
    rank_1y: Number
    """Percentile, 0–100, of ``sigma_24h`` among the forecasts for the days of the last year."""
    model: ForecastModel | Missing
    past: PastForecasts


def volatility_forecast(bars_15m: Bars, bars_1d: Bars) -> VolatilityForecast:
    """HAR forecast from the 15m bars and the daily bars before them.

    Coefficients are the symbol's own where 200 days have a variance, else the pooled ones. Missing
    where the last day, five of the last seven or eight of the last 32 have no variance.
    """
    weekend = calibration().weekend
    history = daily_variances(bars_15m, bars_1d, weekend)
    regressors = har_regressors(history.variance)
    own = fit_har(history.variance, regressors)
    model = own or pooled_har()
    past = _past(history.first_day, model.variances(regressors), weekend)
    variance = _variance_now(bars_15m, bars_1d, model, regressors[-1])
    if not isfinite(variance):
        have = int(np.isfinite(history.variance[-MONTH:]).sum())
        reason = Missing("few_days_of_variance", have=have, need=LEAST_MONTH)
        return VolatilityForecast(reason, reason, reason, reason, past)
    now_ms = int((bars_15m if len(bars_15m) else bars_1d).open_time[-1])
    now_ms += (bars_15m if len(bars_15m) else bars_1d).interval_ms
    sigma = sqrt(variance * next_day_weight(now_ms, weekend))
    return VolatilityForecast(
        sigma,
        sqrt(WEEK * variance * next_week_weight(weekend)),
        _rank(past.sigma[:-1], sigma),
        "har" if own is not None else "har_pooled",
        past,
    )


def _variance_now(bars_15m: Bars, bars_1d: Bars, model: HarModel, newest_day: Column) -> float:
    """The expected variance of a weekday that begins now.

    The means of the last 1, 7 and 32 × 24 h, each of the 15m bars where they reach back so far,
    else of the days (``newest_day``: logarithms).
    """
    weekend = calibration().weekend
    means = [
        recent if isfinite(recent := recent_variance(bars_15m, days, weekend)) else float(by_day)
        for days, by_day in zip((1, WEEK, MONTH), np.exp(newest_day).tolist(), strict=True)
    ]
    return model.variance(*means) if all(mean > 0.0 for mean in means) else float("nan")


def _past(first_day: int, variance: Column, weekend: float) -> PastForecasts:
    """σ for each day and for the one after the last, from the ``variance`` of a weekday."""
    times = (np.arange(variance.size) + first_day) * DAY_MS
    day = np.sqrt(variance * weights(times, weekend))
    return PastForecasts(first_day, day, np.sqrt(WEEK * variance * next_week_weight(weekend)))


def _rank(past: Column, sigma: float) -> Number:
    history = past[-YEAR:]
    history = np.sort(history[np.isfinite(history)])
    if history.size < LEAST_RANKED:
        return Missing("few_days_of_variance", have=int(history.size), need=LEAST_RANKED)
    return percentile_rank(history, sigma)
