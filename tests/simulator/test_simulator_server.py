from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tuirisk.simulator.clock import SimulatedClock
from tuirisk.simulator.connection import ClientConnection
from tuirisk.simulator.embedded import EmbeddedExchange
from tuirisk.simulator.exchange import Exchange
from tuirisk.simulator.server import Server, serve

START = 1_794_999_960_000
Session = aiohttp.ClientSession
Socket = aiohttp.ClientWebSocketResponse


async def receive(socket: Socket) -> Any:
    return json.loads(await socket.receive_str(timeout=2))


async def silent(socket: Socket, seconds: float = 0.15) -> bool:
    try:
        await socket.receive(timeout=seconds)
    except TimeoutError:
        return True
    return False


@pytest.mark.parametrize(
    ("path", "stream"),
    [
        ("/public/stream?streams=", "btcusdt@depth@100ms"),
        ("/public/stream?streams=", "btcusdt@bookTicker"),
        ("/market/stream?streams=", "btcusdt@kline_1h"),
        ("/market/stream?streams=", "btcusdt@markPrice@1s"),
        ("/market/stream?streams=", "btcusdt@aggTrade"),
        ("/market/stream?streams=", "!markPrice@arr@1s"),
        ("/market/stream?streams=", "!ticker@arr"),
        ("/market/stream?streams=", "btcusdt@ticker"),
        ("/stream?streams=", "btcusdt@depth@100ms"),
    ],
)
async def test_streams_deliver_on_their_address(
    server: Server, client: Session, path: str, stream: str
) -> None:
    async with client.ws_connect(server.stream_url + path + stream) as socket:
        frame = await receive(socket)
        assert list(frame) == ["stream", "data"]
        assert frame["stream"] == stream


@pytest.mark.parametrize(
    ("path", "stream"),
    [
        ("/public/ws", "btcusdt@kline_1h"),
        ("/market/ws", "btcusdt@depth@100ms"),
        ("/private/ws", "btcusdt@depth@100ms"),
        ("/ws", "btcusdt@markPrice@1s"),
        ("/ws", "btcusdt@aggTrade"),
        ("/public/ws", "nosuchusdt@depth@100ms"),
        ("/public/ws", "BTCUSDT@depth@100ms"),
        ("/market/ws", "btcusdt@tarot"),
    ],
)
async def test_elsewhere_they_are_acknowledged_and_mute(
    server: Server, client: Session, path: str, stream: str
) -> None:
    async with client.ws_connect(server.stream_url + path) as socket:
        await socket.send_json({"method": "SUBSCRIBE", "params": [stream], "id": 4})
        assert await receive(socket) == {"result": None, "id": 4}
        assert await silent(socket)


async def test_the_raw_address_sends_bare_events(server: Server, client: Session) -> None:
    url = server.stream_url + "/public/ws/btcusdt@depth@100ms/ethusdt@bookTicker"
    async with client.ws_connect(url) as socket:
        kinds = {(await receive(socket))["e"] for _ in range(20)}
        assert kinds == {"depthUpdate", "bookTicker"}


async def test_subscriptions_come_go_and_are_listed(server: Server, client: Session) -> None:
    async with client.ws_connect(server.stream_url + "/public/stream") as socket:
        names = ["btcusdt@depth@100ms", "ethusdt@bookTicker"]
        await socket.send_json({"method": "SUBSCRIBE", "params": names, "id": 1})
        assert await receive(socket) == {"result": None, "id": 1}
        await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 2})
        while "stream" in (answer := await receive(socket)):
            pass
        assert answer == {"result": names, "id": 2}
        await socket.send_json({"method": "UNSUBSCRIBE", "params": names, "id": 3})
        while "stream" in (answer := await receive(socket)):
            pass
        assert answer == {"result": None, "id": 3}
        assert await silent(socket)


@pytest.mark.parametrize("text", ["{", "[1]", '{"method":"DANCE","id":9}', "null"])
async def test_nonsense_is_answered_with_an_error(
    server: Server, client: Session, text: str
) -> None:
    async with client.ws_connect(server.stream_url + "/market/ws") as socket:
        await socket.send_str(text)
        assert "error" in await receive(socket)


async def test_more_than_ten_messages_a_second_disconnect(server: Server, client: Session) -> None:
    async with client.ws_connect(server.stream_url + "/market/ws") as socket:
        for number in range(11):
            await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": number})
        while (message := await socket.receive(timeout=2)).type is aiohttp.WSMsgType.TEXT:
            pass
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1008)


async def test_more_than_200_streams_disconnect(server: Server, client: Session) -> None:
    async with client.ws_connect(server.stream_url + "/market/ws") as socket:
        names = [f"coin{number}usdt@aggTrade" for number in range(201)]
        await socket.send_json({"method": "SUBSCRIBE", "params": names, "id": 1})
        message = await socket.receive(timeout=2)
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1008)


async def test_pings_are_answered(server: Server, client: Session) -> None:
    url = server.stream_url + "/market/ws"
    async with client.ws_connect(url, autoping=False) as socket:
        await socket.ping(b"hello")
        message = await socket.receive(timeout=2)
        assert (message.type, bytes(message.data)) == (aiohttp.WSMsgType.PONG, b"hello")


async def test_weight_is_returned_and_the_budget_kept(server: Server, client: Session) -> None:
    url = server.rest_url + "/fapi/v1/depth?symbol=BTCUSDT&limit=1000"
    used = []
    for _ in range(3):
        async with client.get(url) as answer:
            used.append(int(answer.headers["X-MBX-USED-WEIGHT-1M"]))
            assert len((await answer.json())["bids"]) == 1_000
    assert used == [20, 40, 60]
    server.limiter.charge("/fapi/v1/depth", 2_340)
    async with client.get(url) as answer:
        assert answer.status == 429
        assert 1 <= int(answer.headers["Retry-After"]) <= 61
        assert (await answer.json())["code"] == -1003
    async with client.get(server.rest_url + "/fapi/v1/fundingInfo") as answer:
        assert answer.status == 200


async def test_requests_and_connections_are_logged(server: Server, client: Session) -> None:
    async with client.get(server.rest_url + "/fapi/v1/klines?symbol=A&interval=1h") as answer:
        assert answer.status == 400
    assert list(server.requests) == [("/fapi/v1/klines", {"symbol": "A", "interval": "1h"})]
    async with client.ws_connect(server.stream_url + "/market/ws/btcusdt@aggTrade"):
        assert [list(open_.streams) for open_ in server.connections] == [["btcusdt@aggTrade"]]
    await asyncio.sleep(0.05)
    assert server.connections == []
    assert list(server.handshakes) == ["/market/ws/btcusdt@aggTrade"]


async def test_time_answers_between_steps() -> None:
    clock = SimulatedClock(START, monotonic=asyncio.get_running_loop().time)
    server = await serve(Exchange(start_ms=START), clock)
    async with Session() as client:
        seen = set()
        for _ in range(5):
            async with client.get(server.rest_url + "/fapi/v1/time") as answer:
                seen.add((await answer.json())["serverTime"])
            await asyncio.sleep(0.004)
    await server.stop()
    assert len(seen) == 5
    assert all(START <= moment < START + 2_000 for moment in seen)


async def test_two_clients_get_the_same_frames(server: Server, client: Session) -> None:
    url = server.stream_url + "/public/stream?streams=btcusdt@depth@100ms"
    async with client.ws_connect(url) as one, client.ws_connect(url) as two:
        second = [await receive(two) for _ in range(10)]
        frame = await receive(one)
        while frame["data"]["u"] < second[0]["data"]["u"]:
            frame = await receive(one)
        assert [frame] + [await receive(one) for _ in range(9)] == second


def test_the_embedded_exchange_starts_and_stops_at_once() -> None:
    with EmbeddedExchange(symbols=["BTCUSDT"], start_ms=START, speed=5) as embedded:
        assert embedded.rest_url.startswith("http://127.0.0.1:")
        assert embedded.call(lambda: embedded.exchange.market("BTCUSDT")).candles.last > 0
        assert embedded.connections == []
        url = embedded.stream_url + "/public/ws/btcusdt@depth@100ms"

        async def listen() -> float:
            async with Session() as client, client.ws_connect(url) as socket:
                await receive(socket)
                assert embedded.connections == [
                    ("/public/ws/btcusdt@depth@100ms", ("btcusdt@depth@100ms",))
                ]
                began = time.perf_counter()
                await asyncio.to_thread(embedded.stop)
                return time.perf_counter() - began

        assert asyncio.run(listen()) < 0.2
    with pytest.raises(RuntimeError):
        embedded.call(lambda: None)


def test_a_restart_goes_on_on_the_same_port() -> None:
    embedded = EmbeddedExchange(["BTCUSDT"], start_ms=START, speed=100)
    with embedded:
        port = embedded.server.port
        time.sleep(0.05)
    stood = embedded.exchange.now_ms
    assert stood > START
    with embedded:
        assert embedded.server.port == port
        time.sleep(0.05)
    assert stood < embedded.exchange.now_ms < stood + 60_000


def test_stopping_does_not_wait_for_slow_answers() -> None:
    with EmbeddedExchange(["BTCUSDT"], start_ms=START) as embedded:
        embedded.faults.delay_rest("*", 30.0)

        async def ask() -> float:
            async with Session() as client:
                request = asyncio.create_task(client.get(embedded.rest_url + "/fapi/v1/ping"))
                await asyncio.sleep(0.05)
                began = time.perf_counter()
                await asyncio.to_thread(embedded.stop)
                with pytest.raises(aiohttp.ClientError):
                    await request
                return time.perf_counter() - began

        assert asyncio.run(ask()) < 0.2


def test_a_taken_port_is_an_error() -> None:
    with EmbeddedExchange(start_ms=START) as embedded:
        port = embedded.server.port
        with pytest.raises(OSError, match="in use"):
            EmbeddedExchange(start_ms=START, port=port).start()


def test_the_clock_runs_at_its_speed() -> None:
    now = 100.0
    clock = SimulatedClock(START, 60.0, lambda: now)
    now = 101.5
    assert clock.now_ms() == START + 90_000
    assert clock.now_ns() == (START + 90_000) * 1_000_000
    assert clock.real_seconds(30) == 0.5
    with pytest.raises(ValueError, match="positive"):
        SimulatedClock(START, 0)


def test_frames_have_the_real_ones_keys(shared_data: Path) -> None:
    exchange = Exchange(start_ms=START, scenario="crash")
    exchange.advance_to(START + 45_000)
    for stream in ("aggTrade", "markPrice@1s", "kline_15m", "forceOrder"):
        exchange.subscribe(f"btcusdt@{stream}")
    ours = {
        data["e"]: data for _, data in exchange.advance_to(START + 60_000) if isinstance(data, dict)
    }
    lines = (shared_data / "reference/ws_frames_samples.jsonl").read_text().splitlines()
    for line in lines:
        frame = json.loads(line)
        real = frame.get("data", frame)
        mine = ours[real["e"]]
        assert set(real) <= set(mine)
        for part in ("k", "o"):
            assert set(real.get(part, {})) <= set(mine.get(part, {}))


def test_serving_needs_the_right_address() -> None:
    def serves(category: str | None, name: str) -> bool:
        connection = ClientConnection.__new__(ClientConnection)
        connection.category = category
        return connection.serves(name)

    assert serves("public", "btcusdt@bookTicker")
    assert serves(None, "btcusdt@depth@100ms")
    assert not serves("private", "btcusdt@depth@100ms")
    assert serves("market", "btcusdt@forceOrder")
