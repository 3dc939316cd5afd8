"""The WebSockets: which line carries what, who hears of it, and how they fare."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable, Iterable
from typing import Protocol
from urllib.parse import urlsplit

import aiohttp

from tuirisk.config.model import ExchangeConfig
from tuirisk.events.intervals import SECOND_NS
from tuirisk.feed.binance.endpoints import connector, endpoints, http_proxy
from tuirisk.feed.binance.rest.errors import Fault
from tuirisk.feed.binance.streams.routing import Route, stream_url
from tuirisk.feed.binance.streams.stream_connection import StreamConnection, StreamTiming
from tuirisk.feed.binance.streams.stream_health import StreamHealth
from tuirisk.feed.binance.streams.stream_plan import STREAMS_PER_CONNECTION, by_route, streams_of
from tuirisk.feed.binance.streams.websocket import WebSocket, open_socket
from tuirisk.feed.binance.task_group import TaskGroup
from tuirisk.feed.clock import Clock
from tuirisk.feed.frames import StreamFrame


class Listener(Protocol):
    """Receives the changes of a stream's state, in the loop the sockets run in."""

    def on_live(self, stream: str, last: int, received: int) -> None:
        """The first frame of a stream, or the first after it was silent or closed.

        ``last`` is when it had been heard before (ns), 0 if never.
        """

    def on_lost(self, streams: Iterable[str], reason: str) -> None:
        """The connection of these streams ended; something may be missed."""


class Sockets:
    """All connections to the market's streams.

    ``on_frame`` gets each frame of a subscribed stream, and each that is no message of the
    protocol. ``health`` holds the state of every stream; ``reconnects`` counts replacements of
    lost and mute connections, not the planned rotation.
    """

    def __init__(
        self,
        config: ExchangeConfig,
        listener: Listener,
        on_frame: Callable[[StreamFrame], None],
        *,
        clock: Clock,
        rng: random.Random,
        tasks: TaskGroup,
        timing: StreamTiming,
    ) -> None:
        where = endpoints(config)
        self.host = urlsplit(where.stream).hostname or ""
        self.clock = clock
        self.rng = rng
        self.timing = timing
        self.health = StreamHealth()
        self.reconnects = 0
        self.lines: list[StreamConnection] = []
        self._base = where.stream
        self._proxy = http_proxy(config)
        self._listener = listener
        self._on_frame = on_frame
        self._tasks = tasks
        self._session = aiohttp.ClientSession(connector=connector(config))
        self._connections: set[WebSocket] = set()
        self._connect_lock = asyncio.Lock()
        self._last_connect: int | None = None
        self._last_force_order: dict[str, bytes] = {}

    @property
    def trouble(self) -> Fault | None:
        """Why some line is not connected, if one is not."""
        return next((line.trouble for line in self.lines if line.trouble), None)

    @property
    def lost(self) -> bool:
        """Whether some line had a connection and has none now."""
        return any(line.current is not None and not line.open for line in self.lines)

    @property
    def open_lines(self) -> int:
        return sum(line.open for line in self.lines)

    def add(self, symbol: str) -> None:
        """Carry the streams of ``symbol``."""
        for route, streams in by_route(streams_of(symbol)).items():
            line = self._line_with_room(route, len(streams))
            self.awaiting(streams)
            line.add(streams)

    def remove(self, symbol: str) -> None:
        """Carry the streams of ``symbol`` no longer."""
        for stream in streams_of(symbol):
            self.health.forget(stream)
            self._last_force_order.pop(stream, None)
            for line in self.lines:
                line.remove(stream)
        self.lines = [line for line in self.lines if line.streams]

    def reconnect(self) -> None:
        """Replace every connection, and end every pause."""
        for line in self.lines:
            line.replace("asked to")

    async def watch(self) -> None:
        """Look after all lines, for ever.

        After a standstill of our own what has come in is read first: it is not the exchange's
        silence.
        """
        usual = math.inf
        before = self.clock.now_ns()
        while True:
            await self.clock.sleep(self.timing.watch_every)
            now = self.clock.now_ns()
            before, took = now, now - before
            usual = min(usual, took)
            if took < 2 * usual:
                for line in self.lines:
                    line.watch(now)

    async def close(self) -> None:
        """Hang up everywhere; to be called when the lines' tasks have ended."""
        await asyncio.gather(*(connection.close() for connection in self._connections))
        await self._session.close()

    async def connect_turn(self) -> None:
        """Wait until the next connection may be opened."""
        async with self._connect_lock:
            if self._last_connect is not None:
                due = self._last_connect + round(self.timing.between_connects * SECOND_NS)
                while (wait := due - self.clock.now_ns()) > 0:
                    await self.clock.sleep(wait / SECOND_NS)
            self._last_connect = self.clock.now_ns()

    async def open(self, line: StreamConnection) -> WebSocket:
        """Open a connection for ``line`` and begin to read it.

        Raises:
            one of ``faults.NETWORK_ERRORS``.
        """
        streams = tuple(line.streams)
        url = stream_url(self._base, line.route, streams)
        socket = await open_socket(self._session, url, self._proxy)
        connection = WebSocket(socket, streams, self.clock, self._deliver)
        self.awaiting(s for s in streams if not line.open or s not in self.health)
        self._connections.add(connection)
        self._tasks.start(self._read(connection, line))
        return connection

    def awaiting(self, streams: Iterable[str]) -> None:
        """These streams have just been asked for."""
        now = self.clock.now_ns()
        for stream in streams:
            self.health.await_first(stream, now)

    async def _read(self, connection: WebSocket, line: StreamConnection) -> None:
        await connection.read()
        self._connections.discard(connection)
        if connection is line.current:
            self.reconnects += 1
            lost = [stream for stream in connection.streams if stream in self.health]
            for stream in lost:
                self.health.closed(stream)
            self._listener.on_lost(lost, "connection lost")

    def _deliver(self, stream: str | None, frame: StreamFrame) -> None:
        if stream is not None:
            if stream.endswith("@forceOrder") and self._seen(stream, frame.data):
                return
            last = self.health.heard(stream, frame.received)
            if last is not None:
                self._listener.on_live(stream, last, frame.received)
        self._on_frame(frame)

    def _seen(self, stream: str, data: bytes) -> bool:
        """Whether a liquidation came already: they carry no id, and two connections overlap."""
        seen = self._last_force_order.get(stream) == data
        self._last_force_order[stream] = data
        return seen

    def _line_with_room(self, route: Route, wanted: int) -> StreamConnection:
        for line in self.lines:
            if line.route == route and len(line.streams) + wanted <= STREAMS_PER_CONNECTION:
                return line
        line = StreamConnection(route, self)
        self.lines.append(line)
        self._tasks.start(line.run())
        return line
