"""The WebSocket of one provider: opened again whenever it ends, its silence noticed."""

from __future__ import annotations

import asyncio
import random

import aiohttp

from tuirisk.feed.providers.adapter import ProviderStream
from tuirisk.feed.providers.backoff import backoff
from tuirisk.feed.providers.errors import ProviderError, Trouble, http_error
from tuirisk.feed.providers.health import STREAM
from tuirisk.feed.providers.http import PATIENCE
from tuirisk.feed.providers.intake import ProviderIntake

MOST_MESSAGE = 4 * 1024 * 1024
"""Bytes."""
_TEXTS = (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY)


class ProviderListener:
    """Listens for ever; what it hears goes to ``intake``."""

    def __init__(
        self, intake: ProviderIntake, session: aiohttp.ClientSession, rng: random.Random
    ) -> None:
        self._intake = intake
        self._session = session
        self._rng = rng
        self._renew = asyncio.Event()
        self._spoken_at: float | None = None
        self._quiet = 0.0

    @property
    def speaks(self) -> bool:
        """Whether values come by the WebSocket now."""
        if self._spoken_at is None:
            return False
        silent = asyncio.get_running_loop().time() - self._spoken_at
        return not self._quiet or silent <= self._quiet

    def renew(self) -> None:
        """Connect again at once: for other symbols, or because someone asks for it."""
        self._renew.set()

    async def run(self) -> None:
        """Listen, and connect again after a pause whenever that ends."""
        failures = 0
        while True:
            stream = self._intake.adapter.stream()
            self._renew.clear()
            if stream is None:
                await self._renew.wait()
                continue
            if await self._connection(stream):
                failures = 0
            if self._renew.is_set():
                continue
            failures += 1
            try:
                async with asyncio.timeout(backoff(failures, self._rng)):
                    await self._renew.wait()
            except TimeoutError:
                pass

    async def _connection(self, stream: ProviderStream) -> bool:
        """One connection to its end; whether anything was understood."""
        self._quiet = stream.quiet
        error: ProviderError
        try:
            await self._receive(stream)
            if self._renew.is_set():
                return True
            error = ProviderError(Trouble.UNAVAILABLE, "closed")
        except TimeoutError:
            error = ProviderError(Trouble.SILENT)
        except aiohttp.WSServerHandshakeError as refusal:
            error = http_error(refusal.status) or ProviderError(
                Trouble.UNAVAILABLE, f"HTTP {refusal.status}"
            )
            if error.trouble is not Trouble.RATE_LIMITED:
                error = ProviderError(Trouble.UNAVAILABLE, f"HTTP {refusal.status}")
        except (aiohttp.ClientError, OSError, ValueError) as failure:
            error = ProviderError(Trouble.UNAVAILABLE, type(failure).__name__)
        finally:
            spoken, self._spoken_at = self._spoken_at is not None, None
            self._intake.disconnected()
        self._intake.fail_without_answer(STREAM, error)
        return spoken

    async def _receive(self, stream: ProviderStream) -> None:
        """Receive until the connection ends.

        Raises:
            TimeoutError: it does not open, or nothing comes.
            aiohttp.ClientError, OSError, ValueError: it cannot be opened, or breaks.
        """
        access = self._intake.access
        async with asyncio.timeout(PATIENCE):
            socket = await self._session.ws_connect(
                access.ws + stream.path,
                proxy=access.proxy,
                heartbeat=20.0,
                timeout=aiohttp.ClientWSTimeout(ws_close=0.1),
                max_msg_size=MOST_MESSAGE,
            )
        pinging = asyncio.create_task(_ping(socket, stream)) if stream.ping else None
        leaving = asyncio.create_task(self._leave(socket))
        try:
            for text in stream.hello:
                await socket.send_str(text)
            now = asyncio.get_running_loop().time
            opened = now()
            while True:
                message = await socket.receive(stream.silence)
                if self._spoken_at is None and now() - opened > stream.silence:
                    # It answers pings, and nothing else.
                    raise TimeoutError
                if message.type not in _TEXTS:
                    return
                data = message.data
                await self._message(socket, data.encode() if isinstance(data, str) else data)
        finally:
            for task in filter(None, (pinging, leaving)):
                task.cancel()
            await socket.close()

    async def _message(self, socket: aiohttp.ClientWebSocketResponse[bool], data: bytes) -> None:
        if data == b"pong":
            return
        frame = self._intake.frame("", 0, data)
        if reply := self._intake.adapter.reply(frame):
            await socket.send_str(reply)
        elif self._intake.message(STREAM, frame):
            self._spoken_at = asyncio.get_running_loop().time()

    async def _leave(self, socket: aiohttp.ClientWebSocketResponse[bool]) -> None:
        await self._renew.wait()
        await socket.close()


async def _ping(socket: aiohttp.ClientWebSocketResponse[bool], stream: ProviderStream) -> None:
    while not socket.closed:
        await asyncio.sleep(stream.ping_every)
        try:
            await socket.send_str(stream.ping)
        except (aiohttp.ClientError, OSError):
            return
