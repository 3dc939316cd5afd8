"""The history: what is kept, what is deleted, and files that cannot be used."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from support import build

from tuirisk.cli.log_line import log_line
from tuirisk.config.model import ExchangeConfig
from tuirisk.events import Candle
from tuirisk.history import history as history_module
from tuirisk.history import retention
from tuirisk.history.database import SCHEMA, HistoryError, connect, database_path
from tuirisk.history.history import History
from tuirisk.history.log import stored_log
from tuirisk.language.words import Words
from tuirisk.state import LogEntry, Missing, RiskState

DAY = 86_400_000
NOW = build.NOW_NS // 1_000_000
PATIENCE = 10.0


@pytest.fixture(scope="module")
def ready() -> RiskState:
    return build.state(("BTCUSDT", "ETHUSDT"))


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "history.sqlite3"


def entry(
    time_ms: int, symbol: str = "BTCUSDT", before: str = "ok", after: str = "warning"
) -> LogEntry:
    return LogEntry(time_ms, symbol, "severity", before, after, 61.5, after == "warning")


def bars(n: int, interval: str = "15m", seed: float = 100.0) -> tuple[Candle, ...]:
    return build.candles_from([seed + i for i in range(n)], interval, NOW)


def keep(path: Path, said: list[str], *states: RiskState, run: int = 1) -> None:
    history = History.open(path, report=lambda reason: said.append(str(reason)), run=run)
    for state in states:
        history.record(state)
    history.close(PATIENCE)


def known(path: Path, since: int = 0, limit: int = 500) -> tuple[LogEntry, ...]:
    said: list[str] = []
    history = History.open(path, report=lambda reason: said.append(str(reason)))
    try:
        return history.entries(since, limit)
    finally:
        history.close(PATIENCE)
        assert said == []


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def test_the_log_comes_back_exactly_and_only_what_is_new_is_kept(
    path: Path, said: list[str], ready: RiskState
) -> None:
    first = replace(entry(NOW), score=Missing.from_text("warming up"))
    second = entry(NOW + 5, "ETHUSDT", "warning", "ok")
    third = entry(NOW + 9)
    state = replace(ready, log=(first, second))
    later = replace(state, log=(second, third))
    keep(path, said, state, state, later)
    assert known(path) == (first, second, third)
    assert known(path, since=NOW + 5) == (second, third)
    assert known(path, limit=1) == (third,)
    assert said == []


def test_rule_and_component_of_a_change_are_kept(
    path: Path, said: list[str], ready: RiskState
) -> None:
    why = replace(entry(NOW), cause="no_new_positions", component="liquidity")
    keep(path, said, replace(ready, log=(why,)))
    assert known(path) == (why,)
    assert list(stored_log(path)) == [why]


def test_a_change_that_two_runs_log_is_kept_once(
    path: Path, said: list[str], ready: RiskState
) -> None:
    keep(path, said, replace(ready, log=(entry(NOW), entry(NOW + 4_000))), run=1)
    keep(path, said, replace(ready, log=(entry(NOW + 300),)), run=2)
    keep(path, said, replace(ready, log=(entry(NOW + 60_000),)), run=2)
    assert [e.time_ms for e in known(path)] == [NOW, NOW + 4_000, NOW + 60_000]


def test_twice_as_many_entries_at_once_take_twice_the_work(
    tmp_path: Path, said: list[str], ready: RiskState
) -> None:
    work = [steps_to_write(tmp_path, said, ready, count) for count in (1_000, 2_000)]
    assert said == []
    assert 1.5 < work[1] / work[0] < 2.5


def steps_to_write(folder: Path, said: list[str], state: RiskState, entries: int) -> int:
    """SQLite's virtual machine steps, in hundreds, to keep so many entries of one change."""
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    def counted(path: Path, timeout: float, *, create: bool) -> sqlite3.Connection:
        connection = connect(path, timeout, create=create)
        connection.set_progress_handler(count, 100)
        return connection

    path = folder / f"{entries}.sqlite3"
    log = tuple(entry(NOW + n) for n in range(entries))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("tuirisk.history.writer.connect", counted)
        keep(path, said, replace(state, log=log))
    assert known(path, limit=entries + 1) == log
    return steps


def test_old_entries_scores_and_candles_are_deleted(
    path: Path, said: list[str], ready: RiskState
) -> None:
    old = [entry(NOW - 91 * DAY), entry(NOW - 89 * DAY)]
    history = History.open(path, report=lambda reason: said.append(str(reason)), run=1)
    history.record_candles("OLDUSDT", "1h", bars(9, "1h"), (NOW - 31 * DAY) * 1_000_000)
    history.record_candles("BTCUSDT", "1h", bars(9, "1h"), NOW * 1_000_000)
    history.record(replace(ready, log=(), time_ms=NOW - 31 * DAY))
    history.close(PATIENCE)
    keep(path, said, replace(ready, log=tuple(old), time_ms=NOW))
    assert known(path) == (old[1],)
    assert len(rows(path, "SELECT DISTINCT time_ms FROM scores")) == 2
    assert rows(path, "SELECT DISTINCT symbol FROM candles") == [("BTCUSDT",)]


def test_the_log_keeps_a_limited_number_of_entries(
    path: Path, said: list[str], ready: RiskState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "LOG_ROWS", 3)
    lines = tuple(entry(NOW + n) for n in range(5))
    keep(path, said, replace(ready, log=lines))
    keep(path, said, replace(ready, log=(), time_ms=NOW + DAY))
    assert known(path) == lines[2:]


@pytest.mark.parametrize(
    "damage", [b"no database at all" * 99, b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_a_damaged_file_is_renamed_and_a_new_one_made(
    path: Path, said: list[str], ready: RiskState, damage: bytes
) -> None:
    path.parent.mkdir()
    path.write_bytes(damage)
    keep(path, said, replace(ready, log=(entry(NOW),)))
    assert len(said) == 1
    assert "damaged" in said[0]
    assert "history.sqlite3.corrupt" in said[0]
    assert path.with_name("history.sqlite3.corrupt").read_bytes() == damage
    assert known(path) == (entry(NOW),)


def test_damage_found_while_running_is_reported_once_and_the_file_begun_anew(
    path: Path, said: list[str], ready: RiskState
) -> None:
    history = History.open(path, report=lambda reason: said.append(str(reason)), run=1)
    history.record_candles("BTCUSDT", "15m", bars(2_000), build.NOW_NS)
    history.close(PATIENCE)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    history = History.open(path, report=lambda reason: said.append(str(reason)), run=1)
    assert history.candles("BTCUSDT", "15m", NOW) is None
    assert history.entries(0, 9) == ()
    history.record(replace(ready, log=(entry(NOW),)))
    history.close(PATIENCE)
    assert len(said) == 1
    assert "damaged" in said[0]
    assert "beginning anew" in said[0]
    assert path.with_name("history.sqlite3.corrupt").exists()
    assert known(path) == (entry(NOW),)


ODD_ROWS = [
    "time_ms = 99999999999999999",
    "time_ms = -5",
    "time_ms = 'soon'",
    "first_ms = 99999999999999999",
    "alerted_ms = x'ff'",
    "score = 'high'",
    "score = 9e999",
    "pnl = 'x'",
    "symbol = x'ff00'",
    "symbols = 7.5e0 || x'80'",
    "count = -1",
    "repeats = 'many'",
    "text = zeroblob(9)",
    "escalation = 'no'",
]


@pytest.mark.parametrize("change", ODD_ROWS)
def test_a_row_that_cannot_be_true_is_left_out_counted_and_reported(
    path: Path, said: list[str], ready: RiskState, change: str
) -> None:
    keep(path, said, replace(ready, log=(entry(NOW - 1), entry(NOW))))
    with sqlite3.connect(path) as connection:
        connection.execute(f"UPDATE log SET {change} WHERE time_ms = ?", (NOW,))
    history = History.open(path, report=lambda reason: said.append(str(reason)), run=2)
    kept = history.entries(0, 9)
    history.entries(0, 9)
    history.last_severities()
    history.acknowledgements(0)
    history.absence_summary(NOW)
    history.close(PATIENCE)
    assert [one.time_ms for one in kept if one.time_ms != NOW] == [NOW - 1]
    if len(kept) == 1:
        assert said == ["history: 1 damaged rows of the log are left out"]
    for one in kept:
        assert log_line(one, Words("en")).isprintable()
    assert [one.time_ms for one in stored_log(path)] == [one.time_ms for one in kept]


def test_the_text_of_a_row_is_printable(path: Path, said: list[str], ready: RiskState) -> None:
    keep(path, said, replace(ready, log=(entry(NOW),)))
    with sqlite3.connect(path) as connection:
        odd = "\x1b[2J\n\u202e"
        connection.execute(
            "UPDATE log SET symbol = ?, after = ?, text = ?, rule = ?, kind = ?, symbols = ?",
            (odd,) * 6,
        )
    (one,) = stored_log(path)
    assert log_line(one, Words("en")).isprintable()


def test_a_writer_that_starts_late_makes_no_file_in_place_of_one_moved_aside(path: Path) -> None:
    path.parent.mkdir()
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        connect(path, PATIENCE, create=False)
    assert not path.exists()


def test_a_newer_file_is_left_alone(path: Path, said: list[str], ready: RiskState) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    before = path.read_bytes()
    keep(path, said, replace(ready, log=(entry(NOW),)))
    assert len(said) == 1
    assert "newer tuirisk" in said[0]
    assert rows(path, "PRAGMA user_version") == [(SCHEMA + 1,)]
    assert len(path.read_bytes()) == len(before)


def test_a_directory_that_cannot_be_made_is_reported_in_one_line(
    tmp_path: Path, said: list[str], ready: RiskState
) -> None:
    (tmp_path / "file").write_text("")
    keep(tmp_path / "file" / "history.sqlite3", said, ready)
    assert len(said) == 1
    assert said[0].startswith("history: ")
    assert "\n" not in said[0]


def test_rows_that_a_lock_keeps_out_are_reported_and_reading_goes_on(
    path: Path, said: list[str], ready: RiskState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_module, "WRITE_TIMEOUT", 0.001)
    keep(path, said, replace(ready, log=(entry(NOW),)))
    history = History.open(path, report=lambda reason: said.append(str(reason)), run=1)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        history.record(replace(ready, log=(entry(NOW + 60_000),)))
        assert history.entries(0, 9) == (entry(NOW),), "reading goes on"
        history.close(PATIENCE)
    assert len(said) == 1
    assert "locked" in said[0]
    assert known(path) == (entry(NOW),)


def test_an_exclusive_lock_is_reported_once(
    path: Path, said: list[str], ready: RiskState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_module, "READ_TIMEOUT", 0.001)
    keep(path, said, ready)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("DELETE FROM scores")
        keep(path, said, ready)
        other.execute("ROLLBACK")
    assert len(said) == 1
    assert "locked" in said[0]


def test_a_read_only_file_is_reported_once(path: Path, said: list[str], ready: RiskState) -> None:
    keep(path, said, replace(ready, log=(entry(NOW),)))
    address = f"{path.resolve().as_uri()}?mode=ro"

    def read_only(_: Path, timeout: float, *, create: bool) -> sqlite3.Connection:
        return sqlite3.connect(
            address, uri=True, isolation_level=None, check_same_thread=False, timeout=timeout
        )

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("tuirisk.history.writer.connect", read_only)
        history = History.open(path, report=lambda reason: said.append(str(reason)), run=1)
        history.record(replace(ready, log=(entry(NOW + 60_000),)))
        history.close(PATIENCE)
        history.record(ready)
    assert len(said) == 1
    assert "read-only" in said[0]
    assert known(path) == (entry(NOW),)


def test_every_exchange_has_its_own_file() -> None:
    places = {
        database_path({"XDG_DATA_HOME": "/data"}, exchange)
        for exchange in (
            ExchangeConfig(),
            ExchangeConfig(environment="testnet"),
            ExchangeConfig(environment="demo"),
            ExchangeConfig(rest_url="http://127.0.0.1:9000"),
            ExchangeConfig(rest_url="http://user:secret@127.0.0.1:9001/x"),
        )
    }
    assert {str(place) for place in places} == {
        "/data/tuirisk/history.sqlite3",
        "/data/tuirisk/history-testnet.sqlite3",
        "/data/tuirisk/history-demo.sqlite3",
        "/data/tuirisk/history-127.0.0.1-9000.sqlite3",
        "/data/tuirisk/history-127.0.0.1-9001-x.sqlite3",
    }


def test_reading_alone_changes_nothing(path: Path, said: list[str], ready: RiskState) -> None:
    with pytest.raises(FileNotFoundError):
        list(stored_log(path))
    assert not path.exists()
    keep(path, said, replace(ready, log=(entry(NOW), entry(NOW + 1, "ETHUSDT"))))
    assert list(stored_log(path)) == [entry(NOW), entry(NOW + 1, "ETHUSDT")]
    assert list(stored_log(path, NOW + 1)) == [entry(NOW + 1, "ETHUSDT")]
    assert list(stored_log(path, 0, ("BTCUSDT",))) == [entry(NOW)]
    path.write_bytes(b"rubbish" * 1000)
    with pytest.raises(HistoryError, match="damaged"):
        list(stored_log(path))
