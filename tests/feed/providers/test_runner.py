"""Providers at work against the embedded exchange: one that fails disturbs nobody."""

from __future__ import annotations

import asyncio

import pytest
from support.live_source import small_exchange
from support.outside import Outside, outside

from tuirisk.config.model import ExchangeConfig, ProviderConfig
from tuirisk.feed.binance.account.credentials import Secret
from tuirisk.feed.frames import ProviderFrame
from tuirisk.feed.providers.group import access_of
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
        (429, "{}", 120, "request limit"),
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
            end = asyncio.get_running_loop().time() + 60
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
