"""Positions that rises of open interest opened, and what later falls of it left standing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuirisk.events.intervals import DAY_MS, HOUR_MS
from tuirisk.market.candles import Bars
from tuirisk.market.derivatives import OpenInterestPoints
from tuirisk.state import Missing

SPAN_DAYS = 30
LONGEST_STEP_MS = 2 * HOUR_MS
"""No rise is read across a longer hole: the price it was opened at is unknown."""

Column = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StandingPositions:
    """One row a rise of open interest, oldest first."""

    time: NDArray[np.int64]
    """When it was seen, UTC ms."""
    entry: Column
    """Price, quote asset."""
    notional: Column
    """Opened, quote asset, a side."""
    log_left: Column
    """Logarithm of the share that stands of all that stood when the first point was seen."""
    point_times: NDArray[np.int64]
    point_log_left: Column
    """The same at every point of open interest."""

    @property
    def standing(self) -> Column:
        """Notional that stands after the newest point, had no price ended it."""
        share: Column = np.exp(self.point_log_left[-1] - self.log_left)
        return self.notional * share

    def standing_at(self, rows: NDArray[np.int64], times: NDArray[np.int64]) -> Column:
        """Notional of ``rows`` that stood at ``times`` (UTC ms), each after its rise."""
        newest = np.searchsorted(self.point_times, times, side="right") - 1
        amounts: Column = self.notional[rows] * np.exp(
            self.point_log_left[newest] - self.log_left[rows]
        )
        return amounts


def standing_positions(history: OpenInterestPoints, bars: Bars) -> StandingPositions | Missing:
    """The rises of the last 30 days that ``bars`` (15m) can follow.

    Missing without history or bars.
    """
    if not len(history):
        return Missing("not_received_yet", thing="open_interest_history")
    if not len(bars):
        return Missing("no_15m_bars")
    recent = history.time >= history.time[-1] - SPAN_DAYS * DAY_MS
    recent &= (history.contracts > 0) & (history.value > 0)
    times, contracts, values = (
        history.time[recent],
        history.contracts[recent],
        history.value[recent],
    )
    if times.size < 2:
        return Missing("one_open_interest")
    step = np.diff(contracts, prepend=contracts[0])
    whole = np.diff(times, prepend=times[0]) <= LONGEST_STEP_MS
    followed = whole & (step > 0) & (times >= bars.open_time[0])
    # A fall closes a like share of all that stand.
    log_left = np.cumsum(np.minimum(0.0, np.log(contracts / (contracts - step))))
    entry = (values / contracts)[followed]
    return StandingPositions(
        times[followed], entry, step[followed] * entry, log_left[followed], times, log_left
    )
