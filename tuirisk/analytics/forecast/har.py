"""The heterogeneous autoregressive model of daily variance.

The logarithm of a day's variance is linear in those of the mean variances of the day, the 7 and the
32 days before it (Corsi, "A simple approximate long-memory model of realized volatility", Journal
of Financial Econometrics 7, 2009). Fitted by ordinary least squares; the forecast of the variance
is multiplied by the mean of the exponentials of the residuals (Duan, "Smearing estimate", Journal
of the American Statistical Association 78, 1983).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import NDArray

from tuirisk.market.candles import Column

WEEK, MONTH = 7, 32
LEAST_WEEK, LEAST_MONTH = 5, 8
"""Days with a variance that a mean of 7 and of 32 days is taken of."""
OWN_FIT = 200
"""Days that a symbol's own coefficients are fitted on."""


@dataclass(frozen=True, slots=True)
class HarModel:
    """``ln variance = constant + day·ln RV₁ + week·ln RV₇ + month·ln RV₃₂ + residual``."""

    constant: float
    day: float
    week: float
    month: float
    smearing: float
    """Mean of the exponentials of the residuals: from the median to the mean variance."""

    def variances(self, regressors: NDArray[np.float64]) -> Column:
        """The expected variance of each row of ``regressors``, shape ``(n, 3)``; NaN of a NaN."""
        slopes = np.array([self.day, self.week, self.month])
        variances: Column = self.smearing * np.exp(self.constant + regressors @ slopes)
        return variances

    def variance(self, day: float, week: float, month: float) -> float:
        """The expected variance after mean daily variances of a day, 7 and 32 days, all > 0."""
        logs = np.log([day, week, month])
        slopes = np.array([self.day, self.week, self.month])
        return self.smearing * exp(self.constant + float(logs @ slopes))


def har_regressors(variance: Column) -> NDArray[np.float64]:
    """ln RV₁, ln RV₇, ln RV₃₂ known before each day and after the last; shape ``(n + 1, 3)``.

    NaN where a mean has too few days with a variance.
    """
    rows = np.full((variance.size + 1, 3), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        rows[1:, 0] = np.log(variance)
        rows[:, 1] = np.log(_mean_before(variance, WEEK, LEAST_WEEK))
        rows[:, 2] = np.log(_mean_before(variance, MONTH, LEAST_MONTH))
    return rows


def _mean_before(variance: Column, days: int, least: int) -> Column:
    """Mean of the ``days`` elements before each and after the last, NaN ones left out."""
    measured = np.isfinite(variance)
    total = np.concatenate(([0.0], np.cumsum(np.where(measured, variance, 0.0))))
    count = np.concatenate(([0], np.cumsum(measured)))
    first = np.maximum(np.arange(total.size) - days, 0)
    number = count - count[first]
    return np.where(number >= least, (total - total[first]) / np.maximum(number, 1), np.nan)


def fit_har(variance: Column, regressors: NDArray[np.float64]) -> HarModel | None:
    """Coefficients by least squares on the days that have all; None of fewer than ``OWN_FIT``.

    ``regressors`` are :func:`har_regressors` of ``variance``.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        target = np.log(variance)
    rows = regressors[:-1]
    complete = np.isfinite(target) & np.isfinite(rows).all(axis=1)
    return fit_rows(rows[complete], target[complete]) if complete.sum() >= OWN_FIT else None


def fit_rows(regressors: NDArray[np.float64], target: Column) -> HarModel:
    """Coefficients by least squares of ``target``, ln variances, on complete ``regressors``."""
    design = np.column_stack((np.ones(target.size), regressors))
    coefficients = np.linalg.lstsq(design, target, rcond=None)[0]
    residuals = target - design @ coefficients
    constant, day, week, month = coefficients.tolist()
    return HarModel(constant, day, week, month, float(np.exp(residuals).mean()))
