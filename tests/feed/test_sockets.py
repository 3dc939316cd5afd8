"""The lines of WebSockets, against a server that does as it is told."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest
from aiohttp import WSMsgType, web
from exchange_kit import PATIENCE

from tuirisk.config import ExchangeConfig
from tuirisk.feed.binance.connection import Connection
from tuirisk.feed.binance.line import Timing
from tuirisk.feed.binance.sockets import Sockets
from tuirisk.feed.binance.tasks import Tasks
from tuirisk.feed.clock import Clock
from tuirisk.feed.frames import StreamFrame

SPEED = 25.0


class FastTime:
    """Time that runs ``speed`` times as fast, for waits too; ``slept`` are the waits asked for."""

    def __init__(self, speed: float = SPEED) -> None:
        self.speed = speed
        self.slept: list[float] = []

    def now_ns(self) -> int:
        return int(time.monotonic_ns() * self.speed)

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

    def on_lost(self, streams: Iterable[str], reason: str) -> None:
        self.lost += streams


class Exchange:
    """Each connection behaves as the next of ``behaviours`` says, the last for all that follow.

    ``speaks``: a frame on every stream, again and again; ``mute``: acknowledges and is silent;
    ``closes``: hangs up at once; a number: answers the handshake with that status.
    """

    def __init__(self, *behaviours: str | int) -> None:
        self.behaviours = list(behaviours)
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
        names = set(request.query["streams"].split("/"))
        self.streams.append(names)
        self.opened.append(time.monotonic())
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
    timing: Timing | None = None,
    clock: Clock | None = None,
    rng: random.Random | None = None,
) -> AsyncIterator[tuple[Sockets, Hearer]]:
    application = web.Application()
    application.router.add_get("/{route}/stream", server.handle)
    runner = web.AppRunner(application, shutdown_timeout=0.05)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    config = ExchangeConfig(stream_url=f"ws://127.0.0.1:{runner.addresses[0][1]}")
    hearer, tasks = Hearer(), Tasks()
    sockets = Sockets(
        config,
        hearer,
        clock=clock or FastTime(),
        rng=rng or random.Random(3),
        tasks=tasks,
        timing=timing or Timing(),
    )
    for symbol in symbols:
        sockets.add(symbol)
    tasks.start(sockets.watch())
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


async def test_streams_are_spread_over_connections_of_two_hundred_at_most() -> None:
    server = Exchange("speaks")
    async with running(server, *(f"COIN{n}USDT" for n in range(40))) as (sockets, _):
        await until(lambda: len(server.open) == 3)
        assert sorted(len(names) for names in server.streams) == [40, 42, 198]
        await until(lambda: sockets.health.worst() == "live")
        assert sockets.open_lines == 3


async def test_connections_are_opened_a_second_apart() -> None:
    clock = LeapingTime()
    times: list[int] = []
    async with running(Exchange("speaks"), clock=clock) as (sockets, _):

        async def open_one() -> None:
            await sockets.connect_turn()
            times.append(clock.now)

        await asyncio.gather(*(open_one() for _ in range(5)))
    assert min(b - a for a, b in pairwise(times)) >= 1_000_000_000


async def test_messages_are_sent_at_most_ten_a_second() -> None:
    clock = LeapingTime()
    sent: list[tuple[int, str]] = []

    class Socket:
        async def send_str(self, text: str) -> None:
            sent.append((clock.now, text))

    socket: Any = Socket()
    connection = Connection(socket, ("a@aggTrade",), clock, lambda stream, frame: None)
    for n in range(30):
        await connection.change([f"b{n}@aggTrade", f"c{n}@aggTrade"])
    assert len(sent) == 60
    assert json.loads(sent[1][1])["params"] == ["b0@aggTrade", "c0@aggTrade"]
    assert min(b[0] - a[0] for a, b in pairwise(sent)) >= 100_000_000


async def test_late_frames_of_streams_that_were_left_are_no_rubbish() -> None:
    server = Exchange("mute")
    async with running(server, "AUSDT", "BUSDT") as (sockets, hearer):
        await until(lambda: len(server.open) == 2)
        sockets.remove("AUSDT")
        await until(lambda: not any("ausdt@" in n for names in server.streams for n in names))
        await asyncio.sleep(1.0 / SPEED)
        depth = next(n for n, names in enumerate(server.streams) if "busdt@depth@100ms" in names)
        for name in ("ausdt", "busdt"):
            await server.sockets[depth].send_str(f'{{"stream":"{name}@depth@100ms","data":{{}}}}')
        await until(lambda: len(hearer.frames) == 1)
        assert b"busdt" in hearer.frames[0].data


async def test_changes_while_running_go_over_the_standing_connections() -> None:
    server = Exchange("speaks")
    async with running(server, "AUSDT") as (sockets, hearer):
        await until(lambda: sockets.health.worst() == "live")
        for n in range(12):
            sockets.add(f"B{n}USDT")
            await asyncio.sleep(0.5 / SPEED)
        await until(lambda: sockets.health.worst() == "live" and len(server.streams[0]) > 12)
        sockets.remove("AUSDT")
        await until(lambda: not any("ausdt@" in n for names in server.streams for n in names))
        assert len(server.streams) == 2
        heard = len(hearer.frames)
        await until(lambda: len(hearer.frames) > heard + 500)
        assert not any(b'"ausdt@' in frame.data for frame in hearer.frames[heard + 250 :])
        assert not any(b'"result"' in frame.data for frame in hearer.frames)


async def test_it_tries_for_ever_never_more_than_thirty_seconds_apart() -> None:
    server, clock = Exchange(*[503] * 40, "speaks"), FastTime(speed=500.0)
    async with running(server, "AUSDT", clock=clock, rng=Longest()) as (sockets, _):
        await until(lambda: sockets.trouble is not None)
        assert str(sockets.trouble) == (
            "the exchange has a fault of its own (HTTP 503 to the WebSocket of 127.0.0.1)"
        )
        await until(lambda: sockets.open_lines == 2)
        assert max(clock.slept) == 30.0
        assert sockets.trouble is None


async def test_asking_to_reconnect_ends_the_pause() -> None:
    server = Exchange(451, 451, "speaks")
    async with running(server, "AUSDT", clock=EndlessPauses(), rng=Longest()) as (sockets, _):
        await until(lambda: len(server.streams) == 2)
        await until(lambda: "country" in str(sockets.trouble))
        while sockets.open_lines < 2:
            sockets.reconnect()
            await asyncio.sleep(0.01)


async def test_a_lost_connection_is_told_and_what_comes_back_too() -> None:
    server = Exchange("speaks")
    async with running(server, "AUSDT") as (sockets, hearer):
        await until(lambda: sockets.health.worst() == "live")
        await server.sockets[0].close()
        await until(lambda: bool(hearer.lost))
        assert len({stream.partition("@")[2] for stream in hearer.lost}) in (1, 6)
        await until(lambda: sockets.health.worst() == "live")
        for stream in hearer.lost:
            assert (stream, True) in hearer.live
        assert sockets.reconnects == 1


async def test_a_connection_is_not_given_up_for_one_that_is_mute() -> None:
    server = Exchange("speaks", "speaks", "mute", "mute", "speaks")
    async with running(server, "AUSDT", timing=Timing(rotate_after=5.0)) as (_, hearer):
        await until(lambda: {0, 1, 2, 3} <= set(server.left_behind))
        for old in (0, 1):
            others = server.left_behind[old] - {2, 3}
            assert any(server.streams[other] == server.streams[old] for other in others)
        assert not hearer.lost


async def test_a_mute_connection_is_replaced_at_ever_longer_intervals() -> None:
    server, speed = Exchange("mute"), 100.0
    async with running(server, "AUSDT", clock=FastTime(speed)) as (sockets, _):
        await until(lambda: len(server.opened) == 10)
        assert sockets.health.worst() == "silent"
        times = [
            at * speed
            for at, names in zip(server.opened, server.streams, strict=True)
            if any("depth" in name for name in names)
        ]
        for pause, least in zip((b - a for a, b in pairwise(times)), (9, 19, 39), strict=False):
            assert pause > least


@pytest.mark.parametrize(
    "words", ['{"e":"serverShutdown","E":1}', '{"event":{"e":"serverShutdown","E":1}}']
)
async def test_an_announced_shutdown_moves_the_line_before_it_happens(words: str) -> None:
    server = Exchange("speaks")
    async with running(server, "AUSDT") as (sockets, hearer):
        await until(lambda: sockets.health.worst() == "live")
        await server.sockets[0].send_str(words)
        await until(lambda: len(server.streams) == 3 and 0 not in server.open)
        assert server.streams[2] == server.streams[0]
        assert not any(b"serverShutdown" in frame.data for frame in hearer.frames)


async def test_a_liquidation_that_two_connections_tell_counts_once() -> None:
    server = Exchange("mute")
    async with running(server, "AUSDT") as (_, hearer):
        await until(lambda: len(server.open) == 2)
        market = next(n for n, names in enumerate(server.streams) if "ausdt@forceOrder" in names)
        for order in (1, 1, 2):
            text = f'{{"stream":"ausdt@forceOrder","data":{{"E":{order}}}}}'
            await server.sockets[market].send_str(text)
        await until(lambda: len(hearer.frames) == 2)
        assert [b'"E":1' in frame.data for frame in hearer.frames] == [True, False]


async def test_what_is_no_message_is_handed_on_to_be_counted() -> None:
    server = Exchange("mute")
    async with running(server, "AUSDT") as (_, hearer):
        await until(lambda: len(server.open) == 2)
        rubbish = ["", "[1,2]", "null", "<html>", '{"stream":"ausdt@tarot","data":{}}']
        for text in rubbish:
            await server.sockets[0].send_str(text)
        await server.sockets[0].send_str('{"error":{"code":2,"msg":"no"},"id":7}')
        await until(lambda: len(hearer.frames) == len(rubbish))
        await asyncio.sleep(0.02)
        assert [frame.data.decode() for frame in hearer.frames] == rubbish
