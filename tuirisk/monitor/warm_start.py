"""A live source that emits the stored candles of earlier runs first and stores those that arrive.

What it adds are ``CandleHistory`` events marked ``cached``: the market shows them as old bars that
make no symbol ready, and drops them where the exchange's first answer does not join or agree.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import aclosing
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tuirisk.events import (
    Batch,
    CandleClosed,
    CandleForming,
    CandleHistory,
    Event,
    SymbolListed,
    SymbolRefused,
    SymbolRemoved,
)
from tuirisk.feed.binance.rest.backfill_plan import BARS
from tuirisk.history.history import History
from tuirisk.state import Source

if TYPE_CHECKING:
    from tuirisk.monitor.monitor import EventSource

_MEMBERSHIP = (SymbolListed, SymbolRefused, SymbolRemoved)


def _nobody(bars: CandleHistory) -> None:
    return None


class WarmStart:
    """Wraps a source and emits cached candles first, so a symbol has a chart before the exchange
    has listed it.

    That is done for ``symbols`` and for every symbol that is added later.
    """

    def __init__(
        self,
        source: EventSource,
        history: History,
        symbols: Iterable[str] = (),
        use_stored: Callable[[CandleHistory], None] = _nobody,
    ) -> None:
        """``use_stored`` is told which bars are emitted, so that nobody asks for them again."""
        self._source = source
        self._history = history
        self._use_stored = use_stored
        self._changes = deque((symbol, True) for symbol in symbols)
        """(symbol, whether it was added or removed) since the last batch."""
        self._unlisted: set[str] = set()
        """Symbols that are shown before the exchange has listed them."""
        self._newest: dict[tuple[str, str], int] = {}
        """(symbol, interval) → open time of the newest bar from the exchange."""
        self._now = 0
        """Local time of the newest batch, ns."""
        self.reconnect, self.resync = source.reconnect, source.resync
        self.close = source.close

    @property
    def name(self) -> Source:
        return self._source.name

    def add(self, symbol: str) -> None:
        self._changes.append((symbol, True))
        for _ in self._bars(symbol, self._now):
            pass
        self._source.add(symbol)

    def remove(self, symbol: str) -> None:
        self._changes.append((symbol, False))
        self._source.remove(symbol)

    async def batches(self) -> AsyncIterator[Batch]:
        """The source's batches; cached candles follow the symbol's ``SymbolListed``."""
        async with aclosing(self._source.batches()) as batches:  # type: ignore[type-var]
            async for batch in batches:
                events, self._now = batch.events, batch.now
                # What the batch itself brings is not of an earlier run: read first, store then.
                if self._changes or any(isinstance(event, _MEMBERSHIP) for event in events):
                    added = (*self._before_listing(batch), *self._with_bars(events, batch.now))
                    batch = replace(batch, events=added)
                for event in events:
                    self._store(event)
                yield batch

    def _before_listing(self, batch: Batch) -> Iterator[Event]:
        """Cached candles of symbols that the exchange has yet to list, as if it had."""
        listed = {event.symbol for event in batch.events if isinstance(event, _MEMBERSHIP)}
        while self._changes:
            symbol, added = self._changes.popleft()
            if not added and symbol in self._unlisted:
                self._unlisted.remove(symbol)
                yield SymbolRemoved(symbol, batch.now)
            received = any((symbol, interval) in self._newest for interval in BARS)
            if not added or received or symbol in listed | self._unlisted:
                continue
            bars = tuple(self._bars(symbol, batch.now))
            if bars:
                self._unlisted.add(symbol)
                yield SymbolListed(symbol, batch.now)
                yield from bars

    def _with_bars(self, events: tuple[Event, ...], now: int) -> Iterator[Event]:
        for event in events:
            if isinstance(event, _MEMBERSHIP) and event.symbol in self._unlisted:
                self._unlisted.remove(event.symbol)
                if isinstance(event, SymbolListed):
                    # Nothing may rest on what was not known when it was shown too early.
                    yield SymbolRemoved(event.symbol, event.received)
            yield event
            if isinstance(event, SymbolListed):
                yield from self._bars(event.symbol, now)

    def _bars(self, symbol: str, now: int) -> Iterator[CandleHistory]:
        for interval, most in BARS.items():
            stored = self._history.candles(symbol, interval, now // 1_000_000)
            if stored is not None:
                # No more than the exchange will replace: none may stay on for ever.
                bars = replace(stored, candles=stored.candles[-most:])
                self._use_stored(bars)
                yield bars

    def _store(self, event: Event) -> None:
        if isinstance(event, CandleClosed):
            self._record_newest(event.symbol, event.interval, event.candle.open_time)
            self._history.record_candles(
                event.symbol, event.interval, (event.candle,), event.received
            )
        elif isinstance(event, CandleForming):
            self._record_newest(event.symbol, event.interval, event.candle.open_time)
        elif isinstance(event, CandleHistory) and event.candles:
            last = event.candles[-1].open_time
            newest = self._record_newest(event.symbol, event.interval, last)
            # REST says not which bars are closed; one that another follows is, by any clock.
            surely = bisect_left(event.candles, newest, key=lambda candle: candle.open_time)
            closed = event.candles if surely == len(event.candles) else event.candles[:surely]
            self._history.record_candles(event.symbol, event.interval, closed, event.received)
        elif isinstance(event, SymbolRemoved):
            for interval in BARS:
                self._newest.pop((event.symbol, interval), None)

    def _record_newest(self, symbol: str, interval: str, open_time: int) -> int:
        key = symbol, interval
        self._newest[key] = newest = max(open_time, self._newest.get(key, 0))
        return newest
