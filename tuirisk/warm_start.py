"""A live source that begins with the candles of an earlier run, and keeps those that come.

What it adds are ``CandleHistory`` events marked ``cached``: the market takes them as old bars that
make no symbol ready, and drops them where the exchange's first answer does not join or agree.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
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
    SymbolRemoved,
)
from tuirisk.feed.binance.pages import BARS
from tuirisk.history import History
from tuirisk.state import Source

if TYPE_CHECKING:
    from tuirisk.monitor import EventSource


class WarmStart:
    """``source`` with the bars of ``history`` right behind each symbol's listing."""

    def __init__(self, source: EventSource, history: History) -> None:
        self._source = source
        self._history = history
        self._newest: dict[tuple[str, str], int] = {}
        """(symbol, interval) → open time of the newest bar the exchange has told of."""
        self.add, self.remove = source.add, source.remove
        self.reconnect, self.resync = source.reconnect, source.resync
        self.close = source.close

    @property
    def name(self) -> Source:
        return self._source.name

    async def batches(self) -> AsyncIterator[Batch]:
        """The source's batches; what is added stands behind the symbol's ``SymbolListed``."""
        async with aclosing(self._source.batches()) as batches:  # type: ignore[type-var]
            async for batch in batches:
                for event in batch.events:
                    self._keep(event)
                if any(isinstance(event, SymbolListed) for event in batch.events):
                    batch = replace(batch, events=tuple(self._warmed(batch.events)))
                yield batch

    def _warmed(self, events: tuple[Event, ...]) -> Iterator[Event]:
        for event in events:
            yield event
            if isinstance(event, SymbolListed):
                for interval, most in BARS.items():
                    kept = self._history.candles(event.symbol, interval)
                    if kept is not None:
                        # No more than the exchange will replace: none may stay on for ever.
                        yield replace(kept, candles=kept.candles[-most:])

    def _keep(self, event: Event) -> None:
        if isinstance(event, CandleClosed):
            self._note_newest(event.symbol, event.interval, event.candle.open_time)
            self._history.keep_candles(
                event.symbol, event.interval, (event.candle,), event.received
            )
        elif isinstance(event, CandleForming):
            self._note_newest(event.symbol, event.interval, event.candle.open_time)
        elif isinstance(event, CandleHistory) and event.candles:
            last = event.candles[-1].open_time
            newest = self._note_newest(event.symbol, event.interval, last)
            # REST says not which bars are closed; one that another follows is, by any clock.
            closed = [candle for candle in event.candles if candle.open_time < newest]
            self._history.keep_candles(event.symbol, event.interval, closed, event.received)
        elif isinstance(event, SymbolRemoved):
            for interval in BARS:
                self._newest.pop((event.symbol, interval), None)

    def _note_newest(self, symbol: str, interval: str, open_time: int) -> int:
        key = symbol, interval
        self._newest[key] = newest = max(open_time, self._newest.get(key, 0))
        return newest
