"""The WebSockets: which connection carries which streams, and the state of each stream."""

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
from tuirisk.feed.binance.rest.errors import ExchangeError
from tuirisk.feed.binance.streams.layout import StreamLayouts
from tuirisk.feed.binance.streams.routing import Route, stream_url
from tuirisk.feed.binance.streams.stream_connection import StreamConnection, StreamTiming
from tuirisk.feed.binance.streams.stream_health import StreamHealth
from tuirisk.feed.binance.streams.stream_plan import (
    CONTRACTS,
    STILL_NS,
    STREAMS_PER_CONNECTION,
    by_route,
    depth_stream,
    streams_of,
)
from tuirisk.feed.binance.streams.websocket import WebSocket, open_socket
from tuirisk.feed.binance.task_group import TaskGroup
from tuirisk.feed.clock import Clock
from tuirisk.feed.frames import StreamFrame
from tuirisk.language.reason import Reason


class Listener(Protocol):
    """Receives the changes of a stream's state, in the loop the sockets run in."""

    def on_live(self, stream: str, last: int, received: int) -> None:
        """The first frame of a stream, or the first after it was silent or closed.

        ``last`` is when it had been heard before (ns), 0 if never.
        """

    def on_lost(self, streams: Iterable[str], reason: Reason) -> None:
        """The connection of these streams ended; something may be missed."""


class Sockets:
    """All connections to the market's streams.

    ``on_frame`` gets each frame of a subscribed stream, and each that is no message of the
    protocol. ``health`` holds the state of every stream, ``layouts`` by which addresses they come;
    ``reconnects`` counts replacements of
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
        self.layouts = StreamLayouts()
        self.reconnects = 0
        self.connections: list[StreamConnection] = []
        self._base = where.stream
        self._proxy = http_proxy(config)
        self._listener = listener
        self._on_frame = on_frame
        self._tasks = tasks
        self._session = aiohttp.ClientSession(connector=connector(config))
        self._websockets: set[WebSocket] = set()
        self._connect_lock = asyncio.Lock()
        self._last_connect: int | None = None
        self._last_force_order: dict[str, bytes] = {}

    @property
    def error(self) -> ExchangeError | None:
        """Why some connection is not connected, if one is not."""
        return next((connection.error for connection in self.connections if connection.error), None)

    @property
    def lost(self) -> bool:
        """Whether some connection was open and is not now."""
        return any(
            connection.current is not None and not connection.open
            for connection in self.connections
        )

    @property
    def open_connections(self) -> int:
        return sum(connection.open for connection in self.connections)

    def add(self, symbol: str) -> None:
        """Carry the streams of ``symbol``; with the first one that of announcements too."""
        wanted = streams_of(symbol)
        if CONTRACTS not in self.health:
            wanted = (*wanted, CONTRACTS)
        for route, streams in by_route(wanted).items():
            connection = self._connection_with_room(route, len(streams))
            self.expect_first_frames(streams)
            connection.add(streams)

    def remove(self, symbol: str) -> None:
        """Carry the streams of ``symbol`` no longer; without any symbol, nothing at all."""
        for stream in streams_of(symbol):
            self._remove(stream)
        if all(connection.streams.keys() <= {CONTRACTS} for connection in self.connections):
            self._remove(CONTRACTS)
        self.connections = [connection for connection in self.connections if connection.streams]

    def _remove(self, stream: str) -> None:
        self.health.remove(stream)
        self._last_force_order.pop(stream, None)
        for connection in self.connections:
            connection.remove(stream)

    def excuse_depth(self, symbol: str, received: int) -> None:
        """The book of ``symbol`` stands still: its stream has nothing to say for now."""
        self.health.excuse_silence(depth_stream(symbol), received + STILL_NS)

    def reconnect(self) -> None:
        """Replace every connection, and end every pause."""
        for connection in self.connections:
            connection.replace("asked to")

    async def check_forever(self) -> None:
        """Check all connections for silence and age, for ever.

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
                for connection in self.connections:
                    connection.check(now)

    async def close(self) -> None:
        """Hang up everywhere; to be called when the connections' tasks have ended."""
        await asyncio.gather(*(websocket.close() for websocket in self._websockets))
        await self._session.close()

    async def wait_to_connect(self) -> None:
        """Wait until the next connection may be opened."""
        async with self._connect_lock:
            if self._last_connect is not None:
                due = self._last_connect + round(self.timing.between_connects * SECOND_NS)
                while (wait := due - self.clock.now_ns()) > 0:
                    await self.clock.sleep(wait / SECOND_NS)
            self._last_connect = self.clock.now_ns()

    async def open(self, connection: StreamConnection) -> WebSocket:
        """Open a WebSocket for ``connection`` and begin to read it.

        Raises:
            one of ``errors.NETWORK_ERRORS``.
        """
        streams = tuple(connection.streams)
        layout = self.layouts.of(connection.route)
        url = stream_url(self._base, connection.route, streams, layout)
        socket = await open_socket(self._session, url, self._proxy)
        websocket = WebSocket(socket, streams, self.clock, self._deliver, layout)
        self.expect_first_frames(s for s in streams if not connection.open or s not in self.health)
        self._websockets.add(websocket)
        self._tasks.start(self._read(websocket, connection))
        return websocket

    def expect_first_frames(self, streams: Iterable[str]) -> None:
        """Expect the first frame of these streams, which have just been requested."""
        now = self.clock.now_ns()
        for stream in streams:
            self.health.expect_first_frame(stream, now)

    async def _read(self, websocket: WebSocket, connection: StreamConnection) -> None:
        await websocket.read()
        self._websockets.discard(websocket)
        if websocket is connection.current:
            self.reconnects += 1
            lost = [stream for stream in websocket.streams if stream in self.health]
            for stream in lost:
                self.health.set_closed(stream)
            self._listener.on_lost(lost, Reason("connection_lost"))

    def _deliver(self, stream: str | None, frame: StreamFrame) -> None:
        if stream is not None:
            if stream.endswith("@forceOrder") and self._is_repeated_liquidation(stream, frame.data):
                return
            last = self.health.record_frame(stream, frame.received)
            if last is not None:
                self._listener.on_live(stream, last, frame.received)
        self._on_frame(frame)

    def _is_repeated_liquidation(self, stream: str, data: bytes) -> bool:
        """Whether a liquidation came already: they carry no id, and two connections overlap."""
        seen = self._last_force_order.get(stream) == data
        self._last_force_order[stream] = data
        return seen

    def _connection_with_room(self, route: Route, wanted: int) -> StreamConnection:
        for connection in self.connections:
            if (
                connection.route == route
                and len(connection.streams) + wanted <= STREAMS_PER_CONNECTION
            ):
                return connection
        connection = StreamConnection(route, self)
        self.connections.append(connection)
        self._tasks.restart_on_error(connection.run, self.clock)
        return connection
