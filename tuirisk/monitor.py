"""The loop: events into the market, the market into a RiskState, at the source's cadence."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Protocol

from tuirisk.analytics.assess import assess
from tuirisk.analytics.what_if import question
from tuirisk.config import Config
from tuirisk.events import Batch
from tuirisk.market.market import Market
from tuirisk.state import Position, RiskState, Source, Wish
from tuirisk.stress_runner import StressRunner
from tuirisk.what_if_runner import WhatIfRunner


class EventSource(Protocol):
    """What a monitor listens to: the live feed, the embedded exchange or a recording."""

    @property
    def name(self) -> Source: ...

    def batches(self) -> AsyncIterator[Batch]:
        """Batches of events, a cadence apart; ends when the source does."""
        ...

    def add(self, symbol: str) -> None: ...
    def remove(self, symbol: str) -> None: ...
    def reconnect(self) -> None: ...
    def resync(self, symbol: str, reason: str) -> None: ...
    async def close(self) -> None: ...


class Monitor:
    """Owns the market; nobody else writes to it."""

    def __init__(self, source: EventSource, config: Config) -> None:
        self.source = source
        self.config = config
        self.market = Market()
        self.state: RiskState | None = None
        self._stress = StressRunner(inline=source.name == "recording")
        self._what_if = WhatIfRunner()
        self._now = 0
        self._asked: set[str] = set()

    async def states(self) -> AsyncIterator[RiskState]:
        """One state a batch, each complete in itself."""
        try:
            async with aclosing(self.source.batches()) as batches:  # type: ignore[type-var]
                async for batch in batches:
                    yield self._assess(batch)
        finally:
            self._stress.close()
            self._what_if.close()

    def _assess(self, batch: Batch) -> RiskState:
        market, self._now = self.market, batch.now
        for event in batch.events:
            market.apply(event)
        market.sample(batch.now)
        for symbol, reason in market.distrusted.items():
            self.source.resync(symbol, reason)
        market.distrusted.clear()
        self._watch_positions()
        self.state = assess(
            market,
            self.config,
            batch.now,
            self.state,
            connection=batch.connection,
            source=self.source.name,
            stress=self._stress.consider(market, self.config, batch.now),
            listed=batch.listed,
        )
        return self.state

    def what_if(self, wish: Wish, answer: Callable[[Position], None]) -> None:
        """Answer what ``wish`` would be, as of the newest state; from the loop's thread."""
        known = self.state.symbols.get(wish.symbol) if self.state is not None else None
        if known is None:
            return
        asked = question(self.market, self.config, wish, known, self._now)
        if asked is not None:
            self._what_if.ask(asked, answer)

    def _watch_positions(self) -> None:
        """Add what the account holds to the watchlist, once: a person may remove it again."""
        account, market = self.market.account, self.market
        for position in account.positions if account is not None else ():
            name = position.symbol
            if name in self._asked or name in market.symbols or name in market.refused:
                continue
            self._asked.add(name)
            self.source.add(name)


class MonitorThread:
    """A monitor in a worker thread with an event loop of its own.

    ``make_source`` runs in that thread, so what it imports does not hold up the caller.
    ``publish`` and ``failed`` are called there too and must be thread-safe and quick.
    """

    def __init__(
        self,
        make_source: Callable[[], EventSource],
        config: Config,
        publish: Callable[[RiskState], None],
        failed: Callable[[str], None],
    ) -> None:
        self._make_source = make_source
        self._config = config
        self._publish = publish
        self._failed = failed
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._source: EventSource | None = None
        self._monitor: Monitor | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="monitor", daemon=True)
        self._thread.start()

    def add(self, symbol: str) -> None:
        self._on_source(lambda source: source.add(symbol))

    def remove(self, symbol: str) -> None:
        self._on_source(lambda source: source.remove(symbol))

    def reconnect(self) -> None:
        self._on_source(lambda source: source.reconnect())

    def what_if(self, wish: Wish, answer: Callable[[Position], None]) -> bool:
        """See :meth:`Monitor.what_if`; ``answer`` is called from the worker thread.

        False where nothing will answer: the monitor has not begun, or has ended.
        """
        monitor = self._monitor
        if monitor is None or not self._thread.is_alive():
            return False
        self._on_source(lambda _: monitor.what_if(wish, answer))
        return True

    def stop(self, timeout: float = 0.3) -> None:
        """End the monitor; what has not ended in time is left to the daemon thread."""
        self._stopped.set()
        loop, task = self._loop, self._task
        if loop is not None and task is not None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(task.cancel)
        # A thread that is still importing holds nothing that must be closed.
        self._thread.join(timeout if self._source is not None else 0.0)

    def _on_source(self, action: Callable[[EventSource], None]) -> None:
        loop, source = self._loop, self._source
        if loop is not None and source is not None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(action, source)

    def _run(self) -> None:
        try:
            asyncio.run(self._listen())
        except asyncio.CancelledError:
            return
        except Exception as error:  # noqa: BLE001 - the screen must learn of anything that ends it
            if not self._stopped.is_set():
                self._failed(f"the monitor ended: {type(error).__name__}: {error}")

    async def _listen(self) -> None:
        self._task = asyncio.current_task()
        self._loop = asyncio.get_running_loop()
        self._source = source = self._make_source()
        try:
            if self._stopped.is_set():
                return
            self._monitor = Monitor(source, self._config)
            async with aclosing(self._monitor.states()) as states:  # type: ignore[type-var]
                async for state in states:
                    self._publish(state)
        finally:
            await source.close()
