"""REST and WebSockets through a proxy, and nothing beside it."""

from __future__ import annotations

import asyncio
import random
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from support.exchange import TestExchange
from support.live_source import ExchangeTime, reading

from tuirisk.config.model import ExchangeConfig
from tuirisk.feed.binance.live import LiveSource

Open = Callable[[str, int], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]
ELSEWHERE = "exchange.invalid"
"""A name that only the proxy can make sense of."""


async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def socks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, open_: Open) -> None:
    """RFC 1928 without authentication, names only."""
    _, methods = await reader.readexactly(2)
    await reader.readexactly(methods)
    writer.write(b"\x05\x00")
    _, command, _, kind, length = await reader.readexactly(5)
    assert (command, kind) == (1, 3)
    host = (await reader.readexactly(length)).decode()
    (port,) = struct.unpack("!H", await reader.readexactly(2))
    far_reader, far_writer = await open_(host, port)
    writer.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
    await asyncio.gather(pipe(reader, far_writer), pipe(far_reader, writer))


async def http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, open_: Open) -> None:
    """Requests in absolute form, handed on as they are (plain http and ws need no CONNECT)."""
    head = await reader.readuntil(b"\r\n")
    host, _, port = head.split()[1].decode().split("/")[2].partition(":")
    far_reader, far_writer = await open_(host, int(port))
    far_writer.write(head)
    await asyncio.gather(pipe(reader, far_writer), pipe(far_reader, writer))


@asynccontextmanager
async def proxy(protocol: str) -> AsyncIterator[tuple[str, set[str]]]:
    asked: set[str] = set()

    async def open_(host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        asked.add(host)
        return await asyncio.open_connection("127.0.0.1", port)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await (socks if protocol == "socks5" else http)(reader, writer, open_)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"{protocol}://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    finally:
        server.close()


@pytest.mark.parametrize("protocol", ["http", "socks5"])
async def test_everything_goes_through_the_proxy(protocol: str) -> None:
    with TestExchange(["BTCUSDT"], speed=10.0) as server:
        async with proxy(protocol) as (address, asked):
            config = ExchangeConfig(
                rest_url=server.rest_url.replace("127.0.0.1", ELSEWHERE),
                stream_url=server.stream_url.replace("127.0.0.1", ELSEWHERE),
                proxy=address,
            )
            source = LiveSource(
                config, ["BTCUSDT"], clock=ExchangeTime(server), rng=random.Random(2)
            )
            async with reading(source) as seen:
                await seen.until(lambda: seen.report.status == "live")
        assert asked == {ELSEWHERE}
        assert len(server.handshakes) == 2


async def test_a_proxy_that_is_not_there_is_named() -> None:
    config = ExchangeConfig(proxy="socks5://127.0.0.1:9")
    with TestExchange(["BTCUSDT"], speed=10.0) as server:
        source = LiveSource(config, ["BTCUSDT"], clock=ExchangeTime(server), rng=random.Random(2))
        async with reading(source) as seen:
            await seen.until(lambda: seen.report.status == "offline")
            assert str(seen.report.message) == (
                "cannot reach fapi.binance.com: the proxy does not answer or refuses"
            )
