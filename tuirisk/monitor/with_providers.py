"""A source with other people's data beside it: their events join its batches."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tuirisk.events import Batch
from tuirisk.events.external import ProviderEvent, ProviderSeries
from tuirisk.feed.providers.group import Providers
from tuirisk.state import Source

if TYPE_CHECKING:
    from tuirisk.monitor.monitor import EventSource


def _nothing_stored(now_ms: int) -> tuple[ProviderSeries, ...]:
    return ()


class WithProviders:
    """Wraps ``source``; ``providers`` follow the symbols that are added and removed."""

    def __init__(
        self,
        source: EventSource,
        providers: Providers,
        symbols: tuple[str, ...],
        stored: Callable[[int], tuple[ProviderSeries, ...]] = _nothing_stored,
        keep: Callable[[ProviderSeries], None] | None = None,
    ) -> None:
        """``stored`` gives the days that earlier runs received, at a time (UTC ms); ``keep`` gets
        the days that are received.
        """
        self._source = source
        self._providers = providers
        self._symbols = dict.fromkeys(symbols)
        self._stored = stored
        self._keep = keep
        self.resync = source.resync

    @property
    def name(self) -> Source:
        return self._source.name

    def add(self, symbol: str) -> None:
        self._symbols[symbol] = None
        self._source.add(symbol)
        self._providers.watch(tuple(self._symbols))

    def remove(self, symbol: str) -> None:
        self._symbols.pop(symbol, None)
        self._source.remove(symbol)
        self._providers.watch(tuple(self._symbols))

    def reconnect(self) -> None:
        self._source.reconnect()
        self._providers.retry_now()

    async def batches(self) -> AsyncIterator[Batch]:
        """The source's batches, each with what the providers said since the last one."""
        self._providers.start()
        first = True
        async with aclosing(self._source.batches()) as batches:  # type: ignore[type-var]
            async for batch in batches:
                events: tuple[ProviderEvent, ...] = self._providers.drain()
                for event in events:
                    if self._keep is not None and isinstance(event, ProviderSeries):
                        self._keep(event)
                if first:
                    first = False
                    own = self._stored(batch.now // 1_000_000)
                    events = (*(e for e in own if e.provider in self._providers.names), *events)
                if events:
                    batch = replace(batch, events=(*batch.events, *events))
                dropped = self._providers.dropped
                if dropped.count:
                    link = batch.connection
                    reasons = (*link.drops, *dropped.reasons(batch.now))
                    count = link.dropped_frames + dropped.count
                    link = replace(link, drops=reasons, dropped_frames=count)
                    batch = replace(batch, connection=link)
                yield batch

    async def close(self) -> None:
        """Providers first: they write to the recording that the source closes."""
        await self._providers.close()
        await self._source.close()
