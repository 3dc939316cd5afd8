"""The body of an answer: unpacked, in pieces, bounded."""

from __future__ import annotations

import gzip
import zlib

import pytest
from aiohttp import web

from tuirisk.config.model import ExchangeConfig
from tuirisk.feed.binance.rest import client as rest
from tuirisk.feed.binance.rest.body import MOST_BODY
from tuirisk.feed.binance.rest.errors import ExchangeError
from tuirisk.feed.binance.rest.rate_limiter import URGENT, RateLimiter
from tuirisk.feed.clock import WallClock

GOOD = b'{"serverTime":1}'


async def answer(body: bytes, encoding: str) -> bytes:
    """What the client makes of a body that a server sends so."""

    async def serve(request: web.Request) -> web.Response:
        headers = {"Content-Encoding": encoding} if encoding else {}
        return web.Response(body=body, headers=headers, content_type="application/json")

    app = web.Application()
    app.router.add_get("/fapi/v1/time", serve)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    clock = WallClock()
    config = ExchangeConfig(rest_url=f"http://127.0.0.1:{port}", stream_url="ws://127.0.0.1:1")
    client = rest.RestClient(config, RateLimiter(clock), clock)
    try:
        return (await client.get(rest.TIME, URGENT)).body
    finally:
        await client.close()
        await runner.cleanup()


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (GOOD, ""),
        (GOOD, "identity"),
        (gzip.compress(GOOD), "gzip"),
        (zlib.compress(GOOD), "deflate"),
    ],
    ids=["plain", "identity", "gzip", "deflate"],
)
async def test_a_body_comes_as_it_was_before_packing(body: bytes, encoding: str) -> None:
    assert await answer(body, encoding) == GOOD


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"[" + b" " * MOST_BODY + b"]", ""),
        (gzip.compress(b"[" + b" " * (8 * MOST_BODY) + b"]", 1), "gzip"),
        (b"\x1f\x8b garbage", "gzip"),
        (gzip.compress(GOOD)[:-9], "gzip"),
        (GOOD, "br"),
        (GOOD, "\xb2"),
    ],
    ids=["large", "bomb", "no gzip", "cut off", "unknown", "no encoding"],
)
async def test_a_body_beyond_the_bound_or_wrongly_packed_is_refused(
    body: bytes, encoding: str
) -> None:
    with pytest.raises(ExchangeError) as caught:
        await answer(body, encoding)
    assert caught.value.kind == "garbled"
