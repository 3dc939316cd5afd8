"""The log table: entries stored and read."""

from __future__ import annotations

import contextlib
import sqlite3
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tuirisk.foreign.text import printable
from tuirisk.history import sound_rows
from tuirisk.history.database import ALERT_COLUMNS, SCHEMA, HistoryError, error_text, version
from tuirisk.state import (
    NOT_APPLICABLE,
    SAME_ALERT_MS,
    Acknowledgement,
    LogEntry,
    Missing,
    Number,
    or_none,
)

_COLUMNS_1 = (
    "time_ms", "symbol", "kind", "before", "after", "score", "reason", "escalation",
)  # fmt: skip
_COLUMNS_2 = ("rule", "component")
_COLUMNS = (*_COLUMNS_1, *_COLUMNS_2, *ALERT_COLUMNS)
SAME_CHANGE_MS = SAME_ALERT_MS
"""Two programs that watch a symbol log the same change within this time of each other."""

_Row = Mapping[str, Any]
_Change = tuple[str, str, str, str]
"""symbol, kind, before, after"""
_INSERT = (
    f"INSERT INTO log (run, {', '.join(_COLUMNS)}) "
    f"VALUES (:run, {', '.join(f':{name}' for name in _COLUMNS)})"
)
_UPDATE = """
UPDATE log SET before = :before, after = :after, score = :score, reason = :reason,
    escalation = :escalation, rule = :rule, component = :component, text = :text,
    symbols = :symbols, component_before = :component_before, component_after = :component_after,
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
        row = _row(entry) | {"run": run}
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
                detail = () if kind == "severity" else (before, rule, symbols)
                self._own[symbol, kind, first_ms, detail] = number
            else:
                self._others[symbol, kind, before, after].append((first_ms, number))

    def find(self, entry: LogEntry) -> int | None:
        """The id of the row of ``entry``: this run's own first, else that of another run."""
        swings = entry.kind == "severity"
        detail = () if swings else (entry.before, entry.cause, _names(entry))
        own = self._own.get((entry.symbol, entry.kind, entry.first_ms, detail))
        if own is not None:
            return own
        rows = self._others.get((entry.symbol, entry.kind, entry.before, entry.after), ())
        index = bisect_left(rows, (entry.first_ms - SAME_CHANGE_MS, 0))
        if index < len(rows) and rows[index][0] <= entry.first_ms + SAME_CHANGE_MS:
            return rows[index][1]
        return None


def _row(entry: LogEntry) -> dict[str, object]:
    missing = isinstance(entry.score, Missing)
    return {
        "time_ms": entry.time_ms,
        "symbol": entry.symbol,
        "kind": entry.kind,
        "before": entry.before,
        "after": entry.after,
        "score": or_none(entry.score),
        "reason": str(entry.score) if missing else "",
        "escalation": entry.escalation,
        "rule": entry.cause,
        "component": entry.component,
        "first_ms": entry.first_ms,
        "alerted_ms": entry.alert_ms,
        "repeats": entry.repeats,
        "acknowledged": entry.acknowledged,
        "text": entry.text,
        "symbols": _names(entry),
        "count": entry.count,
        "pnl": or_none(entry.pnl),
        "quantity": or_none(entry.quantity),
        "price": or_none(entry.price),
        "component_before": or_none(entry.component_before),
        "component_after": or_none(entry.component_after),
    }


def _names(entry: LogEntry) -> str:
    return ",".join(entry.symbols)


def acknowledgements(connection: sqlite3.Connection, since_ms: int) -> tuple[Acknowledgement, ...]:
    """What was acknowledged, by any run, of the entries from ``since_ms`` on.

    Raises:
        sqlite3.Error: they cannot be read.
    """
    rows = connection.execute(
        "SELECT symbol, kind, first_ms, before, after, count FROM log "
        f"WHERE time_ms >= ? AND acknowledged AND {_sound(_COLUMNS)}",
        (since_ms,),
    )
    return tuple(Acknowledgement(*row) for row in rows)


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
    with reading_errors():
        connection = open_for_reading(path)
        return _entries(connection, since_ms, symbols, version(connection))


def _entries(
    connection: sqlite3.Connection, since_ms: int, symbols: Collection[str], schema: int
) -> Iterator[LogEntry]:
    with reading_errors(), contextlib.closing(connection):
        for row in _select(connection, since_ms, schema=schema) if schema else ():
            entry = _entry(row)
            if is_about(entry, symbols):
                yield entry


def changes(
    connection: sqlite3.Connection, since_ms: int, symbols: Collection[str]
) -> list[LogEntry]:
    """The entries of ``symbols`` (of all by default) that were added, or alerted again, from
    ``since_ms`` on, oldest first.

    Raises:
        sqlite3.Error: they cannot be read.
    """
    schema = version(connection)
    rows = _select(connection, since_ms, schema=schema, alerted=True) if schema else ()
    return [entry for entry in map(_entry, rows) if is_about(entry, symbols)]


def is_about(entry: LogEntry, symbols: Collection[str]) -> bool:
    """Whether ``entry`` is of any of ``symbols``, or those are none."""
    return not symbols or any(name in symbols for name in (entry.symbol, *entry.symbols))


@contextlib.contextmanager
def reading_errors() -> Iterator[None]:
    """Raise an error of sqlite3 as a :class:`HistoryError`."""
    try:
        yield
    except sqlite3.Error as error:
        raise HistoryError(error_text(error)) from error


def _select(
    connection: sqlite3.Connection,
    since_ms: int,
    newest: int = -1,
    schema: int = SCHEMA,
    *,
    alerted: bool = False,
) -> Iterator[_Row]:
    """Rows for :func:`_entry` from ``since_ms`` on, oldest first; ``alerted``: also those that
    alerted again since.

    ``newest`` limits them to so many of the newest; -1 does not. Columns that ``schema`` does not
    have are left out.
    """
    columns = _columns(schema)
    time = "max(time_ms, alerted_ms)" if alerted and schema > 3 else "time_ms"
    selected = (
        f"SELECT id, {', '.join(columns)} FROM log WHERE {time} >= ? AND {_sound(columns)} "
        "ORDER BY time_ms DESC, id DESC"
    )
    cursor = connection.execute(
        f"SELECT * FROM ({selected} LIMIT ?) ORDER BY time_ms, id", (since_ms, newest)
    )
    return (dict(zip(("id", *columns), row, strict=True)) for row in cursor)


def _columns(schema: int) -> tuple[str, ...]:
    columns: tuple[str, ...] = _COLUMNS_1
    if schema > 1:
        columns += _COLUMNS_2
    if schema > 3:
        columns += tuple(ALERT_COLUMNS)
    return columns


def _sound(columns: Iterable[str]) -> str:
    """The SQL of a row whose ``columns`` can be true."""
    return sound_rows.all_of(_CHECKS[name](name) for name in columns)


_CHECKS = {
    **dict.fromkeys(("time_ms", "first_ms", "alerted_ms"), sound_rows.time),
    **dict.fromkeys(("escalation", "repeats", "acknowledged", "count"), sound_rows.count),
    **dict.fromkeys(
        ("score", "pnl", "quantity", "price", "component_before", "component_after"),
        sound_rows.number_or_null,
    ),
    **dict.fromkeys(
        (
            *("symbol", "kind", "before", "after", "reason", "rule", "component", "text"),
            "symbols",
        ),
        sound_rows.text,
    ),
}
"""By column: what its value must be."""


def damaged_entries(connection: sqlite3.Connection) -> int:
    """How many rows of the log cannot be true; they are left out of whatever is read.

    Raises:
        HistoryError: a newer tuirisk wrote the file.
        sqlite3.Error: it cannot be read.
    """
    schema = version(connection)
    if not schema:
        return 0
    return sound_rows.damaged_rows(connection, "log", _sound(_columns(schema)))


def damaged_entries_at(path: Path) -> int:
    """:func:`damaged_entries` of a file.

    Raises:
        HistoryError: it cannot be read.
    """
    with reading_errors(), contextlib.closing(open_for_reading(path)) as connection:
        return damaged_entries(connection)


def _entry(row: _Row) -> LogEntry:
    """The log entry of a row that :func:`_select` gives."""
    row = {
        name: printable(value, most=None) if isinstance(value, str) else value
        for name, value in row.items()
    }
    score, time_ms = row["score"], row["time_ms"]
    count, first_ms = row.get("count", 1), row.get("first_ms") or time_ms
    alerted_ms = row.get("alerted_ms") or first_ms
    return LogEntry(
        time_ms=time_ms,
        symbol=row["symbol"],
        kind=row["kind"],
        before=row["before"],
        after=row["after"],
        score=Missing.from_text(row["reason"]) if score is None else score,
        escalation=bool(row["escalation"]),
        cause=row.get("rule", ""),
        component=row.get("component", ""),
        text=row.get("text", ""),
        acknowledged=bool(row.get("acknowledged", 0)),
        component_before=_number(row, "component_before"),
        component_after=_number(row, "component_after"),
        count=count,
        since_ms=first_ms if count > 1 or first_ms < time_ms else 0,
        symbols=tuple(filter(None, row.get("symbols", "").split(","))),
        pnl=_number(row, "pnl"),
        quantity=_number(row, "quantity"),
        price=_number(row, "price"),
        alerted_ms=0 if alerted_ms == first_ms else alerted_ms,
        repeats=row.get("repeats", 0),
    )


def _number(row: _Row, name: str) -> Number:
    value = row.get(name)
    return NOT_APPLICABLE if value is None else float(value)


def open_for_reading(path: Path) -> sqlite3.Connection:
    """A connection that writes nothing.

    Where not even the files beside a database in use can be made, nobody is using it.
    """
    address = path.resolve().as_uri()
    for mode in ("mode=ro", "immutable=1"):
        connection = sqlite3.connect(f"{address}?{mode}", uri=True, timeout=5.0)
        try:
            connection.text_factory = sound_rows.decoded
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
