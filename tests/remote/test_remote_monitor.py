"""A viewer's monitor against a hub over real sockets; its clock is the test's."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any, cast

from aiohttp import web
from support import ui_states

from tuirisk.config.model import Config, UiConfig
from tuirisk.remote.connection import Connection
from tuirisk.remote.monitor import RemoteMonitor
from tuirisk.serve.address import Address
from tuirisk.serve.hub import Hub
from tuirisk.serve.requests import Requests
from tuirisk.serve.server import listening
from tuirisk.state import LogEntry, RiskState

STATE = ui_states.ready()
HELD = ui_states.critical()
CONFIG = Config(symbols=(), ui=UiConfig(refresh_hz=100.0))


class Clock:
    """The loop's time, and what the test adds to it."""

    def __init__(self) -> None:
        self.ahead = 1_000.0

    def seconds(self) -> float:
        return self.ahead + asyncio.get_running_loop().time()

    def now_ns(self) -> int:
        return round(self.seconds() * 1e9)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@asynccontextmanager
async def served(clock: Clock, where: Address | None = None) -> AsyncIterator[tuple[Hub, Address]]:
    hub = Hub(None, Requests(cast(Any, object())), clock.seconds)
    hub.publish(HELD, HELD)
    async with listening(hub.handle, where or Address("127.0.0.1", 0)) as address:
        yield hub, address


def monitor_at(address: Address, clock: Clock) -> RemoteMonitor:
    link = Connection(f"ws://{address}", "", clock.seconds, random.Random(3))
    return RemoteMonitor(link, CONFIG, clock)


async def until(states: AsyncIterator[RiskState], met: Callable[[RiskState], bool]) -> RiskState:
    async with asyncio.timeout(10):
        async for state in states:
            if met(state):
                return state
    raise AssertionError("no such state")


def live(state: RiskState) -> bool:
    return state.connection.status != "offline" and bool(state.symbols)


def offline(state: RiskState) -> bool:
    return state.connection.status == "offline"


async def test_a_state_is_shown_as_of_another_tuirisk() -> None:
    clock = Clock()
    async with served(clock) as (_, address):
        async with aclosing(monitor_at(address, clock).states()) as states:
            state = await until(states, live)
    assert state.source == "remote"
    assert state.symbols.keys() == HELD.symbols.keys()
    assert state.connection == HELD.connection


async def test_a_server_that_goes_is_offline_at_once_and_comes_back_by_itself() -> None:
    clock = Clock()
    async with served(clock) as (_, address):
        states = monitor_at(address, clock).states()
        await until(states, live)
    gone = await until(states, offline)
    assert all(symbol.status == "stale" for symbol in gone.symbols.values())
    assert {n: s.severity.level for n, s in gone.symbols.items()} == {
        n: s.severity.level for n, s in HELD.symbols.items()
    }
    async with served(clock, address):
        await until(states, live)
        await cast(Any, states).aclose()


async def test_a_server_whose_states_stand_still_is_not_live() -> None:
    clock = Clock()
    async with served(clock) as (_, address):
        async with aclosing(monitor_at(address, clock).states()) as states:
            await until(states, live)
            clock.ahead += 5.0
            still = await until(states, offline)
    assert still.messages[0].code == "server_silent"
    assert still.time_ms >= HELD.time_ms + 5_000


async def test_blindness_of_what_is_held_is_an_alert_of_the_viewer() -> None:
    clock = Clock()
    async with served(clock) as (_, address):
        states = monitor_at(address, clock).states()
        await until(states, live)
    clock.ahead += CONFIG.alerts.blind_seconds + 1
    await until(states, lambda state: any(e.kind == "blind" for e in state.alerts))
    await cast(Any, states).aclose()


async def test_a_frame_that_comes_late_is_as_old_as_it_is() -> None:
    clock = Clock()
    async with served(clock) as (_, address):
        monitor = monitor_at(address, clock)
        async with aclosing(monitor.states()) as states:
            await until(states, live)
            clock.ahead += 30.0  # what is under way now was sent before
            state = await until(states, lambda state: True)
            assert state.connection.status == "offline"


async def test_an_alert_acknowledged_here_stays_so() -> None:
    clock = Clock()
    entry = LogEntry(HELD.time_ms, "BTCUSDT", "severity", "ok", "critical")
    alerting = replace(HELD, log=(entry,), alerts=(entry,))
    async with served(clock) as (hub, address):
        hub.publish(alerting, alerting)
        monitor = monitor_at(address, clock)
        async with aclosing(monitor.states()) as states:
            state = await until(states, lambda state: bool(state.alerts))
            monitor.acknowledge(state.alerts)
            later = replace(alerting, time_ms=HELD.time_ms + 1)
            hub.publish(later, later)
            state = await until(states, lambda state: state.time_ms == later.time_ms)
    assert [one.acknowledged for one in state.alerts] == [True]
    assert [one.acknowledged for one in state.log] == [True]


async def test_a_symbol_is_added_and_removed() -> None:
    clock = Clock()
    async with served(clock) as (_, address):
        monitor = monitor_at(address, clock)
        async with aclosing(monitor.states()) as states:
            names = list((await until(states, live)).symbols)
            monitor.remove(names[0])
            state = await until(states, lambda state: names[0] not in state.symbols)
            assert list(state.symbols) == names[1:]
            monitor.add("NOUSDT")
            state = await until(states, lambda state: "NOUSDT" in state.symbols)
            assert state.symbols["NOUSDT"].status == "error"


async def test_a_server_of_something_else_is_said() -> None:
    clock = Clock()

    async def talk(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_bytes(b"\x00")
        async for _ in socket:
            pass
        return socket

    app = web.Application()
    app.router.add_get("/", talk)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = Address("127.0.0.1", runner.addresses[0][1])
    async with aclosing(monitor_at(address, clock).states()) as states:
        await until(states, lambda state: state.messages[0].code == "server_malformed")
    await runner.cleanup()


async def test_a_refused_token_is_said_and_offline() -> None:
    clock = Clock()

    async def refuse(request: web.Request) -> web.Response:
        raise web.HTTPUnauthorized

    app = web.Application()
    app.router.add_get("/", refuse)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = Address("127.0.0.1", runner.addresses[0][1])
    async with aclosing(monitor_at(address, clock).states()) as states:
        state = await until(states, offline)
    assert state.messages[0].code == "server_refuses_token"
    await runner.cleanup()
