"""How long a history keeps its rows."""

from __future__ import annotations

import sqlite3

from tuirisk.events.intervals import DAY_MS
from tuirisk.history import account_rows, external_days, forecast_rows, mark_ranges, scores

LOG_DAYS = 90
LOG_ROWS = 100_000
"""Whatever their age, no more entries of the log are kept."""
CANDLE_DAYS = 30
"""How long candles of a symbol that nobody watches any more are kept."""


def delete_old(connection: sqlite3.Connection, now_ms: int) -> None:
    connection.execute("DELETE FROM log WHERE time_ms < ?", (now_ms - LOG_DAYS * DAY_MS,))
    connection.execute("DELETE FROM log WHERE id <= (SELECT max(id) FROM log) - ?", (LOG_ROWS,))
    scores.thin(connection, now_ms)
    forecast_rows.delete_old(connection, now_ms)
    mark_ranges.delete_old(connection, now_ms)
    external_days.delete_old(connection, now_ms)
    account_rows.thin(connection, now_ms)
    oldest_ns = (now_ms - CANDLE_DAYS * DAY_MS) * 1_000_000
    connection.execute("DELETE FROM candle_series WHERE received < ?", (oldest_ns,))
    connection.execute(
        "DELETE FROM candles "
        "WHERE (symbol, interval) NOT IN (SELECT symbol, interval FROM candle_series)"
    )
