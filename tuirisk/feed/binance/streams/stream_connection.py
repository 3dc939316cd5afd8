"""The streams that share a connection: one WebSocket at a time, reopened for ever.

Lost ones are replaced after a jittered pause; old or mute ones by opening the next first and
closing the old when that delivers.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from tuirisk.events.intervals import SECOND_NS
from tuirisk.feed.binance.rest.errors import NETWORK_ERRORS, ExchangeError, network_error
from tuirisk.feed.binance.rest.retry import full_jitter
from tuirisk.feed.binance.streams.layout import StreamLayouts, refuses_address
from tuirisk.feed.binance.streams.routing import Layout, Route
from tuirisk.feed.binance.streams.stream_health import StreamHealth
from tuirisk.feed.binance.streams.stream_plan import PROMPT, kind_of
from tuirisk.feed.binance.streams.websocket import WebSocket
from tuirisk.feed.binance.task_group import first_of
from tuirisk.feed.clock import Clock

TAKEOVER_POLL = 0.05
LONGEST_PAUSE = 8.0
"""Seconds between two tries to connect at most, where the exchange does not refuse us: it allows
300 in five minutes."""


@dataclass(frozen=True, slots=True)
class StreamTiming:
    """Seconds. ``rotate_after`` stays under the exchange's 24 h a connection."""

    rotate_after: float = 23 * 3600.0
    between_connects: float = 1.0
    watch_every: float = 1.0
    silence_pause: float = 10.0
    """Between replacements of a connection because of silence: doubles each time."""
    longest_silence_pause: float = 600.0


class StreamConnectionHost(Protocol):
    """The part of :class:`~tuirisk.feed.binance.streams.sockets.Sockets` that a connection uses."""

    host: str
    clock: Clock
    rng: random.Random
    timing: StreamTiming
    health: StreamHealth
    layouts: StreamLayouts
    reconnects: int

    async def wait_to_connect(self) -> None: ...

    async def open(self, connection: StreamConnection) -> WebSocket: ...

    def expect_first_frames(self, streams: Iterable[str]) -> None: ...


class StreamConnection:
    """The streams of one route that share a connection, and the task that keeps it."""

    def __init__(self, route: Route, sockets: StreamConnectionHost) -> None:
        self.route = route
        self.streams: dict[str, None] = {}
        self.current: WebSocket | None = None
        self.error: ExchangeError | None = None
        self._sockets = sockets
        self._failures = 0
        self._refusals = 0
        """How often in a row there was nothing at the address."""
        self._attention = asyncio.Event()
        self._replace = ""
        self._silence_pause = sockets.timing.silence_pause
        self._silence_replaced = 0

    @property
    def open(self) -> bool:
        return self.current is not None and not self.current.ended.is_set()

    def add(self, streams: Iterable[str]) -> None:
        self.streams.update(dict.fromkeys(streams))
        self._attention.set()

    def remove(self, stream: str) -> None:
        self.streams.pop(stream, None)
        self._attention.set()

    def replace(self, reason: str) -> None:
        """Have a new connection take over; while there is none, try again at once."""
        self._replace = reason
        self._attention.set()

    async def run(self) -> None:
        """Keep a WebSocket open until there is nothing left to carry."""
        while self.streams:
            await self._connect()
            await self._serve()
        last, self.current = self.current, None
        if last is not None:
            await last.close()

    def check(self, now: int) -> None:
        """Look for what is overdue: streams, and the connection's own age."""
        current = self.current
        if current is None or current.ended.is_set():
            return
        if current.leaving.is_set():
            self.replace("the server is shutting down")
        elif now - current.opened > self._sockets.timing.rotate_after * SECOND_NS:
            self.replace("the connection's day is over")
        layouts = self._sockets.layouts
        if current.streams_received:
            layouts.set_proven(self.route, current.layout)
        silent = self._sockets.health.mark_silent(self.streams, now)
        if silent and self._may_replace_for_silence(current, now):
            if not current.streams_received:
                layouts.leave(self.route, current.layout, refused=False)
            self._sockets.reconnects += 1
            self.replace(f"{silent[0]} is silent")

    def _may_replace_for_silence(self, current: WebSocket, now: int) -> bool:
        """Whether the time has come: at ever longer intervals when it does not help."""
        timing, health = self._sockets.timing, self._sockets.health
        since_last = (now - self._silence_replaced) / SECOND_NS
        if since_last > timing.longest_silence_pause:
            self._silence_pause = timing.silence_pause
        went_mute = current.streams_received and not any(health.is_live(s) for s in self.streams)
        pause = timing.silence_pause if went_mute else self._silence_pause
        if since_last < pause:
            return False
        self._silence_replaced = now
        self._silence_pause = min(2 * self._silence_pause, timing.longest_silence_pause)
        return True

    async def _connect(self) -> None:
        """Open a connection and make it the current one, closing the one before."""
        fresh = await self._open()
        if fresh is None:
            return
        old = self.current
        if old is None or old.ended.is_set():
            self.current = fresh
        elif await self._takes_over(fresh, old):
            self.current, self._failures = fresh, 0
            await old.close()
        else:
            self._failures += 1
            await fresh.close()
        self._replace = ""

    async def _open(self) -> WebSocket | None:
        """Open a connection, trying for ever; None when there is nothing left to carry."""
        while self.streams:
            await self._pause()
            await self._sockets.wait_to_connect()
            layout = self._sockets.layouts.of(self.route)
            try:
                connection = await self._sockets.open(self)
            except NETWORK_ERRORS as error:
                self._fail(network_error(self._sockets.host, error), layout)
                continue
            self.error, self._refusals = None, 0
            return connection
        return None

    def _fail(self, error: ExchangeError, layout: Layout) -> None:
        """Take in why no connection could be opened; what is refused at one address is asked for
        at the other before that counts as a failure."""
        if refuses_address(error):
            self._refusals += 1
            self._sockets.layouts.leave(self.route, layout, refused=True)
            if self._refusals % 2:
                return
        self.error = error
        self._failures += 1

    async def _takes_over(self, fresh: WebSocket, old: WebSocket) -> bool:
        """Wait until ``fresh`` delivers what ``old`` does; False when it stays mute."""
        health, clock = self._sockets.health, self._sockets.clock
        deadline = clock.now_ns() + round(PROMPT * SECOND_NS)
        while not fresh.ended.is_set() and not old.ended.is_set():
            expected = {s for s in old.streams if kind_of(s).prompt and health.is_live(s)}
            if expected <= fresh.streams_received:
                return True
            if clock.now_ns() > deadline:
                return bool(fresh.streams_received)
            await clock.sleep(TAKEOVER_POLL)
        return old.ended.is_set()

    async def _serve(self) -> None:
        """Attend to the current connection until it is lost or is to be replaced."""
        current = self.current
        if current is None:
            return
        while self.streams and not current.ended.is_set() and not self._replace:
            if current.streams != set(self.streams):
                added = set(self.streams) - current.streams
                await current.change(self.streams)
                self._sockets.expect_first_frames(added)
                continue
            await first_of(current.ended.wait(), self._attention.wait())
            self._attention.clear()
        if current.ended.is_set():
            self._failures = 1 if current.streams_received else self._failures + 1

    async def _pause(self) -> None:
        """Stand back after failures; ``replace`` ends it, but not what the exchange imposes."""
        seconds = full_jitter(self._sockets.rng, self._failures, LONGEST_PAUSE)
        if self.error is not None and self.error.pause:
            await self._sockets.clock.sleep(self.error.pause)
        elif self.error is not None and self.error.lasting:
            seconds = max(seconds, full_jitter(self._sockets.rng, 16))
        if seconds:
            self._attention.clear()
            await first_of(self._sockets.clock.sleep(seconds), self._attention.wait())
