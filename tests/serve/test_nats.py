"""States and alerts through a real NATS server: composed, led by one, and never old as live."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.js.api import KeyValueConfig, StorageType
from support import ui_states
from support.nats_server import NatsServer, nats_server

from tuirisk.remote import nats_protocol
from tuirisk.remote.nats_connection import NatsConnection
from tuirisk.remote.nats_link import Login
from tuirisk.remote.nats_protocol import ACCOUNT_ALERT_SUBJECTS
from tuirisk.serve.nats_publisher import NatsPublisher
from tuirisk.state import LogEntry, RiskState

pytestmark = pytest.mark.real_time
HELD = replace(ui_states.critical(), log=(), alerts=())
BTC = "BTCUSDT"
ROOT = Path(__file__).resolve().parents[2]


def without(state: RiskState, *names: str) -> RiskState:
    return replace(state, symbols={n: s for n, s in state.symbols.items() if n not in names})


def of_market(state: RiskState) -> RiskState:
    nothing = {n: replace(s, position=None, positions=()) for n, s in state.symbols.items()}
    return replace(state, account=None, symbols=nothing)


def publisher(server: NatsServer, name: str, part: str, *, may_lead: bool) -> NatsPublisher:
    return NatsPublisher(
        server.url, Login(), name, part, time.monotonic, venue="own", may_lead=lambda: may_lead
    )


@asynccontextmanager
async def running(task: Any) -> AsyncIterator[None]:
    made = asyncio.create_task(task)
    try:
        yield
    finally:
        made.cancel()
        with suppress(asyncio.CancelledError):
            await made


async def until(met: Callable[[], bool], seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not met():  # noqa: ASYNC110 - what is awaited has no event
            await asyncio.sleep(0.02)


def viewer(server: NatsServer) -> NatsConnection:
    return NatsConnection(server.url, Login(), time.monotonic, random.Random(5))


def symbols(connection: NatsConnection) -> set[str]:
    state = connection.state
    return set() if state is None else set(state.symbols)


async def test_two_servers_make_one_state_and_alerts_come_once(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        first = publisher(server, "a", "1of2", may_lead=True)
        second = publisher(server, "b", "2of2", may_lead=False)
        desk = viewer(server)
        async with running(first.run()), running(second.run()), running(desk.run()):
            mine, others = (
                without(HELD, "SOLUSDT"),
                without(HELD, *HELD.symbols.keys() - {"SOLUSDT"}),
            )
            first.publish(mine, of_market(mine))
            second.publish(of_market(others), of_market(others))
            await until(lambda: symbols(desk) == set(HELD.symbols) and not desk.silent)
            await until(lambda: bool(desk.state and desk.state.symbols[BTC].legs))
            state = desk.state
            assert state is not None
            assert state.symbols["ETHUSDT"].price == HELD.symbols["ETHUSDT"].price
            assert state.danger_order[0] == BTC

            client = await nats.connect(server.url)
            alerts = await client.jetstream().subscribe(
                ACCOUNT_ALERT_SUBJECTS, ordered_consumer=True
            )
            entries = tuple(
                LogEntry(HELD.time_ms + n * 60_000, BTC, "severity", "ok", "warning")
                for n in range(5)
            )
            for count in range(1, 6):
                risen = replace(mine, log=entries[:count], alerts=entries[:count])
                first.publish(risen, of_market(replace(mine, log=())))
            got = [json.loads((await alerts.next_msg(timeout=10)).data) for _ in entries]
            assert [one["time"] for one in got] == sorted({one["time"] for one in got})
            with pytest.raises(TimeoutError):
                await alerts.next_msg(timeout=0.6)
            await client.close()


async def test_a_viewer_that_came_before_the_bucket_of_the_account_sees_the_account(
    tmp_path: Path,
) -> None:
    with nats_server(tmp_path) as server:
        client = await nats.connect(server.url)
        made = KeyValueConfig(bucket=nats_protocol.BUCKET, history=1, storage=StorageType.MEMORY)
        await client.jetstream().create_key_value(made)
        desk = viewer(server)
        async with running(desk.run()):
            await until(lambda: desk.problem is not None and desk.problem.code == "server_away")
            first = publisher(server, "a", "1of1", may_lead=True)
            async with running(first.run()):
                first.publish(HELD, of_market(HELD))
                await until(lambda: bool(desk.state and desk.state.symbols[BTC].legs))
        await client.close()


async def test_what_a_dead_server_left_is_never_live(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        first = publisher(server, "a", "1of1", may_lead=True)
        async with running(first.run()):
            first.publish(HELD, of_market(HELD))
            desk = viewer(server)
            async with running(desk.run()):
                await until(lambda: symbols(desk) == set(HELD.symbols))
        late = viewer(server)
        async with running(late.run()):
            await until(lambda: bool(symbols(late)))
            assert late.silent


async def test_a_guest_sees_the_market_alone(tmp_path: Path) -> None:
    document = (ROOT / "docs/serving.md").read_text(encoding="utf-8")
    begin = document.index("    authorization {")
    users = document[begin : document.index("\n\n", begin)]
    users = users.replace("$DESK", "desk-secret").replace("$GUEST", "guest-secret")
    config = tmp_path / "nats.conf"
    config.write_text(users)
    with nats_server(tmp_path, "-c", str(config)) as server:
        login = Login(user="desk", password="desk-secret")
        first = NatsPublisher(
            server.url, login, "a", "1of1", time.monotonic, venue="own", may_lead=lambda: True
        )
        guest = NatsConnection(
            server.url,
            Login(user="guest", password="guest-secret"),
            time.monotonic,
            random.Random(5),
        )
        wrong = NatsConnection(server.url, Login(user="guest"), time.monotonic, random.Random(5))
        async with running(first.run()), running(guest.run()), running(wrong.run()):
            first.publish(HELD, of_market(HELD))
            await until(lambda: symbols(guest) == set(HELD.symbols) and not guest.silent)
            await until(lambda: wrong.refused)
            state = guest.state
            assert state is not None
            assert state.account is None
            assert not any(symbol.legs for symbol in state.symbols.values())
            assert guest.problem is None


@pytest.mark.slow
async def test_another_leads_when_the_leader_is_gone_and_no_alert_is_lost(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        first = publisher(server, "a", "1of1", may_lead=True)
        second = publisher(server, "b", "1of1", may_lead=True)
        entry = LogEntry(HELD.time_ms, BTC, "severity", "warning", "critical")
        risen = replace(HELD, log=(entry,), alerts=(entry,))
        async with running(second.run()):
            leading = asyncio.create_task(first.run())
            await until(lambda: first.leads or second.leads)
            leader, spare = (first, second) if first.leads else (second, first)
            if leader is second:
                pytest.skip("the second was first")
            for one in (leader, spare):
                one.publish(HELD, of_market(HELD))
            leading.cancel()  # before it sends what comes now
            with suppress(asyncio.CancelledError):
                await leading
            spare.publish(risen, of_market(HELD))
            await until(lambda: spare.leads, 3 * nats_protocol.LEASE_S)
            client = await nats.connect(server.url)
            alerts = await client.jetstream().subscribe(
                ACCOUNT_ALERT_SUBJECTS, ordered_consumer=True
            )
            event = json.loads((await alerts.next_msg(timeout=10)).data)
            assert (event["symbol"], event["after"]) == (BTC, "critical")
            await client.close()


@pytest.mark.slow
async def test_a_bus_that_is_killed_is_old_within_its_time_and_comes_back(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        first = publisher(server, "a", "1of1", may_lead=True)
        desk = viewer(server)

        async def publishing() -> None:
            while True:
                first.publish(replace(HELD, time_ms=time.time_ns() // 10**6), of_market(HELD))
                await asyncio.sleep(0.25)

        async with running(first.run()), running(desk.run()), running(publishing()):
            await until(lambda: bool(symbols(desk)) and not desk.silent and desk.problem is None)
            server.kill()
            await until(lambda: desk.problem is not None or desk.silent, 5.0)
            server.start()
            await until(lambda: desk.problem is None and not desk.silent, 30.0)
