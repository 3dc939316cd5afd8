"""One forged or damaged frame costs seconds of one family of one symbol: beside an undisturbed
source on the same exchange, the market is the same again within 15 s.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from support.live_source import NOON_MS, Watcher, make_source, reading, small_exchange, watching

from tuirisk.feed.binance.live import LiveSource
from tuirisk.feed.frames import AccountFrame, Frame, StreamFrame, stream_name
from tuirisk.simulator.embedded import EmbeddedExchange
from tuirisk.simulator.instruments import CATALOGUE

BTC = "BTCUSDT"
KINDS = ("depth@100ms", "markPrice@1s", "aggTrade", "kline_15m", "kline_1h", "kline_1d")
RECOVERY = 15.0
LARGEST = 2**63 - 1


class NewestFrames:
    """A recorder of the newest true frame of each kind of stream."""

    error = ""
    forging = False

    def __init__(self) -> None:
        self.frames: dict[str, StreamFrame] = {}

    def write(self, frame: Frame | AccountFrame) -> None:
        if isinstance(frame, StreamFrame) and not self.forging:
            name = stream_name(frame.data)
            if name is not None:
                self.frames[name.partition("@")[2]] = frame

    def close(self) -> None:
        pass


async def pass_time(source: LiveSource, seconds: float) -> None:
    await source.clock.sleep(seconds)


def deliver(source: LiveSource, newest: NewestFrames, data: bytes) -> None:
    """Have ``source`` receive a frame that the exchange never sent."""
    newest.forging = True
    source.pipeline.process_frame(StreamFrame(source.clock.now_ns(), data))
    newest.forging = False


def changed(frame: StreamFrame, changes: dict[str, Any]) -> bytes:
    """A copy of ``frame`` with other fields; those of a bar are in ``k``."""
    message = json.loads(frame.data)
    data = message["data"]
    inner = data.get("k", {})
    for name, value in changes.items():
        (inner if name in inner else data)[name] = value
    return json.dumps(message).encode()


def differences(one: Watcher, other: Watcher) -> list[str]:
    """What differs between two markets of one exchange, by name."""
    a, b = one.market.symbols[BTC], other.market.symbols[BTC]
    pairs = {
        "book": (a.book.live, b.book.live),
        "bids": (a.book.bids.top(50), b.book.bids.top(50)),
        "asks": (a.book.asks.top(50), b.book.asks.top(50)),
        "last": (a.tape.last_price, b.tape.last_price),
        "trade id": (a.tape.last_id, b.tape.last_id),
        "settlements": (a.derivatives.settlements, b.derivatives.settlements),
    }
    for name in ("mark", "index", "funding_rate", "next_funding_time"):
        pairs[name] = (getattr(a.derivatives.mark, name), getattr(b.derivatives.mark, name))
    for interval, ring in a.candles.items():
        beside = b.candles[interval]
        pairs[f"forming {interval}"] = ring.forming, beside.forming
        bars, others = ring.bars(), beside.bars()
        same = np.array_equal(bars.open_time, others.open_time) and np.array_equal(
            bars.close, others.close
        )
        pairs[f"bars {interval}"] = same, True
    since = max(a.tape.since_ms or 0, b.tape.since_ms or 0)
    flows = [m.tape.trades.since(since)[1].tolist() for m in (a, b)]
    pairs["flow"] = flows[0], flows[1]
    return [name for name, (x, y) in pairs.items() if x != y]


async def compare(server: EmbeddedExchange, forged: Watcher, calm: Watcher) -> list[str]:
    """What still differs once the exchange stands still."""
    await pass_time(forged.source, RECOVERY - 3.0)
    server.faults.freeze()
    await pass_time(forged.source, 3.0)
    found = differences(forged, calm)
    server.faults.thaw()
    return found


FORGERIES: dict[str, tuple[str, dict[str, Any]]] = {
    "update id too high": ("depth@100ms", {"pu": "u", "U": "u+1", "u": LARGEST}),
    "update id a little too high": ("depth@100ms", {"pu": "u", "U": "u+1", "u": "u+100000"}),
    "crossed book": ("depth@100ms", {"pu": "u", "U": "u+1", "u": "u+9", "b": [["999999", "1"]]}),
    "trade id too high": ("aggTrade", {"a": LARGEST, "p": "60000"}),
    "trade price": ("aggTrade", {"a": "a+1", "p": "6"}),
    "mark price": ("markPrice@1s", {"p": "9000000"}),
    "mark and index": ("markPrice@1s", {"p": "9000000", "i": "9000000"}),
    "next settlement": ("markPrice@1s", {"T": 4_102_444_799_999}),
    "funding rate": ("markPrice@1s", {"r": "0.9"}),
    "bar of 2099": (
        "kline_15m",
        {"t": 4_102_443_900_000, "T": 4_102_444_799_999, "x": True},
    ),
    "hour closed too early": ("kline_1h", {"x": True}),
    "day closed too early": ("kline_1d", {"x": True}),
    "bar off its grid": ("kline_15m", {"t": NOON_MS + 1, "T": NOON_MS + 900_000}),
    "bar of a hundredfold": ("kline_15m", {"c": "9000000", "h": "9000000"}),
}


def resolved(changes: dict[str, Any], frame: StreamFrame) -> dict[str, Any]:
    """With ``"u+1"`` and the like replaced by numbers of the frame."""
    data = json.loads(frame.data)["data"]
    made = {}
    for name, value in changes.items():
        if isinstance(value, str) and value[:1] in ("u", "a"):
            field, _, more = value.partition("+")
            value = data[field] + int(more or 0)
        made[name] = value
    return made


def recording_source(server: EmbeddedExchange) -> tuple[LiveSource, NewestFrames]:
    newest = NewestFrames()
    return make_source(server, BTC, recorder=newest), newest


def rounds() -> Iterator[dict[str, tuple[str, dict[str, Any]]]]:
    """The forgeries, no two of one kind of stream at a time."""
    waiting = dict(FORGERIES)
    while waiting:
        one = {kind: name for name, (kind, _) in reversed(waiting.items())}
        yield {name: waiting.pop(name) for name in one.values()}


async def test_each_forged_frame_is_gone_within_15_seconds() -> None:
    with small_exchange(BTC, start_ms=NOON_MS + 300_000, speed=1.0) as server:
        source, newest = recording_source(server)
        async with watching(server, BTC) as calm, reading(source) as seen:
            await seen.until(lambda: seen.report.status == calm.report.status == "live", 60.0)
            await pass_time(source, 5.0)
            for forgeries in rounds():
                for kind, changes in forgeries.values():
                    frame = newest.frames[kind]
                    deliver(source, newest, changed(frame, resolved(changes, frame)))
                assert await compare(server, seen, calm) == [], list(forgeries)
            assert seen.report.dropped_frames >= len(FORGERIES) - 3
            assert calm.report.dropped_frames == 0, calm.report.drops


EXTREMES: tuple[Any, ...] = (
    0, 1, -1, 7, LARGEST, 4_102_444_800_000, NOON_MS - 86_400_000, NOON_MS + 3_600_000,
    "0", "-1", "1e300", "NaN", "0.00000001", "99999999", "", "x", None, True, False, [], {},
)  # fmt: skip


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from leaves(part, (*path, key))
    elif isinstance(value, list):
        for place, part in enumerate(value[:3]):
            yield from leaves(part, (*path, place))
    else:
        yield path


def damaged(frame: StreamFrame, rng: random.Random) -> bytes:
    """``frame`` with one to three of its fields forged, or some bytes."""
    if rng.random() < 0.2:
        data = bytearray(frame.data)
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        return bytes(data)
    message = json.loads(frame.data)
    paths = list(leaves(message["data"]))
    for path in rng.sample(paths, min(len(paths), rng.randint(1, 3))):
        holder: Any = message["data"]
        for key in path[:-1]:
            holder = holder[key]
        value = holder[path[-1]]
        holder[path[-1]] = rng.choice(EXTREMES)
        if isinstance(value, int) and rng.random() < 0.4:
            holder[path[-1]] = value + rng.choice((10**3, 10**6, 10**12, -(10**3), -(10**6)))
    return json.dumps(message).encode()


@pytest.mark.parametrize("seed", [1, pytest.param(6, marks=pytest.mark.slow)])
async def test_a_hundred_damaged_frames_leave_nothing_behind(seed: int) -> None:
    """Of every kind of stream, over half a minute in which bars of 15m and 1h close."""
    rng = random.Random(seed)
    with small_exchange(BTC, start_ms=NOON_MS - 20_000, speed=1.0) as server:
        source, newest = recording_source(server)
        async with watching(server, BTC) as calm, reading(source) as seen:
            await seen.until(lambda: seen.report.status == calm.report.status == "live", 60.0)
            for _ in range(100):
                data = damaged(newest.frames[rng.choice(KINDS)], rng)
                deliver(source, newest, data)
                await pass_time(source, rng.uniform(0.0, 0.6))
            assert server.clock.now_ms() > NOON_MS
            assert await compare(server, seen, calm) == []
            assert seen.report.status == "live"


async def test_a_closed_bar_that_the_stream_left_out_is_requested_within_10_seconds() -> None:
    with small_exchange(BTC, start_ms=NOON_MS - 9_000, speed=1.0) as server:
        async with watching(server, BTC) as seen:
            await seen.until(lambda: seen.report.status == "live", 15.0)
            server.faults.silence("btcusdt@kline_15m")
            ring = seen.market.symbols[BTC].candles["15m"]
            await seen.until(lambda: server.clock.now_ms() > NOON_MS, 30.0)
            assert ring.last_open_time == NOON_MS - 1_800_000
            await seen.until(lambda: server.clock.now_ms() > NOON_MS + 11_000, 30.0)
            assert ring.last_open_time == NOON_MS - 900_000
        assert not ring.holes()


async def test_a_silent_depth_stream_whose_book_goes_on_is_resynced_and_reported() -> None:
    with small_exchange(BTC, speed=1.0) as server:
        async with watching(server, BTC) as seen:
            await seen.until(lambda: seen.report.status == "live", 30.0)
            server.faults.silence("btcusdt@depth@100ms")
            await seen.until(lambda: seen.report.resyncs == 1, 10.0)
            assert seen.report.status == "degraded"
            server.faults.unsilence("btcusdt@depth@100ms")
            await seen.until(lambda: seen.report.status == "live", 15.0)


async def test_a_delivery_contract_is_ready_without_funding() -> None:
    quarterly = next(i.symbol for i in CATALOGUE.values() if i.contract_type == "CURRENT_QUARTER")
    with small_exchange(BTC, quarterly, speed=1.0) as server:
        async with watching(server, BTC, quarterly) as seen:
            await seen.until(lambda: seen.ready(BTC, quarterly), 30.0)
            await seen.until(lambda: seen.report.status == "live", 30.0)
        assert seen.report.dropped_frames == 0
        mark = seen.market.symbols[quarterly].derivatives.mark
        assert mark is not None
        assert mark.funding_rate is None


async def test_a_forged_page_of_bars_is_requested_again() -> None:
    row = [4_102_443_900_000, "1", "1", "1", "1", "1", 4_102_444_799_999, "1", 1, "1", "1", "0"]
    with small_exchange(BTC, speed=1.0) as server:
        server.faults.fail_rest("/fapi/v1/klines", 200, json.dumps([row]), times=3)
        async with watching(server, BTC) as seen:
            await seen.until(lambda: seen.ready(BTC), 60.0)
            await seen.until(lambda: seen.report.status == "live", 60.0)
        assert seen.report.dropped_frames == 3
        for ring in seen.market.symbols[BTC].candles.values():
            assert (ring.last_open_time or 0) < NOON_MS + 300_000


async def test_repairs_of_the_same_bars_are_one_repair() -> None:
    with small_exchange(BTC, speed=1.0) as server:
        async with watching(server, BTC) as seen:
            await seen.until(lambda: seen.report.status == "live", 30.0)
            server.faults.fail_rest("/fapi/v1/klines", 503)
            session = seen.source._session
            assert session is not None
            now = seen.source.clock.now_ns()
            before = len(asyncio.all_tasks())
            for hours in (1, 1, 5, 2, 1):
                last = now - hours * 3_600_000_000_000
                session.backfill._candles._requested[BTC, "15m"] = last
                session.backfill.stream_back(BTC, "15m", last, now)
            assert len(asyncio.all_tasks()) == before + 1
            await pass_time(seen.source, 10.0)
            server.faults.clear()
            asked = len(server.requests)
            await pass_time(seen.source, 40.0)
            limits = [q["limit"] for path, q in server.requests[asked:] if path.endswith("klines")]
            assert limits == ["21"]
