"""Which parts of each symbol's first history are still to come."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from tuirisk.feed.binance.rest.exchange_time import ExchangeTime
from tuirisk.feed.binance.task_group import first_of

PATIENCE = 10.0
"""Seconds that older pages wait at most for the newest pages of all symbols."""
SHOWING = 0.75
"""Seconds in which these become numbers, before the older pages are asked for."""


class FirstHistory:
    """The parts (an interval, ``order_book``, ``funding``) that each symbol lacks.

    The newest pages of all symbols come before any older page.
    """

    def __init__(self, time: ExchangeTime) -> None:
        self._time = time
        self._missing: dict[str, set[str]] = {}
        self._pages: set[tuple[str, str]] = set()
        """(symbol, part) of the newest pages that are still to come."""
        self._all_pages_came = asyncio.Event()

    def __contains__(self, symbol: object) -> bool:
        return symbol in self._missing

    @property
    def incomplete(self) -> int:
        """How many symbols lack some of their first history."""
        return sum(map(bool, self._missing.values()))

    def expect(self, symbol: str, parts: Collection[str], without_page: Collection[str]) -> None:
        """Expect ``parts``, each with a newest page, and ``without_page``, for which none waits."""
        self._missing[symbol] = {*parts, *without_page}
        self._pages |= {(symbol, part) for part in parts}
        self._all_pages_came.clear()

    def forget(self, symbol: str) -> None:
        """Expect nothing more for ``symbol``."""
        for part in self._missing.pop(symbol, ()):
            self.page_came(symbol, part)

    def page_came(self, symbol: str, part: str) -> None:
        """The newest page of ``part`` is here."""
        self._pages.discard((symbol, part))
        if not self._pages:
            self._all_pages_came.set()

    def complete(self, symbol: str, part: str) -> None:
        """All of ``part`` is here."""
        self._missing[symbol].discard(part)

    async def wait_for_pages(self) -> None:
        """Until the newest pages of all symbols are here, but not for ever."""
        patience = self._time.sleep(PATIENCE)
        await first_of(self._all_pages_came.wait(), patience)
        await self._time.sleep(SHOWING)
