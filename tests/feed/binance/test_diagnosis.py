"""What ``tuirisk doctor`` finds, and that it gives no secret away."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from support.exchange import TestExchange
from support.live_source import ExchangeTime

from tuirisk.config.model import Config, ExchangeConfig
from tuirisk.feed.binance.account.credentials import Keys, Secret
from tuirisk.feed.binance.account.signed import SignedClient
from tuirisk.feed.binance.account_diagnosis import account_findings
from tuirisk.feed.binance.diagnosis import diagnose
from tuirisk.feed.binance.finding import Finding
from tuirisk.feed.binance.rest.rate_limiter import RateLimiter
from tuirisk.simulator.account import ExchangeAccount
from tuirisk.simulator.api_key import ApiKeyPermissions
from tuirisk.simulator.embedded import EmbeddedExchange

KEY = {"TUIRISK_API_KEY": "A" * 64, "TUIRISK_API_SECRET": "B" * 64}


async def findings_on(
    server: EmbeddedExchange, *symbols: str, environ: dict[str, str] | None = None
) -> dict[str, Finding]:
    exchange = ExchangeConfig(rest_url=server.rest_url, stream_url=server.stream_url)
    config = Config(symbols=symbols, exchange=exchange)
    findings = await diagnose(config, environ or {}, ExchangeTime(server))
    assert all(bool(f.remedy) for f in findings if f.status == "error")
    return {finding.what: finding for finding in findings}


def exchange() -> EmbeddedExchange:
    return TestExchange(["BTCUSDT", "ETHUSDT"], speed=20.0)


async def test_a_healthy_connection_has_only_ok_findings() -> None:
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


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        (ExchangeConfig(rest_url="http://127.0.0.1:9"), "stream_url"),
        (ExchangeConfig(stream_url="ws://127.0.0.1:9"), "rest_url"),
    ],
)
async def test_half_an_exchange_of_ones_own_is_warned_of(
    given: ExchangeConfig, missing: str
) -> None:
    nowhere = replace(given, proxy="http://127.0.0.1:9")
    with exchange() as server:
        findings = await diagnose(Config((), nowhere), {}, ExchangeTime(server))
    (found,) = (one for one in findings if one.what == "addresses")
    assert found.status == "warning"
    assert missing in found.remedy


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


async def key_findings(change: Callable[[ExchangeAccount], None]) -> list[Finding]:
    """What is said of the key, after ``change`` of the account it belongs to."""
    with exchange() as server:
        change(server.exchange.accounts.open(KEY["TUIRISK_API_KEY"], KEY["TUIRISK_API_SECRET"]))
        found = await findings_on(server, "BTCUSDT", environ=KEY)
    assert not any(half in repr(found) for half in KEY.values())
    return [finding for what, finding in found.items() if what in ("API key", "account")]


async def test_a_read_only_key_of_known_addresses_is_well() -> None:
    findings = await key_findings(lambda account: None)
    assert [finding.status for finding in findings] == ["ok", "ok"]
    assert findings[1].detail == "readable; positions: 0"


async def test_a_key_that_may_trade_is_warned_of() -> None:
    findings = await key_findings(lambda a: setattr(a, "rights", ApiKeyPermissions(futures=True)))
    assert [finding.status for finding in findings] == ["warning", "ok"]
    assert "it may trade" in findings[0].detail


async def test_a_key_that_works_from_anywhere_is_warned_of() -> None:
    findings = await key_findings(
        lambda a: setattr(a, "rights", ApiKeyPermissions(ip_restricted=False))
    )
    assert [finding.status for finding in findings] == ["warning", "ok"]
    assert "any address" in findings[0].detail


async def test_a_key_that_may_withdraw_is_not_used() -> None:
    findings = await key_findings(
        lambda a: setattr(a, "rights", ApiKeyPermissions(withdrawals=True))
    )
    assert [finding.status for finding in findings] == ["error"]
    assert "it may withdraw" in findings[0].detail


@pytest.mark.parametrize(
    ("half", "words"), [("TUIRISK_API_KEY", "-2015"), ("TUIRISK_API_SECRET", "-1022")]
)
async def test_a_key_that_is_refused(half: str, words: str) -> None:
    with exchange() as server:
        server.exchange.accounts.open(KEY["TUIRISK_API_KEY"], KEY["TUIRISK_API_SECRET"])
        found = await findings_on(server, "BTCUSDT", environ={**KEY, half: "C" * 64})
    assert found["API key"].status == "error"
    assert words in found["API key"].detail


async def test_an_answer_about_the_key_that_makes_no_sense() -> None:
    with exchange() as server:
        server.exchange.accounts.open(KEY["TUIRISK_API_KEY"], KEY["TUIRISK_API_SECRET"])
        server.faults.fail_rest("/sapi/*", 200, body='{"ipRestrict":"perhaps"}')
        found = await findings_on(server, "BTCUSDT", environ=KEY)
    assert "unreadable" in found["API key"].detail


async def test_half_a_key_is_none_and_nothing_is_signed() -> None:
    with exchange() as server:
        half = {"TUIRISK_API_KEY": KEY["TUIRISK_API_KEY"]}
        found = await findings_on(server, "BTCUSDT", environ=half)
        assert "TUIRISK_API_SECRET is not set" in found["API key"].detail
        assert not any("sapi" in path for path, _ in server.requests)
    assert KEY["TUIRISK_API_KEY"] not in json.dumps([repr(f) for f in found.values()])


def eu(account: ExchangeAccount) -> None:
    account.use_credits(USDC=500.0, BNFCR=-3.0)
    account.set_position("BTCUSDT", 0.01)


def hedged(account: ExchangeAccount) -> None:
    account.hedge_mode, account.other_wallets = True, {"USDC": 20.0}
    account.set_position("BTCUSDT", 0.01, side="LONG", isolated_wallet=50.0)
    account.set_position("ETHUSDT", -0.1, side="SHORT")


def haircuts(account: ExchangeAccount) -> None:
    account.other_wallets = {"BTC": 0.1}
    account.set_mode("multi_assets")


def whole(account: ExchangeAccount) -> None:
    account.mode, account.loans = "portfolio_margin", 500.0


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda account: None, ["single-asset mode", "0 cross, 0 isolated", "one-way", "USDT"]),
        (hedged, ["single-asset mode", "1 cross, 1 isolated", "hedge", "USDT, USDC"]),
        (haircuts, ["multi-assets mode", "0 cross, 0 isolated", "one-way", "USDT, BTC"]),
        (eu, ["multi-assets mode, EU credits (BNFCR)", "1 cross, 0 isolated", "one-way",
              "USDC, BNFCR"]),
        (whole, ["portfolio margin", "0 cross, 0 isolated", "one-way", "USDT",
                 "uniMMR 20.00, NORMAL"]),
    ],
    ids=["single-asset", "hedge", "multi-assets", "EU credits", "portfolio margin"],
)  # fmt: skip
async def test_each_kind_of_account_is_named(
    change: Callable[[ExchangeAccount], None], expected: list[str]
) -> None:
    with exchange() as server:
        change(server.exchange.accounts.open(KEY["TUIRISK_API_KEY"], KEY["TUIRISK_API_SECRET"]))
        where = ExchangeConfig(rest_url=server.rest_url, stream_url=server.stream_url)
        clock = ExchangeTime(server)
        keys = Keys(*map(Secret, KEY.values()))
        signed = SignedClient(where, keys, RateLimiter(clock), clock, lambda: 0.0)
        try:
            found = await account_findings(signed)
        finally:
            await signed.close()
    assert [finding.detail for finding in found[1:]] == expected
