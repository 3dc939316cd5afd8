"""What an account was worth is kept a year, the older the coarser, in a bounded file."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from support import build

from tuirisk.config.model import Config
from tuirisk.events.intervals import DAY_MS, HOUR_MS, MINUTE_MS
from tuirisk.history import account_rows
from tuirisk.history.account_reading import read_account_history
from tuirisk.history.database import connect
from tuirisk.history.run_history import RunHistory
from tuirisk.history.session import LiveSession
from tuirisk.language.reason import Reason
from tuirisk.state import Missing, RiskState
from tuirisk.state.account_values import AccountValue
from tuirisk.state.position_ledger import PositionLedger

NOW = build.NOW_NS // 1_000_000 // DAY_MS * DAY_MS


def filled(path: Path, days: int, step_ms: int) -> sqlite3.Connection:
    """A history of ``days`` until NOW, thinned once a day as a monitor does."""
    connection = connect(path, 1.0)
    for day in range(NOW - days * DAY_MS, NOW, DAY_MS):
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO account_values VALUES ('a', ?, ?, NULL)",
            [(time, float(time - NOW)) for time in range(day, day + DAY_MS, step_ms)],
        )
        account_rows.thin(connection, day + DAY_MS)
        connection.execute("COMMIT")
    return connection


def ages(connection: sqlite3.Connection) -> list[int]:
    return [NOW - time for (time,) in connection.execute("SELECT time_ms FROM account_values")]


def test_the_older_the_coarser(tmp_path: Path) -> None:
    with closing(filled(tmp_path / "h.sqlite3", 17, 5 * MINUTE_MS)) as connection:
        kept = ages(connection)
    assert sum(age <= 2 * DAY_MS for age in kept) == 2 * 288
    assert sum(2 * DAY_MS < age <= 14 * DAY_MS for age in kept) == 12 * 144
    assert sum(age > 14 * DAY_MS for age in kept) == 3 * 24
    assert all(age % HOUR_MS == 0 for age in kept if age > 14 * DAY_MS)


@pytest.mark.slow
def test_a_year_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite3"
    with closing(filled(path, 370, MINUTE_MS)) as connection:
        kept = ages(connection)
        connection.execute("VACUUM")
    assert max(kept) <= 365 * DAY_MS
    assert len(kept) == 2 * 1440 + 12 * 144 + 351 * 24
    assert path.stat().st_size < 2_000_000


def test_values_come_back_by_account_without_damaged_ones(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "h.sqlite3", 1.0)) as connection:
        for account, value in (
            ("a", AccountValue(NOW, 10.0, 2.0)),
            ("a", AccountValue(NOW, 99.0, 99.0)),
            ("a", AccountValue(NOW + MINUTE_MS, 11.0, Missing("day_not_read"))),
            ("b", AccountValue(NOW - DAY_MS, 5.0, 1.0)),
        ):
            account_rows.store(connection, account, value)
        connection.execute("INSERT INTO account_values VALUES ('a', ?, 'much', 1)", (NOW + 2,))
        assert account_rows.load(connection, NOW) == {
            "a": (
                AccountValue(NOW, 10.0, 2.0),
                AccountValue(NOW + MINUTE_MS, 11.0, Missing("not_kept")),
            )
        }
        assert list(account_rows.load(connection, 0)) == ["a", "b"]


def worth(*values: AccountValue) -> RiskState:
    ledger = PositionLedger("account", 0.0, 0, {}, 0, account="a")
    return replace(build.state(), time_ms=NOW, account_values=values, position_ledger=ledger)


def test_a_span_has_the_last_value_of_each_step_and_gaps_stay_gaps(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite3"
    with closing(filled(path, 3, 5 * MINUTE_MS)) as connection:
        connection.execute(
            "DELETE FROM account_values WHERE time_ms BETWEEN ? AND ?",
            (NOW - 20 * HOUR_MS, NOW - 10 * HOUR_MS),
        )
        connection.execute("INSERT INTO account_values VALUES ('a', ?, 'much', 1)", (NOW - 7,))
        connection.execute("INSERT INTO account_values VALUES ('b', ?, 7, 1)", (NOW - 9,))
    newest = AccountValue(NOW - MINUTE_MS, 9.0, 4.0)
    found = read_account_history(path, worth(newest), "7d")
    assert (found.values[-1], found.damaged, found.why) == (newest, 1, None)
    times = [value.time_ms for value in found.values]
    assert len({time // (30 * MINUTE_MS) for time in times}) == len(times) == 6 * 24 - 20
    assert all(time % (30 * MINUTE_MS) == 25 * MINUTE_MS for time in times[-10:-1]), "the last"
    assert not any(NOW - 20 * HOUR_MS <= time <= NOW - 10 * HOUR_MS for time in times)
    assert found.values[-2] == AccountValue(
        NOW - 35 * MINUTE_MS, -35.0 * MINUTE_MS, Missing("not_kept")
    )


def test_without_a_file_the_values_of_the_state_are_all(tmp_path: Path) -> None:
    values = tuple(AccountValue(NOW - k * MINUTE_MS, float(k), 0.0) for k in (120, 3, 1))
    found = read_account_history(tmp_path / "none.sqlite3", worth(*values), "1h")
    assert found.values == values[1:]
    assert found.since_ms == NOW - 120 * MINUTE_MS
    assert found.why is not None
    assert found.why.code == "history_unusable"


async def test_a_run_without_a_history_keeps_its_own_values() -> None:
    kept = RunHistory(Reason("scores_of_this_run"))
    first = AccountValue(NOW - 2 * DAY_MS, 1.0, 0.0)
    for value in (first, AccountValue(NOW - MINUTE_MS, 2.0, 0.0)):
        kept.record(replace(worth(value), time_ms=value.time_ms))
    found = await kept.account_history(worth(), "7d")
    assert [value.equity for value in found.values] == [1.0, 2.0], "more than a day of them"
    assert (found.since_ms, found.why) == (first.time_ms, Reason("scores_of_this_run"))


async def test_a_session_reads_the_values_of_its_account(tmp_path: Path) -> None:
    environ = {"XDG_DATA_HOME": str(tmp_path), "HOME": str(tmp_path)}
    session = LiveSession(Config(), environ, random.Random(1))
    values = (AccountValue(NOW - 40 * DAY_MS, 1.0, 0.0), AccountValue(NOW, 2.0, 0.0))
    for value in values:
        session.history.record(replace(worth(value), time_ms=value.time_ms))
    session.history._writer.close(5.0)  # type: ignore[union-attr]
    found = await session.account_history(worth(), "1y")
    session.close()
    assert [value.equity for value in found.values] == [1.0, 2.0]
    assert found.why is None
