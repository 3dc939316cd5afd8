"""The database file: its path, its tables and their migrations, and the texts of its errors."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from tuirisk.config.model import ExchangeConfig
from tuirisk.config.paths import data_directory, set_aside
from tuirisk.foreign.files import check_regular
from tuirisk.history.account_rows import TABLE as _ACCOUNT_VALUES
from tuirisk.history.external_days import TABLE as _EXTERNAL_DAYS
from tuirisk.history.forecast_rows import TABLE as _FORECASTS
from tuirisk.history.ledgers import TABLE as _LEDGERS
from tuirisk.history.mark_ranges import TABLE as _MARK_RANGES
from tuirisk.history.scores import TABLE as _SCORES
from tuirisk.history.sound_rows import decoded

SCHEMA = 10
"""Kept in ``PRAGMA user_version``."""
_SCORES_2 = """
CREATE TABLE scores (
    symbol TEXT NOT NULL,
    time_ms INTEGER NOT NULL,
    peak REAL NOT NULL,
    severity TEXT NOT NULL,
    PRIMARY KEY (symbol, time_ms)
) WITHOUT ROWID;
"""
"""As schemas 2 to 6 had it; 7 to 9 had ``scale`` after ``severity``."""
_PRESENCE = """
CREATE TABLE presence (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    time_ms INTEGER NOT NULL
);
"""
_CANDLES = """
CREATE TABLE candles (
    symbol TEXT NOT NULL,
    interval TEXT NOT NULL,
    open_time INTEGER NOT NULL,
    close_time INTEGER NOT NULL,
    open REAL NOT NULL,
    high REAL NOT NULL,
    low REAL NOT NULL,
    close REAL NOT NULL,
    volume REAL NOT NULL,
    quote_volume REAL NOT NULL,
    trades INTEGER NOT NULL,
    taker_buy_base REAL NOT NULL,
    taker_buy_quote REAL NOT NULL,
    PRIMARY KEY (symbol, interval, open_time)
) WITHOUT ROWID;
CREATE TABLE candle_series (
    symbol TEXT NOT NULL,
    interval TEXT NOT NULL,
    received INTEGER NOT NULL,
    PRIMARY KEY (symbol, interval)
) WITHOUT ROWID;
"""
_TRACK_RECORDS = """
CREATE TABLE track_records (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    time_ms INTEGER NOT NULL,
    body TEXT NOT NULL
);
"""
ALERT_COLUMNS = {
    "first_ms": "INTEGER NOT NULL DEFAULT 0",
    "alerted_ms": "INTEGER NOT NULL DEFAULT 0",
    "repeats": "INTEGER NOT NULL DEFAULT 0",
    "acknowledged": "INTEGER NOT NULL DEFAULT 0",
    "text": "TEXT NOT NULL DEFAULT ''",
    "symbols": "TEXT NOT NULL DEFAULT ''",
    "count": "INTEGER NOT NULL DEFAULT 1",
    "pnl": "REAL",
    "quantity": "REAL",
    "price": "REAL",
    "component_before": "REAL",
    "component_after": "REAL",
}
"""Columns of the log since schema 4."""
_CREATE_ALERTS = "".join(f",\n    {name} {kind}" for name, kind in ALERT_COLUMNS.items())
_ADD_ALERTS = "\n".join(
    f"ALTER TABLE log ADD COLUMN {name} {kind};" for name, kind in ALERT_COLUMNS.items()
)
_LOG_BY_FIRST = "CREATE INDEX log_by_first ON log (first_ms);"
_CREATE = f"""
CREATE TABLE log (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    symbol TEXT NOT NULL,
    kind TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    score REAL,
    reason TEXT NOT NULL,
    escalation INTEGER NOT NULL,
    rule TEXT NOT NULL DEFAULT '',
    component TEXT NOT NULL DEFAULT ''{_CREATE_ALERTS},
    score_scale INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX log_by_time ON log (time_ms);
{_LOG_BY_FIRST}
{_SCORES}
{_PRESENCE}
{_CANDLES}
{_LEDGERS}
{_TRACK_RECORDS}
{_FORECASTS}
{_MARK_RANGES}
{_EXTERNAL_DAYS}
{_ACCOUNT_VALUES}
"""
_FROM_9 = f"""
ALTER TABLE scores RENAME TO scores_9;
{_SCORES}
INSERT INTO scores (symbol, time_ms, scale, severity, minutes, peak, low, worst, held)
    SELECT symbol, time_ms, scale, severity, 1, peak, NULL, CASE severity WHEN 'ok' THEN 0
    WHEN 'unknown' THEN 1 WHEN 'caution' THEN 2 WHEN 'warning' THEN 3 WHEN 'critical' THEN 4 END, 1
    FROM scores_9;
DROP TABLE scores_9;
"""
"""Of the minutes of before, only the peak and the last severity were kept: ``held``, because nobody
knows what that severity stood on."""
_FROM_8 = f"""
{_ACCOUNT_VALUES}
{_FROM_9}
"""
_FROM_7 = f"""
{_EXTERNAL_DAYS}
{_FROM_8}
"""
_FROM_6 = f"""
ALTER TABLE log ADD COLUMN score_scale INTEGER NOT NULL DEFAULT 0;
ALTER TABLE scores ADD COLUMN scale INTEGER NOT NULL DEFAULT 0;
{_FORECASTS}
{_MARK_RANGES}
{_FROM_7}
"""
"""Scores of before are on a scale that no later one is compared with."""
_FROM_5 = f"""
{_TRACK_RECORDS}
{_FROM_6}
"""
_FROM_4 = f"""
{_LEDGERS}
{_FROM_5}
"""
_FROM_3 = f"""
{_ADD_ALERTS}
{_LOG_BY_FIRST}
UPDATE log SET first_ms = time_ms, alerted_ms = time_ms,
    acknowledged = escalation AND time_ms <= coalesce((SELECT time_ms FROM presence), 0);
{_FROM_4}
"""
"""What was logged while a screen was open counts as seen."""
_FROM_2 = f"""
DROP TABLE pages;
DROP TABLE rings;
{_CANDLES}
{_FROM_3}
"""
"""Candles in the pages of schema 2 are dropped: they come again from the exchange."""
_FROM_1 = f"""
ALTER TABLE log ADD COLUMN rule TEXT NOT NULL DEFAULT '';
ALTER TABLE log ADD COLUMN component TEXT NOT NULL DEFAULT '';
ALTER TABLE scores RENAME TO scores_1;
{_SCORES_2}
{_PRESENCE}
INSERT INTO scores SELECT symbol, time_ms, total, '' FROM scores_1
    WHERE time_ms > (SELECT max(time_ms) FROM scores_1) - 604800000;
DROP TABLE scores_1;
{_FROM_2}
"""
_MIGRATIONS = {
    0: _CREATE,
    1: _FROM_1,
    2: _FROM_2,
    3: _FROM_3,
    4: _FROM_4,
    5: _FROM_5,
    6: _FROM_6,
    7: _FROM_7,
    8: _FROM_8,
    9: _FROM_9,
}
"""By schema version: the statements that make the present tables of it."""
_CORRUPT = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_ERROR_TEXTS = {
    sqlite3.SQLITE_BUSY: "another program holds it locked",
    sqlite3.SQLITE_LOCKED: "another program holds it locked",
    sqlite3.SQLITE_READONLY: "it is read-only",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
    sqlite3.SQLITE_PERM: "it cannot be opened",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk does not answer as it should",
    sqlite3.SQLITE_CORRUPT: "it is damaged",
    sqlite3.SQLITE_NOTADB: "it is damaged",
}


class HistoryError(Exception):
    """The history cannot be used; the text says why in a few words, without the path."""


def database_path(environ: Mapping[str, str], exchange: ExchangeConfig) -> Path:
    """The file of one exchange: prices of a testnet and of mainnet are never mixed."""
    name = "history"
    if exchange.rest_url:
        address = urlsplit(exchange.rest_url)
        host = re.sub(r"[^A-Za-z0-9.]+", "-", address.netloc.rpartition("@")[2] + address.path)
        name += f"-{host.strip('-')}"
    elif exchange.environment != "mainnet":
        name += f"-{exchange.environment}"
    return data_directory(environ) / f"{name}.sqlite3"


def connect(path: Path, timeout: float, *, create: bool = True) -> sqlite3.Connection:
    """A connection in autocommit mode; the tables are made, or brought to the present schema.

    ``timeout`` is how long another program's lock is waited for, seconds. Without ``create`` the
    file must exist: one that was just moved aside is not made again.

    Raises:
        HistoryError: a newer tuirisk wrote it.
        OSError, sqlite3.Error: it cannot be opened or made.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    check_regular(path)
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode={'rwc' if create else 'rw'}",
        uri=True,
        timeout=timeout,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        connection.text_factory = decoded
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        if (schema := version(connection)) != SCHEMA:
            _migrate(connection, _MIGRATIONS[schema])
    except BaseException:
        connection.close()
        raise
    return connection


def _migrate(connection: sqlite3.Connection, statements: str) -> None:
    script = f"BEGIN IMMEDIATE;{statements}PRAGMA user_version = {SCHEMA};COMMIT;"
    try:
        connection.executescript(script)
    except sqlite3.OperationalError:
        # Another tuirisk may have been quicker.
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        if version(connection) != SCHEMA:
            raise


def version(connection: sqlite3.Connection) -> int:
    """The schema's version, 0 for an empty file.

    Raises:
        HistoryError: it is not one that this program knows.
    """
    number = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if not 0 <= number <= SCHEMA:
        raise HistoryError("a newer tuirisk wrote it")
    return number


def is_corrupt(error: Exception) -> bool:
    """Whether SQLite found the file damaged."""
    return _code(error) in _CORRUPT


def is_busy(error: Exception) -> bool:
    """Whether another program holds a lock on the file."""
    return _code(error) in _BUSY


def error_text(error: Exception) -> str:
    """What ``error`` means in a few words, without a path."""
    if isinstance(error, HistoryError):
        return str(error)
    if isinstance(error, OSError):
        return (error.strerror or type(error).__name__).lower()
    return _ERROR_TEXTS.get(_code(error), str(error) or type(error).__name__)


def move_aside(path: Path) -> str:
    """Move a damaged database away; the name it has now, "" when it cannot be moved."""
    try:
        moved = set_aside(path)
        for end in ("-wal", "-shm"):
            journal = path.with_name(path.name + end)
            if journal.exists():
                journal.replace(moved.with_name(moved.name + end))
    except OSError:
        return ""
    return moved.name


def _code(error: Exception) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
