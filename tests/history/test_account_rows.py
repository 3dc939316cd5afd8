"""What an account was worth is kept a year, the older the coarser, in a bounded file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support import build

from tuirisk.events.intervals import DAY_MS, HOUR_MS, MINUTE_MS
from tuirisk.history import account_rows
from tuirisk.history.database import connect
from tuirisk.state import Missing
from tuirisk.state.account_values import AccountValue

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
