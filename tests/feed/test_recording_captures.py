"""Captures of other collectors: their times, their forms, their order, their tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.frames import NS, T0, depth_data, stream

from tuirisk import events as ev
from tuirisk.feed.frames import RestFrame, StreamFrame
from tuirisk.feed.recording import BareDepth, form_of_file, parse_line, read
from tuirisk.feed.recording_faults import RecordingFaults
from tuirisk.feed.recording_order import in_event_order
from tuirisk.feed.recording_stamps import nanoseconds

AT = 1_760_000_000_123_456_789


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        (b"1760000000", AT // 10**9 * 10**9),
        (b"1760000000.5", AT // 10**9 * 10**9 + 500_000_000),
        (b"1760000000123", AT // 10**6 * 10**6),
        (b"1760000000123.25", AT // 10**6 * 10**6 + 250_000),
        (b"1760000000123456", AT // 10**3 * 10**3),
        (b"1760000000123456789", AT),
        (b"2025-10-09T08:53:20.123456789Z", AT),
        (b"2025-10-09T08:53:20.1234567Z", AT // 100 * 100),
        (b"2025-10-09 10:53:20+02:00", AT // 10**9 * 10**9),
        (b"99999999999999999999", None),
        (b"17", None),
        (b"2025-13-09T08:53:20Z", None),
    ],
)
def test_a_time_is_read_by_its_magnitude(text: bytes, ns: int | None) -> None:
    assert nanoseconds(text) == ns


DEPTH = json.dumps(depth_data(1, 2, 0)).encode()
WRAPPED = StreamFrame(AT, b'{"stream":"btcusdt@depth","data":' + DEPTH + b"}")
STAMP = b"%d " % AT


@pytest.mark.parametrize(
    "line",
    [
        STAMP + DEPTH,
        b'{"ts": %d, "stream": "btcusdt@depth", "data": ' % AT + DEPTH + b"}",
        b'{"data": ' + DEPTH + b', "stream": "btcusdt@depth", "received": %d}' % AT,
        b'{"raw": ' + DEPTH + b', "local_timestamp": "%d"}' % AT,
        json.dumps({"msg": DEPTH.decode(), "timestamp": AT}).encode(),
        b"2025-10-09T08:53:20.123456789Z " + DEPTH,
        b"%d\t" % AT + DEPTH,
    ],
)
def test_a_message_is_a_frame_in_whatever_it_is_wrapped(line: bytes) -> None:
    frame = parse_line(line)
    assert isinstance(frame, StreamFrame)
    assert frame.received == AT
    assert json.loads(frame.data) == json.loads(WRAPPED.data)


def test_a_line_without_a_receive_time_has_the_time_of_its_event() -> None:
    frame = parse_line(DEPTH)
    assert frame is not None
    assert frame.received == T0 * NS


def test_messages_by_their_event_name() -> None:
    kline = {"e": "kline", "E": T0, "s": "BTCUSDT", "k": {"i": "15m", "s": "BTCUSDT"}}
    forced = {"e": "forceOrder", "E": T0, "o": {"s": "BTCUSDT"}}
    names = []
    for message in (kline, forced, {"e": "markPriceUpdate", "E": T0, "s": "BTCUSDT"}):
        frame = parse_line(STAMP + json.dumps(message).encode())
        assert isinstance(frame, StreamFrame)
        names.append(json.loads(frame.data)["stream"])
    assert names == ["btcusdt@kline_15m", "btcusdt@forceOrder", "btcusdt@markPrice"]


def test_answers_that_a_collector_inserts() -> None:
    book = b'{"lastUpdateId":9,"bids":[],"asks":[]}'
    generated = parse_line(
        STAMP + b'{"stream":"btcusdt@depthSnapshot","generated":true,"data":' + book + b"}"
    )
    assert generated == RestFrame(AT, "GET /fapi/v1/depth?limit=1000&symbol=BTCUSDT", 200, book)
    assert isinstance(parse_line(STAMP + book), BareDepth)
    named = parse_line(STAMP + book[:-1] + b',"symbol":"BTCUSDT"}')
    assert isinstance(named, RestFrame)
    assert named.request == "GET /fapi/v1/depth?symbol=BTCUSDT"


def test_neighbours_are_put_back_by_their_event_time() -> None:
    frames = [
        stream("btcusdt@depth", depth_data(n, n, n - 1, time=T0 + 100 * n), (T0 + 100 * n) * NS)
        for n in range(1, 30)
    ]
    other = stream("btcusdt@markPrice", {"e": "markPriceUpdate", "E": T0}, (T0 + 450) * NS)
    swapped = [*frames]
    swapped[4], swapped[5] = swapped[5], swapped[4]
    swapped.insert(4, other)
    ordered = list(in_event_order(swapped))
    assert [f for f in ordered if f != other] == frames
    far = [frames[0], *frames[15:], frames[1]]
    assert list(in_event_order(far)) == far


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path


def decoded(path: Path) -> tuple[list[Any], RecordingFaults]:
    faults = RecordingFaults()
    frames = list(read(path, faults))
    assert form_of_file(path) == "tardis_table"
    return [
        json.loads(f.data)["data"] if isinstance(f, StreamFrame) else f
        for f in frames
        if not isinstance(f, BareDepth)
    ], faults


HEADER = "exchange,symbol,timestamp,local_timestamp,"
START = "binance-futures,BTCUSDT,1760000000100000,176000000010%d000,"


def test_a_table_of_trades(tmp_path: Path) -> None:
    (trade,), faults = decoded(
        write(
            tmp_path / "trades.csv",
            HEADER + "id,side,price,amount",
            START % 1 + "7,sell,99.5,2",
            START % 2 + "x,sell,99.5,2",
        )
    )
    assert (trade["e"], trade["a"], trade["m"], trade["T"]) == ("aggTrade", 7, True, T_MS)
    assert faults.named == ["line 3: a row without its numbers"]


T_MS = 1_760_000_000_100


def test_a_table_of_book_changes(tmp_path: Path) -> None:
    columns = HEADER + "is_snapshot,side,price,amount"
    messages, _ = decoded(
        write(
            tmp_path / "l2.csv",
            columns,
            START % 1 + "true,bid,99,1",
            START % 1 + "true,bid,99.5,2",
            START % 1 + "true,ask,100,1",
            START % 2 + "false,bid,99.5,0",
            START % 2 + "false,ask,100,3",
        )
    )
    begins, book, change = messages
    assert begins["b"] == begins["a"] == []
    body = json.loads(book.body)
    assert body["bids"] == [["99.5", "2"], ["99", "1"]]
    assert body["lastUpdateId"] == begins["u"] == change["pu"]
    assert (change["b"], change["a"]) == ([["99.5", "0"]], [["100", "3"]])


def test_tables_of_tickers_quotes_books_and_liquidations(tmp_path: Path) -> None:
    ticker = (
        "funding_timestamp,funding_rate,predicted_funding_rate,open_interest,last_price,"
        "index_price,mark_price"
    )
    (mark, open_interest), _ = decoded(
        write(
            tmp_path / "ticker.csv",
            HEADER + ticker,
            START % 1 + "1760000400000000,0.0001,,1234.5,99.9,99.8,99.7",
        )
    )
    assert (mark["p"], mark["i"], mark["T"]) == ("99.7", "99.8", 1_760_000_400_000)
    assert json.loads(open_interest.body)["openInterest"] == "1234.5"
    (quote,), _ = decoded(
        write(
            tmp_path / "quotes.csv",
            HEADER + "ask_amount,ask_price,bid_price,bid_amount",
            START % 1 + "1,100,99,2",
        )
    )
    assert (quote["b"], quote["a"]) == ([["99", "2"]], [["100", "1"]])
    levels = "asks[0].price,asks[0].amount,bids[0].price,bids[0].amount"
    (book,), _ = decoded(write(tmp_path / "book.csv", HEADER + levels, START % 1 + "100,1,99,2"))
    assert (book["b"], book["a"]) == ([["99", "2"]], [["100", "1"]])
    (forced,), _ = decoded(
        write(
            tmp_path / "liquidations.csv",
            HEADER + "id,side,price,amount",
            START % 1 + ",sell,99,2",
        )
    )
    assert (forced["o"]["S"], forced["o"]["ap"]) == ("SELL", "99")


FIELD = ("ms", "us", "ns", "jsonl", "raw-streams", "tardis.ndjson", "neighbours-swapped")


@pytest.mark.parametrize("name", FIELD)
def test_the_same_minute_in_every_form(shared_data: Path, name: str) -> None:
    path = shared_data / "field" / (f"{name}.gz" if "." in name else f"{name}.rec.gz")
    if not path.is_file():
        pytest.skip("no data/field beside the repository")
    faults = RecordingFaults()
    frames = list(read(path, faults))
    assert faults.count == 0
    assert len(frames) == 721
    assert frames[-1].received == 1_760_000_060_000_000_000


def test_a_partial_book_is_the_book_and_a_diff_beside_it_goes_on() -> None:
    from tuirisk.feed.binance.decode import decode

    levels = {"b": [["99.5", "5"]], "a": [["100", "5"]]}
    frame = stream("btcusdt@depth20@100ms", depth_data(5, 7, 1) | levels)
    (book,) = decode(frame)
    assert isinstance(book, ev.DepthSnapshot)
    assert (book.partial, book.limit, book.last_update_id, book.bids) == (
        True,
        20,
        7,
        ((99.5, 5.0),),
    )
