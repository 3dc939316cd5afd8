"""Closed bars as pages: a bar that closes rewrites a small piece of the file."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Sequence

import msgspec

from tuirisk.events.events import Candle, CandleHistory, closed_bars

PAGE = 512
"""Bars a page."""
PAGES = 7
"""Pages kept a symbol and interval: what the market's largest ring holds."""

_Row = tuple[int, int, float, float, float, float, float, float, int, float, float]
_ROWS = msgspec.msgpack.Decoder(list[_Row])
_encode = msgspec.msgpack.Encoder().encode


def store(
    connection: sqlite3.Connection,
    symbol: str,
    interval: str,
    bars: Iterable[Candle],
    received: int,
) -> None:
    """Put closed ``bars`` beside those known; a later word about a bar wins."""
    pages: dict[int, dict[int, _Row]] = {}
    for bar in bars:
        row = msgspec.structs.astuple(bar)[:-1]
        pages.setdefault(bar.open_time // (_step(row) * PAGE), {})[bar.open_time] = row
    for page, rows in pages.items():
        _store_page(connection, (symbol, interval, page), rows)
    if not pages:
        return
    connection.execute(
        "INSERT INTO rings VALUES (?, ?, ?) "
        "ON CONFLICT (symbol, interval) DO UPDATE SET received = max(received, excluded.received)",
        (symbol, interval, received),
    )
    connection.execute(
        "DELETE FROM pages WHERE symbol = ? AND interval = ? AND page <= "
        "(SELECT max(page) FROM pages WHERE symbol = ? AND interval = ?) - ?",
        (symbol, interval, symbol, interval, PAGES),
    )


def load(connection: sqlite3.Connection, symbol: str, interval: str) -> CandleHistory | None:
    """The newest known bars without a hole among them, as an event of the time they came."""
    heard = connection.execute(
        "SELECT received FROM rings WHERE symbol = ? AND interval = ?", (symbol, interval)
    ).fetchone()
    if heard is None:
        return None
    rows: list[_Row] = []
    for checksum, blob in connection.execute(
        "SELECT checksum, bars FROM pages WHERE symbol = ? AND interval = ? ORDER BY page",
        (symbol, interval),
    ):
        rows += _decode(checksum, blob)
    candles = closed_bars(_unbroken(rows))
    return CandleHistory(symbol, heard[0], interval, candles, cached=True) if candles else None


def _store_page(
    connection: sqlite3.Connection, key: tuple[str, str, int], rows: dict[int, _Row]
) -> None:
    known = connection.execute(
        "SELECT checksum, bars FROM pages WHERE symbol = ? AND interval = ? AND page = ?", key
    ).fetchone()
    merged = {row[0]: row for row in _decode(*known)} if known else {}
    merged |= rows
    blob = _encode([merged[time] for time in sorted(merged)])
    if known is None or blob != known[1]:
        connection.execute(
            "INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?, ?)",
            (*key, zlib.crc32(blob), blob),
        )


def _decode(checksum: int, blob: bytes) -> list[_Row]:
    """The rows of a page; none of one that is damaged."""
    try:
        return _ROWS.decode(blob) if zlib.crc32(blob) == checksum else []
    except (msgspec.DecodeError, TypeError):
        return []


def _unbroken(rows: list[_Row]) -> list[_Row]:
    first = len(rows) - 1
    while first > 0 and rows[first][0] - rows[first - 1][0] == _step(rows[first]):
        first -= 1
    return rows[max(first, 0) :]


def _step(row: Sequence[float]) -> int:
    """The bar's length, milliseconds."""
    return int(row[1] - row[0]) + 1
