"""The log table: entries stored and read."""

from __future__ import annotations

import contextlib
import sqlite3
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tuirisk.history.database import HistoryError, error_text, version
from tuirisk.state import LogEntry, Missing, or_none

_COLUMNS = "time_ms, symbol, kind, before, after, score, reason, escalation, rule, component"
_COLUMNS_1 = _COLUMNS.replace("rule, component", "'' AS rule, '' AS component")
"""The same of schema 1."""
SAME_CHANGE_MS = 10_000
"""Two programs that watch a symbol log the same change within this time of each other."""

_Change = tuple[str, str, str, str]
"""symbol, kind, before, after"""


def store(connection: sqlite3.Connection, run: int, entries: Sequence[LogEntry]) -> None:
    """Add ``entries``, except changes that another run has logged at about the same time.

    Raises:
        sqlite3.Error: they cannot be written.
    """
    if not entries:
        return
    times = [entry.time_ms for entry in entries]
    others: defaultdict[_Change, list[int]] = defaultdict(list)
    for symbol, kind, before, after, time_ms in connection.execute(
        "SELECT symbol, kind, before, after, time_ms FROM log "
        "WHERE run <> ? AND time_ms BETWEEN ? AND ? ORDER BY time_ms",
        (run, min(times) - SAME_CHANGE_MS, max(times) + SAME_CHANGE_MS),
    ):
        others[symbol, kind, before, after].append(time_ms)
    connection.executemany(
        "INSERT INTO log (run, time_ms, symbol, kind, before, after, score, reason, escalation, "
        "rule, component) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(run, *_row(entry)) for entry in entries if not _logged_in(others, entry)],
    )


def _logged_in(others: Mapping[_Change, Sequence[int]], entry: LogEntry) -> bool:
    times = others.get((entry.symbol, entry.kind, entry.before, entry.after), ())
    index = bisect_left(times, entry.time_ms - SAME_CHANGE_MS)
    return index < len(times) and times[index] <= entry.time_ms + SAME_CHANGE_MS


def _row(entry: LogEntry) -> tuple[object, ...]:
    reason = entry.score.reason if isinstance(entry.score, Missing) else ""
    return (
        entry.time_ms,
        entry.symbol,
        entry.kind,
        entry.before,
        entry.after,
        or_none(entry.score),
        reason,
        entry.escalation,
        entry.cause,
        entry.component,
    )


def newest_entries(
    connection: sqlite3.Connection, since_ms: int, limit: int
) -> tuple[LogEntry, ...]:
    """The newest ``limit`` entries from ``since_ms`` on, oldest first.

    Raises:
        sqlite3.Error: they cannot be read.
    """
    return tuple(_entry(row) for row in _select(connection, since_ms, limit))


def stored_log(path: Path, since_ms: int = 0, symbols: Collection[str] = ()) -> Iterator[LogEntry]:
    """The entries kept at ``path`` from ``since_ms`` on, oldest first; of all symbols by default.

    The file is only read; it may be in use, and on a disk that cannot be written.

    Raises:
        HistoryError: it cannot be read (damage may also show while the entries are taken).
        FileNotFoundError: there is none yet.
    """
    if not path.exists():
        raise FileNotFoundError(path)
    with _sqlite_errors_as_history_errors():
        connection = _open_for_reading(path)
        return _entries(connection, since_ms, symbols, version(connection))


def _entries(
    connection: sqlite3.Connection, since_ms: int, symbols: Collection[str], schema: int
) -> Iterator[LogEntry]:
    columns = _COLUMNS if schema > 1 else _COLUMNS_1
    with _sqlite_errors_as_history_errors(), contextlib.closing(connection):
        for row in _select(connection, since_ms, columns=columns) if schema else ():
            entry = _entry(row)
            if not symbols or entry.symbol in symbols:
                yield entry


@contextlib.contextmanager
def _sqlite_errors_as_history_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise HistoryError(error_text(error)) from error


def _select(
    connection: sqlite3.Connection, since_ms: int, newest: int = -1, columns: str = _COLUMNS
) -> Iterator[tuple[Any, ...]]:
    """Rows for :func:`_entry` from ``since_ms`` on, oldest first.

    ``newest`` limits them to so many of the newest; -1 does not.
    """
    selected = f"SELECT id, {columns} FROM log WHERE time_ms >= ? ORDER BY time_ms DESC, id DESC"
    return connection.execute(
        f"SELECT * FROM ({selected} LIMIT ?) ORDER BY time_ms, id", (since_ms, newest)
    )


def _entry(row: tuple[Any, ...]) -> LogEntry:
    """The log entry of a row that :func:`_select` gives."""
    _, time_ms, symbol, kind, before, after, score, reason, escalation, rule, component = row
    number = Missing.from_text(reason) if score is None else score
    return LogEntry(time_ms, symbol, kind, before, after, number, bool(escalation), rule, component)


def _open_for_reading(path: Path) -> sqlite3.Connection:
    """A connection that writes nothing.

    Where not even the files beside a database in use can be made, nobody is using it.
    """
    address = path.resolve().as_uri()
    for mode in ("mode=ro", "immutable=1"):
        connection = sqlite3.connect(f"{address}?{mode}", uri=True, timeout=5.0)
        try:
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        except sqlite3.OperationalError as error:
            connection.close()
            if mode == "immutable=1" or error.sqlite_errorcode & 0xFF not in (
                sqlite3.SQLITE_CANTOPEN,
                sqlite3.SQLITE_READONLY,
            ):
                raise
        else:
            return connection
    raise AssertionError("unreachable")
