"""A server of WebSocket streams under the test's control, clocks, and sockets connected to it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from aiohttp import WSMsgType, web

from support.live_source import PATIENCE
from tuirisk.config.model import ExchangeConfig
from tuirisk.feed.binance.streams.sockets import Sockets
from tuirisk.feed.binance.streams.stream_connection import StreamTiming
from tuirisk.feed.binance.task_group import TaskGroup
from tuirisk.feed.clock import Clock
from tuirisk.feed.frames import StreamFrame
from tuirisk.language.reason import Reason

SPEED = 25.0


class FastTime:
    """Time that runs ``speed`` times as fast, for waits too; ``slept`` are the requested waits."""

    def __init__(self, speed: float = SPEED) -> None:
        self.speed = speed
        self.slept: list[float] = []

    def now_ns(self) -> int:
        return int(asyncio.get_running_loop().time() * 1e9 * self.speed)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(max(0.0, seconds) / self.speed)


class LeapingTime:
    """Time that passes only by sleeping, and at once."""

    def __init__(self) -> None:
        self.now = 0

    def now_ns(self) -> int:
        return self.now

    async def sleep(self, seconds: float) -> None:
        until = self.now + round(seconds * 1e9)
        await asyncio.sleep(0)
        self.now = max(self.now, until)


class EndlessPauses(FastTime):
    """A clock whose long sleeps never end."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds if seconds < 5 else 1e9)


class Longest(random.Random):
    """Draws the upper end of every range."""

    def uniform(self, a: float, b: float) -> float:
        return b


class Hearer:
    """Notes what the sockets tell."""

    def __init__(self) -> None:
        self.frames: list[StreamFrame] = []
        self.live: list[tuple[str, bool]] = []
        self.lost: list[str] = []

    def on_frame(self, frame: StreamFrame) -> None:
        self.frames.append(frame)

    def on_live(self, stream: str, last: int, received: int) -> None:
        self.live.append((stream, last > 0))

    def on_lost(self, streams: Iterable[str], reason: Reason) -> None:
        self.lost += streams


class Exchange:
    """Each connection behaves as the next of ``behaviours`` says, the last for all that follow.

    ``speaks``: a frame on every stream, again and again; ``mute``: acknowledges and is silent;
    ``closes``: hangs up at once; a number: answers the handshake with that status.
    """

    def __init__(self, *behaviours: str | int, divided: str | int | None = None) -> None:
        """``divided``: what every divided address does, where that is another."""
        self.behaviours = list(behaviours)
        self.divided = divided
        self.undivided: list[bool] = []
        """Of each connection, whether its address was undivided."""
        self.streams: list[set[str]] = []
        self.opened: list[float] = []
        self.open: set[int] = set()
        self.left_behind: dict[int, set[int]] = {}
        """Connection → those that were open when it ended."""
        self.sockets: dict[int, web.WebSocketResponse] = {}
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        number = len(self.streams)
        behaviour = self.behaviours[min(number, len(self.behaviours) - 1)]
        undivided = "route" not in request.match_info
        self.undivided.append(undivided)
        if not undivided and self.divided is not None:
            behaviour = self.divided
        names = set(request.query["streams"].split("/"))
        self.streams.append(names)
        self.opened.append(asyncio.get_running_loop().time())
        if isinstance(behaviour, int):
            return web.Response(status=behaviour)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if behaviour == "closes":
            await socket.close()
            return socket
        self.open.add(number)
        self.sockets[number] = socket
        speaking = asyncio.ensure_future(self.speak(socket, names, behaviour))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self.answer(socket, names, message.json())
        finally:
            speaking.cancel()
            self.open.discard(number)
            self.left_behind[number] = set(self.open)
        return socket

    async def speak(self, socket: web.WebSocketResponse, names: set[str], behaviour: str) -> None:
        number = 0
        while behaviour == "speaks":
            for name in sorted(names):
                number += 1
                await socket.send_str(f'{{"stream":"{name}","data":{{"n":{number}}}}}')
            await asyncio.sleep(1.0 / SPEED)

    async def answer(
        self, socket: web.WebSocketResponse, names: set[str], message: dict[str, object]
    ) -> None:
        params = message["params"]
        assert isinstance(params, list)
        (names.update if message["method"] == "SUBSCRIBE" else names.difference_update)(params)
        await socket.send_str(f'{{"result":null,"id":{message["id"]}}}')


@asynccontextmanager
async def running(
    server: Exchange,
    *symbols: str,
    timing: StreamTiming | None = None,
    clock: Clock | None = None,
    rng: random.Random | None = None,
) -> AsyncIterator[tuple[Sockets, Hearer]]:
    application = web.Application()
    application.router.add_get("/{route}/stream", server.handle)
    application.router.add_get("/stream", server.handle)
    runner = web.AppRunner(application, shutdown_timeout=0.05)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    config = ExchangeConfig(stream_url=f"ws://127.0.0.1:{runner.addresses[0][1]}")
    hearer, tasks = Hearer(), TaskGroup()
    sockets = Sockets(
        config,
        hearer,
        hearer.on_frame,
        clock=clock or FastTime(),
        rng=rng or random.Random(3),
        tasks=tasks,
        timing=timing or StreamTiming(),
    )
    for symbol in symbols:
        sockets.add(symbol)
    tasks.start(sockets.check_forever())
    try:
        yield sockets, hearer
    finally:
        await tasks.cancel()
        await sockets.close()
        await runner.cleanup()
        assert tasks.failure is None


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - the server has no event for it
            await asyncio.sleep(0.005)
