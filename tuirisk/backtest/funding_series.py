"""The funding component of the score at many times at once, from settlements alone.

The rate of the running interval is not in a file: the last settled one stands for it, which is
what was known then.
"""

from __future__ import annotations

import numpy as np

from tuirisk.analytics.derivatives.funding import (
    HISTORY_DAYS,
    PUBLISHING_MS,
    funding_past,
    funding_state,
)
from tuirisk.analytics.derivatives.funding_interval import snapped_hours
from tuirisk.analytics.score.components import funding
from tuirisk.config.model import RiskConfig
from tuirisk.events import FundingSchedule, MarkPrice
from tuirisk.events.intervals import DAY_MS, HOUR_MS
from tuirisk.feed.files.model import Settlements
from tuirisk.market.derivatives import DerivativesData
from tuirisk.market.series import Column, Times
from tuirisk.state import Missing

LONGEST_HOURS = 8


def funding_points(history: Settlements, times_ms: Times, risk: RiskConfig) -> Column:
    """Points, 0–100, at each of ``times_ms`` (UTC); NaN where no settlement is recent."""
    points = np.full(times_ms.size, np.nan)
    first = np.searchsorted(history.time, times_ms - HISTORY_DAYS * DAY_MS, side="right")
    last = np.searchsorted(history.time, times_ms, side="right")
    made: dict[tuple[int, int], float] = {}
    for row, key in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        begin, end = key
        if begin == end:
            continue
        age_ms = int(times_ms[row]) - int(history.time[end - 1])
        if age_ms > interval_hours_before(history, end) * HOUR_MS + PUBLISHING_MS:
            continue
        if key not in made:
            made[key] = _points(history, begin, end, int(times_ms[row]), risk)
        points[row] = made[key]
    return points


def interval_hours_before(history: Settlements, end: int) -> int:
    """The interval (hours) of the last of the first ``end`` settlements; 8 h of a single one."""
    if end < 2:
        return LONGEST_HOURS
    return snapped_hours(int(history.time[end - 1] - history.time[end - 2]))


def derivatives_at(history: Settlements, end: int) -> DerivativesData:
    """What is known of funding after the first ``end`` ≥ 1 settlements."""
    hours = interval_hours_before(history, end)
    settled, rate = int(history.time[end - 1]), float(history.rate[end - 1])
    derivatives = DerivativesData()
    derivatives.set_funding_schedule(FundingSchedule("", 0, hours, None, None))
    derivatives.set_mark(MarkPrice("", 0, settled, 1.0, 1.0, rate, settled + hours * HOUR_MS))
    return derivatives


def _points(history: Settlements, begin: int, end: int, time_ms: int, risk: RiskConfig) -> float:
    rows = tuple(
        zip(history.time[begin:end].tolist(), history.rate[begin:end].tolist(), strict=True)
    )
    derivatives = derivatives_at(history, end)
    state = funding_state(derivatives, funding_past(derivatives, rows, time_ms), risk, time_ms)
    value, _ = funding(state, risk)
    return float("nan") if isinstance(value, Missing) else value
