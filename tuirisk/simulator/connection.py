"""One client's WebSocket: subscriptions, requests, send queue."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

from .streams import PUBLIC, parse_stream

MAX_STREAMS = 200
MESSAGES_PER_SECOND = 10
POLICY_VIOLATION = 1008
_BACKLOG = 50_000


class ClientConnection:
    """A client's socket on one of the addresses.

    `category` is the path's (public, market, private), None on the old undivided address.
    `streams` is everything subscribed, in order; `delivered` the part this address serves.
    `changed` is called with (connection, stream, subscribed) for streams that deliver.
    """

    _carried: frozenset[str] | None = None

    def __init__(
        self,
        socket: web.WebSocketResponse,
        path: str,
        category: str | None,
        combined: bool,
        seconds: Callable[[], float],
        changed: Callable[[ClientConnection, str, bool], None],
        carried: frozenset[str] | None = None,
    ) -> None:
        """`carried` are the categories it delivers; by default those of its path."""
        self.socket = socket
        self.path = path
        self.category = category
        self.combined = combined
        self.streams: dict[str, None] = {}
        self._carried = carried
        self._seconds = seconds
        self._changed = changed
        self._received: deque[float] = deque(maxlen=MESSAGES_PER_SECOND)
        self._outgoing: deque[str] = deque()
        self._wakeup = asyncio.Event()
        self._stalled = False
        self._closing: asyncio.Task[bool] | None = None

    def serves(self, name: str) -> bool:
        """Whether this address delivers that stream: the wrong one acknowledges and is mute."""
        stream = parse_stream(name)
        if stream is None:
            return False
        if self._carried is not None:
            return stream.category in self._carried
        # The retired undivided address still carries the public streams.
        return stream.category == (self.category or PUBLIC)

    async def run(self, streams: list[str]) -> None:
        """Serve until the socket closes."""
        writer = asyncio.create_task(self._write())
        try:
            if await self._subscribe(streams):
                async for message in self.socket:
                    if message.type is not WSMsgType.TEXT:
                        continue
                    if self._too_fast():
                        await self.socket.close(code=POLICY_VIOLATION, message=b"Too many requests")
                        break
                    await self._handle(message.data)
        finally:
            writer.cancel()
            self._unsubscribe(list(self.streams))

    def send(self, text: str) -> None:
        """Queue a frame; a client that reads too slowly is disconnected."""
        self._outgoing.append(text)
        self._wakeup.set()
        if len(self._outgoing) > _BACKLOG:
            self._outgoing.clear()
            self.close(POLICY_VIOLATION)

    def stall(self, stalled: bool) -> None:
        """Send nothing, or what has gathered meanwhile."""
        self._stalled = stalled
        self._wakeup.set()

    def close(self, code: int) -> None:
        """Close with a close frame, without waiting for the client's."""
        self._closing = asyncio.create_task(self.socket.close(code=code))

    async def _write(self) -> None:
        while not self.socket.closed:
            await self._wakeup.wait()
            self._wakeup.clear()
            while self._outgoing and not self._stalled:
                try:
                    await self.socket.send_str(self._outgoing.popleft())
                except ConnectionError:
                    return

    def _too_fast(self) -> bool:
        now = self._seconds()
        full = len(self._received) == MESSAGES_PER_SECOND
        fast = full and now - self._received[0] < 1.0
        self._received.append(now)
        return fast

    async def _handle(self, text: str) -> None:
        try:
            message = msgspec.json.decode(text)
        except msgspec.DecodeError:
            self._reply({"error": {"code": 3, "msg": "Invalid JSON"}})
            return
        if not isinstance(message, dict):
            self._reply({"error": {"code": 2, "msg": "Invalid request: expected an object"}})
            return
        method, identifier = message.get("method"), message.get("id")
        params = message.get("params") or []
        names = [name for name in params if isinstance(name, str)]
        if method == "SUBSCRIBE":
            if await self._subscribe(names):
                self._reply({"result": None, "id": identifier})
        elif method == "UNSUBSCRIBE":
            self._unsubscribe(names)
            self._reply({"result": None, "id": identifier})
        elif method == "LIST_SUBSCRIPTIONS":
            self._reply({"result": list(self.streams), "id": identifier})
        elif method == "SET_PROPERTY" and params[:1] == ["combined"] and len(params) == 2:
            self.combined = bool(params[1])
            self._reply({"result": None, "id": identifier})
        else:
            text = f"Invalid request: unknown variant `{method}`"
            self._reply({"error": {"code": 2, "msg": text}, "id": identifier})

    async def _subscribe(self, names: list[str]) -> bool:
        for name in names:
            if name in self.streams:
                continue
            self.streams[name] = None
            if self.serves(name):
                self._changed(self, name, True)
        if len(self.streams) <= MAX_STREAMS:
            return True
        await self.socket.close(code=POLICY_VIOLATION, message=b"Too many streams")
        return False

    def _unsubscribe(self, names: list[str]) -> None:
        for name in names:
            if name in self.streams:
                del self.streams[name]
                if self.serves(name):
                    self._changed(self, name, False)

    def _reply(self, body: dict[str, Any]) -> None:
        self.send(msgspec.json.encode(body).decode())
