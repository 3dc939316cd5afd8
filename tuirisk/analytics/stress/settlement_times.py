"""When funding is paid on the simulated paths."""

from __future__ import annotations

from math import ceil

import numpy as np

from tuirisk.analytics.derivatives.funding_interval import running_hours
from tuirisk.analytics.stress.paths import HORIZONS, STEP_MS
from tuirisk.events.intervals import HOUR_MS
from tuirisk.market.derivatives import DerivativesData


def settlement_steps(derivatives: DerivativesData, exchange_ms: float) -> tuple[int, ...]:
    """Steps (15 minutes, from 1) at or right after which funding is paid, within 7 days.

    From the announced time on at the interval that runs, as settlements show it before the
    exchange's terms do; 8 h where neither tells one; none where no time is announced.
    """
    mark = derivatives.mark
    if mark is None or mark.next_funding_time <= 0:
        return ()
    every = running_hours(derivatives, exchange_ms) * HOUR_MS
    ahead = mark.next_funding_time - exchange_ms
    ahead += max(0, ceil(-ahead / every)) * every
    last = max(HORIZONS.values()) * STEP_MS
    times = np.arange(ahead, last + 1, every)
    return tuple(max(1, ceil(time / STEP_MS)) for time in times.tolist())
