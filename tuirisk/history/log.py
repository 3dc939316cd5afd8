"""Reading the log table: entries, changes, acknowledgements, damaged rows."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection, Iterator
from pathlib import Path

from tuirisk.foreign.files import check_regular
from tuirisk.history import sound_rows
from tuirisk.history.database import SCHEMA, HistoryError, error_text, version
from tuirisk.history.log_rows import (
    COLUMNS,
    Row,
    columns_of,
    entry_of,
    sound,
)
from tuirisk.state import (
    Acknowledgement,
    LogEntry,
)


def acknowledgements(connection: sqlite3.Connection, since_ms: int) -> tuple[Acknowledgement, ...]:
    """What was acknowledged, by any run, of the entries from ``since_ms`` on.

    Raises:
        sqlite3.Error: they cannot be read.
    """
    rows = connection.execute(
        "SELECT symbol, kind, first_ms, before, after, count FROM log "
        f"WHERE time_ms >= ? AND acknowledged AND {sound(COLUMNS)}",
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
    return tuple(entry_of(row) for row in _select(connection, since_ms, limit))


def entries_about(
    connection: sqlite3.Connection, symbol: str, since_ms: int, limit: int
) -> tuple[LogEntry, ...]:
    """The newest ``limit`` entries on ``symbol`` from ``since_ms`` on, oldest first.

    Raises:
        sqlite3.Error: they cannot be read.
    """
    return tuple(map(entry_of, _select(connection, since_ms, limit, symbol=symbol)))


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
            entry = entry_of(row)
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
    return [entry for entry in map(entry_of, rows) if is_about(entry, symbols)]


def is_about(entry: LogEntry, symbols: Collection[str]) -> bool:
    """Whether ``entry`` is of any of ``symbols``, or those are none."""
    return not symbols or any(name in symbols for name in (entry.symbol, *entry.symbols))


@contextlib.contextmanager
def reading_errors() -> Iterator[None]:
    """Raise an error of sqlite3 or the system as a :class:`HistoryError`; no file stays no file."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (sqlite3.Error, OSError) as error:
        raise HistoryError(error_text(error)) from error


def _select(
    connection: sqlite3.Connection,
    since_ms: int,
    newest: int = -1,
    schema: int = SCHEMA,
    *,
    alerted: bool = False,
    symbol: str = "",
) -> Iterator[Row]:
    """Rows for :func:`_entry` from ``since_ms`` on, oldest first; ``alerted``: also those that
    alerted again since.

    ``newest`` limits them to so many of the newest; -1 does not. Columns that ``schema`` does not
    have are left out. With ``symbol``, those on it alone.
    """
    columns = columns_of(schema)
    time = "max(time_ms, alerted_ms)" if alerted and schema > 3 else "time_ms"
    about = "?3 IN ('', symbol)"
    if schema > 3:
        about = "(?3 IN ('', symbol) OR instr(',' || symbols || ',', ',' || ?3 || ','))"
    selected = (
        f"SELECT id, {', '.join(columns)} FROM log WHERE {time} >= ?1 AND {sound(columns)} "
        f"AND {about} ORDER BY time_ms DESC, id DESC"
    )
    cursor = connection.execute(
        f"SELECT * FROM ({selected} LIMIT ?2) ORDER BY time_ms, id", (since_ms, newest, symbol)
    )
    return (dict(zip(("id", *columns), row, strict=True)) for row in cursor)


def damaged_entries(connection: sqlite3.Connection) -> int:
    """How many rows of the log cannot be true; they are left out of whatever is read.

    Raises:
        HistoryError: a newer tuirisk wrote the file.
        sqlite3.Error: it cannot be read.
    """
    schema = version(connection)
    if not schema:
        return 0
    return sound_rows.damaged_rows(connection, "log", sound(columns_of(schema)))


def damaged_entries_at(path: Path) -> int:
    """:func:`damaged_entries` of a file.

    Raises:
        HistoryError: it cannot be read.
    """
    with reading_errors(), contextlib.closing(open_for_reading(path)) as connection:
        return damaged_entries(connection)


def open_for_reading(path: Path) -> sqlite3.Connection:
    """A connection that writes nothing.

    Where not even the files beside a database in use can be made, nobody is using it.
    """
    check_regular(path)
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
