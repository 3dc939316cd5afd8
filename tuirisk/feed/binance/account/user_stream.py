"""The user-data stream: a listen key kept alive, one socket on ``/private``, for ever.

Its frames go to the account and are not recorded themselves; what they change in the account is:
see :mod:`tuirisk.feed.recorded_account`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

import aiohttp

from tuirisk.config.model import ExchangeConfig
from tuirisk.events import StreamStatus
from tuirisk.feed.binance.account import user_events
from tuirisk.feed.binance.account.schema import BadAnswer
from tuirisk.feed.binance.account.signed import NO_LISTEN_KEY
from tuirisk.feed.binance.endpoints import connector, endpoints, http_proxy
from tuirisk.feed.binance.rest.errors import NETWORK_ERRORS, ExchangeError, network_error
from tuirisk.feed.binance.rest.retry import full_jitter
from tuirisk.feed.binance.rows import RefusedRow
from tuirisk.feed.binance.streams.layout import StreamLayouts, refuses_address
from tuirisk.feed.binance.streams.routing import Layout
from tuirisk.feed.binance.streams.websocket import ClientSocket, open_socket
from tuirisk.feed.binance.task_group import first_of
from tuirisk.feed.clock import Clock

LASTED = 30.0
"""Seconds after which a connection that ends is replaced at once."""


@dataclass(frozen=True, slots=True)
class AccountTiming:
    """Seconds. A listen key lives for an hour; ``lasting_pause`` follows what will not pass soon.

    The account is read every ``reconcile``, every ``reconcile_closed`` while its stream is closed,
    and never more often than every ``least_pause``.
    """

    keep_alive: float = 1_800.0
    reconcile: float = 40.0
    reconcile_closed: float = 10.0
    facts: float = 3_600.0
    lasting_pause: float = 20.0
    least_pause: float = 1.0


class StreamHost(Protocol):
    """Receives the stream's events, in the loop."""

    def on_open(self) -> None:
        """The stream is open: earlier changes must be requested by REST."""

    def on_lost(self) -> None:
        """The stream ended: what changes now must be requested by REST."""

    def on_event(self, event: user_events.UserEvent) -> None: ...

    def on_unreadable(self, refused: Sequence[RefusedRow] = ()) -> None:
        """A message, or those rows of it, cannot be read: something may have been missed."""


class ListenKeys(Protocol):
    """Gives the stream its name and keeps it alive. Raises ``ExchangeError``."""

    async def listen_key(self) -> str: ...

    async def extend_listen_key(self, listen_key: str) -> None: ...

    def stream_path(
        self, listen_key: str, events: Sequence[str], layout: Layout = "divided"
    ) -> str: ...


class UserStream:
    """Keeps the stream open.

    ``connected`` is whether it is open, ``was_connected`` whether it ever was; ``error`` why it
    is not.
    """

    def __init__(
        self,
        config: ExchangeConfig,
        rest: ListenKeys,
        host: StreamHost,
        *,
        clock: Clock,
        rng: random.Random,
        timing: AccountTiming,
        wait_to_connect: Callable[[], Awaitable[None]],
        layouts: StreamLayouts,
    ) -> None:
        self.connected = self.was_connected = False
        self.error: ExchangeError | None = None
        self._base = endpoints(config).stream
        self._proxy = http_proxy(config)
        self._rest = rest
        self._host = host
        self._clock = clock
        self._rng = rng
        self._timing = timing
        self._wait_to_connect = wait_to_connect
        self._layouts = layouts
        self._layout: Layout = "divided"
        """That of the newest connection."""
        self._session = aiohttp.ClientSession(connector=connector(config))
        self._reconnect = asyncio.Event()
        self._expired = False
        self._failures = 0

    @property
    def status(self) -> StreamStatus:
        """``awaiting`` until it is open for the first time, or cannot be opened."""
        if self.connected:
            return "live"
        return "closed" if self.error is not None or self.was_connected else "awaiting"

    def use(self, rest: ListenKeys) -> None:
        """Listen to the stream of another kind of account."""
        if rest is not self._rest:
            self._rest = rest
            self.reconnect()

    def reconnect(self) -> None:
        """Replace the connection, or try at once to have one."""
        self._reconnect.set()

    async def run(self) -> None:
        """Open, serve and open again."""
        while True:
            await self._pause()
            try:
                listen_key = await self._rest.listen_key()
                socket = await self._open(listen_key)
            except ExchangeError as error:
                self.error = error
                self._failures += 1
                continue
            self.error = None
            self.connected = self.was_connected = True
            self._host.on_open()
            try:
                await self._serve(socket, listen_key)
            finally:
                self.connected = False
                self._host.on_lost()
                await socket.close()

    async def close(self) -> None:
        await self._session.close()

    async def _open(self, listen_key: str) -> ClientSocket:
        """By the layout that the exchange serves; where that is refused, by the other."""
        refused = ""
        while True:
            layout = self._layout = self._layouts.of("private")
            path = self._rest.stream_path(listen_key, user_events.EVENTS, layout)
            await self._wait_to_connect()
            try:
                return await open_socket(self._session, self._base + path, self._proxy)
            except NETWORK_ERRORS as error:
                failure = network_error(urlsplit(self._base).hostname or "", error)
            # Outside the handler: the network's exception holds the address, listen key and all.
            if not refuses_address(failure):
                raise failure
            self._layouts.leave("private", layout, refused=True)
            if refused or self._rest.stream_path(listen_key, (), "undivided") == path:
                raise failure
            refused = path

    async def _serve(self, socket: ClientSocket, listen_key: str) -> None:
        """Until the socket ends, the key does, or someone is in a hurry."""
        opened = self._clock.now_ns()
        self._expired = False
        self._reconnect.clear()
        works = (
            self._read(socket),
            self._renew_listen_key(listen_key),
            self._reconnect.wait(),
            self._until_undivided(),
        )
        waits: list[asyncio.Future[object]] = [asyncio.ensure_future(work) for work in works]
        try:
            ended, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        for wait in ended:
            wait.result()
        lasted = (self._clock.now_ns() - opened) / 1e9
        self._failures = 0 if lasted > LASTED else self._failures + 1

    async def _read(self, socket: ClientSocket) -> None:
        try:
            async for message in socket:
                if message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                    self._process(message.data)
                if self._expired:
                    return
        except NETWORK_ERRORS:
            return

    async def _until_undivided(self) -> None:
        """Until the market's streams tell that the divided address, though open, is mute."""
        if self._layout == "undivided":
            await asyncio.Event().wait()
        await self._layouts.undivided.wait()

    async def _renew_listen_key(self, listen_key: str) -> None:
        """Renew the key every half hour; returns when the exchange does not know it any more."""
        failures = 0
        while True:
            pause = full_jitter(self._rng, failures) if failures else self._timing.keep_alive
            await self._clock.sleep(pause)
            try:
                await self._rest.extend_listen_key(listen_key)
            except ExchangeError as error:
                if error.code == NO_LISTEN_KEY:
                    return
                failures = failures + 1 if not error.lasting else 16
            else:
                failures = 0

    def _process(self, data: bytes) -> None:
        refused: list[RefusedRow] = []
        try:
            event = user_events.event(data, refused.append)
        except BadAnswer:
            self._host.on_unreadable()
            return
        if refused:
            self._host.on_unreadable(refused)
        if isinstance(event, user_events.ListenKeyExpired):
            self._expired = True
        elif event is not None:
            if isinstance(event, user_events.OrderUpdate):
                order = user_events.order_in(data)
                self._host.on_event(user_events.OrdersChange(event.E, order))
            self._host.on_event(event)

    async def _pause(self) -> None:
        seconds = full_jitter(self._rng, self._failures)
        if self.error is not None and self.error.lasting:
            seconds = max(seconds, self.error.pause or self._timing.lasting_pause)
        if seconds:
            self._reconnect.clear()
            await first_of(self._clock.sleep(seconds), self._reconnect.wait())
