"""Databases of the second schema, whose candles were packed, are brought to the present one."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from support import build

from tuirisk.history import history as history_module
from tuirisk.history.history import History
from tuirisk.history.log import stored_log
from tuirisk.history.log_rows import OTHER_SCALE
from tuirisk.state import LogEntry, Missing, RiskState

NOW = build.NOW_NS // 1_000_000
PATIENCE = 10.0

SCHEMA_2 = """
BEGIN IMMEDIATE;
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
    component TEXT NOT NULL DEFAULT ''
);
CREATE INDEX log_by_time ON log (time_ms);
CREATE TABLE scores (
    symbol TEXT NOT NULL,
    time_ms INTEGER NOT NULL,
    peak REAL NOT NULL,
    severity TEXT NOT NULL,
    PRIMARY KEY (symbol, time_ms)
) WITHOUT ROWID;
CREATE TABLE presence (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    time_ms INTEGER NOT NULL
);
CREATE TABLE rings (
    symbol TEXT NOT NULL,
    interval TEXT NOT NULL,
    received INTEGER NOT NULL,
    PRIMARY KEY (symbol, interval)
) WITHOUT ROWID;
CREATE TABLE pages (
    symbol TEXT NOT NULL,
    interval TEXT NOT NULL,
    page INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    bars BLOB NOT NULL,
    PRIMARY KEY (symbol, interval, page)
);
PRAGMA user_version = 2;
COMMIT;
"""
KEPT = (
    LogEntry(NOW - 9, "BTCUSDT", "severity", "", "ok", Missing.from_text("warming up"), False),
    LogEntry(NOW - 5, "BTCUSDT", "severity", "ok", "warning", OTHER_SCALE, True, "reduce_size",
             "market"),
)  # fmt: skip


@pytest.fixture(scope="module")
def ready() -> RiskState:
    return build.state(("BTCUSDT",))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database as schema 2 left it: two entries, a score, a presence and a page of candles."""
    path = tmp_path / "history.sqlite3"
    page = msgspec.msgpack.encode([(0, 899_999, 1.0, 2.0, 0.5, 1.5, 9.0, 13.5, 4, 5.0, 7.5)])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(SCHEMA_2)
        connection.executemany(
            "INSERT INTO log VALUES (NULL, 7, ?, 'BTCUSDT', 'severity', ?, ?, ?, ?, ?, ?, ?)",
            [
                (NOW - 9, "", "ok", None, "warming up", 0, "", ""),
                (NOW - 5, "ok", "warning", 61.5, "", 1, "reduce_size", "market"),
            ],
        )
        connection.execute("INSERT INTO scores VALUES ('BTCUSDT', ?, 61.5, 'warning')", (NOW - 7,))
        connection.execute("INSERT INTO presence VALUES (1, ?)", (NOW - 8,))
        connection.execute("INSERT INTO rings VALUES ('BTCUSDT', '15m', 5)")
        connection.execute("INSERT INTO pages VALUES ('BTCUSDT', '15m', 0, 1, ?)", (page,))
        connection.commit()
    return path


def test_log_scores_and_presence_stay_and_candles_begin_anew(path: Path, ready: RiskState) -> None:
    history = History.open(path, report=lambda reason: pytest.fail(str(reason)))
    assert history.entries(0, 99) == KEPT
    assert history.last_severities() == {"BTCUSDT": "warning"}
    summary = history.absence_summary(NOW)
    assert summary is not None
    assert (summary.since_ms, summary.peaks) == (NOW - 8, ()), "they are on another scale"
    assert history.candles("BTCUSDT", "15m", NOW) is None
    bars = build.candles_from([100.0, 101.0], "15m", NOW)
    new = replace(KEPT[1], time_ms=NOW + 60_000, score=62.0)
    history.record_candles("BTCUSDT", "15m", bars, NOW * 1_000_000)
    history.record(replace(ready, log=(new,)))
    history.close(PATIENCE)
    assert tuple(stored_log(path)) == (*KEPT, new)
    history = History.open(path, report=lambda reason: pytest.fail(str(reason)))
    candles = history.candles("BTCUSDT", "15m", NOW)
    history.close(PATIENCE)
    assert candles is not None
    assert candles.candles == bars


def test_two_programs_that_migrate_at_once_both_go_on(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_module, "READ_TIMEOUT", PATIENCE)
    with ThreadPoolExecutor(4) as pool:
        histories = list(
            pool.map(
                lambda _: History.open(path, report=lambda reason: pytest.fail(str(reason))),
                range(4),
            )
        )
    assert all(history.entries(0, 99) == KEPT for history in histories)
    for history in histories:
        history.close(PATIENCE)


def test_reading_the_log_migrates_nothing(path: Path) -> None:
    assert tuple(stored_log(path)) == KEPT
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
