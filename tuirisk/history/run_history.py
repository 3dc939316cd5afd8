"""What is kept of a run without a file: a demo, a replay, a viewer, a history that is broken."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from tuirisk.events.intervals import DAY_MS, HOUR_MS, MINUTE_MS
from tuirisk.history import account_rows, scores
from tuirisk.history.account_reading import account_history, account_of
from tuirisk.language.reason import Reason
from tuirisk.state import RiskState
from tuirisk.state.account_values import AccountHistory
from tuirisk.state.history_span import HistorySpan, span_end
from tuirisk.state.score_history import ScoreHistory

STEPS = ((2 * HOUR_MS, 5 * MINUTE_MS), (DAY_MS, 30 * MINUTE_MS))
"""(age, step): what each span is drawn in, so that memory is bounded."""


class RunHistory:
    """The scores and the account's values since the first state; used in one thread."""

    def __init__(self, why: Reason) -> None:
        """``why`` nothing is known of before."""
        self._why = why
        self._connection = sqlite3.connect(":memory:", isolation_level=None)
        self._connection.executescript(scores.TABLE + account_rows.TABLE)
        self._minute = scores.MinuteScores()
        self._since_ms = 0
        self._newest_value_ms = 0
        self._hour = -1

    def record(self, state: RiskState) -> None:
        """Keep what is new in ``state``. Call it with every state, in their order."""
        self._since_ms = self._since_ms or state.time_ms
        finished = self._minute.add(state)
        if finished:
            scores.store(self._connection, finished)
        self._record_account_values(state)
        hour = state.time_ms // HOUR_MS
        if hour != self._hour:
            self._hour = hour
            scores.thin(self._connection, state.time_ms, STEPS)
            account_rows.thin(self._connection, state.time_ms)

    def _record_account_values(self, state: RiskState) -> None:
        values = state.account_values
        if values and values[-1].time_ms > self._newest_value_ms:
            for value in values:
                account_rows.store(self._connection, account_of(state), value)
            self._newest_value_ms = values[-1].time_ms

    async def score_history(self, symbol: str, span: HistorySpan, now_ms: int) -> ScoreHistory:
        """The scores of ``symbol`` in ``span`` until ``now_ms``."""
        recent = self._minute.recent(symbol)
        steps = scores.score_steps(self._connection, recent, symbol, span, now_ms)
        until = span_end(span, now_ms)
        return ScoreHistory(
            symbol, span, until, steps, since_ms=self._since_ms or now_ms, why=self._why
        )

    async def account_history(self, state: RiskState, span: HistorySpan) -> AccountHistory:
        """What the account of ``state`` was worth in ``span`` until then."""
        found = account_history(self._connection, state, span)
        return replace(found, since_ms=self._since_ms or state.time_ms, why=self._why)
