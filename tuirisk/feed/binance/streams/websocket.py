"""One WebSocket: opened with its streams, read until it ends, changed while it runs."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable, Iterable
from itertools import count
from typing import TypeAlias

import aiohttp
import msgspec

from tuirisk.feed.binance.rest.errors import NETWORK_ERRORS
from tuirisk.feed.binance.streams.routing import Layout
from tuirisk.feed.clock import Clock
from tuirisk.feed.frames import StreamFrame, stream_name
from tuirisk.foreign.decoding import UndecodableError, any_json, decode_json
from tuirisk.foreign.text import printable

MESSAGE_PAUSE = 0.2
"""Seconds between our messages: half of the 10 a second that are allowed."""
HANDSHAKE = 15.0
HEARTBEAT = 20.0
"""Seconds between our pings; without a pong in half of that the connection is dead."""
CLOSE_WAIT = 0.1
_ANY = any_json()

ClientSocket: TypeAlias = aiohttp.ClientWebSocketResponse[bool]
Deliver: TypeAlias = Callable[[str | None, StreamFrame], None]


async def open_socket(session: aiohttp.ClientSession, url: str, proxy: str | None) -> ClientSocket:
    """Shake hands. Text frames come as bytes.

    Raises:
        one of ``errors.NETWORK_ERRORS``.
    """
    async with asyncio.timeout(HANDSHAKE):
        return await session.ws_connect(
            url,
            proxy=proxy,
            heartbeat=HEARTBEAT,
            timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_WAIT),
            max_msg_size=16 * 1024 * 1024,
            decode_text=False,
        )


class WebSocket:
    """An open WebSocket carrying ``streams``.

    ``deliver(stream, frame)`` gets every data frame, and with ``None`` what is no message of the
    protocol. ``opened`` in ns; ``heard`` are the streams that have spoken; ``ended`` is set when
    nothing more comes; ``leaving`` when the server has announced that it will hang up.
    """

    def __init__(
        self,
        socket: ClientSocket,
        streams: Iterable[str],
        clock: Clock,
        deliver: Deliver,
        layout: Layout = "divided",
    ) -> None:
        self.streams = set(streams)
        self.layout: Layout = layout
        self.opened = clock.now_ns()
        self.streams_received: set[str] = set()
        self.ended = asyncio.Event()
        self.leaving = asyncio.Event()
        self.refusal = ""
        """The exchange's newest refusal of a subscription."""
        self._unsubscribed: set[str] = set()
        self._socket = socket
        self._clock = clock
        self._deliver = deliver
        self._numbers = count(1)

    async def read(self) -> None:
        """Deliver frames until the connection ends, for whatever reason."""
        try:
            async for message in self._socket:
                if message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                    self._process(message.data)
        except (*NETWORK_ERRORS, zlib.error, ValueError):
            # The last two: a frame that is packed or framed wrongly.
            pass
        finally:
            self.ended.set()

    async def change(self, wanted: Iterable[str]) -> None:
        """SUBSCRIBE and UNSUBSCRIBE so that exactly ``wanted`` is carried."""
        target = set(wanted)
        for method, names in (
            ("UNSUBSCRIBE", self.streams - target),
            ("SUBSCRIBE", target - self.streams),
        ):
            if names and not await self._send(method, sorted(names)):
                return
        self._unsubscribed = (self._unsubscribed | self.streams) - target
        self.streams = target
        self.streams_received &= target

    async def close(self) -> None:
        await self._socket.close()
        self.ended.set()

    def _process(self, data: bytes) -> None:
        frame = StreamFrame(self._clock.now_ns(), data)
        stream = stream_name(data)
        if len(data) < 512 and b'"serverShutdown"' in data:
            self.leaving.set()
        elif stream in self.streams:
            self.streams_received.add(stream)
            self._deliver(stream, frame)
        elif stream not in self._unsubscribed and not (stream is None and self._is_reply(data)):
            self._deliver(None, frame)

    def _is_reply(self, data: bytes) -> bool:
        """Whether this answers a SUBSCRIBE: good or bad, the stream's own frames decide."""
        try:
            reply = decode_json(_ANY, data)
        except UndecodableError:
            return False
        if not isinstance(reply, dict) or "id" not in reply:
            return False
        problem = reply.get("error", reply)
        if isinstance(problem, dict) and "msg" in problem:
            self.refusal = printable(str(problem["msg"]))
        return True

    async def _send(self, method: str, names: list[str]) -> bool:
        message = {"method": method, "params": names, "id": next(self._numbers)}
        try:
            await self._socket.send_str(msgspec.json.encode(message).decode())
        except NETWORK_ERRORS:
            return False
        await self._clock.sleep(MESSAGE_PAUSE)
        return True
