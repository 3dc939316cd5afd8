"""A live source on the embedded exchange, and the market it fills, for tests."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager

from support.exchange import TestExchange
from tuirisk.config.model import ExchangeConfig
from tuirisk.events import Batch, ConnectionReport, DepthSnapshot, Event
from tuirisk.feed.binance.live import LiveSource
from tuirisk.feed.binance.pipeline import Recorder
from tuirisk.feed.binance.streams.stream_connection import StreamTiming
from tuirisk.market.market import Market
from tuirisk.simulator.embedded import EmbeddedExchange

PATIENCE = 15.0
"""Seconds of the loop after which a test has failed."""
NOON_MS = 1_795_003_200_000
"""2026-11-18 12:00 UTC."""
SPEED = 4.0
"""Of the exchange and the source alike: a standstill of a second and more looks like silence."""


def small_exchange(
    *symbols: str,
    start_ms: int = NOON_MS + 300_000,
    speed: float = SPEED,
    listed_days: int | None = 2,
) -> EmbeddedExchange:
    """Two coins, some minutes after noon."""
    return TestExchange(
        symbols or ("BTCUSDT", "ETHUSDT"), speed=speed, start_ms=start_ms, listed_days=listed_days
    )


class ExchangeTime:
    """The embedded exchange's time; waits are in its seconds too."""

    def __init__(self, exchange: EmbeddedExchange) -> None:
        self._clock = exchange.clock

    def now_ns(self) -> int:
        return self._clock.now_ns()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(self._clock.real_seconds(max(0.0, seconds)))


class Watcher:
    """Reads a source's batches into a market and keeps every event."""

    def __init__(self, source: LiveSource) -> None:
        self.source = source
        self.market = Market()
        self.events: list[Event] = []
        self.batches: list[Batch] = []
        self.reading: asyncio.Future[None] | None = None

    @property
    def report(self) -> ConnectionReport:
        return self.batches[-1].connection if self.batches else ConnectionReport("connecting")

    def of(self, kind: type[Event], symbol: str | None = None) -> list[Event]:
        return [e for e in self.events if isinstance(e, kind) and symbol in (None, e.symbol)]

    def snapshots(self, symbol: str) -> list[DepthSnapshot]:
        return [e for e in self.events if isinstance(e, DepthSnapshot) and e.symbol == symbol]

    def ready(self, *symbols: str) -> bool:
        known = self.market.symbols
        return all(s in known and known[s].was_ready for s in symbols)

    async def until(self, condition: Callable[[], bool], patience: float = PATIENCE) -> None:
        """Wait until ``condition`` holds.

        Raises:
            TimeoutError: it does not within ``patience`` seconds. Or whatever ended the source.
        """
        async with asyncio.timeout(patience):
            while not condition():
                await asyncio.sleep(0.01)
                if self.reading is not None and self.reading.done():
                    self.reading.result()

    async def read(self) -> None:
        async with aclosing(self.source.batches()) as batches:  # type: ignore[type-var]
            async for batch in batches:
                self.take(batch)

    def take(self, batch: Batch) -> None:
        for event in batch.events:
            self.market.apply(event)
        for symbol, reason in self.market.distrusted.items():
            self.source.resync(symbol, reason)
        self.market.distrusted.clear()
        self.events += batch.events
        self.batches.append(batch)


def make_source(
    exchange: EmbeddedExchange,
    *symbols: str,
    timing: StreamTiming | None = None,
    recorder: Recorder | None = None,
) -> LiveSource:
    config = ExchangeConfig(rest_url=exchange.rest_url, stream_url=exchange.stream_url)
    return LiveSource(
        config,
        symbols,
        clock=ExchangeTime(exchange),
        rng=random.Random(5),
        recorder=recorder,
        name="simulator",
        timing=timing,
    )


@asynccontextmanager
async def watching(
    exchange: EmbeddedExchange, *symbols: str, timing: StreamTiming | None = None
) -> AsyncIterator[Watcher]:
    """A running source whose batches are read; its failure is raised at the end."""
    async with reading(make_source(exchange, *symbols, timing=timing)) as watcher:
        yield watcher


@asynccontextmanager
async def reading(source: LiveSource) -> AsyncIterator[Watcher]:
    """``source`` while it runs."""
    watcher = Watcher(source)
    watcher.reading = asyncio.ensure_future(watcher.read())
    try:
        yield watcher
    finally:
        await source.close()
        await watcher.reading
