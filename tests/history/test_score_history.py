"""The history of a score: what is kept, merged, migrated and left out."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import build

from tuirisk.analytics.score.scale import scale_version
from tuirisk.config.model import Config
from tuirisk.history import scores
from tuirisk.history.history import History
from tuirisk.history.run_history import RunHistory
from tuirisk.history.score_reading import read_score_history
from tuirisk.language.reason import Reason
from tuirisk.state import SEVERITIES, LogEntry, RiskState, SymbolSeverity, present
from tuirisk.state.history_span import HistorySpan
from tuirisk.state.score_history import (
    NOT_KEPT,
    OTHER_SCALE,
    ScoreHistory,
    ScoreStep,
    in_steps,
    joined,
)

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
NOW = build.NOW_NS // 1_000_000 // DAY * DAY
PATIENCE = 10.0
BTC = "BTCUSDT"
points = st.one_of(st.just(NOT_KEPT), st.floats(0, 100))


def minute(time_ms: int, peak: float, low: float | None = None, level: int = 0) -> scores.Minute:
    step = ScoreStep(
        time_ms, 1, peak, peak if low is None else low, (peak, NOT_KEPT, 1.0, 2.0),
        SEVERITIES[level], level == 1,
    )  # fmt: skip
    return scores.Minute(BTC, step, "ok")


@pytest.fixture
def table() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(scores.TABLE)
    return connection


@given(
    st.lists(
        st.tuples(st.integers(0, 20_000), st.floats(0, 100), st.floats(0, 100), st.integers(0, 4)),
        min_size=1, max_size=40, unique_by=lambda row: row[0],
    ),
    st.integers(8, 200),
)  # fmt: skip
def test_thinning_keeps_peak_low_severity_and_minutes_of_every_hour(
    found: list[tuple[int, float, float, int]], days: int
) -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as table:
        table.executescript(scores.TABLE)
        rows = [minute(NOW + at * MINUTE, max(a, b), min(a, b), level) for at, a, b, level in found]
        scores.store(table, rows)
        before = scores.load(table, BTC, 0, NOW + 400 * DAY, HOUR)
        scores.thin(table, NOW + days * DAY)
        scores.thin(table, NOW + days * DAY)
        assert scores.load(table, BTC, 0, NOW + 400 * DAY, HOUR) == before
        (count,) = table.execute("SELECT count(*) FROM scores").fetchone()
        step = HOUR if days > 104 else 15 * MINUTE if days > 21 else MINUTE
        assert count <= len({row.step.time_ms // step for row in rows})


def test_minutes_are_merged_by_age_and_deleted_after_a_year(table: sqlite3.Connection) -> None:
    scores.store(table, [minute(NOW + at * MINUTE, 50.0) for at in range(60)])

    def kept_after(days: int) -> int:
        scores.thin(table, NOW + days * DAY)
        return int(table.execute("SELECT count(*) FROM scores").fetchone()[0])

    assert [kept_after(days) for days in (7, 8, 91, 367)] == [60, 4, 1, 0]


def test_a_damaged_first_row_does_not_swallow_the_peak(table: sqlite3.Connection) -> None:
    scores.store(table, [minute(NOW, 10.0), minute(NOW + MINUTE, 90.0)])
    table.execute("UPDATE scores SET peak = 'high' WHERE time_ms = ?", (NOW,))
    assert scores.damaged_minutes(table, BTC, 0) == 1
    scores.thin(table, NOW + 8 * DAY)
    assert [step.peak for step in scores.load(table, BTC, 0, NOW + DAY, HOUR)] == [90.0]


def test_totals_of_two_scales_are_not_mixed(table: sqlite3.Connection) -> None:
    scores.store(table, [minute(NOW, 99.0, level=3)])
    table.execute("UPDATE scores SET scale = 7")
    scores.store(table, [minute(NOW + MINUTE, 20.0)])
    first, second = scores.load(table, BTC, 0, NOW + DAY, MINUTE)
    assert (first.peak, first.severity, second.peak) == (OTHER_SCALE, "warning", 20.0)
    scores.thin(table, NOW + 8 * DAY)
    (both,) = scores.load(table, BTC, 0, NOW + DAY, HOUR)
    assert (both.peak, both.severity, both.minutes) == (20.0, "warning", 2)


@given(st.lists(st.tuples(st.integers(0, 300), points), max_size=30, unique_by=lambda row: row[0]))
def test_steps_keep_the_peak_and_leave_gaps(found: list[tuple[int, float]]) -> None:
    minutes = [
        ScoreStep(at * MINUTE, 1, peak, peak, (NOT_KEPT,) * 4, None, False)
        for at, peak in sorted(found, key=lambda row: row[0])
    ]
    steps = in_steps(minutes, 10 * MINUTE)
    assert {step.time_ms for step in steps} == {at // 10 * 10 * MINUTE for at, _ in found}
    for step in steps:
        inside = [
            one for one in minutes if one.time_ms // (10 * MINUTE) * 10 * MINUTE == step.time_ms
        ]
        known = present(one.peak for one in inside)
        assert step.peak == (max(known) if known else NOT_KEPT)
        assert step.minutes == len(inside)


def test_the_worse_severity_of_two_moments_counts() -> None:
    calm, bad = minute(NOW, 10.0).step, minute(NOW, 5.0, level=4).step
    assert joined(calm, bad).severity == joined(bad, calm).severity == "critical"
    assert joined(calm, replace(bad, severity=None)).severity == "ok"


@pytest.fixture(scope="module")
def ready() -> RiskState:
    return build.state((BTC,))


def at(state: RiskState, time_ms: int, total: float, **changes: object) -> RiskState:
    one = state.symbols[BTC]
    one = replace(one, score=replace(one.score, total=total), **changes)  # type: ignore[arg-type]
    return replace(state, time_ms=time_ms, log=(), symbols={BTC: one})


def read(path: Path, history: History, now_ms: int) -> ScoreHistory:
    return read_score_history(path, history.recent_scores(BTC), BTC, "1h", now_ms)


def test_the_minute_under_way_and_those_not_written_are_there(
    tmp_path: Path, ready: RiskState
) -> None:
    path = tmp_path / "history.sqlite3"
    history = History.open(path, report=lambda reason: pytest.fail(str(reason)))
    critical = SymbolSeverity("critical", held=True)
    states = [
        at(ready, NOW, 20.0),
        at(ready, NOW + 30_000, 66.0, severity=critical),
        at(ready, NOW + 3 * MINUTE, 30.0),
        at(ready, NOW + 3 * MINUTE + 9_000, 31.0, status="stale"),
    ]
    for state in states:
        history.record(state)
    entry = LogEntry(NOW + 1, BTC, "severity", "ok", "critical", 66.0, True)
    history.record(replace(states[-1], log=(entry, replace(entry, symbol="ETHUSDT"))))
    fresh = read(path, history, NOW + 3 * MINUTE)
    history.close(PATIENCE)
    assert [(step.time_ms - NOW, step.peak, step.low) for step in fresh.steps] == [
        (0, 66.0, 20.0), (3 * MINUTE, 30.0, 30.0),
    ]  # fmt: skip
    assert (fresh.steps[0].severity, fresh.steps[0].held) == ("critical", True)
    assert fresh.steps[1].held, "stale for a while"
    assert fresh.why is None
    later = read(path, History.open(path, report=print), NOW + 3 * MINUTE)
    assert later.steps == fresh.steps
    assert later.entries == (entry,)


def test_a_file_that_cannot_be_read_leaves_the_recent_minutes(tmp_path: Path) -> None:
    recent = [minute(NOW, 50.0).step]
    found = read_score_history(tmp_path / "none.sqlite3", recent, BTC, "1h", NOW)
    assert [step.peak for step in found.steps] == [50.0]
    assert found.since_ms == NOW
    assert found.why is not None
    assert found.why.code == "history_unusable"


async def test_memory_gives_what_the_file_gives(tmp_path: Path, ready: RiskState) -> None:
    path = tmp_path / "history.sqlite3"
    history = History.open(path, report=lambda reason: pytest.fail(str(reason)))
    memory = RunHistory(Reason("scores_of_this_run"))
    for step in range(0, 3 * 60, 7):
        state = at(ready, NOW + step * MINUTE, step % 100)
        history.record(state)
        memory.record(state)
    now = NOW + 3 * HOUR - MINUTE
    spans: tuple[HistorySpan, ...] = ("1h", "24h")
    for span in spans:
        kept = await memory.score_history(BTC, span, now)
        recent = history.recent_scores(BTC)
        assert kept.since_ms == NOW
        history._writer.close(PATIENCE)  # type: ignore[union-attr]
        assert kept.steps == read_score_history(path, recent, BTC, span, now).steps
    history.close(PATIENCE)


async def test_a_history_that_cannot_be_used_leaves_this_run(
    tmp_path: Path, ready: RiskState
) -> None:
    import random

    from tuirisk.history.session import LiveSession

    (tmp_path / "data").write_text("no folder")
    environ = {"XDG_DATA_HOME": str(tmp_path / "data"), "HOME": str(tmp_path)}
    session = LiveSession(Config(), environ, random.Random(1))
    session.record(at(ready, NOW, 44.0))
    found = await session.score_history(BTC, "24h", NOW)
    worth = await session.account_history(at(ready, NOW, 44.0), "24h")
    session.close()
    assert [step.peak for step in found.steps] == [44.0]
    assert found.why == worth.why == Reason("scores_history_unusable")


def test_schema_9_keeps_its_minutes(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    History.open(path, report=print).close(PATIENCE)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(
            "DROP TABLE scores; CREATE TABLE scores (symbol TEXT NOT NULL,"
            "time_ms INTEGER NOT NULL,"
            "peak REAL NOT NULL, severity TEXT NOT NULL, scale INTEGER NOT NULL DEFAULT 0,"
            "PRIMARY KEY (symbol, time_ms)) WITHOUT ROWID; PRAGMA user_version = 9;"
        )
        rows = [(NOW, 61.5, "warning"), (NOW + MINUTE, 20.0, "")]
        connection.executemany(
            f"INSERT INTO scores VALUES ('{BTC}', ?, ?, ?, {scale_version()})", rows
        )
    history = History.open(path, report=lambda reason: pytest.fail(str(reason)))
    assert history.last_severities() == {BTC: "warning"}
    first, second = read(path, history, NOW + MINUTE).steps
    history.close(PATIENCE)
    assert (first.peak, first.low, first.severity, first.held) == (61.5, NOT_KEPT, "warning", True)
    assert (second.peak, second.severity) == (20.0, None)


def test_thinning_takes_a_number_of_steps_that_grows_with_the_rows(
    table: sqlite3.Connection,
) -> None:
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    scores.store(table, [minute(NOW + at * MINUTE, 50.0) for at in range(4_000)])
    table.set_progress_handler(count, 1_000)
    scores.thin(table, NOW + 9 * DAY)
    assert steps < 3_000, "a row in under 750 instructions"
