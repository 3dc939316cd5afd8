"""The share of a weekday's variance that an hour of the weekend has.

Crypto trades around the clock, yet Saturdays and Sundays (UTC) move less than half as much: their
variance is :func:`~tuirisk.analytics.forecast.calibration.calibration`'s ``weekend`` times a
weekday's. Realised variances are divided by it before they are averaged, and the forecast is
multiplied by the mean of the 24 hours that it is for.
"""

from __future__ import annotations

import numpy as np

from tuirisk.events.intervals import DAY_MS
from tuirisk.market.candles import Column
from tuirisk.market.series import Times

EPOCH_WEEKDAY = 3
"""1970-01-01 was a Thursday; Monday is 0."""
SATURDAY = 5
WEEK = 7


def is_weekend(days: Times) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Whether each of ``days``, counted from 1970-01-01 UTC, is a Saturday or a Sunday."""
    return (days + EPOCH_WEEKDAY) % WEEK >= SATURDAY


def weights(times_ms: Times, weekend: float) -> Column:
    """1 for each time of a weekday and ``weekend`` for each of a weekend; UTC milliseconds."""
    return np.where(is_weekend(times_ms // DAY_MS), weekend, 1.0)


def next_day_weight(time_ms: int, weekend: float) -> float:
    """The mean weight of the 24 hours from ``time_ms`` (UTC milliseconds) on."""
    day, into = divmod(time_ms, DAY_MS)
    first, second = weights(np.array([day, day + 1]) * DAY_MS, weekend).tolist()
    share = into / DAY_MS
    return float((1.0 - share) * first + share * second)


def next_week_weight(weekend: float) -> float:
    """The mean weight of any seven days on end."""
    return (SATURDAY + (WEEK - SATURDAY) * weekend) / WEEK
