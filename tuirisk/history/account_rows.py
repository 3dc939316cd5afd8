"""The table of what accounts were worth: a year, the older the coarser."""

from __future__ import annotations

import sqlite3

from tuirisk.events.intervals import DAY_MS, HOUR_MS, MINUTE_MS
from tuirisk.history import thinning
from tuirisk.history.sound_rows import all_of, number, number_or_null, text, time
from tuirisk.state import Missing, or_none
from tuirisk.state.account_values import AccountValue

TABLE = """
CREATE TABLE account_values (
    account TEXT NOT NULL,
    time_ms INTEGER NOT NULL,
    equity REAL NOT NULL,
    pnl_today REAL,
    PRIMARY KEY (account, time_ms)
) WITHOUT ROWID;
"""
STEPS = ((2 * DAY_MS, 10 * MINUTE_MS), (14 * DAY_MS, HOUR_MS))
"""(age, step): of rows older than that, the first of each step is kept."""
NOT_KEPT = Missing("not_kept")
SOUND = all_of((time("+time_ms"), number("equity"), number_or_null("pnl_today")))
"""``+``: SQLite must not look rows up by so wide a range."""


def store(connection: sqlite3.Connection, account: str, value: AccountValue) -> None:
    """Keep a minute of ``account``; of two programs that follow it, the first one's."""
    connection.execute(
        "INSERT OR IGNORE INTO account_values VALUES (?, ?, ?, ?)",
        (account, value.time_ms, value.equity, or_none(value.pnl_today)),
    )


def load(connection: sqlite3.Connection, since_ms: int) -> dict[str, tuple[AccountValue, ...]]:
    """Account → its values from ``since_ms`` on, oldest first; damaged rows are left out."""
    found: dict[str, list[AccountValue]] = {}
    for account, *row in connection.execute(
        "SELECT account, time_ms, equity, pnl_today FROM account_values WHERE time_ms >= ? "
        f"AND {text('account')} AND {SOUND} ORDER BY account, time_ms",
        (since_ms,),
    ):
        found.setdefault(account, []).append(_value(*row))
    return {account: tuple(values) for account, values in found.items()}


def load_steps(
    connection: sqlite3.Connection, account: str, since_ms: int, until_ms: int, step_ms: int
) -> list[AccountValue]:
    """The last value of ``account`` in each step from ``since_ms`` to before ``until_ms``, oldest
    first; damaged rows are left out.

    Raises:
        sqlite3.Error: they cannot be read.
    """
    rows = connection.execute(
        "SELECT max(time_ms), equity, pnl_today FROM account_values WHERE account = ? "
        f"AND time_ms >= ? AND time_ms < ? AND {SOUND} GROUP BY time_ms / ? ORDER BY 1",
        (account, since_ms, until_ms, step_ms),
    )
    return [_value(*row) for row in rows]


def damaged_rows(connection: sqlite3.Connection, account: str, since_ms: int) -> int:
    """How many rows of ``account`` from ``since_ms`` on cannot be true.

    Raises:
        sqlite3.Error: they cannot be read.
    """
    return thinning.damaged_rows(connection, "account_values", "account", account, since_ms, SOUND)


def _value(time_ms: int, equity: float, pnl: float | None) -> AccountValue:
    return AccountValue(time_ms, float(equity), NOT_KEPT if pnl is None else float(pnl))


def thin(connection: sqlite3.Connection, now_ms: int) -> None:
    """Delete what is older than a year, and all but the first row of a step of what is old."""
    thinning.thin(connection, "account_values", "account", STEPS, now_ms)
