"""The lines of WebSockets, against a server that does as it is told."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise
from typing import Any

import pytest
from support.stream_server import (
    SPEED,
    EndlessPauses,
    Exchange,
    FastTime,
    LeapingTime,
    Longest,
    running,
    until,
)

from tuirisk.feed.binance.streams.stream_connection import StreamTiming
from tuirisk.feed.binance.streams.websocket import WebSocket


async def test_streams_are_spread_over_connections_of_two_hundred_at_most() -> None:
    server = Exchange("speaks")
    async with running(server, *(f"COIN{n}USDT" for n in range(40))) as (sockets, _):
        await until(lambda: len(server.open) == 3)
        assert sorted(len(names) for names in server.streams) == [40, 42, 199]
        await until(lambda: sockets.health.worst_status() == "live")
        assert sockets.open_connections == 3


async def test_connections_are_opened_a_second_apart() -> None:
    clock = LeapingTime()
    times: list[int] = []
    async with running(Exchange("speaks"), clock=clock) as (sockets, _):

        async def open_one() -> None:
            await sockets.wait_to_connect()
            times.append(clock.now)

        await asyncio.gather(*(open_one() for _ in range(5)))
    assert min(b - a for a, b in pairwise(times)) >= 1_000_000_000


async def test_messages_are_sent_at_most_ten_a_second() -> None:
    clock = LeapingTime()
    sent: list[tuple[int, str]] = []

    class Socket:
        async def send_str(self, text: str) -> None:
            sent.append((clock.now, text))

    socket: Any = Socket()
    connection = WebSocket(socket, ("a@aggTrade",), clock, lambda stream, frame: None)
    for n in range(30):
        await connection.change([f"b{n}@aggTrade", f"c{n}@aggTrade"])
    assert len(sent) == 60
    assert json.loads(sent[1][1])["params"] == ["b0@aggTrade", "c0@aggTrade"]
    assert min(b[0] - a[0] for a, b in pairwise(sent)) >= 100_000_000


async def test_late_frames_of_streams_that_were_left_are_no_rubbish() -> None:
    server = Exchange("mute")
    async with running(server, "AUSDT", "BUSDT") as (sockets, hearer):
        await until(lambda: len(server.open) == 2)
        sockets.remove("AUSDT")
        await until(lambda: not any("ausdt@" in n for names in server.streams for n in names))
        await asyncio.sleep(1.0 / SPEED)
        depth = next(n for n, names in enumerate(server.streams) if "busdt@depth@100ms" in names)
        for name in ("ausdt", "busdt"):
            await server.sockets[depth].send_str(f'{{"stream":"{name}@depth@100ms","data":{{}}}}')
        await until(lambda: len(hearer.frames) == 1)
        assert b"busdt" in hearer.frames[0].data


async def test_changes_while_running_go_over_the_standing_connections() -> None:
    server = Exchange("speaks")
    async with running(server, "AUSDT") as (sockets, hearer):
        await until(lambda: sockets.health.worst_status() == "live")
        for n in range(12):
            sockets.add(f"B{n}USDT")
            await asyncio.sleep(0.5 / SPEED)
        await until(lambda: sockets.health.worst_status() == "live" and len(server.streams[0]) > 12)
        sockets.remove("AUSDT")
        await until(lambda: not any("ausdt@" in n for names in server.streams for n in names))
        assert len(server.streams) == 2
        heard = len(hearer.frames)
        await until(lambda: len(hearer.frames) > heard + 500)
        assert not any(b'"ausdt@' in frame.data for frame in hearer.frames[heard + 250 :])
        assert not any(b'"result"' in frame.data for frame in hearer.frames)


async def test_it_tries_for_ever_never_more_than_eight_seconds_apart() -> None:
    server, clock = Exchange(*[503] * 40, "speaks"), FastTime(speed=500.0)
    async with running(server, "AUSDT", clock=clock, rng=Longest()) as (sockets, _):
        await until(lambda: sockets.error is not None)
        assert str(sockets.error) == (
            "the exchange has a fault of its own (HTTP 503 to the WebSocket of 127.0.0.1)"
        )
        await until(lambda: sockets.open_connections == 2)
        assert max(clock.slept) == 8.0
        assert sockets.error is None


async def test_asking_to_reconnect_ends_the_pause() -> None:
    server = Exchange(451, 451, "speaks")
    async with running(server, "AUSDT", clock=EndlessPauses(), rng=Longest()) as (sockets, _):
        await until(lambda: len(server.streams) == 2)
        await until(lambda: "country" in str(sockets.error))
        while sockets.open_connections < 2:
            sockets.reconnect()
            await asyncio.sleep(0.01)


async def test_a_lost_connection_and_its_return_are_reported() -> None:
    server = Exchange("speaks")
    async with running(server, "AUSDT") as (sockets, hearer):
        await until(lambda: sockets.health.worst_status() == "live")
        await server.sockets[0].close()
        await until(lambda: bool(hearer.lost))
        assert len({stream.partition("@")[2] for stream in hearer.lost}) in (1, 6)
        await until(lambda: sockets.health.worst_status() == "live")
        for stream in hearer.lost:
            assert (stream, True) in hearer.live
        assert sockets.reconnects == 1


async def test_a_connection_is_not_given_up_for_one_that_is_mute() -> None:
    server = Exchange("speaks", "speaks", "mute", "mute", "speaks")
    async with running(server, "AUSDT", timing=StreamTiming(rotate_after=5.0)) as (_, hearer):
        await until(lambda: {0, 1, 2, 3} <= set(server.left_behind))
        for old in (0, 1):
            others = server.left_behind[old] - {2, 3}
            assert any(server.streams[other] == server.streams[old] for other in others)
        assert not hearer.lost


async def test_a_mute_connection_is_replaced_at_ever_longer_intervals() -> None:
    server, speed = Exchange("mute"), 100.0
    async with running(server, "AUSDT", clock=FastTime(speed)) as (sockets, _):
        await until(lambda: len(server.opened) == 10)
        assert sockets.health.worst_status() == "silent"
        times = [
            at * speed
            for at, names in zip(server.opened, server.streams, strict=True)
            if any("depth" in name for name in names)
        ]
        for pause, least in zip((b - a for a, b in pairwise(times)), (9, 19, 39), strict=False):
            assert pause > least


@pytest.mark.parametrize(
    "words", ['{"e":"serverShutdown","E":1}', '{"event":{"e":"serverShutdown","E":1}}']
)
async def test_an_announced_shutdown_moves_the_line_before_it_happens(words: str) -> None:
    server = Exchange("speaks")
    async with running(server, "AUSDT") as (sockets, hearer):
        await until(lambda: sockets.health.worst_status() == "live")
        await server.sockets[0].send_str(words)
        await until(lambda: len(server.streams) == 3 and 0 not in server.open)
        assert server.streams[2] == server.streams[0]
        assert not any(b"serverShutdown" in frame.data for frame in hearer.frames)


async def test_a_liquidation_that_two_connections_tell_counts_once() -> None:
    server = Exchange("mute")
    async with running(server, "AUSDT") as (_, hearer):
        await until(lambda: len(server.open) == 2)
        market = next(n for n, names in enumerate(server.streams) if "ausdt@forceOrder" in names)
        for order in (1, 1, 2):
            text = f'{{"stream":"ausdt@forceOrder","data":{{"E":{order}}}}}'
            await server.sockets[market].send_str(text)
        await until(lambda: len(hearer.frames) == 2)
        assert [b'"E":1' in frame.data for frame in hearer.frames] == [True, False]


async def test_what_is_no_message_is_handed_on_to_be_counted() -> None:
    server = Exchange("mute")
    async with running(server, "AUSDT") as (_, hearer):
        await until(lambda: len(server.open) == 2)
        rubbish = ["", "[1,2]", "null", "<html>", '{"stream":"ausdt@tarot","data":{}}']
        for text in rubbish:
            await server.sockets[0].send_str(text)
        await server.sockets[0].send_str('{"error":{"code":2,"msg":"no"},"id":7}')
        await until(lambda: len(hearer.frames) == len(rubbish))
        await asyncio.sleep(0.02)
        assert [frame.data.decode() for frame in hearer.frames] == rubbish
