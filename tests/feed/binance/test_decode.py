"""The decoder: every message it must know, and everything it must not choke on."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples
from support.frames import NS, T0, depth_data, exchange_info, rest, stream

from tuirisk import events as ev
from tuirisk.feed.binance import decode, listings
from tuirisk.feed.binance.bad_frame import BadFrame
from tuirisk.feed.binance.pipeline import Pipeline
from tuirisk.feed.binance.rows import RefusedRow
from tuirisk.feed.binance.schema import Symbol
from tuirisk.feed.frames import RestFrame, StreamFrame, stream_name

KLINE: dict[str, Any] = {
    "e": "kline", "E": T0, "s": "BTCUSDT", "st": 1,
    "k": {"t": T0, "T": T0 + 899_999, "s": "BTCUSDT", "i": "15m", "f": 1, "L": 2, "o": "100.1",
          "c": "101", "h": "102", "l": "99", "v": "5", "n": 7, "x": False, "q": "500", "V": "2",
          "Q": "200", "B": "0"},
}  # fmt: skip
MARK = {
    "e": "markPriceUpdate", "E": T0, "s": "BTCUSDT", "p": "100.5", "ap": "100.5", "P": "",
    "i": "100.4", "r": "-0.00012", "T": T0 + 1, "st": 1,
}  # fmt: skip
AGG = {
    "e": "aggTrade", "E": T0, "a": 7, "s": "BTCUSDT", "p": "100", "q": "2", "nq": "2", "f": 1,
    "l": 2, "T": T0, "m": True, "st": 1,
}  # fmt: skip
FORCE = {
    "e": "forceOrder", "E": T0,
    "o": {"s": "BTCUSDT", "S": "SELL", "o": "LIMIT", "f": "IOC", "q": "5", "p": "90", "ap": "95.5",
          "X": "FILLED", "l": "1", "z": "4", "T": T0, "ps": "BTCUSDT", "st": 1},
}  # fmt: skip


def one(frame: StreamFrame | RestFrame) -> ev.Event:
    (event,) = decode.decode(frame)
    return event


def test_streams() -> None:
    depth = one(stream("btcusdt@depth@100ms", depth_data(1, 3, 0, [["7.610", "0.000"]])))
    assert depth == ev.DepthDiff("BTCUSDT", T0 * NS, 1, 3, 0, T0, ((7.61, 0.0),), ())
    forming = one(stream("btcusdt@kline_15m", KLINE))
    assert isinstance(forming, ev.CandleForming)
    assert (forming.interval, forming.candle.close, forming.candle.closed) == ("15m", 101.0, False)
    closed = one(stream("btcusdt@kline_15m", KLINE | {"k": KLINE["k"] | {"x": True}}))
    assert isinstance(closed, ev.CandleClosed)
    mark = one(stream("btcusdt@markPrice@1s", MARK))
    assert mark == ev.MarkPrice("BTCUSDT", T0 * NS, T0, 100.5, 100.4, -0.00012, T0 + 1)
    trade = one(stream("btcusdt@aggTrade", AGG))
    assert trade == ev.Trade("BTCUSDT", T0 * NS, 7, T0, 100.0, 2.0, True)
    forced = one(stream("btcusdt@forceOrder", FORCE))
    assert forced == ev.Liquidation("BTCUSDT", T0 * NS, T0, "SELL", 95.5, 4.0)


@pytest.mark.parametrize(("kind", "data"), [("markPrice@1s", MARK), ("aggTrade", AGG)])
def test_a_message_of_another_symbol_than_its_stream_is_a_bad_frame(
    kind: str, data: dict[str, Any]
) -> None:
    assert decode.decode(stream(f"btcusdt@{kind}", data))
    with pytest.raises(BadFrame, match="symbol"):
        decode.decode(stream(f"ethusdt@{kind}", data))


@pytest.mark.parametrize("path", ["openInterest", "premiumIndex"])
def test_an_answer_about_another_symbol_is_a_bad_frame(path: str) -> None:
    body = {"symbol": "ETHUSDT", "openInterest": "5", "markPrice": "7", "time": T0}
    with pytest.raises(BadFrame, match="symbol"):
        decode.decode(rest(f"/fapi/v1/{path}?symbol=BTCUSDT", body))


def test_coin_margined_rows_are_left_out() -> None:
    assert decode.decode(stream("x@aggTrade", AGG | {"st": 2})) == []
    coin = FORCE | {"o": dict(FORCE["o"]) | {"st": 2}}  # type: ignore[call-overload]
    assert decode.decode(stream("x@forceOrder", coin)) == []


def test_new_fields_do_not_matter() -> None:
    assert one(stream("btcusdt@aggTrade", AGG | {"brandNew": [1, {"a": 2}]}))


def test_rest() -> None:
    book = {"lastUpdateId": 9, "E": T0, "T": T0, "bids": [["99", "1"]], "asks": [["101", "2"]]}
    depth = one(rest("/fapi/v1/depth?symbol=BTCUSDT&limit=1000", book))
    assert depth == ev.DepthSnapshot("BTCUSDT", T0 * NS, 9, T0, ((99.0, 1.0),), ((101.0, 2.0),))
    row = [T0, "100", "102", "99", "101", "5", T0 + 899_999, "500", 7, "2", "200", "0"]
    history = one(rest("/fapi/v1/klines?symbol=BTCUSDT&interval=15m&limit=499", [row]))
    assert isinstance(history, ev.CandleHistory)
    assert history.interval == "15m"
    assert history.candles[0].taker_buy_quote == 200.0
    rates = [
        {"symbol": "BTCUSDT", "fundingTime": T0, "fundingRate": "0.0001", "markPrice": ""},
        {"symbol": "BTCUSDT", "fundingTime": T0 + 1, "fundingRate": "0.01", "rateType": "Special"},
    ]
    funding = one(rest("/fapi/v1/fundingRate?symbol=BTCUSDT&limit=1000", rates))
    assert funding == ev.FundingHistory(
        "BTCUSDT", T0 * NS, ((T0, 0.0001, True), (T0 + 1, 0.01, False))
    )
    open_interest = {"symbol": "BTCUSDT", "openInterest": "106312.376", "time": T0}
    assert one(
        rest("/fapi/v1/openInterest?symbol=BTCUSDT", open_interest)
    ) == ev.OpenInterestReading("BTCUSDT", T0 * NS, T0, 106312.376)


def test_errors_of_the_exchange_are_no_events() -> None:
    body = {"code": -1121, "msg": "Invalid symbol."}
    assert decode.decode(rest("/fapi/v1/depth?symbol=X", body, status=400)) == []


def test_exchange_info() -> None:
    info = listings.decode_exchange_info(exchange_info("BTCUSDT").body)
    assert info.weight_limit == 2400
    assert info.listings["BTCUSDT"].tick_size == 0.1
    assert info.listings["BTCUSDT"].step_size == 0.001


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"stream":"btcusdt@depth","data":',
        b'{"stream":"btcusdt@depth","data":null}',
        b"[" * 10_000,
        b'{"stream":"x","data":{"e":"neverHeardOf"}}',
        b'{"stream":"x","data":{"e":"aggTrade"}}',
    ],
)
def test_garbage_is_a_bad_frame(data: bytes) -> None:
    with pytest.raises(BadFrame):
        decode.decode(StreamFrame(T0 * NS, data))


@pytest.mark.parametrize("poison", ["NaN", "nan", "inf", "-inf", "1e999", "-1", "", None, True, {}])
def test_what_is_no_price_is_named_and_its_id_is_seen(poison: object) -> None:
    refused: list[str] = []
    levels: Any = [[poison, "1"], ["7", "1"]]
    (diff,) = decode.decode(
        stream("btcusdt@depth", depth_data(1, 2, 0, levels)),
        lambda r: refused.append(str(r.reason)),
    )
    assert diff == ev.DepthDiff("BTCUSDT", T0 * NS, 1, 2, 0, T0, ((7.0, 1.0),), (), incomplete=True)
    (trade,) = decode.decode(
        stream("btcusdt@aggTrade", AGG | {"p": poison}), lambda r: refused.append(str(r.reason))
    )
    assert isinstance(trade, ev.Trade)
    assert (trade.trade_id, trade.counts) == (7, False)
    assert refused == [
        "@depth BTCUSDT: bids.price cannot be read, left out",
        "@aggTrade BTCUSDT: p cannot be read, left out",
    ]
    with pytest.raises(BadFrame):
        decode.decode(stream("btcusdt@markPrice", MARK | {"p": poison}))


@pytest.mark.parametrize("name", ["BTCUSDT\n", "BTC USDT", "BTC\x1bUSDT", ""])
def test_a_name_that_is_no_symbol_is_refused(name: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(json.dumps(name), type=Symbol)
    assert msgspec.json.decode('"币安人生USDT"', type=Symbol) == "币安人生USDT"


def test_an_impossible_candle_is_a_bad_frame() -> None:
    with pytest.raises(BadFrame):
        decode.decode(stream("btcusdt@kline_15m", KLINE | {"k": KLINE["k"] | {"h": "100"}}))


@pytest.mark.parametrize("trades", [2**63, 10**30, -2, "many"])
def test_what_no_count_of_trades_can_be_is_a_bad_frame(trades: object) -> None:
    row = [T0, "100", "102", "99", "101", "5", T0 + 899_999, "500", trades, "2", "200", "0"]
    with pytest.raises(BadFrame):
        decode.decode(rest("/fapi/v1/klines?symbol=BTCUSDT&interval=15m&limit=499", [row]))


def test_the_time_of_exchange_info_moves_no_clock() -> None:
    pipeline = Pipeline()
    assert pipeline.process_answer(exchange_info("BTCUSDT"), None) == []
    assert not pipeline.clock.measured


json_value = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.fixed_dictionaries({"a": inner}),
    max_leaves=3,
)


@examples(120)
@given(st.sampled_from([KLINE, MARK, AGG, FORCE, depth_data(1, 2, 0)]), st.data())
def test_a_mutilated_frame_is_counted_and_never_fatal(
    message: dict[str, Any], data: st.DataObject
) -> None:
    mutilated = dict(message)
    for key in data.draw(st.lists(st.sampled_from(sorted(message)), max_size=3)):
        mutilated[key] = data.draw(json_value)
    text = json.dumps({"stream": "btcusdt@x", "data": mutilated}).encode()
    text = text[: data.draw(st.integers(0, len(text)))] if data.draw(st.booleans()) else text
    pipeline = Pipeline()
    pipeline.process_frame(exchange_info("BTCUSDT"))
    pipeline.add_symbol("BTCUSDT", T0 * NS)
    pipeline.queue.drain()
    pipeline.process_frame(StreamFrame(T0 * NS, text))
    events = pipeline.queue.drain()
    # A level that cannot be read is counted by itself, and so is an optional field.
    sides = [mutilated[side] for side in ("b", "a") if message["e"] == "depthUpdate"]
    levels = sum(len(side) for side in sides if isinstance(side, list))
    assert 0 <= pipeline.dropped_frames <= max(1, levels) + 3
    for event in events:
        for value in msgspec.structs.astuple(event):
            assert not isinstance(value, float) or math.isfinite(value)


BLANKS = ("", None)


@pytest.mark.parametrize("blank", BLANKS)
def test_what_a_bar_need_not_tell_may_be_blank(blank: object) -> None:
    row = [T0, "100", "102", "99", "101", "5", T0 + 899_999, "500", blank, blank, blank]
    (history,) = decode.decode(rest("/fapi/v1/klines?symbol=BTCUSDT&interval=15m", [row]))
    assert isinstance(history, ev.CandleHistory)
    assert [bar.close for bar in history.candles] == [101.0]
    bar = KLINE["k"] | {"n": blank, "V": blank, "Q": blank}
    (formed,) = decode.decode(stream("btcusdt@kline_15m", KLINE | {"k": bar}))
    assert isinstance(formed, ev.CandleForming)
    assert formed.candle.close == 101.0


@pytest.mark.parametrize("field", ["i", "r", "T"])
@pytest.mark.parametrize("value", [2**63 - 1, 10**30, "soon", [], "NaN"])
def test_a_mark_price_stands_without_what_it_need_not_tell(field: str, value: object) -> None:
    refused: list[RefusedRow] = []
    (mark,) = decode.decode(stream("btcusdt@markPrice@1s", MARK | {field: value}), refused.append)
    assert isinstance(mark, ev.MarkPrice)
    assert mark.mark == 100.5
    assert [str(row.why) for row in refused] == [f"{field} cannot be read"]


@pytest.mark.parametrize("least", ["100", "5000", "", None, "9223372036854775807"])
def test_an_order_may_have_to_be_worth_any_amount(least: object) -> None:
    row = {"symbol": "BTCUSDT", "status": "TRADING", "filters": [
        {"filterType": "MIN_NOTIONAL", "notional": least}]}  # fmt: skip
    info = listings.decode_exchange_info(json.dumps({"symbols": [row]}).encode())
    assert info.listings["BTCUSDT"].least_notional == (
        float(least) if least in ("100", "5000") else 0.0
    )


@given(st.binary(max_size=200))
def test_random_bytes_are_counted(data: bytes) -> None:
    pipeline = Pipeline()
    pipeline.process_frame(StreamFrame(T0 * NS, data))
    pipeline.process_frame(RestFrame(T0 * NS, "GET /fapi/v1/depth?symbol=BTCUSDT", 200, data))
    assert pipeline.dropped_frames == 2


def test_stream_name() -> None:
    assert stream_name(b'{"stream":"btcusdt@depth@100ms","data":{}}') == "btcusdt@depth@100ms"
    assert stream_name(b'{ "stream" : "a@b" ,"data":{}}') == "a@b"
    assert stream_name(b'{"result":null,"id":1}') is None


def test_the_real_frames_of_2026(shared_data: Path) -> None:
    lines = (shared_data / "reference" / "ws_frames_samples.jsonl").read_text().splitlines()
    kinds = []
    for line in lines:
        body = json.loads(line)
        frame = body if "stream" in body else {"stream": "ethusdt@forceOrder", "data": body}
        kinds.append(type(one(StreamFrame(T0 * NS, json.dumps(frame).encode()))).__name__)
    assert kinds == ["Trade", "MarkPrice", "CandleClosed", *["Liquidation"] * 3]


def test_the_real_answers_of_2026(shared_data: Path) -> None:
    lines = (shared_data / "reference" / "rest_live_2026-09-15.jsonl").read_text().splitlines()
    seen = set()
    for line in lines:
        answer = json.loads(line)
        request = "GET " + answer["url"].partition("binance.com")[2]
        if "#" in request:
            continue
        body = answer["body"].encode()
        if request.endswith("/fundingInfo"):
            assert listings.decode_funding_info(body)["LPTUSDT"].fundingIntervalHours == 4
            continue
        for event in decode.decode(RestFrame(T0 * NS, request, answer["status"], body)):
            seen.add(type(event).__name__)
    expected = {"ServerTime", "MarkPrice", "OpenInterestReading", "CandleHistory", "FundingHistory"}
    assert seen == expected | {"DepthSnapshot"}


def test_the_real_exchange_info(shared_data: Path) -> None:
    body = gzip.decompress((shared_data / "reference/exchangeInfo_2021-07-21.json.gz").read_bytes())
    info = listings.decode_exchange_info(body)
    assert info.listings["BTCUSDT"].status == "TRADING"
    assert info.listings["BTCUSDT"].tick_size == 0.01
