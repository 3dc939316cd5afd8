"""The part of ``aiohttp.ClientSession`` that the feed uses, without sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol

import aiohttp
from yarl import URL


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What the simulated network answers to a request."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Network(Protocol):
    """What lies behind a session."""

    async def answer(self, method: str, url: URL, key: str, body: str) -> HttpAnswer:
        """Raises one of aiohttp's or the system's network errors where there is no answer."""
        ...

    async def open(self, url: URL) -> MemorySocket:
        """Raises like :meth:`answer`."""
        ...


@dataclass(frozen=True, slots=True)
class Message:
    """A text frame."""

    data: bytes
    type: aiohttp.WSMsgType = aiohttp.WSMsgType.TEXT


class MemorySocket:
    """A WebSocket's client end: what it receives has been put there by the network."""

    def __init__(self, network_sent: SentListener) -> None:
        self.closed = False
        self._received: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._sent = network_sent

    def put(self, data: bytes) -> None:
        """Have the client receive a text frame."""
        if not self.closed:
            self._received.put_nowait(data)

    def end(self) -> None:
        """Have the client find the connection ended, after what it has received."""
        self._received.put_nowait(None)

    async def send_str(self, text: str) -> None:
        if self.closed:
            raise ConnectionResetError("closed")
        self._sent.on_sent(self, text)

    async def close(self) -> bool:
        if not self.closed:
            self.closed = True
            self.end()
            self._sent.on_closed(self)
        return True

    async def __aiter__(self) -> AsyncIterator[Message]:
        while (data := await self._received.get()) is not None:
            yield Message(data)
        if not self.closed:
            self.closed = True
            self._sent.on_closed(self)


class SentListener(Protocol):
    """Hears what the client does with a socket."""

    def on_sent(self, socket: MemorySocket, text: str) -> None: ...

    def on_closed(self, socket: MemorySocket) -> None: ...


class _Content:
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def iter_chunked(self, size: int) -> AsyncIterator[bytes]:
        for start in range(0, len(self._body), size):
            yield self._body[start : start + size]


class _Response:
    def __init__(self, method: str, url: URL, answer: HttpAnswer) -> None:
        self.method = method
        self.url = url
        self.status = answer.status
        self.headers = answer.headers
        self.content = _Content(answer.body)


class _Request:
    """``async with session.get(…) as response``."""

    def __init__(self, network: Network, method: str, url: URL, key: str, body: str) -> None:
        self._network = network
        self._method = method
        self._url = url
        self._key = key
        self._body = body

    async def __aenter__(self) -> _Response:
        answer = await self._network.answer(self._method, self._url, self._key, self._body)
        return _Response(self._method, self._url, answer)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return None


class MemorySession:
    """Takes the place of ``aiohttp.ClientSession`` for one :class:`Network`."""

    network: Network

    def __init__(self, headers: Mapping[str, str] | None = None, **_: Any) -> None:
        self.headers = dict(headers or {})

    def get(self, url: URL, **options: Any) -> _Request:
        return self._request("GET", url, options)

    def post(self, url: URL, **options: Any) -> _Request:
        return self._request("POST", url, options)

    def put(self, url: URL, **options: Any) -> _Request:
        return self._request("PUT", url, options)

    async def ws_connect(self, url: str, **_: Any) -> MemorySocket:
        return await self.network.open(URL(url))

    async def close(self) -> None:
        return None

    def _request(self, method: str, url: URL, options: Mapping[str, Any]) -> _Request:
        key = self.headers.get("X-MBX-APIKEY", "")
        body = options.get("data") or options.get("params") or ""
        if not isinstance(body, str):
            body = "&".join(f"{name}={value}" for name, value in body)
        return _Request(self.network, method, url, key, body)
