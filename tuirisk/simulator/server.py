"""The exchange on loopback: REST and WebSocket as Binance speaks them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import deque
from fnmatch import fnmatchcase

import msgspec
from aiohttp import web

from .clock import SimulatedClock
from .connection import ClientConnection
from .exchange import Exchange
from .faults import InjectedFaults, Undivided
from .providers.sockets import SOCKETS
from .rest_server import RestServer, shifted
from .seeding import STEP_MS
from .streams import MARKET, PRIVATE, PUBLIC
from .user_data import UserData

HOST = "127.0.0.1"
_LEAST_SLEEP = 0.01
_SLICE_MS = 20 * STEP_MS


class Server:
    """A running server; made by `serve`.

    `requests` holds (path, parameters) of the REST requests seen, `connections` the open
    WebSockets, `handshakes` the paths (with query) of every one that was opened.
    """

    def __init__(self, exchange: Exchange, clock: SimulatedClock, faults: InjectedFaults) -> None:
        self.exchange = exchange
        self.clock = clock
        self.faults = faults
        self.port = 0
        self.handshakes: deque[str] = deque(maxlen=10_000)
        self.connections: list[ClientConnection] = []
        self.provider_sockets: list[web.WebSocketResponse] = []
        self.rest = RestServer(exchange, clock, faults)
        self.requests, self.limiter = self.rest.requests, self.rest.limiter
        self.user_data = UserData(exchange.accounts, faults.allows)
        self._listeners: dict[str, list[ClientConnection]] = {}
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=0.05)
        self._listener: asyncio.Task[asyncio.Server] | None = None
        self._stepper: asyncio.Task[None] | None = None

    @property
    def rest_url(self) -> str:
        """Base of REST addresses, without a path."""
        return f"http://{HOST}:{self.port}"

    @property
    def stream_url(self) -> str:
        """Base of WebSocket addresses, without a path."""
        return f"ws://{HOST}:{self.port}"

    async def start(self, port: int = 0) -> None:
        """Listen on `port` (0: any free one) and let time run; OSError when it is taken."""
        await self._runner.setup()
        self.port = port
        self.listen()
        self.faults.bind(self, asyncio.get_running_loop())
        self._stepper = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Close everything at once."""
        self.faults.bind(None, None)
        if self._stepper is not None:
            self._stepper.cancel()
            await asyncio.gather(self._stepper, return_exceptions=True)
        self.stop_listening()
        self.abort_sockets()
        await asyncio.sleep(0)
        await self._runner.cleanup()

    # Faults act through these.

    def listen(self) -> None:
        """Accept connections on the port, which is chosen at the first call."""
        if self._listener is not None:
            return
        listening = socket.create_server((HOST, self.port), backlog=128)
        listening.setblocking(False)
        self.port = listening.getsockname()[1]
        loop = asyncio.get_running_loop()
        assert self._runner.server is not None
        serving = loop.create_server(self._runner.server, sock=listening)
        self._listener = asyncio.ensure_future(serving)

    def stop_listening(self) -> None:
        """Have new connections refused."""
        task, self._listener = self._listener, None
        if task is not None:
            task.add_done_callback(_close_server)

    def close_sockets(self, code: int) -> None:
        """Close every WebSocket with a close frame."""
        for connection in self.connections:
            connection.close(code)

    def abort_sockets(self) -> None:
        """Reset every TCP connection."""
        for handler in list(self._runner.server.connections if self._runner.server else ()):
            if handler.transport is not None:
                handler.transport.abort()

    def stall_sockets(self, stalled: bool) -> None:
        """Leave every TCP connection open and dead, or let it go on."""
        for handler in list(self._runner.server.connections if self._runner.server else ()):
            if isinstance(handler.transport, asyncio.ReadTransport):
                (handler.transport.pause_reading if stalled else handler.transport.resume_reading)()
        for connection in self.connections:
            connection.stall(stalled)

    def send_raw(self, text: str, pattern: str) -> None:
        """Send `text` as it is to every socket with a stream matching `pattern`."""
        for connection in self.connections:
            if any(fnmatchcase(name, pattern) for name in connection.streams):
                connection.send(text)

    def set_frozen(self, frozen: bool) -> None:
        """Stop or resume book and market."""
        self.exchange.frozen = frozen

    # Time

    def _seconds(self) -> float:
        return self.clock.now_ms() / 1e3

    async def _run(self) -> None:
        exchange, clock = self.exchange, self.clock
        while True:
            now = clock.now_ms()
            while exchange.now_ms + STEP_MS <= now:
                self.advance(min(now, exchange.now_ms + _SLICE_MS))
                await asyncio.sleep(0)
            left = exchange.now_ms + STEP_MS - clock.now_ms()
            await asyncio.sleep(max(_LEAST_SLEEP, clock.real_seconds(left / 1e3)))

    def advance(self, now_ms: int) -> None:
        """Step the exchange to `now_ms` and send what comes of it."""
        for name, payload in self.exchange.advance_to(now_ms):
            listeners = self._listeners.get(name)
            if not listeners or not self.faults.allows(name):
                continue
            if self.faults.clock_offset_ms:
                payload = shifted(payload, self.faults.clock_offset_ms)
            data = msgspec.json.encode(payload).decode()
            combined = f'{{"stream":"{name}","data":{data}}}'
            for connection in listeners:
                connection.send(combined if connection.combined else data)
        self.user_data.publish(self.exchange.now_ms)

    # WebSocket

    def _application(self) -> web.Application:
        application = web.Application()
        routes = application.router
        for path in SOCKETS:
            routes.add_get(path, self._provider_socket)
        routes.add_get("/pm/ws/{listen_key}", self._websocket)
        for category in (PUBLIC, MARKET, PRIVATE, None):
            prefix = f"/{category}" if category else ""
            routes.add_get(prefix + "/ws", self._websocket)
            routes.add_get(prefix + "/ws/{streams:.+}", self._websocket)
            routes.add_get(prefix + "/stream", self._websocket)
        routes.add_route("*", "/{path:.*}", self.rest.respond)
        return application

    async def _websocket(self, request: web.Request) -> web.StreamResponse:
        self.handshakes.append(request.path_qs)
        if self.faults.handshake_status is not None:
            return web.Response(status=self.faults.handshake_status)
        first, second = (request.path + "/").split("/")[1:3]
        listen_key = request.match_info.get("listen_key")
        category = first if first in (PUBLIC, MARKET, PRIVATE) else None
        if listen_key is not None:
            category = PRIVATE
        combined = (second if category else first) == "stream"
        undivided = self.faults.undivided
        if undivided == "refuses" and category is not None and listen_key is None:
            return web.Response(status=404)
        listed = request.query.get("streams", "") if combined else ""
        names = (request.match_info.get("streams") or listed).split("/")
        websocket = web.WebSocketResponse(heartbeat=180.0, compress=False)
        await websocket.prepare(request)
        connection = ClientConnection(
            websocket,
            request.path,
            category,
            combined,
            self._seconds,
            self._subscription_changed,
            carried_by(undivided, category),
        )
        self.connections.append(connection)
        if category == PRIVATE and (undivided == "no" or listen_key is not None):
            asked = request.query if listen_key is None else {"listenKey": listen_key}
            self.user_data.attach(connection, asked)
        elif category is None and undivided != "no" and names and "@" not in names[0]:
            self.user_data.attach(connection, {"listenKey": names[0]})
        try:
            await connection.run([name for name in names if name])
        finally:
            self.connections.remove(connection)
            self.user_data.detach(connection)
        return websocket

    async def _provider_socket(self, request: web.Request) -> web.StreamResponse:
        """The WebSocket of one of the providers of other people's data."""
        self.handshakes.append(request.path_qs)
        if self.faults.handshake_status is not None:
            return web.Response(status=self.faults.handshake_status)
        websocket = web.WebSocketResponse(compress=False)
        await websocket.prepare(request)
        self.provider_sockets.append(websocket)
        try:
            await SOCKETS[request.path](websocket, self.clock.now_ms, self.exchange.seed).run()
        finally:
            self.provider_sockets.remove(websocket)
        return websocket

    def _subscription_changed(self, connection: ClientConnection, name: str, added: bool) -> None:
        if added:
            self._listeners.setdefault(name, []).append(connection)
            self.exchange.subscribe(name)
        else:
            self._listeners[name].remove(connection)
            self.exchange.unsubscribe(name)


def carried_by(undivided: Undivided, category: str | None) -> frozenset[str] | None:
    """The categories of streams that an address delivers; None for those of its path."""
    if undivided == "no":
        return None
    return frozenset((PUBLIC, MARKET)) if category is None else frozenset()


async def serve(
    exchange: Exchange, clock: SimulatedClock, port: int = 0, faults: InjectedFaults | None = None
) -> Server:
    """Start a server in the running loop; `await server.stop()` ends it."""
    server = Server(exchange, clock, faults or InjectedFaults())
    await server.start(port)
    return server


def _close_server(task: asyncio.Task[asyncio.Server]) -> None:
    if not task.cancelled() and task.exception() is None:
        with contextlib.suppress(OSError):
            task.result().close()
