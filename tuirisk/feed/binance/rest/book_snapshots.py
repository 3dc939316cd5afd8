"""Snapshots of order books by REST."""

from __future__ import annotations

import random
from collections.abc import Callable

from tuirisk.feed.binance.rest import backfill_plan as plan
from tuirisk.feed.binance.rest import client as rest
from tuirisk.feed.binance.rest.exchange_time import ExchangeTime
from tuirisk.feed.binance.rest.fetcher import Fetcher
from tuirisk.feed.binance.rest.first_history import FirstHistory
from tuirisk.feed.binance.rest.retry import full_jitter
from tuirisk.feed.binance.rest.symbol_tasks import SymbolTasks
from tuirisk.market.book import SHALLOW_LEVELS, SNAPSHOT_LEVELS

SNAPSHOT_DELAY = 0.3
"""Seconds of depth events to gather first, so that the snapshot falls among them."""
SNAPSHOT_PAUSE = 1.0
LONGEST_SNAPSHOT_PAUSE = 10.0
"""Seconds, drawn at random, by which that becomes longer at most."""


class BookSnapshots:
    """Fetches the snapshots that books ask for, until each is in sequence."""

    def __init__(
        self,
        fetcher: Fetcher,
        time: ExchangeTime,
        rng: random.Random,
        tasks: SymbolTasks,
        first: FirstHistory,
        *,
        is_live: Callable[[str], bool],
    ) -> None:
        """``is_live``: whether the book of a symbol is in sequence."""
        self._fetcher = fetcher
        self._time = time
        self._rng = rng
        self._tasks = tasks
        self._first = first
        self._is_live = is_live
        self._requested: set[str] = set()
        self._running: set[str] = set()
        self._deepened: set[str] = set()
        """Symbols whose whole book has been requested."""
        self._shallow: set[str] = set()
        """Symbols for which a shallow one is requested beside the deep one."""
        self._priorities: dict[str, float] = {}

    def begin(self, symbol: str, priority: float) -> None:
        """Fetch the whole book of ``symbol`` with ``priority`` where there is no hurry."""
        self._priorities[symbol] = priority

    def forget(self, symbol: str) -> None:
        """Keep nothing about ``symbol``."""
        self._priorities.pop(symbol, None)
        self._requested.discard(symbol)
        self._running.discard(symbol)
        self._deepened.discard(symbol)
        self._shallow.discard(symbol)

    def request(self, symbol: str) -> None:
        """The book of ``symbol`` needs a snapshot."""
        self._requested.add(symbol)
        if symbol not in self._running:
            self._running.add(symbol)
            self._tasks.start(symbol, self._snapshots(symbol))

    def request_shallow(self, symbol: str) -> None:
        """The price of ``symbol`` is about to leave its shallow book; the deep one is awaited."""
        if symbol not in self._shallow:
            self._shallow.add(symbol)
            self._tasks.start(symbol, self._fetch_shallow(symbol))

    async def _fetch_shallow(self, symbol: str) -> None:
        await self._fetcher.fetch(rest.DEPTH, symbol, plan.FIRST, limit=SHALLOW_LEVELS)
        self._shallow.discard(symbol)

    async def _snapshots(self, symbol: str) -> None:
        """Fetch snapshots until the book is in sequence: one at a time, ever more slowly.

        A book that is not live gets a shallow one, which costs a tenth, and then a deep one.
        """
        tries = 0
        while symbol in self._requested:
            self._requested.discard(symbol)
            await self._time.sleep(SNAPSHOT_DELAY)
            if not self._is_live(symbol):
                await self._fetcher.fetch(rest.DEPTH, symbol, plan.FIRST, limit=SHALLOW_LEVELS)
                if self._is_live(symbol):
                    self._first.page_came(symbol, "order_book")
                    continue
            else:
                again = symbol in self._deepened
                if not again:
                    await self._first.wait_for_pages()
                self._deepened.add(symbol)
                priority = plan.FIRST if again else plan.DEEP + self._priorities[symbol]
                await self._fetcher.fetch(rest.DEPTH, symbol, priority, limit=SNAPSHOT_LEVELS)
                self._first.complete(symbol, "order_book")
            tries += 1
            more = full_jitter(self._rng, tries - 1, LONGEST_SNAPSHOT_PAUSE)
            await self._time.sleep(SNAPSHOT_PAUSE + more)
        self._running.discard(symbol)
