"""An exchange may serve its streams on divided addresses, or on undivided ones alone."""

from __future__ import annotations

import asyncio

import pytest
from support.account_source import following, on, open_account
from support.live_source import small_exchange
from support.stream_server import Exchange, FastTime, running, until

from tuirisk.feed.binance.rest.errors import status_error
from tuirisk.feed.binance.streams.layout import StreamLayouts, refuses_address
from tuirisk.simulator.faults import Undivided


def test_the_other_layout_is_tried_until_one_has_delivered() -> None:
    layouts = StreamLayouts()
    assert layouts.of("market") == "divided"
    layouts.leave("market", "divided", refused=False)
    assert layouts.of("market") == "undivided"
    layouts.leave("market", "undivided", refused=False)
    assert layouts.of("market") == "divided"
    layouts.set_proven("market", "divided")
    layouts.leave("market", "divided", refused=False)
    assert layouts.of("market") == "divided"
    layouts.leave("market", "divided", refused=True)
    assert layouts.of("market") == "undivided"


def test_only_the_markets_streams_tell_that_an_exchange_is_undivided() -> None:
    """The undivided address of mainnet still carries the public ones."""
    layouts = StreamLayouts()
    layouts.set_proven("public", "undivided")
    assert layouts.of("private") == "divided"
    layouts.set_proven("market", "undivided")
    assert layouts.of("private") == "undivided"


@pytest.mark.parametrize(
    ("status", "refuses"),
    [(404, True), (400, True), (302, True), (403, False), (451, False), (503, False), (407, False)],
)
def test_a_status_that_says_there_is_nothing_at_an_address(status: int, refuses: bool) -> None:
    assert refuses_address(status_error("the WebSocket", status)) is refuses


@pytest.mark.parametrize("divided", [404, "mute"])
async def test_where_the_divided_addresses_say_nothing_the_undivided_one_is_used(
    divided: str | int,
) -> None:
    server = Exchange("speaks", divided=divided)
    async with running(server, "AUSDT", clock=FastTime(100.0)) as (sockets, _):
        await until(lambda: sockets.health.worst_status() == "live")
        assert sockets.error is None
        assert {connection.current.layout for connection in sockets.connections
                if connection.current is not None} == {"undivided"}  # fmt: skip


async def test_a_silence_after_frames_keeps_the_layout() -> None:
    server = Exchange("speaks", "speaks", "mute", "mute", "speaks")
    async with running(server, "AUSDT", clock=FastTime(100.0)) as (sockets, _):
        await until(lambda: sockets.health.worst_status() == "live")
        await asyncio.sleep(0.05)
        for socket in list(server.sockets.values()):
            await socket.close()
        await until(lambda: len(server.opened) > 5)
        assert not any(server.undivided)


@pytest.mark.parametrize("how", ["refuses", "mute"])
async def test_market_and_account_are_received_from_an_undivided_exchange(how: Undivided) -> None:
    with small_exchange(speed=8.0) as server:
        server.faults.serve_undivided(how)
        account = open_account(server)
        async with following(server, "BTCUSDT") as seen:
            await seen.until(lambda: seen.ready("BTCUSDT"))
            await seen.until(lambda: any("/ws/" in path for path in server.handshakes))
            on(server, lambda: account.set_position("BTCUSDT", 0.5))
            await seen.until(lambda: bool(seen.market.account and seen.market.account.positions))
            assert seen.report.status in ("live", "syncing")
