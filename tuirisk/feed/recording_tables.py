"""Tables of tardis (CSV): trades, order books, quotes, derivative tickers, liquidations.

Each row becomes the message the exchange would have sent, so that it enters at the same decoder.
Times are in µs; ``local_timestamp`` is when a row was received.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Any, TypeAlias

import msgspec

from tuirisk.feed.frames import Frame, RestFrame, StreamFrame
from tuirisk.feed.recording_faults import RecordingFaults
from tuirisk.feed.recording_stamps import nanoseconds

Row: TypeAlias = dict[str, str]
Numbered: TypeAlias = tuple[int, int, Frame]
_HEADER = b"exchange,symbol,timestamp,local_timestamp,"


def is_header(line: bytes) -> bool:
    """Whether ``line`` is the first one of such a table."""
    return line.startswith(_HEADER)


def table_frames(
    header: bytes, lines: Iterable[tuple[int, bytes]], faults: RecordingFaults
) -> Iterator[Numbered]:
    """(line, its bytes, frame) of the rows behind ``header``; bad rows are noted in ``faults``."""
    names = header.decode("ascii", "replace").strip().split(",")
    rows = _rows(names, lines, faults)
    if "is_snapshot" in names:
        yield from _books(rows, faults)
        return
    make = _maker(names)
    if make is None:
        faults.add("a table of an unknown kind: " + ", ".join(names[4:8]))
        return
    for number, length, received, row in rows:
        try:
            frames = make(received, row)
        except (KeyError, ValueError):
            faults.record(number, "a row without its numbers")
            continue
        for frame in frames:
            yield number, length, frame


def _rows(
    names: list[str], lines: Iterable[tuple[int, bytes]], faults: RecordingFaults
) -> Iterator[tuple[int, int, int, Row]]:
    for number, line in lines:
        values = next(csv.reader([line.decode("utf-8", "replace")]), [])
        row = dict(zip(names, values, strict=False))
        received = nanoseconds(row.get("local_timestamp", "").encode("ascii", "replace"))
        if received is None or len(values) != len(names) or not row["symbol"]:
            faults.record(number, "no row of its table")
        else:
            yield number, len(line), received, row


def _maker(names: list[str]) -> Callable[[int, Row], list[Frame]] | None:
    if "mark_price" in names:
        return _ticker
    if "bid_price" in names:
        return _Levels(1).quote
    if "asks[0].price" in names:
        return _Levels(sum(name.endswith(".price") for name in names) // 2).book
    if "side" in names and "price" in names:
        return _trade_or_liquidation(names)
    return None


def _trade_or_liquidation(names: list[str]) -> Callable[[int, Row], list[Frame]]:
    """Trades and liquidations have the same columns; a trade has an id in every row."""
    return lambda received, row: [
        _trade(received, row) if row.get("id") else _liquidation(received, row)
    ]


def _trade(received: int, row: Row) -> Frame:
    sent = _ms(row)
    data = {
        "e": "aggTrade", "E": sent, "s": row["symbol"], "a": int(row["id"]),
        "p": row["price"], "q": row["amount"], "T": sent, "m": row["side"] == "sell",
    }  # fmt: skip
    return _stream(received, row, "aggTrade", data)


def _liquidation(received: int, row: Row) -> Frame:
    sent = _ms(row)
    order = {
        "s": row["symbol"], "S": row["side"].upper(), "p": row["price"], "ap": row["price"],
        "q": row["amount"], "z": row["amount"], "T": sent,
    }  # fmt: skip
    return _stream(received, row, "forceOrder", {"e": "forceOrder", "E": sent, "o": order})


def _ticker(received: int, row: Row) -> list[Frame]:
    sent = _ms(row)
    frames: list[Frame] = []
    if row["mark_price"]:
        due = nanoseconds(row.get("funding_timestamp", "").encode("ascii", "replace"))
        data = {
            "e": "markPriceUpdate", "E": sent, "s": row["symbol"], "p": row["mark_price"],
            "i": row.get("index_price", ""), "r": row.get("funding_rate", ""),
            "T": due // 1_000_000 if due is not None else 0,
        }  # fmt: skip
        frames.append(_stream(received, row, "markPrice", data))
    if row.get("open_interest"):
        body = {"symbol": row["symbol"], "openInterest": row["open_interest"], "time": sent}
        request = f"GET /fapi/v1/openInterest?symbol={row['symbol']}"
        frames.append(RestFrame(received, request, 200, msgspec.json.encode(body)))
    return frames


class _Levels:
    """Rows with the best levels whole, as messages of a stream of them."""

    def __init__(self, levels: int) -> None:
        self._levels = levels
        self._ids = count(1)

    def quote(self, received: int, row: Row) -> list[Frame]:
        bids = [[row["bid_price"], row["bid_amount"]]] if row["bid_price"] else []
        asks = [[row["ask_price"], row["ask_amount"]]] if row["ask_price"] else []
        return [self._frame(received, row, bids, asks)] if bids or asks else []

    def book(self, received: int, row: Row) -> list[Frame]:
        sides = []
        for side in ("bids", "asks"):
            levels = (
                [row.get(f"{side}[{place}].price", ""), row.get(f"{side}[{place}].amount", "")]
                for place in range(self._levels)
            )
            sides.append([level for level in levels if level[0]])
        return [self._frame(received, row, *sides)]

    def _frame(self, received: int, row: Row, bids: Any, asks: Any) -> Frame:
        number, sent = next(self._ids), _ms(row)
        data = {
            "e": "depthUpdate", "E": sent, "T": sent, "s": row["symbol"], "U": number, "u": number,
            "pu": number - 1, "b": bids, "a": asks,
        }  # fmt: skip
        return _stream(received, row, f"depth{self._levels}", data)


def _books(
    rows: Iterator[tuple[int, int, int, Row]], faults: RecordingFaults
) -> Iterator[Numbered]:
    """Rows of single levels: those of one message, which have one time, together."""
    ids = count(1)
    group: list[Row] = []
    at: tuple[int, int, int] = (0, 0, 0)
    key: tuple[str, str, str] | None = None
    for number, length, received, row in rows:
        next_key = row["symbol"], row["local_timestamp"], row["is_snapshot"]
        if group and next_key != key:
            for frame in _message(at[2], group, ids):
                yield at[0], at[1], frame
            group = []
        key, at = next_key, (number, length, received)
        group.append(row)
    if group:
        for frame in _message(at[2], group, ids):
            yield at[0], at[1], frame


def _message(received: int, group: list[Row], ids: Iterator[int]) -> Iterator[Frame]:
    row, sent = group[0], _ms(group[0])
    levels: dict[str, list[list[str]]] = {"bid": [], "ask": []}
    for each in group:
        levels.setdefault(each["side"], []).append([each["price"], each["amount"]])
    bids, asks = levels["bid"], levels["ask"]
    number = next(ids)
    begins = row["is_snapshot"] == "true"
    if begins:
        # The book begins anew: an empty change with a gap before it, then all levels.
        number = next(ids)
    data = {
        "e": "depthUpdate", "E": sent, "T": sent, "s": row["symbol"], "U": number, "u": number,
        "pu": number - 1, "b": [] if begins else bids, "a": [] if begins else asks,
    }  # fmt: skip
    yield _stream(received, row, "depth", data)
    if begins:
        body = {
            "lastUpdateId": number, "E": sent, "T": sent,
            "bids": sorted(bids, key=_price, reverse=True), "asks": sorted(asks, key=_price),
        }  # fmt: skip
        request = f"GET /fapi/v1/depth?symbol={row['symbol']}&limit=1000"
        yield RestFrame(received, request, 200, msgspec.json.encode(body))


def _price(level: list[str]) -> float:
    try:
        return float(level[0])
    except ValueError:
        return 0.0


def _ms(row: Row) -> int:
    sent = nanoseconds(row["timestamp"].encode("ascii", "replace"))
    return sent // 1_000_000 if sent is not None else 0


def _stream(received: int, row: Row, name: str, data: Any) -> StreamFrame:
    body = {"stream": f"{row['symbol'].lower()}@{name}", "data": data}
    return StreamFrame(received, msgspec.json.encode(body))
