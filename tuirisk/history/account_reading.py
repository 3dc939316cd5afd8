"""Reads what an account was worth from the database, with a connection of its own."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from tuirisk.history.account_rows import damaged_rows, load_steps
from tuirisk.history.database import HistoryError, error_text
from tuirisk.history.log import open_for_reading
from tuirisk.language.reason import Reason
from tuirisk.state import RiskState
from tuirisk.state.account_values import AccountHistory, AccountValue, last_of_steps, merged_values
from tuirisk.state.history_span import HISTORY_SPANS, HistorySpan, span_end


def account_of(state: RiskState) -> str:
    """By what name the values of the account are kept; empty of one that has none."""
    return "" if state.position_ledger is None else state.position_ledger.account


def read_account_history(path: Path, state: RiskState, span: HistorySpan) -> AccountHistory:
    """What the account of ``state`` was worth in ``span`` until then.

    The values that ``state`` has need not be written yet. May be called in any thread; where the
    file cannot be read, they are all there is, and the reason is told.
    """
    since_ms = span_end(span, state.time_ms) - HISTORY_SPANS[span].length_ms
    try:
        with contextlib.closing(open_for_reading(path)) as connection:
            history = account_history(connection, state, span)
            damaged = damaged_rows(connection, account_of(state), since_ms)
    except (HistoryError, OSError, sqlite3.Error) as error:
        values = state.account_values
        begins_ms = values[0].time_ms if values else state.time_ms
        why = Reason("history_unusable", what=error_text(error))
        return replace(_history((), state, span), since_ms=begins_ms, why=why)
    return replace(history, damaged=damaged)


def account_history(
    connection: sqlite3.Connection, state: RiskState, span: HistorySpan
) -> AccountHistory:
    """The values in the database of the account of ``state``, and on them those that it has.

    Raises:
        sqlite3.Error: they cannot be read.
    """
    length_ms, step_ms = HISTORY_SPANS[span]
    until_ms = span_end(span, state.time_ms)
    kept = load_steps(connection, account_of(state), until_ms - length_ms, until_ms, step_ms)
    return _history(kept, state, span)


def _history(kept: Iterable[AccountValue], state: RiskState, span: HistorySpan) -> AccountHistory:
    length_ms, step_ms = HISTORY_SPANS[span]
    until_ms = span_end(span, state.time_ms)
    values = merged_values(kept, state.account_values)
    inside = (value for value in values if until_ms - length_ms <= value.time_ms < until_ms)
    return AccountHistory(span, until_ms, last_of_steps(inside, step_ms))
