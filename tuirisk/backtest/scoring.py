"""How good forecasts were: proper scores, reliability, rank correlations, their standard errors.

The day is the unit of every standard error: forecasts of one day, of whatever symbol, leverage and
side, are one event. Windows that overlap over several days have the autocovariances of as many days
added (Newey & West, Econometrica 55, 1987).
"""

from __future__ import annotations

from math import nan, sqrt
from typing import NamedTuple

import numpy as np

from tuirisk.events.intervals import DAY_MS
from tuirisk.market.candles import Column
from tuirisk.market.series import Times
from tuirisk.state.track_record import CHANCE_BANDS

LEAST = 1e-6
"""A probability counts as at least this, and at most one less this, in the logarithmic loss."""


class Estimate(NamedTuple):
    """A figure and its standard error by day; NaN where there is none."""

    value: float
    error: float


NO_ESTIMATE = Estimate(nan, nan)


class Band(NamedTuple):
    """Forecasts from ``low`` to below ``high``: their mean, and the share that came true."""

    low: float
    high: float
    forecasts: int
    days: int
    mean: float
    realised: float
    error: float
    """Standard error of ``realised`` by day."""


def brier(forecast: Column, outcome: Column) -> Column:
    """The squared error of each forecast (Brier, Monthly Weather Review 78, 1950)."""
    found: Column = np.square(forecast - outcome)
    return found


def log_loss(forecast: Column, outcome: Column) -> Column:
    """Minus the logarithm of the probability given to what happened."""
    chance = np.clip(forecast, LEAST, 1.0 - LEAST)
    found: Column = -np.log(np.where(outcome > 0.5, chance, 1.0 - chance))
    return found


def mean_by_day(values: Column, times: Times, overlap: int = 1) -> Estimate:
    """The mean of ``values`` with its standard error by day."""
    return ratio_by_day(values, np.ones(values.size), times, overlap)


def ratio_by_day(above: Column, below: Column, times: Times, overlap: int = 1) -> Estimate:
    """Σ above / Σ below, with the error of a ratio of sums over days (linearised).

    ``overlap``: days over which one outcome lasts.
    """
    if not above.size or not below.sum() > 0.0:
        return NO_ESTIMATE
    days, place = np.unique(times // DAY_MS, return_inverse=True)
    ratio = float(above.sum() / below.sum())
    residual = np.bincount(place, above - ratio * below)
    if days.size < 2:
        return Estimate(ratio, nan)
    # Days without a forecast count nothing, yet they keep the lags apart.
    series = np.zeros(int(days[-1] - days[0]) + 1)
    series[days - days[0]] = residual
    variance = float(series @ series)
    for lag in range(1, min(overlap, series.size)):
        variance += 2.0 * (1.0 - lag / overlap) * float(series[lag:] @ series[:-lag])
    scale = days.size / (days.size - 1)
    return Estimate(ratio, sqrt(max(variance, 0.0) * scale) / float(below.sum()))


def skill(losses: Column, reference: Column, times: Times, overlap: int = 1) -> Estimate:
    """1 − Σ losses / Σ losses of the reference, where both are known."""
    known = np.isfinite(losses) & np.isfinite(reference)
    ratio = ratio_by_day(losses[known], reference[known], times[known], overlap)
    return Estimate(1.0 - ratio.value, ratio.error)


def reliability(
    forecast: Column, outcome: Column, times: Times, overlap: int = 1
) -> tuple[Band, ...]:
    """What came of the forecasts in each band that has any."""
    place = np.clip(
        np.searchsorted(CHANCE_BANDS, forecast, side="right") - 1, 0, len(CHANCE_BANDS) - 2
    )
    found = []
    for number in range(len(CHANCE_BANDS) - 1):
        rows = place == number
        if rows.any():
            share = mean_by_day(outcome[rows], times[rows], overlap)
            found.append(
                Band(
                    CHANCE_BANDS[number],
                    CHANCE_BANDS[number + 1],
                    int(rows.sum()),
                    int(np.unique(times[rows] // DAY_MS).size),
                    float(forecast[rows].mean()),
                    share.value,
                    share.error,
                )
            )
    return tuple(found)


def rank_correlation(one: Column, two: Column) -> float:
    """Spearman's rank correlation of the pairs that are known; NaN of fewer than 10."""
    from scipy.stats import rankdata

    known = np.isfinite(one) & np.isfinite(two)
    if known.sum() < 10:
        return nan
    first, second = (rankdata(column[known]) for column in (one, two))
    if first.min() == first.max() or second.min() == second.max():
        return nan
    return float(np.corrcoef(first, second)[0, 1])


def area_under_curve(score: Column, event: Column) -> float:
    """The chance that a row with the event has a higher score than one without; NaN of neither."""
    from scipy.stats import rankdata

    known = np.isfinite(score) & np.isfinite(event)
    happened = event[known] > 0.5
    positives, negatives = int(happened.sum()), int((~happened).sum())
    if not positives or not negatives:
        return nan
    ranks = rankdata(score[known])[happened].sum()
    return float((ranks - positives * (positives + 1) / 2.0) / (positives * negatives))


def qlike(forecast: Column, realised: Column) -> Column:
    """RV/F − ln(RV/F) − 1 of each variance forecast (Patton, J. of Econometrics 160, 2011)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.square(realised / forecast)
        found: Column = ratio - np.log(ratio) - 1.0
    return found


def tick_loss(var: Column, loss: Column, tail: float) -> Column:
    """The quantile loss of VaR forecasts, both positive losses (Koenker & Bassett, 1978)."""
    beyond = loss - var
    found: Column = np.where(beyond > 0.0, (1.0 - tail) * beyond, -tail * beyond)
    return found


def fz_loss(var: Column, es: Column, loss: Column, tail: float) -> Column:
    """The joint loss of VaR and ES (Patton, Ziegel & Chen, J. of Econometrics 211, 2019)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        beyond = np.maximum(loss - var, 0.0)
        found: Column = beyond / (tail * es) + var / es + np.log(es) - 1.0
    return found
