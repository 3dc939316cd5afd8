"""One field of one row is wrong: that row is left out and counted, everything else stays."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from support.frames import NS, T0, depth_data, exchange_info, rest, stream

from tuirisk import events as ev
from tuirisk.feed.binance.pipeline import Pipeline
from tuirisk.feed.frames import RestFrame, StreamFrame

M15 = 900_000
START = T0 - T0 % M15 - 100 * M15
ODD: tuple[Any, ...] = (
    None, "", "abc", "NaN", "inf", "-1", -5, {}, [], [None], True, 10**30, "1e300", "0", 0,
)  # fmt: skip
Make = Callable[[], list[StreamFrame | RestFrame]]


def bar(n: int) -> list[Any]:
    time = START + n * M15
    return [time, "100", "101", "99", "100.5", "50", time + M15 - 1, "5000", 9, "20", "2000", "0"]


KLINES = [bar(n) for n in range(40)]
FUNDING = [
    {"symbol": "BTCUSDT", "fundingTime": START + n * 32 * M15, "fundingRate": "0.0001"}
    for n in range(3)
]
INTEREST = [
    {
        "symbol": "BTCUSDT", "sumOpenInterest": "1000", "sumOpenInterestValue": "100000",
        "timestamp": START + n * 300_000,
    }
    for n in range(20)
]  # fmt: skip
RATIOS = [{"longShortRatio": "1.5", "timestamp": START + n * 300_000} for n in range(10)]
TERMS = [
    {"symbol": name, "fundingIntervalHours": 4, "adjustedFundingRateCap": "0.03"}
    for name in ("BTCUSDT", "ETHUSDT", "SOLUSDT")
]
ANSWERS: dict[str, tuple[str, list[Any]]] = {
    "klines": ("/fapi/v1/klines?symbol=BTCUSDT&interval=15m&limit=40&endTime=1", KLINES),
    "funding": ("/fapi/v1/fundingRate?symbol=BTCUSDT&limit=1000", FUNDING),
    "interest": ("/futures/data/openInterestHist?symbol=BTCUSDT&period=5m", INTEREST),
    "ratios": ("/futures/data/globalLongShortAccountRatio?symbol=BTCUSDT&period=5m", RATIOS),
}


def watching() -> Pipeline:
    pipeline = Pipeline()
    pipeline.process_frame(exchange_info("BTCUSDT", "ETHUSDT", "SOLUSDT"))
    pipeline.add_symbol("BTCUSDT", T0 * NS)
    pipeline.process_frame(rest("/fapi/v1/time", {"serverTime": T0}))
    pipeline.queue.drain()
    return pipeline


def mutilated(rows: list[Any], place: int, rng: random.Random) -> list[Any]:
    """``rows`` with one field of one row replaced, or taken away."""
    changed = copy.deepcopy(rows)
    row = changed[place]
    key = rng.choice(sorted(row)) if isinstance(row, dict) else rng.randrange(11)
    if isinstance(row, dict) and rng.random() < 0.2:
        del row[key]
    elif rng.random() < 0.1:
        changed[place] = rng.choice(ODD)
    else:
        row[key] = rng.choice(ODD)
    return changed


def by_time(event: Any) -> dict[int, Any]:
    if isinstance(event, ev.CandleHistory):
        return {candle.open_time: candle for candle in event.candles}
    return {row[0]: row for row in event.rows}


def check_answer(kind: str, seed: int) -> None:
    rng = random.Random(f"{kind} {seed}")
    request, rows = ANSWERS[kind]
    (whole,) = watching_of(request, rows)[0]
    place = rng.randrange(len(rows))
    changed = mutilated(rows, place, rng)
    events, dropped = watching_of(request, changed)
    assert len(events) == 1, changed[place]
    left, all_rows = by_time(events[0]), by_time(whole)
    at = list(all_rows)[place]
    others = {time: row for time, row in all_rows.items() if time != at}
    assert {time: row for time, row in left.items() if time in others} == others
    assert dropped == len(rows) - len(left), changed[place]


def watching_of(request: str, rows: list[Any]) -> tuple[list[ev.Event], int]:
    pipeline = watching()
    pipeline.process_frame(rest(request, rows))
    return list(pipeline.queue.drain()), pipeline.dropped_frames


@pytest.mark.parametrize("kind", ANSWERS)
def test_one_row_of_an_answer_takes_none_along(kind: str) -> None:
    for seed in range(60):
        check_answer(kind, seed)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ANSWERS)
def test_many_rows_of_answers(kind: str) -> None:
    for seed in range(5_000):
        check_answer(kind, seed)


def test_one_entry_of_what_is_listed_takes_none_along() -> None:
    rng = random.Random(1)
    for _ in range(60):
        body = json.loads(exchange_info("BTCUSDT", "ETHUSDT", "SOLUSDT").body)
        body["symbols"] = mutilated(body["symbols"], 1, rng)
        pipeline = watching()
        before = pipeline.listings
        pipeline.process_frame(rest("/fapi/v1/exchangeInfo", body))
        for name in ("BTCUSDT", "SOLUSDT"):
            assert pipeline.listings[name] == before[name]
        pipeline.process_frame(rest("/fapi/v1/fundingInfo", mutilated(TERMS, 1, rng)))
        (schedule,) = pipeline.queue.drain()
        assert isinstance(schedule, ev.FundingSchedule)
        assert (schedule.interval_hours, schedule.cap) == (4, 0.03)


def kline(n: int) -> dict[str, Any]:
    time = T0 - T0 % M15
    k = {
        "t": time, "T": time + M15 - 1, "i": "15m", "o": "100", "c": "100", "h": "101", "l": "99",
        "v": str(50 + n), "n": 9, "x": False, "q": str(5_000 + 100 * n), "V": "20", "Q": "2000",
    }  # fmt: skip
    return {"e": "kline", "E": T0 + n, "s": "BTCUSDT", "k": k}


def session() -> list[tuple[str, dict[str, Any]]]:
    """Messages of every stream, three of each, in turn."""
    messages: list[tuple[str, dict[str, Any]]] = []
    for n in range(3):
        at = T0 + n
        mark = {"e": "markPriceUpdate", "E": at, "s": "BTCUSDT", "p": "100", "i": "100",
                "r": "0.0001", "T": T0 + 3_600_000}  # fmt: skip
        trade = {"e": "aggTrade", "E": at, "s": "BTCUSDT", "a": 7 + n, "p": "100", "q": "1",
                 "T": at, "m": True}  # fmt: skip
        order = {"s": "BTCUSDT", "S": "SELL", "p": "100", "ap": "100", "q": "1", "z": "1", "T": at}
        levels = {"b": [["99", "1"], ["98", str(2 + n)]], "a": [["101", "1"]]}
        messages += [
            ("btcusdt@depth@100ms", depth_data(2 + n, 2 + n, 1 + n, time=at) | levels),
            ("btcusdt@markPrice@1s", mark),
            ("btcusdt@aggTrade", trade),
            ("btcusdt@kline_15m", kline(n)),
            ("btcusdt@forceOrder", {"e": "forceOrder", "E": at, "o": order}),
        ]
    return messages


def played(messages: list[tuple[str, dict[str, Any]]]) -> tuple[list[tuple[ev.Event, ...]], int]:
    pipeline = watching()
    book = {"lastUpdateId": 1, "E": T0, "bids": [["99", "5"]], "asks": [["101", "5"]]}
    pipeline.process_frame(rest("/fapi/v1/depth?symbol=BTCUSDT&limit=1000", book))
    out = []
    for name, data in messages:
        pipeline.process_frame(stream(name, data))
        out.append(pipeline.queue.drain())
    return out, pipeline.dropped_frames


IDS = {"U", "u", "pu", "a", "s", "e", "E", "st"}


def check_message(place: int, seed: int) -> None:
    """One field of a message, but for the ids by which those behind it follow on."""
    rng = random.Random(f"{place} {seed}")
    messages = session()
    whole, _ = played(messages)
    _, data = messages[place]
    row = data.get("k") or data.get("o") or data
    key = rng.choice(sorted(set(row) - IDS))
    row[key] = rng.choice(ODD)
    left, _ = played(messages)
    for at, (before, after) in enumerate(zip(whole, left, strict=True)):
        if at != place:
            assert after == before, (data, messages[at])


@pytest.mark.parametrize("value", [None, "", "abc", "NaN", "-1", [], "1e300"])
def test_a_level_of_a_diff_costs_the_book_until_its_next_snapshot(value: Any) -> None:
    messages = session()
    whole, _ = played(messages)
    messages[5][1]["b"][0][1] = value
    left, dropped = played(messages)
    assert dropped == 1
    kinds = [[type(event) for event in events] for events in left]
    assert kinds[5] == [ev.DepthLost]
    assert kinds[10] == []
    for at in {*range(15)} - {5, 10}:
        assert left[at] == whole[at]


@pytest.mark.parametrize("place", range(6, 10))
def test_one_field_of_a_message_takes_no_other_along(place: int) -> None:
    for seed in range(40):
        check_message(place, seed)
