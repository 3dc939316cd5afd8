"""All configured providers on one HTTP session, each with a runner of its own."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from urllib.parse import urlsplit

import aiohttp

from tuirisk.config.model import ExchangeConfig, ProviderConfig
from tuirisk.events.external import ProviderEvent
from tuirisk.feed.binance.account.credentials import Secret
from tuirisk.feed.binance.dropped_frames import DroppedFrames
from tuirisk.feed.binance.endpoints import connector, http_proxy
from tuirisk.feed.binance.task_group import TaskGroup
from tuirisk.feed.clock import Clock
from tuirisk.feed.frames import ProviderFrame
from tuirisk.feed.providers.intake import Access
from tuirisk.feed.providers.registry import adapter_of
from tuirisk.feed.providers.runner import ProviderRunner
from tuirisk.feed.providers.secrets import secrets_of
from tuirisk.language.reason import Reason

MOST_QUEUED = 20_000
"""Events that wait for a batch; the oldest go first."""

ResolveProviderKeys = Callable[[], Mapping[str, Secret]]


class Providers:
    """Runs every enabled provider of ``tables``; none is asked for anything before :meth:`start`.

    ``resolve_keys`` is called once, in a thread. All methods belong to one event loop.
    """

    def __init__(
        self,
        tables: Mapping[str, ProviderConfig],
        exchange: ExchangeConfig,
        symbols: tuple[str, ...],
        record: Callable[[ProviderFrame], None],
        resolve_keys: ResolveProviderKeys,
        *,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self._tables = {name: table for name, table in tables.items() if table.enabled}
        self._exchange = exchange
        self._symbols = symbols
        self._record = record
        self._resolve_keys = resolve_keys
        self._clock = clock
        self._rng = rng
        self._events: deque[ProviderEvent] = deque()
        self.dropped = DroppedFrames()
        """Of events that too many others waited before."""
        self._runners: list[ProviderRunner] = []
        self._tasks: TaskGroup | None = None
        self._session: aiohttp.ClientSession | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The providers that are enabled."""
        return tuple(self._tables)

    def start(self) -> None:
        """Begin to ask; harmless when it has begun."""
        if self._tasks is None and self._tables:
            self._tasks = TaskGroup()
            self._tasks.start(self._start())

    async def _start(self) -> None:
        keys = await asyncio.to_thread(self._resolve_keys)
        self._session = aiohttp.ClientSession(
            connector=connector(self._exchange), auto_decompress=False, trust_env=False
        )
        for name, table in self._tables.items():
            adapter = adapter_of(name, table, self._symbols)
            access = access_of(table, adapter.rest, adapter.ws, self._exchange, keys.get(name))
            runner = ProviderRunner(
                adapter,
                access,
                self._session,
                partial(self._put, name),
                self._record,
                clock=self._clock,
                rng=self._rng,
            )
            self._runners.append(runner)
            if self._tasks is not None:
                self._tasks.start(runner.run())

    def _put(self, name: str, event: ProviderEvent) -> None:
        """Queue an event of the provider ``name``, in the place of the oldest of too many."""
        self._events.append(event)
        if len(self._events) > MOST_QUEUED:
            self._events.popleft()
            self.dropped.add(Reason("provider_queue_full", name=name), self._clock.now_ns())

    def watch(self, symbols: tuple[str, ...]) -> None:
        """Follow ``symbols`` from now on."""
        self._symbols = symbols
        for runner in self._runners:
            runner.watch(symbols)

    def retry_now(self) -> None:
        """Ask again at once for what had failed."""
        for runner in self._runners:
            runner.retry_now()

    def drain(self) -> tuple[ProviderEvent, ...]:
        """The events since the last call."""
        events = tuple(self._events)
        self._events.clear()
        return events

    async def close(self) -> None:
        """End everything; a second call does nothing."""
        tasks, self._tasks = self._tasks, None
        if tasks is not None:
            await tasks.cancel()
        session, self._session = self._session, None
        if session is not None:
            await session.close()


def access_of(
    table: ProviderConfig, rest: str, ws: str, exchange: ExchangeConfig, key: Secret | None
) -> Access:
    """The addresses of a provider: those of ``table`` in place of its own ``rest`` and ``ws``.

    With one of its addresses set nothing goes to a public one: the other is derived from it.
    """
    url, stream_url = table.url.rstrip("/"), table.stream_url.rstrip("/")
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}" if url else ""
    if url and not stream_url:
        stream_url = origin.replace("http", "ws", 1)
    elif stream_url and not url:
        origin = stream_url.replace("ws", "http", 1)
    return Access(
        rest=origin or rest,
        ws=(stream_url or ws) if ws else "",
        query=parts.query,
        key=key or Secret(""),
        every=table.every,
        proxy=http_proxy(exchange),
        secrets=secrets_of(key.reveal() if key else "", table.url),
        stale_after=table.stale_after,
    )
