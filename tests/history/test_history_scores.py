"""The score of every minute, the absence summary, and migration from schema 1."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from support import build

from tuirisk.history import history as history_module
from tuirisk.history.database import SCHEMA
from tuirisk.history.history import History
from tuirisk.history.log import stored_log
from tuirisk.history.log_rows import OTHER_SCALE
from tuirisk.state import (
    AbsenceSummary,
    LogEntry,
    Missing,
    Number,
    RiskState,
    ScorePeak,
    Severity,
    SeverityTracker,
)

NOW = build.NOW_NS // 1_000_000 // 60_000 * 60_000
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
PATIENCE = 10.0


@pytest.fixture(scope="module")
def ready() -> RiskState:
    return build.state(("BTCUSDT", "ETHUSDT"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite3"


def at(state: RiskState, time_ms: int, severity: Severity = "ok", **totals: Number) -> RiskState:
    """``state`` with only the symbols of ``totals``, at these scores."""
    symbols = {}
    for name, total in totals.items():
        one = state.symbols[name]
        symbols[name] = replace(
            one, score=replace(one.score, total=total), tracker=SeverityTracker(severity)
        )
    return replace(state, time_ms=time_ms, log=(), symbols=symbols)


def keep(path: Path, *states: RiskState, screen: bool = False) -> None:
    history = History.open(path, report=lambda reason: pytest.fail(str(reason)), screen=screen)
    for state in states:
        history.record(state)
    history.close(PATIENCE)


def opened(path: Path) -> History:
    return History.open(path, report=lambda reason: pytest.fail(str(reason)))


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def test_each_minute_keeps_its_highest_score_and_last_severity(
    path: Path, ready: RiskState
) -> None:
    warming = replace(ready.symbols["ETHUSDT"], status="warming")
    states = [
        at(ready, NOW + 1, BTCUSDT=50.0, ETHUSDT=20.0),
        at(ready, NOW + 30_000, "caution", BTCUSDT=71.5, ETHUSDT=Missing.from_text("none")),
        at(ready, NOW + 59_000, "warning", BTCUSDT=44.0),
        at(ready, NOW + MINUTE, "warning", BTCUSDT=45.0),
    ]
    states[-1] = replace(states[-1], symbols={**states[-1].symbols, "ETHUSDT": warming})
    keep(path, *states)
    columns = "symbol, time_ms, peak, severity"
    assert rows(path, f"SELECT {columns} FROM scores WHERE peak > 0 ORDER BY time_ms, symbol") == [
        ("BTCUSDT", NOW, 71.5, "warning"),
        ("ETHUSDT", NOW, 20.0, "ok"),
        ("BTCUSDT", NOW + MINUTE, 45.0, "warning"),
    ], "the minute under way is kept at the end"


def test_of_two_runs_the_higher_score_of_a_minute_is_kept(path: Path, ready: RiskState) -> None:
    keep(path, at(ready, NOW, BTCUSDT=70.0))
    keep(path, at(ready, NOW + 5, BTCUSDT=60.0))
    assert rows(path, "SELECT peak FROM scores") == [(70.0,)]


def test_a_score_on_another_scale_is_no_peak_of_this_one(path: Path, ready: RiskState) -> None:
    keep(path, at(ready, NOW, BTCUSDT=70.0), screen=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE scores SET scale = 1")
        connection.commit()
    history = opened(path)
    summary = history.absence_summary(NOW + HOUR)
    assert summary is not None
    assert summary.peaks == ()
    assert history.last_severities() == {"BTCUSDT": "ok"}
    history.record(at(ready, NOW + 5, BTCUSDT=60.0))
    history.close(PATIENCE)
    assert rows(path, "SELECT peak FROM scores WHERE scale <> 1") == [(60.0,)]


def test_the_absence_summary_has_the_peaks_since_the_screen_was_open(
    path: Path, ready: RiskState
) -> None:
    keep(path, at(ready, NOW - HOUR + 30_000, BTCUSDT=99.0), screen=True)
    keep(
        path,
        at(ready, NOW - HOUR + MINUTE, BTCUSDT=70.0, ETHUSDT=30.0),
        at(ready, NOW - HOUR + 5 * MINUTE, BTCUSDT=86.5, ETHUSDT=88.0),
        at(ready, NOW - HOUR + 9 * MINUTE, BTCUSDT=60.0, ETHUSDT=20.0),
    )
    history = opened(path)
    peak = NOW - HOUR + 5 * MINUTE
    assert history.absence_summary(NOW) == AbsenceSummary(
        NOW - HOUR + 30_000,
        NOW,
        0,
        (ScorePeak("ETHUSDT", 88.0, peak), ScorePeak("BTCUSDT", 86.5, peak)),
    ), "not the 99 that was on the screen"
    assert history.absence_summary(NOW - HOUR + 31_000) == AbsenceSummary(
        NOW - HOUR + 30_000, NOW - HOUR + 31_000, 0, ()
    )
    history.close(PATIENCE)


def test_an_empty_screen_counts_as_open_and_a_run_without_screen_does_not(
    path: Path, ready: RiskState
) -> None:
    keep(path, at(ready, NOW - HOUR, BTCUSDT=1.0))
    history = opened(path)
    assert history.absence_summary(NOW) is None
    history.close(PATIENCE)
    keep(path, at(ready, NOW - HOUR), at(ready, NOW - HOUR + 9_000), screen=True)
    history = opened(path)
    away = history.absence_summary(NOW)
    assert away is not None
    assert away.since_ms == NOW - HOUR + 9_000
    assert history.absence_summary(NOW - DAY) is None, "a clock that was set back"
    history.close(PATIENCE)


def test_presence_is_written_every_minute(path: Path, ready: RiskState) -> None:
    history = History.open(path, report=lambda reason: pytest.fail(str(reason)), screen=True)
    for second in range(0, 150, 10):
        history.record(at(ready, NOW + second * 1000, BTCUSDT=5.0))
    history._writer.close(PATIENCE)  # type: ignore[union-attr]
    assert rows(path, "SELECT time_ms FROM presence") == [(NOW + 120_000,)]


def test_the_last_severity_is_the_newer_of_log_and_minute(path: Path, ready: RiskState) -> None:
    line = LogEntry(NOW + 90_000, "BTCUSDT", "severity", "ok", "critical", 90.0, True)
    early = replace(line, symbol="ETHUSDT", time_ms=NOW - HOUR, after="warning")
    gone = replace(line, symbol="GONEUSDT", time_ms=NOW - 8 * DAY)
    quiet = replace(line, symbol="SOLUSDT", time_ms=NOW - 6 * DAY, after="caution")
    history = opened(path)
    history.record(at(ready, NOW, "ok", BTCUSDT=10.0, ETHUSDT=10.0))
    history.record(replace(at(ready, NOW + 90_000), log=(gone, quiet, early, line)))
    history.close(PATIENCE)
    history = opened(path)
    assert history.last_severities() == {
        "BTCUSDT": "critical", "ETHUSDT": "ok", "SOLUSDT": "caution",
    }  # fmt: skip
    history.close(PATIENCE)


def test_scores_are_deleted_after_a_year(path: Path, ready: RiskState) -> None:
    keep(path, at(ready, NOW - 366 * DAY, BTCUSDT=1.0))
    keep(path, at(ready, NOW, BTCUSDT=2.0))
    assert rows(path, "SELECT peak FROM scores") == [(2.0,)]


SCHEMA_1 = """
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
    escalation INTEGER NOT NULL
);
CREATE INDEX log_by_time ON log (time_ms);
CREATE TABLE scores (
    time_ms INTEGER NOT NULL,
    symbol TEXT NOT NULL,
    total REAL NOT NULL,
    market REAL,
    liquidity REAL,
    funding REAL,
    correlation REAL,
    PRIMARY KEY (time_ms, symbol)
) WITHOUT ROWID;
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
PRAGMA user_version = 1;
COMMIT;
"""


@pytest.fixture
def old(path: Path) -> Path:
    """A database as version 1 of the schema left it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(SCHEMA_1)
        connection.executemany(
            "INSERT INTO log VALUES (?, 7, ?, 'BTCUSDT', 'severity', ?, ?, ?, ?, ?)",
            [
                (1, NOW - HOUR, "", "ok", None, "none", 0),
                (2, NOW - HOUR + 5, "ok", "warning", 61.5, "", 1),
            ],
        )
        connection.executemany(
            "INSERT INTO scores VALUES (?, 'BTCUSDT', ?, 1, 2, 3, 4)",
            [(NOW - 9 * DAY, 11.0), (NOW - HOUR, 61.5)],
        )
        connection.execute("INSERT INTO rings VALUES ('BTCUSDT', '1h', ?)", (NOW * 1_000_000,))
        connection.commit()
    return path


KEPT = (
    LogEntry(NOW - HOUR, "BTCUSDT", "severity", "", "ok", Missing.from_text("none"), False),
    LogEntry(NOW - HOUR + 5, "BTCUSDT", "severity", "ok", "warning", OTHER_SCALE, True),
)


def test_a_database_of_schema_1_is_migrated(old: Path, ready: RiskState) -> None:
    history = opened(old)
    assert history.entries(0, 99) == KEPT
    assert history.last_severities() == {"BTCUSDT": "warning"}
    assert history.absence_summary(NOW) is None
    new = LogEntry(NOW, "ETHUSDT", "severity", "ok", "caution", 1.0, True, "reduce_size", "market")
    history.record(replace(at(ready, NOW, BTCUSDT=3.0), log=(new,)))
    history.close(PATIENCE)
    assert rows(old, "PRAGMA user_version") == [(SCHEMA,)]
    assert rows(old, "SELECT symbol, time_ms, peak, severity FROM scores ORDER BY time_ms") == [
        ("BTCUSDT", NOW - HOUR, 61.5, ""), ("BTCUSDT", NOW, 3.0, "ok"),
    ]  # fmt: skip
    assert tuple(stored_log(old)) == (*KEPT, new)


def test_programs_that_migrate_schema_1_at_once_all_go_on(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_module, "READ_TIMEOUT", PATIENCE)
    with ThreadPoolExecutor(4) as pool:
        histories = list(pool.map(lambda _: opened(old), range(4)))
    assert all(history.entries(0, 99) == KEPT for history in histories)
    for history in histories:
        history.close(PATIENCE)


def test_a_migration_that_fails_leaves_the_old_database(old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("CREATE TABLE presence (x)")
    said: list[str] = []
    History.open(old, report=lambda reason: said.append(str(reason))).close(PATIENCE)
    assert len(said) == 1
    assert "going on without" in said[0]
    assert rows(old, "PRAGMA user_version") == [(1,)]
    assert len(rows(old, "SELECT market FROM scores")) == 2


def test_the_log_of_schema_1_is_read_without_migration(old: Path) -> None:
    assert tuple(stored_log(old)) == KEPT
    assert rows(old, "PRAGMA user_version") == [(1,)], "reading alone changes nothing"
