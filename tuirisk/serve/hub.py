"""The hub: gives each viewer the newest state, as fast as that viewer takes it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress
from math import inf
from typing import Any

from aiohttp import WSMsgType, web

from tuirisk import __version__
from tuirisk.foreign.text import printable
from tuirisk.remote.protocol import BEAT_S, MOST_REQUEST_BYTES, PROTOCOL, Times
from tuirisk.serve.requests import Requests
from tuirisk.serve.state_frames import StateFrames
from tuirisk.serve.tokens import Access, Tokens
from tuirisk.state import RiskState
from tuirisk.state.binary import MalformedError, decode_untyped, encode

_log = logging.getLogger(__name__)

HEARTBEAT_S = 10.0
"""A viewer that answers no ping within half of this is gone."""
MOST_VIEWERS = 200
ASKED_AGAIN_S = 300.0
"""Who asked for the newest state is expected again within so long."""
MOST_SYMBOLS = 1_000
"""Of a viewer's list."""
GREETING = "tuirisk serve: connect with `tuirisk --connect ws://…`\n"


class Channel:
    """The newest state of one kind, which viewers wait for; used in one event loop."""

    def __init__(self) -> None:
        self.state: RiskState | None = None
        self.published = 0.0
        """When, seconds."""
        self.frames = StateFrames()
        self.viewers: set[Viewer] = set()

    def publish(self, state: RiskState, now: float) -> None:
        """Have every viewer get ``state`` as soon as it can take it; ``now`` in seconds."""
        self.published = now
        if self.state is None or list(self.state.symbols) != list(state.symbols):
            self.frames.forget(state.symbols)
        self.state = state
        for viewer in self.viewers:
            viewer.changed.set()


class Viewer:
    """One connection: what it wants, and what it has."""

    def __init__(self, socket: web.WebSocketResponse, channel: Channel) -> None:
        self.changed = asyncio.Event()
        self.wanted: tuple[str, ...] | None = None
        """Symbols; None: all."""
        self.in_view: tuple[str, ...] | None = None
        """Symbols on its screen; None where it has not said."""
        self._socket = socket
        self._channel = channel
        self._has: RiskState | None = None
        self.view: Callable[[RiskState], RiskState] = lambda state: state
        """What of a state is for this viewer alone."""

    def watch(self, names: Iterable[str] | None) -> None:
        """Send these symbols alone from now on; None sends all."""
        self.wanted = None if names is None else tuple(dict.fromkeys(names))
        self._has = None
        self.changed.set()

    async def send_states(self, times: Callable[[], Times]) -> None:
        """Send the newest state whenever there is one; ``times`` are those of the newest."""
        self.changed.set()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT_S):
                    await self.changed.wait()
            newest = self._channel.state
            if newest is None or not self.changed.is_set():
                await self._socket.send_bytes(encode({"kind": "beat"} | times()))
                self.changed.clear()
                continue
            self.changed.clear()
            state = self.view(newest)
            names = tuple(state.symbols) if self.wanted is None else self.wanted
            frame = self._channel.frames.frame(self._has, state, names, times())
            self._has = state
            await self._socket.send_bytes(frame)


class Hub:
    """Accepts viewers. ``publish`` and the handler run in the same event loop."""

    def __init__(
        self,
        tokens: Tokens | None,
        requests: Requests,
        monotonic: Callable[[], float],
        look_at: Callable[[Iterable[str]], None] = lambda symbols: None,
    ) -> None:
        """Without ``tokens`` everybody may connect, and sees neither positions nor account.

        ``monotonic`` is a clock in seconds; ``look_at`` is told which symbols some viewer has on
        its screen.
        """
        self._look_at = look_at
        look_at(())
        self._tokens = tokens
        self._requests = requests
        self._monotonic = monotonic
        self._channels: dict[Access, Channel] = {"account": Channel(), "market": Channel()}
        self._published = monotonic()
        self._market_asked = -inf

    @property
    def viewers(self) -> int:
        return sum(len(channel.viewers) for channel in self._channels.values())

    @property
    def market_wanted(self) -> bool:
        """Whether anybody who sees neither positions nor account is there, or was a while ago."""
        asked_s = self._monotonic() - self._market_asked
        return bool(self._channels["market"].viewers) or asked_s < ASKED_AGAIN_S

    def newest(self, access: Access) -> tuple[RiskState | None, float]:
        """What may be seen with ``access``, and how many seconds ago it was published."""
        now, channel = self._monotonic(), self._channels[access]
        if access == "market":
            self._market_asked = now
        return channel.state, now - channel.published

    def publish(self, state: RiskState, without_account: RiskState | None) -> None:
        """Give ``state`` to those who may see the account, the other to the rest.

        ``without_account`` None: theirs stays as it is.
        """
        now = self._published = self._monotonic()
        self._channels["account"].publish(state, now)
        if without_account is not None:
            self._channels["market"].publish(without_account, now)

    def _times(self) -> Times:
        """The time now and the age of the newest state."""
        now = self._monotonic()
        return {"clock_ms": round(now * 1000), "age_ms": round((now - self._published) * 1000)}

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """A connection to the hub, for as long as it lasts."""
        access = granted_access(self._tokens, request)
        socket = web.WebSocketResponse(
            heartbeat=HEARTBEAT_S, max_msg_size=MOST_REQUEST_BYTES, compress=False
        )
        if not socket.can_prepare(request).ok:
            return web.Response(text=GREETING)
        if self.viewers >= MOST_VIEWERS:
            raise web.HTTPServiceUnavailable(
                text=f"tuirisk serve: {MOST_VIEWERS} viewers already\n"
            )
        await socket.prepare(request)
        channel = self._channels[access]
        viewer = Viewer(socket, channel)
        async with self._registered(channel, viewer):
            await self._serve(socket, viewer, sees_account=access == "account")
        return socket

    @contextlib.asynccontextmanager
    async def _registered(self, channel: Channel, viewer: Viewer) -> AsyncIterator[None]:
        channel.viewers.add(viewer)
        self._tell_what_is_seen()
        try:
            yield
        finally:
            channel.viewers.discard(viewer)
            self._tell_what_is_seen()

    def _tell_what_is_seen(self) -> None:
        """Tell which symbols any viewer looks at: of one that has not said, all that it gets."""
        seen: set[str] = set()
        for channel in self._channels.values():
            every = () if channel.state is None else channel.state.symbols
            for viewer in channel.viewers:
                wanted = every if viewer.wanted is None else viewer.wanted
                seen.update(wanted if viewer.in_view is None else viewer.in_view)
        self._look_at(seen)

    async def _serve(
        self, socket: web.WebSocketResponse, viewer: Viewer, *, sees_account: bool
    ) -> None:
        hello = {"kind": "hello", "protocol": PROTOCOL, "version": __version__}
        await socket.send_bytes(encode(hello | {"sees_account": sees_account}))
        sending = asyncio.create_task(viewer.send_states(self._times))
        try:
            async for message in socket:
                try:
                    if message.type is not WSMsgType.BINARY:
                        raise MalformedError("not a binary message")
                    self._take(socket, viewer, decode_untyped(message.data), sees_account)
                except (MalformedError, TypeError, KeyError, ValueError) as error:
                    _log.warning("a viewer sent no request: %s", printable(str(error)))
                    await socket.close(code=1008, message=b"not a request of tuirisk")
        finally:
            sending.cancel()
            with suppress(asyncio.CancelledError, ConnectionError):
                await sending

    def _take(
        self, socket: web.WebSocketResponse, viewer: Viewer, message: Any, sees_account: bool
    ) -> None:
        """Act on a viewer's message.

        Raises:
            MalformedError, KeyError, TypeError, ValueError: it is none.
        """
        match message["kind"]:
            case "watch":
                names = message["symbols"]
                viewer.watch(None if names is None else _symbols(names))
                self._tell_what_is_seen()
            case "look_at":
                viewer.in_view = _symbols(message["symbols"])
                self._tell_what_is_seen()
            case "request":
                number = int(message["id"])

                def send(answer: dict[str, Any]) -> Awaitable[None]:
                    return socket.send_bytes(encode({"kind": "answer", "id": number} | answer))

                self._requests.start(viewer, message["what"], message["value"], send, sees_account)
            case other:
                raise MalformedError(f"unknown kind {other!r}")


def _symbols(names: object) -> tuple[str, ...]:
    """The symbols of a message.

    Raises:
        MalformedError: it is no list of them.
    """
    if not isinstance(names, list) or len(names) > MOST_SYMBOLS:
        raise MalformedError("not a list of symbols")
    return tuple(str(name) for name in names)


def granted_access(tokens: Tokens | None, request: web.BaseRequest) -> Access:
    """What the sender of ``request`` may see.

    Raises:
        HTTPUnauthorized: nothing.
    """
    if tokens is None:
        return "market"
    granted = tokens.access(request.headers.get("Authorization", ""))
    if granted is None:
        _log.warning("refused a request from %s: no valid token", request.remote)
        raise web.HTTPUnauthorized(text="tuirisk serve: a valid token is needed\n")
    return granted
