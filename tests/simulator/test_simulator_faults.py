from __future__ import annotations

import asyncio
import json
from itertools import pairwise
from typing import Any

import aiohttp
import pytest
from support.exchange import TestExchange

from tuirisk.simulator.faults import GARBAGE, InjectedFaults
from tuirisk.simulator.server import Server

START = 1_794_999_960_000
Session = aiohttp.ClientSession
DEPTH = "/public/stream?streams=btcusdt@depth@100ms"


async def depths(socket: aiohttp.ClientWebSocketResponse, count: int) -> list[Any]:
    return [json.loads(await socket.receive_str(timeout=2))["data"] for _ in range(count)]


async def drained(socket: aiohttp.ClientWebSocketResponse) -> None:
    while True:
        await socket.receive(timeout=0.1)


def gaps(events: list[Any]) -> int:
    return sum(later["pu"] != earlier["u"] for earlier, later in pairwise(events))


async def test_dropped_depths_leave_one_gap(server: Server, client: Session) -> None:
    async with client.ws_connect(server.stream_url + DEPTH) as socket:
        events = await depths(socket, 10)
        assert gaps(events) == 0
        server.faults.drop_depth("BTCUSDT", 3)
        assert gaps(events[-1:] + await depths(socket, 30)) == 1
        server.faults.drop_depth("ETHUSDT")
        assert gaps(await depths(socket, 10)) == 0


async def test_a_silenced_stream_is_mute_until_it_is_not(server: Server, client: Session) -> None:
    server.faults.silence("btcusdt@depth*")
    url = server.stream_url + DEPTH + "/ethusdt@depth@100ms"
    async with client.ws_connect(url) as socket:
        assert {event["s"] for event in await depths(socket, 10)} == {"ETHUSDT"}
        server.faults.unsilence("btcusdt@depth*")
        # What was sent before may still be under way, and much of it at this speed.
        heard: set[str] = set()
        for _ in range(200):
            heard |= {event["s"] for event in await depths(socket, 10)}
            if "BTCUSDT" in heard:
                break
        assert heard == {"BTCUSDT", "ETHUSDT"}


@pytest.mark.parametrize("kind", sorted(GARBAGE))
async def test_garbage_arrives_and_the_stream_goes_on(
    server: Server, client: Session, kind: str
) -> None:
    async with client.ws_connect(server.stream_url + DEPTH, max_msg_size=0) as socket:
        await depths(socket, 1)
        server.faults.send_garbage(kind, "btcusdt@*")
        for _ in range(100):
            if await socket.receive_str(timeout=2) == GARBAGE[kind]:
                break
        else:
            pytest.fail("the bad frame did not arrive")
        assert gaps(await depths(socket, 3)) == 0


async def test_garbage_goes_only_where_it_is_meant(server: Server, client: Session) -> None:
    async with client.ws_connect(server.stream_url + "/market/ws/ethusdt@tarot") as socket:
        server.faults.send_garbage("unknown", "btcusdt@*")
        server.faults.announce_shutdown()
        assert json.loads(await socket.receive_str(timeout=2))["e"] == "serverShutdown"


async def test_sockets_are_closed_properly(server: Server, client: Session) -> None:
    async with client.ws_connect(server.stream_url + "/market/ws") as socket:
        server.faults.close_sockets(1012)
        message = await socket.receive(timeout=2)
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1012)


async def test_sockets_are_reset(server: Server, client: Session) -> None:
    async with client.ws_connect(server.stream_url + "/market/ws") as socket:
        server.faults.abort_sockets()
        message = await socket.receive(timeout=2)
        assert message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
        assert socket.close_code == 1006
    await asyncio.sleep(0.02)
    assert server.connections == []


async def test_stalled_sockets_are_half_open(server: Server, client: Session) -> None:
    async with client.ws_connect(server.stream_url + DEPTH, autoping=False) as socket:
        await depths(socket, 2)
        server.faults.stall_sockets()
        await socket.ping()
        await asyncio.sleep(0.1)
        with pytest.raises(TimeoutError):
            await drained(socket)
        server.faults.resume_sockets()
        kinds: set[aiohttp.WSMsgType] = set()
        while len(kinds) < 2:
            kinds.add((await socket.receive(timeout=2)).type)
        assert kinds == {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.PONG}


async def test_connections_are_refused_and_accepted_again(server: Server, client: Session) -> None:
    server.faults.refuse_connections()
    await asyncio.sleep(0.01)
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.get(server.rest_url + "/fapi/v1/ping")
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.ws_connect(server.stream_url + "/market/ws")
    server.faults.accept_connections()
    async with client.get(server.rest_url + "/fapi/v1/ping") as answer:
        assert answer.status == 200


async def test_handshakes_are_rejected(server: Server, client: Session) -> None:
    server.faults.reject_handshake(403)
    with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
        await client.ws_connect(server.stream_url + "/market/ws")
    server.faults.reject_handshake(None)
    async with client.ws_connect(server.stream_url + "/market/ws"):
        pass


@pytest.mark.parametrize(
    ("status", "html"), [(429, False), (418, False), (403, True), (451, True), (502, True)]
)
async def test_rest_fails_with_the_injected_status(
    server: Server, client: Session, status: int, html: bool
) -> None:
    server.faults.fail_rest("/fapi/v1/*", status, retry_after=7, times=1)
    url = server.rest_url + "/fapi/v1/time"
    async with client.get(url) as answer:
        assert answer.status == status
        assert answer.headers["Retry-After"] == "7"
        assert "X-MBX-USED-WEIGHT-1M" in answer.headers
        assert answer.content_type == ("text/html" if html else "application/json")
        assert (await answer.text()).startswith("<" if html else '{"code":-1003')
    async with client.get(url) as answer:
        assert answer.status == 200


async def test_only_the_matching_path_fails(server: Server, client: Session) -> None:
    server.faults.fail_rest("*/depth", 200, body='{"lastUpdateId":12,"bids":[["7')
    async with client.get(server.rest_url + "/fapi/v1/depth?symbol=BTCUSDT") as answer:
        with pytest.raises(json.JSONDecodeError):
            await answer.json()
    async with client.get(server.rest_url + "/fapi/v1/time") as answer:
        assert answer.status == 200
    server.faults.clear()
    async with client.get(server.rest_url + "/fapi/v1/depth?symbol=BTCUSDT") as answer:
        assert answer.status == 200


async def test_rest_is_delayed(server: Server, client: Session) -> None:
    server.faults.delay_rest("*/time", 0.1, times=1)
    loop = asyncio.get_running_loop()
    waits = []
    for _ in range(2):
        began = loop.time()
        async with client.get(server.rest_url + "/fapi/v1/time"):
            waits.append(loop.time() - began)
    assert waits == [pytest.approx(0.1), 0.0]


async def test_frozen_a_snapshot_is_exact(server: Server, client: Session) -> None:
    async with client.ws_connect(server.stream_url + DEPTH) as socket:
        await depths(socket, 5)
        server.faults.freeze()
        bodies = []
        for _ in range(2):
            url = server.rest_url + "/fapi/v1/depth?symbol=BTCUSDT&limit=1000"
            async with client.get(url) as answer:
                bodies.append(await answer.json())
            await asyncio.sleep(0.05)
        assert bodies[0]["bids"] == bodies[1]["bids"]
        assert bodies[0]["asks"] == bodies[1]["asks"]
        events = await depths(socket, 30)
        assert gaps(events) == 0
        assert events[-1]["b"] == events[-1]["a"] == []
        server.faults.thaw()
        assert any(event["b"] for event in await depths(socket, 20))


async def test_the_clock_is_off(server: Server, client: Session) -> None:
    server.faults.set_clock_offset(-90_000)
    async with client.get(server.rest_url + "/fapi/v1/time") as answer:
        shown = (await answer.json())["serverTime"]
    assert abs(shown + 90_000 - server.clock.now_ms()) < 1_000
    async with client.ws_connect(server.stream_url + DEPTH) as socket:
        (event,) = await depths(socket, 1)
        assert abs(event["E"] + 90_000 - server.clock.now_ms()) < 1_500


async def test_faults_work_from_another_thread(client: Session) -> None:
    with TestExchange(["BTCUSDT"], start_ms=START, speed=20) as embedded:
        async with client.ws_connect(embedded.stream_url + DEPTH) as socket:
            events = await depths(socket, 2)
            embedded.faults.drop_depth("BTCUSDT")
            assert gaps(events + await depths(socket, 20)) == 1
            embedded.faults.close_sockets()
            while (message := await socket.receive(timeout=2)).type is not aiohttp.WSMsgType.CLOSE:
                pass
            assert message.data == 1001
        embedded.faults.refuse_connections()
        with pytest.raises(aiohttp.ClientConnectorError):
            await client.ws_connect(embedded.stream_url + "/market/ws")
        embedded.faults.clear()
        async with client.ws_connect(embedded.stream_url + DEPTH) as socket:
            await depths(socket, 2)


def test_without_a_server_there_is_nothing_to_close() -> None:
    with pytest.raises(RuntimeError, match="no running server"):
        InjectedFaults().close_sockets()
