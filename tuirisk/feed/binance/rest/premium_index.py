"""The mark price and the next settlement of each symbol by REST: of all symbols in one request."""

from __future__ import annotations

import asyncio

from tuirisk.events import MarkPrice
from tuirisk.feed.binance.rest import client as rest
from tuirisk.feed.binance.rest.fetcher import Fetcher
from tuirisk.feed.clock import Clock

GATHERING_S = 0.2
"""So long others may join a request."""
FEW = 10
"""Symbols that cost less one by one: the request for all has their weight together."""


class PremiumIndex:
    """Answers the symbols that ask within a moment by one request, where they are many."""

    def __init__(self, fetcher: Fetcher, clock: Clock) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._asking = 0
        self._all: asyncio.Future[dict[str, MarkPrice]] | None = None

    async def mark(self, symbol: str, priority: float) -> MarkPrice:
        """The mark price of ``symbol``, and when its funding is next settled."""
        self._asking += 1
        try:
            await self._clock.sleep(GATHERING_S)
            if self._asking > FEW or self._all is not None:
                marks = await self._marks(priority)
                if symbol in marks:
                    return marks[symbol]
        finally:
            self._asking -= 1
        return await self._fetcher.fetch_event(MarkPrice, rest.PREMIUM_INDEX, symbol, priority)

    async def _marks(self, priority: float) -> dict[str, MarkPrice]:
        """Of every symbol, from the request that is under way or a new one."""
        if self._all is None:
            self._all = asyncio.ensure_future(self._request(priority))
            self._all.add_done_callback(self._end)
        return await asyncio.shield(self._all)

    async def _request(self, priority: float) -> dict[str, MarkPrice]:
        events = await self._fetcher.fetch(rest.PREMIUM_INDEX_OF_ALL, "", priority)
        return {event.symbol: event for event in events if isinstance(event, MarkPrice)}

    def _end(self, request: asyncio.Future[dict[str, MarkPrice]]) -> None:
        self._all = None
