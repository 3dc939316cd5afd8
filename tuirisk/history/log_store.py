"""Writing the log table: one row for what several runs log alike."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence

from tuirisk.history.log_rows import COLUMNS, joined_symbols, row_of
from tuirisk.state import SAME_ALERT_MS, LogEntry

SAME_CHANGE_MS = SAME_ALERT_MS
"""Two programs that watch a symbol log the same change within this time of each other."""
_Change = tuple[str, str, str, str]
"""symbol, kind, before, after"""
_INSERT = (
    f"INSERT INTO log (run, {', '.join(COLUMNS)}) "
    f"VALUES (:run, {', '.join(f':{name}' for name in COLUMNS)})"
)
_UPDATE = """
UPDATE log SET before = :before, after = :after, score = :score, reason = :reason,
    escalation = :escalation, rule = :rule, component = :component, text = :text,
    symbols = :symbols, score_scale = :score_scale, component_before = :component_before,
    component_after = :component_after,
    time_ms = CASE WHEN :count > 1 THEN max(time_ms, :time_ms) ELSE time_ms END,
    alerted_ms = max(alerted_ms, :alerted_ms),
    repeats = max(repeats, :repeats),
    acknowledged = CASE
        WHEN :acknowledged THEN 1
        WHEN :count > count OR :symbols <> symbols THEN 0
        ELSE acknowledged END,
    count = max(count, :count)
WHERE id = :id
"""
"""Of two programs that log the same swings, the one that counted more is kept."""
_DELETE_SWINGS = """
DELETE FROM log
WHERE first_ms > :first_ms AND first_ms <= :time_ms AND id <> :id AND count = 1
    AND symbol = :symbol AND kind = :kind
    AND ((before = :before AND after = :after) OR (before = :after AND after = :before))
"""
"""The entries that the count of another one includes."""


def store(connection: sqlite3.Connection, run: int, entries: Sequence[LogEntry]) -> None:
    """Add ``entries``, or renew the rows of those that are logged already.

    Logged already is an entry of this run that was counted on, repeated or acknowledged, and a
    change that another run has logged at about the same time.

    Raises:
        sqlite3.Error: they cannot be written.
    """
    if not entries:
        return
    logged = _Logged(connection, run, entries)
    for entry in entries:
        row = row_of(entry) | {"run": run}
        row_id = logged.find(entry)
        if row_id is None:
            connection.execute(_INSERT, row)
        else:
            connection.execute(_UPDATE, row | {"id": row_id})
            if entry.count > 1:
                connection.execute(_DELETE_SWINGS, row | {"id": row_id})


class _Logged:
    """The rows near some entries in time: this run's own, and those of other runs."""

    def __init__(self, connection: sqlite3.Connection, run: int, near: Sequence[LogEntry]) -> None:
        times = [entry.first_ms for entry in near]
        self._own: dict[tuple[object, ...], int] = {}
        self._others: defaultdict[_Change, list[tuple[int, int]]] = defaultdict(list)
        """Change → (time of the first, ms, and id), oldest first."""
        for (
            number,
            of_run,
            first_ms,
            symbol,
            kind,
            before,
            after,
            rule,
            symbols,
        ) in connection.execute(
            "SELECT id, run, first_ms, symbol, kind, before, after, rule, symbols FROM log "
            "WHERE first_ms BETWEEN ? AND ? ORDER BY first_ms",
            (min(times) - SAME_CHANGE_MS, max(times) + SAME_CHANGE_MS),
        ):
            if of_run == run:
                # Levels that swing change places.
                what = after if kind == "condition" else before
                detail = () if kind == "severity" else (what, rule, symbols)
                self._own[symbol, kind, first_ms, detail] = number
            else:
                self._others[symbol, kind, before, after].append((first_ms, number))

    def find(self, entry: LogEntry) -> int | None:
        """The id of the row of ``entry``: this run's own first, else that of another run."""
        swings = entry.kind == "severity"
        what = entry.after if entry.kind == "condition" else entry.before
        detail = () if swings else (what, entry.cause, joined_symbols(entry))
        own = self._own.get((entry.symbol, entry.kind, entry.first_ms, detail))
        if own is not None:
            return own
        rows = self._others.get((entry.symbol, entry.kind, entry.before, entry.after), ())
        index = bisect_left(rows, (entry.first_ms - SAME_CHANGE_MS, 0))
        if index < len(rows) and rows[index][0] <= entry.first_ms + SAME_CHANGE_MS:
            return rows[index][1]
        return None


def changed_entries(previous: Sequence[LogEntry], log: Sequence[LogEntry]) -> list[LogEntry]:
    """Entries of ``log`` that are not in ``previous`` as they are now."""
    logged = set(previous)
    return [entry for entry in log if entry not in logged]
