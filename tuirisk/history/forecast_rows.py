"""The table of the forecasts that live runs issued, and what became of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

from tuirisk.events.intervals import DAY_MS
from tuirisk.history import sound_rows
from tuirisk.history.issued_forecasts import IssuedForecast

TABLE = """
CREATE TABLE forecasts (
    symbol TEXT NOT NULL,
    time_ms INTEGER NOT NULL,
    what TEXT NOT NULL,
    parameter TEXT NOT NULL,
    end_ms INTEGER NOT NULL,
    forecast REAL NOT NULL,
    price REAL,
    level REAL,
    scale INTEGER NOT NULL,
    outcome REAL,
    basis TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (symbol, time_ms, what, parameter)
) WITHOUT ROWID;
CREATE INDEX forecasts_to_judge ON forecasts (end_ms) WHERE outcome IS NULL;
CREATE INDEX forecasts_by_time ON forecasts (time_ms);
"""
KEPT_DAYS = 180
MOST_ROWS = 400_000
"""Whatever their age, no more are kept: the newest."""
JUDGED_DAYS = 31
"""So long after its end a forecast that prices are missing of may still be judged: the exchange
gives bars of the last 32 days.
"""
SOUND = sound_rows.all_of(
    (
        *map(sound_rows.text, ("symbol", "what", "parameter", "basis")),
        *map(sound_rows.time, ("time_ms", "end_ms")),
        sound_rows.number("forecast"),
        *map(sound_rows.number_or_null, ("price", "level", "outcome")),
    )
)


def store(connection: sqlite3.Connection, issued: Iterable[IssuedForecast]) -> None:
    """Keep ``issued``; of two programs that forecast the same, what the first one said."""
    connection.executemany(
        "INSERT OR IGNORE INTO forecasts "
        "(symbol, time_ms, what, parameter, end_ms, forecast, price, level, scale) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        issued,
    )


def to_judge(connection: sqlite3.Connection, now_ms: int) -> list[IssuedForecast]:
    """The forecasts that ended by ``now_ms`` without an outcome yet."""
    rows = connection.execute(
        "SELECT symbol, time_ms, what, parameter, end_ms, forecast, price, level, scale "
        f"FROM forecasts WHERE outcome IS NULL AND end_ms BETWEEN ? AND ? AND {SOUND} "
        "ORDER BY symbol, time_ms",
        (now_ms - JUDGED_DAYS * DAY_MS, now_ms),
    )
    return [IssuedForecast(*row) for row in rows]


def store_outcomes(
    connection: sqlite3.Connection, outcomes: Iterable[tuple[IssuedForecast, float, str]]
) -> None:
    """Keep (forecast, outcome, whether it is by the ``mark`` or the ``last`` price)."""
    connection.executemany(
        "UPDATE forecasts SET outcome = ?, basis = ? "
        "WHERE symbol = ? AND time_ms = ? AND what = ? AND parameter = ?",
        (
            (outcome, basis, issued.symbol, issued.time_ms, issued.what, issued.parameter)
            for issued, outcome, basis in outcomes
        ),
    )


def delete_old(connection: sqlite3.Connection, now_ms: int) -> None:
    """Delete forecasts that are too old or too many."""
    connection.execute("DELETE FROM forecasts WHERE time_ms < ?", (now_ms - KEPT_DAYS * DAY_MS,))
    connection.execute(
        "DELETE FROM forecasts WHERE time_ms < "
        "(SELECT time_ms FROM forecasts ORDER BY time_ms DESC LIMIT 1 OFFSET ?)",
        (MOST_ROWS,),
    )


def judged(connection: sqlite3.Connection) -> Iterator[tuple[int, str, str, str, float, float]]:
    """(time in ms, symbol, what, parameter, forecast, outcome) of those with one, by time."""
    return connection.execute(
        "SELECT time_ms, symbol, what, parameter, forecast, outcome FROM forecasts "
        f"WHERE outcome IS NOT NULL AND {SOUND} ORDER BY time_ms, symbol, what, parameter"
    )
