"""Providers at work against the embedded exchange: one that fails disturbs nobody."""

from __future__ import annotations

import asyncio
import random

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from support.live_source import small_exchange
from support.outside import Outside, outside

from tuirisk.config.model import ExchangeConfig, ProviderConfig
from tuirisk.events.external import ProviderEvent, ProviderListening, ProviderStatus
from tuirisk.feed.binance.account.credentials import Secret
from tuirisk.feed.clock import WallClock
from tuirisk.feed.frames import ProviderFrame
from tuirisk.feed.providers.group import access_of
from tuirisk.feed.providers.http import ProviderAnswer
from tuirisk.feed.providers.intake import Access, ProviderIntake
from tuirisk.feed.providers.listener import ProviderListener
from tuirisk.feed.providers.registry import BY_NAME
from tuirisk.feed.providers.replay import ProviderReplay
from tuirisk.feed.recording_captures import parse_line
from tuirisk.feed.recording_writer import json_line
from tuirisk.simulator.embedded import EmbeddedExchange

FNG = "/fng/"


def slow_exchange() -> EmbeddedExchange:
    """Its own time nearly stands, so that waiting costs nothing; that of the loop passes."""
    return small_exchange(speed=0.01)


async def test_every_provider_answers() -> None:
    with slow_exchange() as server:
        async with outside(server, *BY_NAME) as seen:
            await seen.until(
                lambda: (
                    len(seen.data.statuses) == len(BY_NAME)
                    and all(s.phase == "live" for s in seen.data.statuses.values())
                    and ("ETH", "coinglass") in seen.data.levels
                )
            )
            for status in seen.data.statuses.values():
                for gives in status.gives:
                    assert given(seen, status.provider, *gives), (status.provider, gives)
        assert not any(b"demo-" in f.body or "demo-" in f.request for f in seen.frames)


def given(seen: Outside, name: str, measure: str, asset: str) -> bool:
    data = seen.data
    if measure == "liquidations":
        return (asset, name) in data.listening or (asset, name) in data.totals
    if measure == "liquidation_map":
        return (asset, name) in data.levels
    values = any(k[:2] == (measure, asset) and k[4] == name for k in data.values)
    return values or (measure, asset, name) in data.series


@pytest.mark.parametrize(
    ("key", "lines"),
    [
        ("", {"coinglass": "no key", "glassnode": "no key", "cryptoquant": "no key"}),
        ("wrong", {"coinglass": "refused", "glassnode": "refused", "cryptoquant": "refused"}),
        ("demo-hobbyist", {"coinglass": "", "glassnode": "plan", "cryptoquant": "plan"}),
        ("demo-ended", {"coinglass": "ended"}),
    ],
)
async def test_a_key_that_will_not_do_is_one_line(key: str, lines: dict[str, str]) -> None:
    with slow_exchange() as server:
        async with outside(server, "fear_greed", *lines, key=key) as seen:
            await seen.until(
                lambda: (
                    len(seen.data.statuses) == len(lines) + 1
                    and all(s.phase != "waiting" for s in seen.data.statuses.values())
                )
            )
            for name, line in lines.items():
                assert line in seen.line(name), name
                assert bool(line) == bool(seen.line(name))
            assert not seen.line("fear_greed")


@pytest.mark.parametrize(
    ("status", "body", "wait", "line"),
    [
        (200, "<html>maintenance</html>", None, "not understood (HTML)"),
        (200, '{"data":[],"metadata":{"error":null}}', None, "not understood (no rows)"),
        (429, "{}", 20, "request limit"),
        (429, "", None, "request limit"),
        (503, "<html>503</html>", None, "HTTP 503"),
        (200, "", None, "not understood (empty)"),
    ],
)
async def test_a_failure_is_one_line_and_ends_when_it_ends(
    status: int, body: str, wait: int | None, line: str
) -> None:
    with slow_exchange() as server:
        server.faults.fail_rest(FNG, status, body, retry_after=wait, times=2)
        async with outside(server, "deribit", "fear_greed") as seen:
            await seen.until(lambda: line in seen.line("fear_greed"))
            assert seen.line("fear_greed").startswith("fear_greed: ")
            await seen.until(lambda: not seen.line("fear_greed"))
            assert not seen.line("deribit")
            assert ("sentiment", "", "", 0, "fear_greed") in seen.data.values


async def test_an_answer_after_40_seconds_is_silence_and_delays_nobody() -> None:
    with slow_exchange() as server:
        server.faults.delay_rest(FNG, 40.0, times=1)
        async with outside(server, "deribit", "fear_greed") as seen:
            await seen.until(lambda: bool(seen.line("fear_greed")))
            assert "does not answer" in seen.line("fear_greed")
            assert seen.status("deribit").phase == "live"  # type: ignore[union-attr]
            await seen.until(lambda: not seen.line("fear_greed"))


async def test_retry_after_is_honoured() -> None:
    with slow_exchange() as server:
        server.faults.fail_rest(FNG, 429, "{}", retry_after=300, times=1)
        async with outside(server, "fear_greed") as seen:
            await seen.until(lambda: bool(seen.line("fear_greed")))
            first = asyncio.get_running_loop().time()
            await seen.until(lambda: not seen.line("fear_greed"))
            assert asyncio.get_running_loop().time() - first > 299


@pytest.mark.parametrize("wait", [None, 0, 1])
async def test_a_provider_that_asks_for_no_pause_has_one_that_grows(wait: int | None) -> None:
    with slow_exchange() as server:
        server.faults.fail_rest(FNG, 429, "{}", retry_after=wait, times=2)
        async with outside(server, "fear_greed") as seen:
            first = asyncio.get_running_loop().time()
            await seen.until(lambda: seen.status("fear_greed") is not None and answered(seen))
            assert asyncio.get_running_loop().time() - first > 0.8 * (5 + 10)


def answered(seen: Outside) -> bool:
    return ("sentiment", "", "", 0, "fear_greed") in seen.data.values


async def test_a_request_limit_and_a_wrong_key_stop_all_requests_of_their_provider() -> None:
    with slow_exchange() as server:
        server.faults.fail_rest("/v1/metadata/metric", 429, "{}", retry_after=60, times=1)
        async with outside(server, "glassnode") as seen:
            await seen.until(lambda: bool(seen.frames))
            first = asyncio.get_running_loop().time()
            await seen.until(lambda: len(seen.frames) > 1)
            assert asyncio.get_running_loop().time() - first > 55
        async with outside(server, "coinglass", key="wrong") as seen:
            await seen.until(lambda: bool(seen.line("coinglass")))
            first = asyncio.get_running_loop().time()
            await seen.until(lambda: asyncio.get_running_loop().time() > first + 60)
            assert len(seen.frames) == 1


async def test_a_websocket_without_values_is_not_taken_for_one_that_speaks() -> None:
    intake = ProviderIntake(
        BY_NAME["deribit"](), Access("", ""), lambda e: None, lambda f: None, WallClock()
    )
    listener = ProviderListener(intake, None, random.Random(1))  # type: ignore[arg-type]
    listener._quiet = 120.0
    assert not listener.speaks
    listener._spoken_at = asyncio.get_running_loop().time()
    assert listener.speaks
    await asyncio.sleep(121)
    assert not listener.speaks


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"Retry-After": "30"}, 30.0),
        (503, {"Retry-After": "30"}, 30.0),
        (429, {"Retry-After": "99999"}, 3_600.0),
        (429, {"Retry-After": "Sun, 22 Nov 2026 12:01:00 GMT"}, 60.0),
        (429, {"Retry-After": "soon"}, None),
        (429, {"Retry-After": "-5"}, None),
        (429, {"X-RateLimit-Reset": "7"}, 7.0),
        (429, {"X-RateLimit-Reset": "1795348810"}, 10.0),
        (429, {"X-RateLimit-Reset": "1795348700"}, 0.0),
        (200, {"X-RateLimit-Reset": "7"}, None),
        (429, {}, None),
    ],
)
def test_the_pause_that_a_provider_asks_for(
    status: int, headers: dict[str, str], seconds: float | None
) -> None:
    assert ProviderAnswer(status, headers, b"").retry_after(1_795_348_800) == seconds


async def test_rest_stands_in_for_a_websocket_that_is_refused() -> None:
    with slow_exchange() as server:
        server.faults.reject_handshake(503)
        async with outside(server, "deribit") as seen:
            value = ("implied_volatility", "BTC", "", 30, "deribit")
            await seen.until(lambda: value in seen.data.values)
            assert not seen.line("deribit")


def test_an_address_of_ones_own_keeps_every_request_from_the_public_ones() -> None:
    public = "https://www.deribit.com", "wss://www.deribit.com"
    own = access_of(ProviderConfig(url="http://127.0.0.1:9"), *public, ExchangeConfig(), None)
    assert (own.rest, own.ws) == ("http://127.0.0.1:9", "ws://127.0.0.1:9")
    own = access_of(ProviderConfig(stream_url="wss://a.b:1"), *public, ExchangeConfig(), None)
    assert (own.rest, own.ws) == ("https://a.b:1", "wss://a.b:1")


def test_no_key_is_shown() -> None:
    access = access_of(ProviderConfig(), "https://a", "", ExchangeConfig(), Secret("hunter2"))
    assert "hunter2" not in repr(access)


def shown(seen: Outside) -> dict[str, object]:
    """What the providers have said, without the moments at which they fared so."""
    data = seen.data
    fares = {
        name: (s.phase, s.gives, s.problem, s.plan, s.lag_s, s.refused)
        for name, s in data.statuses.items()
    }
    tapes = {key: list(tape.rows) for key, tape in data.tapes.items()}
    return {
        "fares": fares,
        "values": data.values,
        "series": data.series,
        "totals": data.totals,
        "listening": data.listening,
        "levels": data.levels,
        "tapes": tapes,
    }


@pytest.mark.parametrize("key", ["demo-professional", "wrong"])
async def test_a_replay_shows_what_was_shown_live(key: str) -> None:
    with slow_exchange() as server:
        server.faults.fail_rest(FNG, 429, "{}", retry_after=5, times=1)
        server.faults.delay_rest("/eapi/v1/mark", 40.0, times=1)
        server.faults.fail_rest("/v2/history", 200, "<html>", times=2)
        async with outside(server, *BY_NAME, key=key) as seen:
            names = set(BY_NAME)
            await seen.until(
                lambda: (
                    set(seen.data.statuses) == names
                    and all(s.phase != "waiting" for s in seen.data.statuses.values())
                )
            )
            end = asyncio.get_running_loop().time() + 30
            await seen.until(lambda: asyncio.get_running_loop().time() > end)
            live, frames = shown(seen), list(seen.frames)
    replay, again = ProviderReplay(("BTCUSDT", "ETHUSDT")), Outside(seen.providers)
    for line in map(_recorded, frames):
        for event in replay.events(line):
            again.data.apply(event)
    replayed = shown(again)
    for part, value in live.items():
        assert replayed[part] == value, part


def _recorded(frame: ProviderFrame) -> ProviderFrame:
    """``frame`` as a recording gives it back."""
    captured = parse_line(b"%d %s" % (frame.received, json_line(frame)))
    assert isinstance(captured, ProviderFrame)
    return captured


async def test_a_websocket_that_answers_pings_alone_is_silent() -> None:
    async def deaf(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.data == "ping":
                await socket.send_str("pong")
        return socket

    app = web.Application()
    app.router.add_get("/ws/v5/public", deaf)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        events: asyncio.Queue[ProviderEvent] = asyncio.Queue()
        access = Access("", f"ws://127.0.0.1:{server.port}")
        adapter = BY_NAME["okx"](("BTCUSDT",))
        intake = ProviderIntake(adapter, access, events.put_nowait, lambda f: None, WallClock())
        listening = asyncio.create_task(ProviderListener(intake, session, random.Random(1)).run())
        try:
            lost, status = [await asyncio.wait_for(events.get(), 300) for _ in range(2)]
        finally:
            listening.cancel()
    assert isinstance(lost, ProviderListening)
    assert isinstance(status, ProviderStatus)
    assert "does not answer" in str(status.problem)
