"""A source with every perpetual beside it: what the radar receives joins its batches."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tuirisk.events import Batch
from tuirisk.events.radar import RadarConnection, RadarEvent, RadarUpdate
from tuirisk.state import Source

if TYPE_CHECKING:
    from tuirisk.feed.binance.radar.feed import RadarFeed
    from tuirisk.monitor.abilities import RadarReader
    from tuirisk.monitor.monitor import EventSource

_log = logging.getLogger(__name__)

MakeRadarFeed = Callable[[Callable[[RadarEvent], None]], "RadarFeed"]


class WithRadar:
    """Wraps ``source``; nothing of the whole market is asked for while nobody reads it."""

    def __init__(self, source: EventSource, make_feed: MakeRadarFeed) -> None:
        """``make_feed`` makes a feed that gives its events to the function it is called with."""
        self._source = source
        self._make_feed = make_feed
        self._readers: set[RadarReader] = set()
        self._feed: RadarFeed | None = None
        self._receiving: asyncio.Task[None] | None = None
        self._updates: list[RadarEvent] = []
        self._reported: RadarConnection | None = None
        self._begun = self._ended = False
        self.add, self.remove = source.add, source.remove
        self.reconnect, self.resync = source.reconnect, source.resync

    @property
    def name(self) -> Source:
        return self._source.name

    def read_radar(self, reader: RadarReader, reads: bool) -> None:
        """``reader`` reads the whole market from now on, or no longer; call it in the event loop.

        It is received while anyone reads it.
        """
        (self._readers.add if reads else self._readers.discard)(reader)
        if self._begun:
            self._follow_readers()

    async def batches(self) -> AsyncIterator[Batch]:
        """The source's batches, each with what came of the whole market since the last one."""
        self._begun = True
        self._follow_readers()
        async with aclosing(self._source.batches()) as batches:  # type: ignore[type-var]
            async for batch in batches:
                updates = self._drain(batch.now)
                yield replace(batch, events=(*batch.events, *updates)) if updates else batch

    async def close(self) -> None:
        """The radar first: it writes to the recording that the source closes."""
        self._readers.clear()
        receiving = self._receiving
        self._follow_readers()
        if receiving is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await receiving
        await self._source.close()

    def _follow_readers(self) -> None:
        if self._readers and self._receiving is None:
            self._feed = self._make_feed(self._updates.append)
            self._receiving = asyncio.create_task(_receive(self._feed))
        elif not self._readers and self._receiving is not None:
            self._receiving.cancel()
            self._receiving = self._feed = self._reported = None
            self._updates.clear()
            self._ended = True

    def _drain(self, now: int) -> list[RadarUpdate]:
        updates = [RadarUpdate("", now, update) for update in self._updates]
        self._updates.clear()
        if self._ended:
            self._ended = False
            updates.insert(0, RadarUpdate("", now, None))
        if self._feed is not None:
            feed = self._feed
            report = RadarConnection(feed.connected, feed.error, feed.weight_used)
            if report != self._reported:
                self._reported = report
                updates.append(RadarUpdate("", now, report))
        return updates


async def _receive(feed: RadarFeed) -> None:
    """Run ``feed`` until cancelled; a fault of it costs the radar alone."""
    try:
        await feed.run()
    except Exception:  # noqa: BLE001 - what it is, the log has
        _log.exception("the radar ended")
