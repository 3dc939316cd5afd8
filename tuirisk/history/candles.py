"""Closed candles, one row each: a bar that closes writes one row.

Nothing is deleted for the sake of a bar that cannot be; a stored one that cannot be is set aside.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from tuirisk.events import Candle, CandleHistory, closed_bars
from tuirisk.events.intervals import DAY_MS, INTERVAL_MS, MINUTE_MS

CANDLES_KEPT = 3_584
"""Bars kept a symbol and interval: a little more than the market's largest ring holds."""
CLOCK_ERROR_MS = DAY_MS
"""How far this machine's clock may be behind the exchange's when a bar is stored."""
READ_AHEAD_MS = MINUTE_MS
"""A stored bar may end so long after now when it is read."""

_Row = tuple[int, int, float, float, float, float, float, float, int, float, float]
"""The fields of a Candle before ``closed``."""


def store(
    connection: sqlite3.Connection,
    symbol: str,
    interval: str,
    bars: Iterable[Candle],
    received: int,
) -> None:
    """Keep closed ``bars``, received at ``received`` (ns); a later version of a bar replaces it.

    Bars that cannot be are left out.

    Raises:
        sqlite3.Error: they cannot be written.
    """
    latest_ms = received / 1e6 + CLOCK_ERROR_MS
    rows = [
        (symbol, interval, *row)
        for row in (msgspec.structs.astuple(bar)[:-1] for bar in bars)
        if _possible(row, interval, latest_ms)
    ]
    if not rows:
        return
    connection.executemany(
        "INSERT OR REPLACE INTO candles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows
    )
    connection.execute(
        "INSERT INTO candle_series VALUES (?, ?, ?) "
        "ON CONFLICT (symbol, interval) DO UPDATE SET received = max(received, excluded.received)",
        (symbol, interval, received),
    )
    newest = max(row[2] for row in rows)
    oldest = newest - (CANDLES_KEPT - 1) * INTERVAL_MS[interval]
    connection.execute(
        "DELETE FROM candles WHERE symbol = ? AND interval = ? AND open_time < ?",
        (symbol, interval, oldest),
    )


def load(
    connection: sqlite3.Connection, symbol: str, interval: str, now_ms: int
) -> tuple[CandleHistory | None, list[int]]:
    """The newest kept bars without a gap among them, as an event of the time they were received,
    or None where there are none; and the open times of those that cannot be at ``now_ms``.

    Raises:
        sqlite3.Error: they cannot be read.
    """
    series = connection.execute(
        "SELECT received FROM candle_series WHERE symbol = ? AND interval = ?", (symbol, interval)
    ).fetchone()
    if series is None:
        return None, []
    rows = connection.execute(
        "SELECT open_time, close_time, open, high, low, close, volume, quote_volume, trades, "
        "taker_buy_base, taker_buy_quote FROM candles WHERE symbol = ? AND interval = ? "
        "ORDER BY open_time",
        (symbol, interval),
    ).fetchall()
    latest_ms = now_ms + READ_AHEAD_MS
    possible = [row for row in rows if _possible(row, interval, latest_ms)]
    wrong = [row[0] for row in rows if not _possible(row, interval, latest_ms)]
    candles = closed_bars(_after_last_gap(possible))
    if not candles:
        return None, wrong
    return CandleHistory(symbol, series[0], interval, candles, cached=True), wrong


def set_aside(
    connection: sqlite3.Connection, symbol: str, interval: str, open_times: Iterable[int]
) -> None:
    """Move these bars to a table of their own, where nothing reads them.

    Raises:
        sqlite3.Error: they cannot be moved.
    """
    connection.execute(
        "CREATE TABLE IF NOT EXISTS candles_set_aside AS SELECT * FROM candles WHERE 0"
    )
    where = "FROM candles WHERE symbol = ? AND interval = ? AND open_time = ?"
    keys = [(symbol, interval, open_time) for open_time in open_times]
    connection.executemany(f"INSERT INTO candles_set_aside SELECT * {where}", keys)
    connection.executemany(f"DELETE {where}", keys)


def _possible(row: Sequence[Any], interval: str, latest_ms: float) -> bool:
    """Whether a bar (the fields of a Candle) is on its grid, ended, and consistent."""
    length = INTERVAL_MS.get(interval)
    if length is None or not all(isinstance(field, int | float) for field in row):
        return False
    open_time, close_time, first, high, low, last, *volumes = row
    if open_time % length or close_time != open_time + length - 1 or close_time > latest_ms:
        return False
    if not all(math.isfinite(field) and field >= 0 for field in volumes):
        return False
    return bool(0 < low <= min(first, last) <= max(first, last) <= high < math.inf)


def _after_last_gap(rows: list[_Row]) -> list[_Row]:
    first = max(len(rows) - 1, 0)
    while first > 0 and rows[first - 1][1] + 1 == rows[first][0]:
        first -= 1
    return rows[first:]
