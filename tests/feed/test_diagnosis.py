"""What ``tuirisk doctor`` finds, and that it gives no secret away."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from exchange_kit import ExchangeTime

from tuirisk.config import Config, ExchangeConfig
from tuirisk.feed.binance.diagnosis import Finding, diagnose
from tuirisk.feed.clock import WallClock
from tuirisk.simulator.embedded import EmbeddedExchange

KEY = {"TUIRISK_API_KEY": "the-public-half", "TUIRISK_API_SECRET": "the-secret-half"}
NOWHERE = "ws://127.0.0.1:9"


class HastyClock(WallClock):
    """The wall's time, without its waits."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds / 1_000)


async def findings_on(
    server: EmbeddedExchange, *symbols: str, environ: dict[str, str] | None = None
) -> dict[str, Finding]:
    exchange = ExchangeConfig(rest_url=server.rest_url, stream_url=server.stream_url)
    config = Config(symbols=symbols, exchange=exchange)
    findings = await diagnose(config, environ or {}, ExchangeTime(server))
    assert all(bool(f.remedy) for f in findings if f.status == "error")
    return {finding.what: finding for finding in findings}


def exchange() -> EmbeddedExchange:
    return EmbeddedExchange(["BTCUSDT", "ETHUSDT"], speed=20.0)


async def test_when_all_is_well_it_says_so() -> None:
    with exchange() as server:
        found = await findings_on(server, "BTCUSDT", "ETHUSDT")
    assert {finding.status for finding in found.values()} == {"ok"}
    assert list(found) == [
        "REST",
        "clock",
        "request weight",
        "BTCUSDT",
        "ETHUSDT",
        "WebSocket /public",
        "WebSocket /market",
        "API key",
    ]
    assert "of 2400" in found["request weight"].detail
    assert "first frame of btcusdt@markPrice@1s" in found["WebSocket /market"].detail


async def test_a_clock_that_is_off_and_a_symbol_that_is_not_there() -> None:
    with exchange() as server:
        server.faults.set_clock_offset(90_000)
        found = await findings_on(server, "BTCUSDT", "NOSUCHUSDT")
    assert found["clock"].status == "warning"
    assert "behind" in found["clock"].detail
    assert found["NOSUCHUSDT"].status == "error"
    assert found["BTCUSDT"].status == "ok"


async def test_an_address_that_acknowledges_and_is_mute() -> None:
    with exchange() as server:
        server.faults.silence("*@markPrice@1s")
        found = await findings_on(server, "BTCUSDT")
    assert found["WebSocket /public"].status == "ok"
    assert found["WebSocket /market"].status == "error"
    assert "nothing came" in found["WebSocket /market"].detail


async def test_a_country_that_is_not_served() -> None:
    with exchange() as server:
        server.faults.fail_rest("*", 451)
        server.faults.reject_handshake(451)
        found = await findings_on(server, "BTCUSDT")
    for what in ("REST", "symbols", "WebSocket /public", "WebSocket /market"):
        assert found[what].status == "error"
        assert "HTTP 451" in found[what].detail
        assert "proxy" in found[what].remedy


async def test_answers_that_make_no_sense() -> None:
    with exchange() as server:
        server.faults.fail_rest("/fapi/v1/time", 200, body="[7]")
        server.faults.fail_rest("/fapi/v1/exchangeInfo", 200, body='{"symbols":7}')
        found = await findings_on(server, "BTCUSDT")
    assert found["REST"].status == found["symbols"].status == "error"


@asynccontextmanager
async def key_server(status: int, body: Any) -> AsyncIterator[tuple[str, list[web.Request]]]:
    seen: list[web.Request] = []

    async def rights(request: web.Request) -> web.Response:
        seen.append(request)
        return web.json_response(body, status=status)

    application = web.Application()
    application.router.add_get("/sapi/v1/account/apiRestrictions", rights)
    runner = web.AppRunner(application, shutdown_timeout=0.05)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", seen
    finally:
        await runner.cleanup()


async def key_findings(status: int, body: Any) -> tuple[list[Finding], list[web.Request]]:
    async with key_server(status, body) as (url, seen):
        config = Config(exchange=ExchangeConfig(rest_url=url, stream_url=NOWHERE))
        findings = await diagnose(config, KEY, HastyClock())
    assert not any(half in repr(findings) for half in KEY.values())
    return [finding for finding in findings if finding.what == "API key"], seen


async def test_a_read_only_key_of_known_addresses_is_well() -> None:
    body = {"ipRestrict": True, "enableReading": True, "enableFutures": False, "new": 1}
    findings, seen = await key_findings(200, body)
    assert [finding.status for finding in findings] == ["ok"]
    assert seen[0].headers["X-MBX-APIKEY"] == KEY["TUIRISK_API_KEY"]
    assert {"timestamp", "signature"} <= set(seen[0].query)


async def test_a_key_that_may_do_too_much_is_warned_of() -> None:
    body = {"ipRestrict": False, "enableWithdrawals": True, "enableFutures": True}
    findings, _ = await key_findings(200, body)
    assert [finding.status for finding in findings] == ["warning", "warning"]
    assert "withdraw, trade futures" in findings[0].detail
    assert "any address" in findings[1].detail


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, {"code": -2015, "msg": "Invalid API-key, IP, or permissions"}, "-2015"),
        (200, {"ipRestrict": "perhaps"}, "unreadable"),
    ],
)
async def test_a_key_that_is_refused(status: int, body: Any, words: str) -> None:
    findings, _ = await key_findings(status, body)
    assert [finding.status for finding in findings] == ["error"]
    assert words in findings[0].detail


async def test_half_a_key_is_none_and_nothing_is_signed() -> None:
    with exchange() as server:
        half = {"TUIRISK_API_KEY": KEY["TUIRISK_API_KEY"]}
        found = await findings_on(server, "BTCUSDT", environ=half)
        assert "TUIRISK_API_SECRET is not set" in found["API key"].detail
        assert not any("sapi" in path for path, _ in server.requests)
    assert KEY["TUIRISK_API_KEY"] not in json.dumps([repr(f) for f in found.values()])
