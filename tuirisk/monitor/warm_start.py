"""A live source that begins with the candles of an earlier run, and keeps those that come.

What it adds are ``CandleHistory`` events marked ``cached``: the market takes them as old bars that
make no symbol ready, and drops them where the exchange's first answer does not join or agree.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import aclosing
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tuirisk.events.events import (
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


class WarmStart:
    """``source`` with the bars of ``history`` before all else: those of ``symbols``, and of what is
    added, at once; they stand for the symbol until the exchange lists it.
    """

    def __init__(self, source: EventSource, history: History, symbols: Iterable[str] = ()) -> None:
        self._source = source
        self._history = history
        self._wishes = deque((symbol, True) for symbol in symbols)
        """(symbol, whether to show it) since the last batch; appended to in any thread."""
        self._early: set[str] = set()
        """Symbols that are shown though the exchange has not listed them."""
        self._newest: dict[tuple[str, str], int] = {}
        """(symbol, interval) → open time of the newest bar the exchange has told of."""
        self.reconnect, self.resync = source.reconnect, source.resync
        self.close = source.close

    @property
    def name(self) -> Source:
        return self._source.name

    def add(self, symbol: str) -> None:
        self._wishes.append((symbol, True))
        self._source.add(symbol)

    def remove(self, symbol: str) -> None:
        self._wishes.append((symbol, False))
        self._source.remove(symbol)

    async def batches(self) -> AsyncIterator[Batch]:
        """The source's batches; what is added stands behind the symbol's ``SymbolListed``."""
        async with aclosing(self._source.batches()) as batches:  # type: ignore[type-var]
            async for batch in batches:
                told = batch.events
                # What the batch itself brings is not of an earlier run: read first, keep then.
                if self._wishes or any(isinstance(event, _MEMBERSHIP) for event in told):
                    added = (*self._foretold(batch), *self._warmed(told))
                    batch = replace(batch, events=added)
                for event in told:
                    self._keep(event)
                yield batch

    def _foretold(self, batch: Batch) -> Iterator[Event]:
        """What is known of symbols that the exchange has yet to list, as if it had."""
        known = {event.symbol for event in batch.events if isinstance(event, _MEMBERSHIP)}
        while self._wishes:
            symbol, wanted = self._wishes.popleft()
            if not wanted and symbol in self._early:
                self._early.remove(symbol)
                yield SymbolRemoved(symbol, batch.now)
            heard = any((symbol, interval) in self._newest for interval in BARS)
            if not wanted or heard or symbol in known | self._early:
                continue
            bars = tuple(self._bars(symbol))
            if bars:
                self._early.add(symbol)
                yield SymbolListed(symbol, batch.now)
                yield from bars

    def _warmed(self, events: tuple[Event, ...]) -> Iterator[Event]:
        for event in events:
            if isinstance(event, _MEMBERSHIP) and event.symbol in self._early:
                self._early.remove(event.symbol)
                if isinstance(event, SymbolListed):
                    # Nothing may rest on what was not known when it was shown too early.
                    yield SymbolRemoved(event.symbol, event.received)
            yield event
            if isinstance(event, SymbolListed):
                yield from self._bars(event.symbol)

    def _bars(self, symbol: str) -> Iterator[CandleHistory]:
        for interval, most in BARS.items():
            kept = self._history.candles(symbol, interval)
            if kept is not None:
                # No more than the exchange will replace: none may stay on for ever.
                yield replace(kept, candles=kept.candles[-most:])

    def _keep(self, event: Event) -> None:
        if isinstance(event, CandleClosed):
            self._note_newest(event.symbol, event.interval, event.candle.open_time)
            self._history.record_candles(
                event.symbol, event.interval, (event.candle,), event.received
            )
        elif isinstance(event, CandleForming):
            self._note_newest(event.symbol, event.interval, event.candle.open_time)
        elif isinstance(event, CandleHistory) and event.candles:
            last = event.candles[-1].open_time
            newest = self._note_newest(event.symbol, event.interval, last)
            # REST says not which bars are closed; one that another follows is, by any clock.
            surely = bisect_left(event.candles, newest, key=lambda candle: candle.open_time)
            closed = event.candles if surely == len(event.candles) else event.candles[:surely]
            self._history.record_candles(event.symbol, event.interval, closed, event.received)
        elif isinstance(event, SymbolRemoved):
            for interval in BARS:
                self._newest.pop((event.symbol, interval), None)

    def _note_newest(self, symbol: str, interval: str, open_time: int) -> int:
        key = symbol, interval
        self._newest[key] = newest = max(open_time, self._newest.get(key, 0))
        return newest
