"""REST: what is asked for, what it costs, and what an answer that is none means."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import lru_cache

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from support.live_source import PATIENCE

from tuirisk.config.model import ExchangeConfig
from tuirisk.feed.binance.rest import client as rest
from tuirisk.feed.binance.rest.backfill_plan import (
    PERIOD_MS,
    STATISTICS_PAGE,
    STATISTICS_SPAN_MS,
    klines_pages,
    missed_bars,
    statistics_pages,
)
from tuirisk.feed.binance.rest.errors import ExchangeError, answer_error, network_error
from tuirisk.feed.binance.rest.rate_limiter import RateLimiter
from tuirisk.feed.binance.rest.retry import full_jitter
from tuirisk.feed.clock import WallClock

Handler = Callable[[web.Request], Awaitable[web.Response]]
HTML = b"<html><title>451 Unavailable For Legal Reasons</title></html>"


@lru_cache
def least_weight(bars: int) -> int:
    """Brute force over the largest page of each weight."""
    pages = ((99, 1), (499, 2), (1_000, 5), (1_500, 10))
    return min(cost + (least_weight(bars - page) if bars > page else 0) for page, cost in pages)


@pytest.mark.parametrize("bars", [1, 99, 100, 499, 500, 598, 998, 1_500, 1_501, 2_880, 2_881])
def test_history_is_fetched_in_the_cheapest_pages(bars: int) -> None:
    pages = klines_pages(bars)
    assert sum(pages) == bars
    assert sum(rest.klines_weight(limit) for limit in pages) == least_weight(bars)


def test_thirty_days_of_quarters_cost_twelve() -> None:
    assert sum(rest.klines_weight(limit) for limit in klines_pages(2_881)) == 12


@pytest.mark.parametrize(
    ("limit", "klines", "depth"),
    [(50, 1, 2), (99, 1, 5), (100, 2, 5), (499, 2, 10), (500, 5, 10), (1_000, 5, 20)],
)
def test_weights(limit: int, klines: int, depth: int) -> None:
    assert (rest.klines_weight(limit), rest.depth_weight(limit)) == (klines, depth)


@given(st.integers(1_700_000_000_000, 1_900_000_000_000))
def test_pages_of_statistics_meet_without_a_gap_and_stay_inside_what_is_kept(now: int) -> None:
    pages = statistics_pages(now)
    assert len(pages) == 17
    newest = (now // PERIOD_MS - STATISTICS_PAGE + 1) * PERIOD_MS
    for start, end in pages:
        assert end == newest - PERIOD_MS
        assert (end - start) // PERIOD_MS < STATISTICS_PAGE
        newest = start
    assert 0 < newest - (now - STATISTICS_SPAN_MS) <= 2 * PERIOD_MS


@pytest.mark.parametrize(
    ("known", "now", "bars"),
    [(0, 800_000, 0), (0, 950_000, 2), (100_000, 2_000_000, 3), (0, 897_000, 2)],
)
def test_bars_missed_while_a_stream_was_away(known: int, now: int, bars: int) -> None:
    start = 1_795_003_200_000
    assert missed_bars("15m", start + 10_000 + known, start + now) == bars


@given(st.integers(0, 2_000), st.integers(0, 2**32))
def test_pauses_are_jittered_and_bounded(failures: int, seed: int) -> None:
    pause = full_jitter(random.Random(seed), failures)
    assert 0 <= pause <= min(30.0, 2.0 ** min(failures, 10))


def test_pauses_use_their_whole_range() -> None:
    rng = random.Random(1)
    pauses = [full_jitter(rng, 6) for _ in range(500)]
    assert min(pauses) < 1
    assert max(pauses) > 29


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (451, HTML, "country", "does not serve this country"),
        (403, b"<html>403</html>", "firewall", "firewall"),
        (418, b"{}", "banned", "banned this address for 77 s"),
        (429, b"{}", "limited", "standing still for 77 s"),
        (503, b'{"code":-1008,"msg":"overloaded"}', "server", "HTTP 503"),
        (502, b"<html>502</html>", "server", "HTTP 502"),
        (400, b'{"code":-1121,"msg":"Invalid symbol."}', "refused", "Invalid symbol. (-1121)"),
        (404, b"<html>404</html>", "refused", "is the address right"),
        (302, b"", "garbled", "login page"),
        (407, b"", "refused", "proxy"),
        (200, b"<html>welcome to the hotel</html>", "garbled", "not JSON"),
        (200, b"", "garbled", "not JSON"),
    ],
)
def test_every_bad_answer_has_a_plain_line(status: int, body: bytes, kind: str, words: str) -> None:
    fault = answer_error("GET /fapi/v1/time", status, {"Retry-After": "77"}, body)
    assert fault is not None
    assert fault.kind == kind
    assert words in str(fault)
    assert "<" not in str(fault)
    assert "\n" not in str(fault)


def test_a_good_answer_is_no_fault() -> None:
    assert answer_error("GET /x", 200, {}, b' {"a":1}') is None
    assert answer_error("GET /x", 200, {}, b"[]") is None


def test_without_retry_after_requests_pause_for_a_minute() -> None:
    fault = answer_error("GET /x", 429, {"Retry-After": "soon"}, b"")
    assert fault is not None
    assert fault.pause == 60.0


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError(), "no answer in time"),
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused"),
        (aiohttp.ServerDisconnectedError(), "broke off"),
        (ssl.SSLCertVerificationError(), "certificate"),
        (ssl.SSLError(), "secure"),
        (aiohttp.ClientPayloadError("https://x/?signature=secret"), "broke off"),
        (aiohttp.InvalidURL("https://x/?signature=secret"), "broke off"),
    ],
)
def test_network_errors_are_reported_without_their_text(error: Exception, words: str) -> None:
    fault = network_error("fapi.binance.com", error)
    assert "fapi.binance.com" in str(fault)
    assert words in str(fault)
    assert "secret" not in str(fault)


@asynccontextmanager
async def server(handler: Handler) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(application, shutdown_timeout=0.05)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def client(url: str) -> AsyncIterator[rest.RestClient]:
    clock = WallClock()
    made = rest.RestClient(ExchangeConfig(rest_url=url), RateLimiter(clock), clock)
    try:
        async with asyncio.timeout(PATIENCE):
            yield made
    finally:
        await made.close()


async def test_a_rest_answer_is_returned_unchanged_with_its_weight() -> None:
    async def handler(request: web.Request) -> web.Response:
        headers = {"X-MBX-USED-WEIGHT-1M": "1234"}
        return web.Response(body=b'[ 1 , "0.10" ]', headers=headers)

    async with server(handler) as url, client(url) as asked:
        frame = await asked.get(rest.KLINES, 0.0, symbol="BTCUSDT", interval="15m", limit=499)
        assert frame.body == b'[ 1 , "0.10" ]'
        assert frame.request == "GET /fapi/v1/klines?symbol=BTCUSDT&interval=15m&limit=499"
        assert asked.rate_limiter.reported_weight == 1234
        assert asked.rate_limiter.budgets["weight"].used == 1234


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        (rest.TIME, {}),
        (rest.EXCHANGE_INFO, {}),
        (rest.KLINES, {"symbol": "X", "interval": "1h", "limit": 3}),
        (rest.DEPTH, {"symbol": "X", "limit": 1_000}),
        (rest.PREMIUM_INDEX, {"symbol": "X"}),
        (rest.OPEN_INTEREST, {"symbol": "X"}),
        (rest.FUNDING_RATE, {"symbol": "X", "startTime": 5, "limit": 1_000}),
        (rest.FUNDING_INFO, {}),
        (rest.OPEN_INTEREST_HISTORY, {"symbol": "X", "period": "5m", "limit": 3}),
        (rest.TOP_RATIO, {"symbol": "X", "period": "5m", "limit": 3}),
        (rest.GLOBAL_RATIO, {"symbol": "X", "period": "5m", "limit": 3}),
    ],
    ids=lambda value: getattr(value, "path", ""),
)
async def test_each_request_has_its_endpoint(
    kind: rest.Request, parameters: dict[str, str | int]
) -> None:
    seen: list[tuple[str, dict[str, str]]] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append((request.path, dict(request.query)))
        return web.Response(body=b"{}")

    async with server(handler) as url, client(url) as asked:
        await asked.get(kind, 0.0, **parameters)
    assert seen == [(kind.path, {name: str(value) for name, value in parameters.items()})]


async def test_an_answer_with_bars_counts_from_when_it_was_asked_for() -> None:
    """A bar that ends while the answer is under way may be in it as it was before its end."""
    answered = 0

    async def handler(request: web.Request) -> web.Response:
        nonlocal answered
        answered = WallClock().now_ns()
        return web.Response(body=b"[]")

    async with server(handler) as url, client(url) as asked:
        bars = await asked.get(rest.KLINES, 0.0, symbol="X", interval="1h", limit=3)
        assert bars.received < answered
        book = await asked.get(rest.DEPTH, 0.0, symbol="X", limit=1_000)
        assert book.received > answered


async def test_status_429_stops_its_pool_for_retry_after() -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": "40"}, body=b"{}")

    async with server(handler) as url, client(url) as asked:
        with pytest.raises(ExchangeError, match="40 s"):
            await asked.get(rest.OPEN_INTEREST_HISTORY, 0.0, symbol="X")
        assert asked.rate_limiter.budgets["data"].stopped_for > 39
        assert asked.rate_limiter.budgets["weight"].stopped_for == 0


async def test_a_redirect_is_not_followed() -> None:
    seen: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request.path)
        raise web.HTTPFound("/login")

    async with server(handler) as url, client(url) as asked:
        with pytest.raises(ExchangeError, match="login page"):
            await asked.get(rest.TIME, 0.0)
    assert seen == ["/fapi/v1/time"]


async def test_a_refused_connection_is_reported_plainly() -> None:
    async with client("http://127.0.0.1:9") as asked:
        with pytest.raises(ExchangeError, match="cannot reach") as caught:
            await asked.get(rest.TIME, 0.0)
    assert caught.value.kind == "unreachable"
