"""Keeps what a live run forecasts and the prices that judge it, and judges it now and then."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from tuirisk.events.intervals import MINUTE_MS
from tuirisk.history import forecast_rows, mark_ranges
from tuirisk.history.forecast_outcomes import judge
from tuirisk.history.issued_forecasts import IssuedForecasts
from tuirisk.history.live_record import live_record
from tuirisk.state import RiskState
from tuirisk.state.track_record import TrackRecord

JUDGE_MS, JUDGE_AFTER_MS = 60 * MINUTE_MS, 2 * MINUTE_MS
"""How often forecasts are judged, and how long after the full hour."""


class ForecastRecording:
    """Hands jobs to ``write``, which does them in the writer's thread."""

    def __init__(self, write: Callable[[Callable[[sqlite3.Connection], object]], None]) -> None:
        self._write = write
        self._issued = IssuedForecasts()
        self._marks = mark_ranges.MarkRanges()
        self._judged_ms = -JUDGE_MS
        self.live_record: TrackRecord | None = None
        """Of the forecasts that could be judged; set by the writer's thread, an object at a time.
        """

    def add(self, state: RiskState) -> None:
        """Keep what ``state`` forecasts, and judge soon after a bar has closed."""
        if marks := self._marks.add(state):
            self._write(lambda connection: mark_ranges.store(connection, marks))
        if issued := self._issued.add(state):
            self._write(lambda connection: forecast_rows.store(connection, issued))
        if state.time_ms - self._judged_ms >= JUDGE_MS:
            self._judged_ms = state.time_ms // JUDGE_MS * JUDGE_MS + JUDGE_AFTER_MS
            self._write(lambda connection: self._judge(connection, state.time_ms))

    def _judge(self, connection: sqlite3.Connection, now_ms: int) -> None:
        judge(connection, now_ms)
        self.live_record = live_record(connection, now_ms)
