"""Closed candles, one row each: a bar that closes writes one row."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec

from tuirisk.events.events import Candle, CandleHistory, closed_bars

CANDLES_KEPT = 3_584
"""Bars kept a symbol and interval: a little more than the market's largest ring holds."""

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

    Raises:
        sqlite3.Error: they cannot be written.
    """
    rows = [(symbol, interval, *msgspec.structs.astuple(bar)[:-1]) for bar in bars]
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
    connection.execute(
        "DELETE FROM candles WHERE symbol = ?1 AND interval = ?2 AND open_time < "
        "(SELECT open_time FROM candles WHERE symbol = ?1 AND interval = ?2 "
        "ORDER BY open_time DESC LIMIT 1 OFFSET ?3)",
        (symbol, interval, CANDLES_KEPT - 1),
    )


def load(connection: sqlite3.Connection, symbol: str, interval: str) -> CandleHistory | None:
    """The newest kept bars without a gap among them, as an event of the time they were received.

    None where there are none.

    Raises:
        sqlite3.Error: they cannot be read.
    """
    series = connection.execute(
        "SELECT received FROM candle_series WHERE symbol = ? AND interval = ?", (symbol, interval)
    ).fetchone()
    if series is None:
        return None
    rows = connection.execute(
        "SELECT open_time, close_time, open, high, low, close, volume, quote_volume, trades, "
        "taker_buy_base, taker_buy_quote FROM candles WHERE symbol = ? AND interval = ? "
        "ORDER BY open_time",
        (symbol, interval),
    ).fetchall()
    candles = closed_bars(_after_last_gap(rows))
    return CandleHistory(symbol, series[0], interval, candles, cached=True) if candles else None


def _after_last_gap(rows: list[_Row]) -> list[_Row]:
    first = max(len(rows) - 1, 0)
    while first > 0 and rows[first - 1][1] + 1 == rows[first][0]:
        first -= 1
    return rows[first:]
