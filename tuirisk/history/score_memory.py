"""The scores of a run that no file keeps: a demo, a replay, a viewer, a history that is broken."""

from __future__ import annotations

import sqlite3

from tuirisk.events.intervals import DAY_MS, HOUR_MS, MINUTE_MS
from tuirisk.history import scores
from tuirisk.language.reason import Reason
from tuirisk.state import RiskState
from tuirisk.state.score_history import ScoreHistory, ScoreSpan, span_end

STEPS = ((2 * HOUR_MS, 5 * MINUTE_MS), (DAY_MS, 30 * MINUTE_MS))
"""(age, step): what each span is drawn in, so that memory is bounded."""


class RunScores:
    """The scores since the first state; used in one thread."""

    def __init__(self, why: Reason) -> None:
        """``why`` nothing is known of before."""
        self._why = why
        self._connection = sqlite3.connect(":memory:", isolation_level=None)
        self._connection.executescript(scores.TABLE)
        self._minute = scores.MinuteScores()
        self._since_ms = 0
        self._hour = -1

    def record(self, state: RiskState) -> None:
        """Keep the scores of ``state``. Call it with every state, in their order."""
        self._since_ms = self._since_ms or state.time_ms
        finished = self._minute.add(state)
        if finished:
            scores.store(self._connection, finished)
        hour = state.time_ms // HOUR_MS
        if hour != self._hour:
            self._hour = hour
            scores.thin(self._connection, state.time_ms, STEPS)

    async def score_history(self, symbol: str, span: ScoreSpan, now_ms: int) -> ScoreHistory:
        """The scores of ``symbol`` in ``span`` until ``now_ms``."""
        recent = self._minute.recent(symbol)
        steps = scores.score_steps(self._connection, recent, symbol, span, now_ms)
        until = span_end(span, now_ms)
        return ScoreHistory(
            symbol, span, until, steps, since_ms=self._since_ms or now_ms, why=self._why
        )
