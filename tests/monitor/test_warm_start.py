"""A warm start: cached bars are shown as old, make nothing ready, and never outlive a doubt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from support import build
from support.live_source import Watcher, make_source, small_exchange

from tuirisk import events as ev
from tuirisk.events import Batch, Candle, CandleHistory, ConnectionReport
from tuirisk.history.history import History
from tuirisk.language.reason import Reason
from tuirisk.market.market import Market
from tuirisk.monitor.warm_start import WarmStart
from tuirisk.simulator.embedded import EmbeddedExchange

NOW = build.NOW_NS // 1_000_000
STEP = 900_000
EARLIER = build.NOW_NS - 60_000_000_000
PATIENCE = 10.0
REPORT = ConnectionReport(status="live")


class Script:
    """A source that says what it was given."""

    name: Literal["recording"] = "recording"

    def __init__(self, *batches: tuple[ev.Event, ...]) -> None:
        self.script = [Batch(build.NOW_NS, events, REPORT) for events in batches]
        self.told: list[str] = []

    async def batches(self) -> AsyncIterator[Batch]:
        for batch in self.script:
            yield batch

    def add(self, symbol: str) -> None:
        self.told.append(f"add {symbol}")

    def remove(self, symbol: str) -> None:
        self.told.append(f"remove {symbol}")

    def reconnect(self) -> None:
        self.told.append("reconnect")

    def resync(self, symbol: str, reason: Reason) -> None:
        self.told.append(f"resync {symbol} {reason}")

    async def close(self) -> None:
        self.told.append("close")


def opened(tmp_path: Path) -> History:
    return History.open(
        tmp_path / "history.sqlite3", report=lambda reason: pytest.fail(str(reason))
    )


async def run(tmp_path: Path, *batches: tuple[ev.Event, ...]) -> list[Batch]:
    """What a warm source on the history in ``tmp_path`` says of these events."""
    history = opened(tmp_path)
    try:
        async with aclosing(WarmStart(Script(*batches), history).batches()) as told:  # type: ignore[type-var]
            return [batch async for batch in told]
    finally:
        history.close(PATIENCE)


def history_of(
    bars: tuple[Candle, ...], received: int = build.NOW_NS, interval: str = "15m"
) -> CandleHistory:
    return CandleHistory("BTCUSDT", received, interval, bars)


def bars(n: int, ago: int = 0) -> tuple[Candle, ...]:
    """``n`` closed bars of a rising price, the newest of them ``ago`` bars back."""
    end = NOW // STEP
    return tuple(
        build.candle(t * STEP, "15m", 100.0 + t % 1000, 101.0 + t % 1000)
        for t in range(end - ago - n, end - ago)
    )


async def test_the_bars_of_an_earlier_run_come_right_behind_the_listing(tmp_path: Path) -> None:
    other = build.listed("ETHUSDT")
    kept = bars(9)
    await run(tmp_path, (history_of(kept, received=EARLIER),))
    batches = await run(tmp_path, (other,), (build.listed("BTCUSDT"), other))
    assert batches[0].events == (other,)
    listed, event, after = batches[1].events
    assert (listed, after) == (build.listed("BTCUSDT"), other)
    assert event == CandleHistory("BTCUSDT", EARLIER, "15m", kept[:-1], cached=True)


async def test_only_bars_that_are_surely_closed_are_kept(tmp_path: Path) -> None:
    """REST calls the forming bar closed when this computer's clock is ahead."""
    *closed, forming = bars(5)
    closing = changed_bar(forming, close=forming.high)
    await run(tmp_path, (history_of((*closed, forming)),))
    assert kept_in(tmp_path) == tuple(closed)
    await run(tmp_path, (ev.CandleClosed("BTCUSDT", build.NOW_NS, "15m", closing),))
    assert kept_in(tmp_path) == (*closed, closing)


async def test_older_pages_are_kept_whole(tmp_path: Path) -> None:
    told = bars(30)
    await run(tmp_path, (history_of(told[20:]), history_of(told[10:20]), history_of(told[:10])))
    assert kept_in(tmp_path) == told[:-1]


async def test_what_comes_with_the_listing_is_not_of_an_earlier_run() -> None:
    """The history's writer may be quick enough to have it back in the same batch."""

    class Quick(History):
        def __init__(self) -> None:
            self.kept: CandleHistory | None = None

        def candles(self, symbol: str, interval: str, now_ms: int) -> CandleHistory | None:
            return self.kept

        def record_candles(
            self, symbol: str, interval: str, closed: Sequence[Candle], received: int
        ) -> None:
            self.kept = CandleHistory(symbol, received, interval, closed, cached=True)

    told = (build.listed("BTCUSDT"), history_of(bars(9)))
    source = WarmStart(Script(told), Quick())
    assert [batch.events async for batch in source.batches()] == [told]


async def test_no_more_is_given_than_the_exchange_will_replace(tmp_path: Path) -> None:
    await run(tmp_path, (history_of(bars(3_000)),))
    (batch,) = await run(tmp_path, (build.listed("BTCUSDT"),))
    assert isinstance(batch.events[1], CandleHistory)
    assert len(batch.events[1].candles) == 2_880


async def test_a_warm_source_passes_calls_to_its_source(tmp_path: Path) -> None:
    history, script = opened(tmp_path), Script()
    source = WarmStart(script, history)
    source.add("A")
    source.remove("B")
    source.reconnect()
    source.resync("C", Reason.from_text("why"))
    await source.close()
    history.close(PATIENCE)
    assert source.name == "recording"
    assert script.told == ["add A", "remove B", "reconnect", "resync C why", "close"]


def kept_in(tmp_path: Path) -> tuple[Candle, ...]:
    history = opened(tmp_path)
    try:
        event = history.candles("BTCUSDT", "15m", NOW)
        return tuple(event.candles) if event is not None else ()
    finally:
        history.close(PATIENCE)


def changed_bar(bar: Candle, close: float) -> Candle:
    fields = {name: getattr(bar, name) for name in bar.__struct_fields__}
    return Candle(**fields | {"close": close})


async def test_a_second_run_begins_with_the_first_ones_bars_and_ends_with_the_same(
    tmp_path: Path,
) -> None:
    """The embedded exchange by the real feed: cold, warm, and cold again to compare."""
    with small_exchange("BTCUSDT", listed_days=None) as exchange:
        cold = await settled(exchange, None)
        assert not cached_events(cold)
        first = await settled(exchange, tmp_path)
        assert not cached_events(first)
        warm = await settled(exchange, tmp_path)
        assert {event.interval for event in cached_events(warm)} == {"15m", "1h", "1d"}
        listing = next(i for i, b in enumerate(warm.batches) if any(
            isinstance(e, ev.SymbolListed) for e in b.events))  # fmt: skip
        assert all(event in warm.batches[listing].events for event in cached_events(warm))
        for interval, ring in warm.market.symbols["BTCUSDT"].candles.items():
            same = cold.market.symbols["BTCUSDT"].candles[interval].bars()
            assert np.array_equal(ring.bars().open_time, same.open_time)
            assert np.array_equal(ring.bars().close, same.close)


def cached_events(watcher: Watcher) -> list[CandleHistory]:
    return [event for event in watcher.events if isinstance(event, CandleHistory) and event.cached]


async def settled(exchange: EmbeddedExchange, place: Path | None) -> Watcher:
    """A run until all candles are there; with a ``place`` it has a history."""
    feed = make_source(exchange, "BTCUSDT")
    history = opened(place) if place else None
    watcher = Watcher(feed)
    source = feed if history is None else WarmStart(feed, history)

    async def read() -> None:
        async with aclosing(source.batches()) as batches:  # type: ignore[type-var]
            async for batch in batches:
                watcher.take(batch)

    reading = asyncio.ensure_future(read())
    try:
        await watcher.until(lambda: full(watcher.market) and watcher.ready("BTCUSDT"))
    finally:
        await feed.close()
        await reading
        if history is not None:
            history.close(PATIENCE)
    return watcher


def full(market: Market) -> bool:
    symbol = market.symbols.get("BTCUSDT")
    return symbol is not None and all(
        len(ring) >= n and ring.answered
        for ring, n in zip(symbol.candles.values(), (2_880, 1_500, 1_500), strict=True)
    )


LISTED = build.listed("BTCUSDT")


async def early(tmp_path: Path, *batches: tuple[ev.Event, ...]) -> list[tuple[ev.Event, ...]]:
    """The events of a warm source that is to begin with BTCUSDT and ETHUSDT."""
    await run(tmp_path, (history_of(bars(9), received=EARLIER),))
    history = opened(tmp_path)
    source = WarmStart(Script(*batches), history, ("BTCUSDT", "ETHUSDT"))
    try:
        return [batch.events async for batch in source.batches()]
    finally:
        history.close(PATIENCE)


async def test_what_is_known_is_shown_before_the_exchange_answers(tmp_path: Path) -> None:
    first, second = await early(tmp_path, (), ())
    assert [(type(event), event.symbol) for event in first] == [
        (ev.SymbolListed, "BTCUSDT"),
        (CandleHistory, "BTCUSDT"),
    ], "nothing is known of ETHUSDT"
    assert second == ()
    market = Market()
    for event in first:
        market.apply(event)
    assert len(market.symbols["BTCUSDT"].candles["15m"]) == 8
    assert not market.symbols["BTCUSDT"].candles["15m"].answered


async def test_the_exchanges_own_listing_takes_its_place(tmp_path: Path) -> None:
    first, second = await early(tmp_path, (), (LISTED,))
    removed, listed, cached = second
    assert isinstance(removed, ev.SymbolRemoved)
    assert listed == LISTED
    assert cached == first[1]
    market = Market()
    for event in (*first, *second):
        market.apply(event)
    assert market.symbols["BTCUSDT"].listed == LISTED
    assert len(market.symbols["BTCUSDT"].candles["15m"]) == 8


async def test_a_symbol_listed_at_once_is_not_shown_too_early(tmp_path: Path) -> None:
    (only,) = await early(tmp_path, (LISTED,))
    assert only[0] == LISTED
    assert len(only) == 2


async def test_what_is_added_and_removed_while_nothing_is_reached(tmp_path: Path) -> None:
    await run(tmp_path, (history_of(bars(9), received=EARLIER),))
    history = opened(tmp_path)
    source = WarmStart(Script((), (), ()), history)
    told = aiter(source.batches())
    assert (await anext(told)).events == ()
    source.add("BTCUSDT")
    assert [type(event) for event in (await anext(told)).events] == [
        ev.SymbolListed,
        CandleHistory,
    ]
    source.remove("BTCUSDT")
    assert [type(event) for event in (await anext(told)).events] == [ev.SymbolRemoved]
    history.close(PATIENCE)
