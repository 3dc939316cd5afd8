"""Reads the history of a score from the database, with a connection of its own."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from tuirisk.history.database import HistoryError, error_text
from tuirisk.history.log import entries_about, open_for_reading
from tuirisk.history.scores import damaged_minutes, score_steps
from tuirisk.language.reason import Reason
from tuirisk.state.history_span import HISTORY_SPANS, HistorySpan, span_end
from tuirisk.state.score_history import MOST_ENTRIES, ScoreHistory, ScoreStep, in_steps


def read_score_history(
    path: Path, recent: list[ScoreStep], symbol: str, span: HistorySpan, now_ms: int
) -> ScoreHistory:
    """The scores of ``symbol`` in ``span`` until ``now_ms``, and the entries of the log on it.

    ``recent`` are the newest minutes, which need not be written yet. May be called in any thread;
    where the file cannot be read, the recent minutes are all there is, and the reason is told.
    """
    until = span_end(span, now_ms)
    since = until - HISTORY_SPANS[span].length_ms
    try:
        with contextlib.closing(open_for_reading(path)) as connection:
            steps = score_steps(connection, recent, symbol, span, now_ms)
            entries = entries_about(connection, symbol, since, MOST_ENTRIES)
            damaged = damaged_minutes(connection, symbol, since)
    except (HistoryError, OSError, sqlite3.Error) as error:
        shown = tuple(in_steps(recent, HISTORY_SPANS[span].step_ms))
        begins = shown[0].time_ms if shown else now_ms
        why = Reason("history_unusable", what=error_text(error))
        return ScoreHistory(symbol, span, until, shown, since_ms=begins, why=why)
    return ScoreHistory(symbol, span, until, steps, entries, damaged=damaged)
