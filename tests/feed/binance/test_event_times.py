"""Frames whose times cannot be true are dropped, counted and named."""

from __future__ import annotations

from typing import Any

import pytest
from support.frames import NS, T0, depth_data, exchange_info, rest, stream

from tuirisk import events as ev
from tuirisk.feed.binance.bad_frame import BadFrame
from tuirisk.feed.binance.pipeline import Pipeline

HOUR = 3_600_000


def watching(*, measured: bool = True) -> Pipeline:
    pipeline = Pipeline()
    pipeline.process_frame(exchange_info("BTCUSDT"))
    pipeline.add_symbol("BTCUSDT", T0 * NS)
    if measured:
        pipeline.process_frame(rest("/fapi/v1/time", {"serverTime": T0}))
    pipeline.queue.drain()
    return pipeline


def mark(time: int, price: str = "3000") -> dict[str, Any]:
    return {
        "e": "markPriceUpdate", "E": time, "s": "BTCUSDT", "p": price, "i": price, "r": "0.0001",
        "T": T0 + HOUR,
    }  # fmt: skip


def bar(time: int) -> dict[str, Any]:
    start = T0 // 900_000 * 900_000
    k = {
        "t": start, "T": start + 899_999, "i": "15m", "o": "1", "c": "1", "h": "1", "l": "1",
        "v": "1", "n": 1, "x": False, "q": "1", "V": "1", "Q": "1",
    }  # fmt: skip
    return {"e": "kline", "E": time, "s": "BTCUSDT", "k": k}


def trade(time: int) -> dict[str, Any]:
    body = {"e": "aggTrade", "s": "BTCUSDT", "a": 7, "p": "1", "q": "1", "T": time, "m": False}
    return {**body, "E": time}


def liquidation(time: int) -> dict[str, Any]:
    order = {"s": "BTCUSDT", "S": "SELL", "ap": "1", "z": "1", "T": time}
    return {"e": "forceOrder", "E": time, "o": order}


def depth(time: int) -> dict[str, Any]:
    return depth_data(1, 2, 0, time=time)


FRAMES = {
    "markPrice@1s": mark,
    "kline_15m": bar,
    "aggTrade": trade,
    "forceOrder": liquidation,
    "depth@100ms": depth,
}


def process(pipeline: Pipeline, name: str, time: int, at: int = T0) -> str:
    """What was dropped of a frame that states ``time``, received at ``at``; empty for nothing."""
    before = pipeline.dropped_frames
    pipeline.process_frame(stream(f"btcusdt@{name}", FRAMES[name](time), at * NS))
    return str(pipeline.last_drop) if pipeline.dropped_frames > before else ""


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize(
    ("time", "said"),
    [
        (T0 + 2_000, ""),
        (T0 + 2_001, "2 s in the future"),
        (T0 + HOUR, "3600 s in the future"),
        (T0 + 70 * 365 * 24 * HOUR, "in the future"),
        (T0 - HOUR, ""),
        (T0 - HOUR - 1, "3600 s ago"),
        (1, "s ago"),
    ],
)
def test_a_stream_frame_is_dropped_for_its_time_alone(name: str, time: int, said: str) -> None:
    dropped = process(watching(), name, time)
    assert said in dropped
    assert bool(dropped) == bool(said)


@pytest.mark.parametrize("name", FRAMES)
def test_a_stream_whose_times_go_back_by_much_is_late_not_new(name: str) -> None:
    pipeline = watching()
    assert process(pipeline, name, T0) == ""
    assert process(pipeline, name, T0 - 5_000) == ""
    assert "before the last one" in process(pipeline, name, T0 - 5_001)
    assert process(pipeline, name, T0 + 1) == ""


def test_without_a_measurement_the_local_clock_is_the_limit() -> None:
    pipeline = watching(measured=False)
    assert process(pipeline, "markPrice@1s", T0 + 4_999) == ""
    assert "in the future" in process(pipeline, "markPrice@1s", T0 + HOUR)
    assert process(watching(measured=False), "markPrice@1s", T0 - 2 * HOUR) == ""


def test_a_time_accepted_by_a_wrong_clock_refuses_nothing_later() -> None:
    pipeline = watching(measured=False)
    pipeline.process_frame(rest("/fapi/v1/time", {"serverTime": T0 + HOUR}))
    assert process(pipeline, "markPrice@1s", T0 + HOUR) == ""
    for _ in range(2):
        pipeline.process_frame(rest("/fapi/v1/time", {"serverTime": T0}))
    assert process(pipeline, "markPrice@1s", T0) == ""
    assert "before the last one" in process(pipeline, "markPrice@1s", T0 - 5_001)


def test_no_frame_moves_the_clock() -> None:
    pipeline = watching()
    for name in FRAMES:
        for time in (T0 - HOUR, T0 + 2_000, T0 + HOUR):
            process(pipeline, name, time)
    pipeline.process_frame(exchange_info("BTCUSDT"))
    assert pipeline.clock.ms == 0
    assert pipeline.times_refused == len(FRAMES)


def premium_index(time: int) -> tuple[str, Any]:
    body = {
        "symbol": "BTCUSDT", "markPrice": "3000", "indexPrice": "3000", "lastFundingRate": "0",
        "nextFundingTime": T0 + HOUR, "time": time,
    }  # fmt: skip
    return "/fapi/v1/premiumIndex?symbol=BTCUSDT", body


def open_interest(time: int) -> tuple[str, Any]:
    body = {"symbol": "BTCUSDT", "openInterest": "1", "time": time}
    return "/fapi/v1/openInterest?symbol=BTCUSDT", body


def order_book(time: int) -> tuple[str, Any]:
    return "/fapi/v1/depth?symbol=BTCUSDT", {
        "lastUpdateId": 1, "bids": [["99", "1"]], "asks": [["101", "1"]], "E": time,
    }  # fmt: skip


@pytest.mark.parametrize("make", [premium_index, open_interest, order_book])
def test_an_answer_of_the_future_is_refused_and_a_late_one_is_old(make: Any) -> None:
    pipeline = watching()
    with pytest.raises(BadFrame, match="in the future"):
        pipeline.process_answer(rest(*make(T0 + 60_000)), None)
    assert pipeline.process_answer(rest(*make(T0 - 60_000)), None)
    assert pipeline.dropped_frames == 1


def test_a_cached_mark_price_replaces_no_newer_one() -> None:
    pipeline = watching()
    process(pipeline, "markPrice@1s", T0)
    assert pipeline.process_answer(rest(*premium_index(T0 - 60_000)), None)
    marks = [event for event in pipeline.queue.drain() if isinstance(event, ev.MarkPrice)]
    assert [event.event_time for event in marks] == [T0]
    assert pipeline.dropped_frames == 0
