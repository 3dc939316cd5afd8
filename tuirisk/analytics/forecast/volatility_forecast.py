"""The forecast σ of the next 24 h, its rank in its own last year, and what it was on past days."""

from __future__ import annotations

from collections.abc import Sequence
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
RECENT_DAYS = (1, WEEK, MONTH)
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


@dataclass(frozen=True, slots=True)
class FittedDays:
    """The model of the days before now, its past forecasts, and the newest days it rests on."""

    model: HarModel
    name: ForecastModel
    past: PastForecasts
    regressors: Column
    """ln RV₁, ln RV₇, ln RV₃₂ of the newest days; NaN where they are too few."""
    recent_days: int
    """How many of the last 32 days have a variance."""

    def variance_of(self, recent: Sequence[float]) -> float:
        """The expected variance of a weekday that begins now; NaN where it is not known.

        ``recent`` are the mean daily variances of the last 1, 7 and 32 × 24 h of 15m bars; where
        one is NaN the days stand in.
        """
        by_day = np.exp(self.regressors).tolist()
        means = [r if isfinite(r) else float(d) for r, d in zip(recent, by_day, strict=True)]
        return self.model.variance(*means) if all(mean > 0.0 for mean in means) else float("nan")


def fitted_days(bars_15m: Bars, bars_1d: Bars) -> FittedDays:
    """The HAR model of the 15m bars and the daily bars before them.

    Coefficients are the symbol's own where 200 days have a variance, else the pooled ones.
    """
    weekend = calibration().weekend
    history = daily_variances(bars_15m, bars_1d, weekend)
    regressors = har_regressors(history.variance)
    own = fit_har(history.variance, regressors)
    model = own or pooled_har()
    return FittedDays(
        model,
        "har" if own is not None else "har_pooled",
        _past(history.first_day, model.variances(regressors), weekend),
        regressors[-1],
        int(np.isfinite(history.variance[-MONTH:]).sum()),
    )


def volatility_forecast(bars_15m: Bars, bars_1d: Bars) -> VolatilityForecast:
    """HAR forecast from the 15m bars and the daily bars before them.

    Missing where the last day, five of the last seven or eight of the last 32 have no variance.
    """
    weekend = calibration().weekend
    days = fitted_days(bars_15m, bars_1d)
    variance = days.variance_of([recent_variance(bars_15m, n, weekend) for n in RECENT_DAYS])
    if not isfinite(variance):
        reason = Missing("few_days_of_variance", have=days.recent_days, need=LEAST_MONTH)
        return VolatilityForecast(reason, reason, reason, reason, days.past)
    now_ms = int((bars_15m if len(bars_15m) else bars_1d).open_time[-1])
    now_ms += (bars_15m if len(bars_15m) else bars_1d).interval_ms
    sigma = sqrt(variance * next_day_weight(now_ms, weekend))
    return VolatilityForecast(
        sigma,
        sqrt(WEEK * variance * next_week_weight(weekend)),
        _rank(ranked_sigmas(days.past), sigma),
        days.name,
        days.past,
    )


def _past(first_day: int, variance: Column, weekend: float) -> PastForecasts:
    """σ for each day and for the one after the last, from the ``variance`` of a weekday."""
    times = (np.arange(variance.size) + first_day) * DAY_MS
    day = np.sqrt(variance * weights(times, weekend))
    return PastForecasts(first_day, day, np.sqrt(WEEK * variance * next_week_weight(weekend)))


def ranked_sigmas(past: PastForecasts) -> Column:
    """σ forecast for the days of the last year, ascending: what a rank is taken among."""
    history = past.sigma[:-1][-YEAR:]
    return np.sort(history[np.isfinite(history)])


def _rank(history: Column, sigma: float) -> Number:
    if history.size < LEAST_RANKED:
        return Missing("few_days_of_variance", have=int(history.size), need=LEAST_RANKED)
    return percentile_rank(history, sigma)
