"""The variance of each past day, as 15m returns realise it, with the weekend's share taken out.

A day of whole 15m history has the sum of its squared log returns. Days before that have Garman and
Klass's estimate from the daily bar (Journal of Business 53, 1980), multiplied by the ratio of the
means of the two over the days that have both.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np

from tuirisk.analytics.forecast.calendar import weights
from tuirisk.analytics.market_risk.returns import log_returns, prices
from tuirisk.events.intervals import DAY_MS
from tuirisk.market.candles import Bars, Column
from tuirisk.market.series import Times

STEPS = 96
"""15m bars of a day."""
ENOUGH = 0.9
"""Share of a day's returns that give its variance; the missing ones count as its mean."""
OVERLAP = 5
"""Days with both estimates before the daily bars are rescaled by their ratio."""
HALF_RANGE, BODY = 0.5, 2.0 * log(2.0) - 1.0


@dataclass(frozen=True, slots=True)
class DailyVariances:
    """Variances of the log return of UTC days without a gap, oldest first.

    ``variance`` is NaN of a day that has none; ``first_day`` counts from 1970-01-01.
    """

    first_day: int
    variance: Column

    def days(self) -> Times:
        """The number of each day, counted from 1970-01-01."""
        return np.arange(self.first_day, self.first_day + self.variance.size)


NO_VARIANCES = DailyVariances(0, np.empty(0))


def daily_variances(bars_15m: Bars, bars_1d: Bars, weekend: float) -> DailyVariances:
    """The variance of each complete day of either history, on the scale of a weekday."""
    fine_days, fine = _realised(bars_15m, weekend)
    coarse_days, coarse = _garman_klass(bars_1d, weekend)
    if not fine_days.size and not coarse_days.size:
        return NO_VARIANCES
    first = int(min(days[0] for days in (fine_days, coarse_days) if days.size))
    last = int(max(days[-1] for days in (fine_days, coarse_days) if days.size))
    variance, realised = np.full(last - first + 1, np.nan), np.full(last - first + 1, np.nan)
    variance[coarse_days - first] = coarse
    realised[fine_days - first] = fine
    both = (variance > 0.0) & (realised > 0.0)
    if both.sum() >= OVERLAP:
        variance *= realised[both].mean() / variance[both].mean()
    measured = realised > 0.0
    variance[measured] = realised[measured]
    variance[~(variance > 0.0)] = np.nan
    return DailyVariances(first, variance)


def recent_variance(bars_15m: Bars, days: int, weekend: float) -> float:
    """Mean daily variance over the last ``days`` × 24 h of 15m bars; NaN where they are too few."""
    returns = _weighted_squares(bars_15m, days * STEPS, weekend)
    measured = np.isfinite(returns)
    if measured.sum() < ENOUGH * days * STEPS:
        return float("nan")
    mean = float(returns[measured].mean()) * STEPS
    return mean if mean > 0.0 else float("nan")


def _weighted_squares(bars: Bars, size: int, weekend: float) -> Column:
    """The last ``size`` squared log returns over the weight of the bar's time; NaN at a hole."""
    tail = Bars(
        bars.interval_ms,
        bars.open_time[-size - 1 :],
        bars.open[-size - 1 :],
        bars.high[-size - 1 :],
        bars.low[-size - 1 :],
        bars.close[-size - 1 :],
        None,
        bars.quote_volume[-size - 1 :],
    )
    squares: Column = np.square(log_returns(tail)) / weights(tail.open_time[1:], weekend)
    return squares


def _realised(bars: Bars, weekend: float) -> tuple[Times, Column]:
    """(day, variance) of each complete UTC day of the 15m ``bars``."""
    if len(bars) < 2:
        return np.empty(0, dtype=np.int64), np.empty(0)
    squares = _weighted_squares(bars, len(bars), weekend)
    days = bars.open_time[1:] // DAY_MS
    measured = np.isfinite(squares)
    first, span = int(days[0]), int(days[-1] - days[0]) + 1
    count = np.bincount(days[measured] - first, minlength=span)
    total = np.bincount(days[measured] - first, squares[measured], minlength=span)
    whole = count >= ENOUGH * STEPS
    whole[-1] &= int(bars.open_time[-1] + bars.interval_ms) % DAY_MS == 0
    return np.flatnonzero(whole) + first, total[whole] * STEPS / count[whole]


def _garman_klass(bars: Bars, weekend: float) -> tuple[Times, Column]:
    """(day, variance) of each daily bar with sound prices; ½ (h - l)² - (2 ln 2 - 1)(c - o)²."""
    opened, high, low, close = (
        np.log(prices(column)) for column in (bars.open, bars.high, bars.low, bars.close)
    )
    variance = HALF_RANGE * np.square(high - low) - BODY * np.square(close - opened)
    sound = (low <= np.minimum(opened, close)) & (high >= np.maximum(opened, close))
    days = bars.open_time // DAY_MS
    return days[sound], variance[sound] / weights(bars.open_time[sound], weekend)
