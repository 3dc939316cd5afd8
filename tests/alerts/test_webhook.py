"""The webhook: what it is sent, how often, and that it never blocks or leaks."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from support import build
from support.hooks import PATIENCE, WRITE, entry, hooks

from tuirisk.alerts.delivery import DeliveryFailure, DeliveryTiming
from tuirisk.alerts.event import alert_event
from tuirisk.alerts.http import post
from tuirisk.cli.watch import EventLines
from tuirisk.config.model import Config
from tuirisk.state import LogEntry, RiskState, or_none
from tuirisk.state.codec import iso


@pytest.fixture(scope="module")
def ready() -> RiskState:
    return build.state(("BTCUSDT",))


@asynccontextmanager
async def server(answers: list[int | float]) -> AsyncIterator[tuple[str, list[dict[str, object]]]]:
    """Answers with the given status codes in turn; a float is a wait without an answer."""
    got: list[dict[str, object]] = []

    async def take(request: web.Request) -> web.Response:
        got.append({"type": request.content_type, "body": await request.json()})
        answer = answers[min(len(got), len(answers)) - 1]
        if isinstance(answer, float):
            await asyncio.sleep(answer)
        return web.Response(status=int(answer), headers={"Location": "/elsewhere"})

    app = web.Application()
    app.router.add_post("/hook/{token}", take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook/hunter2", got
    finally:
        await runner.cleanup()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - the other side is a thread
            await asyncio.sleep(0.005)


ALERTS = (
    LogEntry(
        1_000, "BTCUSDT", "liquidated", "long 0.52", "", cause="liquidation",
        text="long 0.52 liquidated at 74,436", pnl=-1_500.5, quantity=0.52, price=74_436.0,
    ),
    LogEntry(
        2_000, "", "blind", "", "", cause="no_data", symbols=("BTCUSDT", "ETHUSDT"),
        text="no data of BTCUSDT, ETHUSDT for 30 s",
    ),
    LogEntry(3_000, "", "blind", "", "", cause="account_late", text="account: not read for 90 s"),
    LogEntry(
        4_000, "ETHUSDT", "closed", "short 2", "", cause="user", text="ETHUSDT short 2 closed",
        pnl=12.25, quantity=2.0, price=3_490.0,
    ),
    LogEntry(
        5_000, "", "severity", "", "critical", 81.0, cause="reduce_or_hedge",
        symbols=("A", "B", "C", "D", "E"), text="5 symbols rise up to critical: A, B, C, D, E",
    ),
)  # fmt: skip


async def test_hook_webhook_and_watch_get_what_the_state_has_as_alerts(
    ready: RiskState, tmp_path: Path
) -> None:
    said: list[str] = []
    file = tmp_path / "told"
    state = replace(ready, log=ALERTS, alerts=ALERTS)
    async with server([204]) as (url, got):
        line = hooks(said, (sys.executable, "-c", WRITE, str(file)), webhook=url)
        line.send(ready)
        line.send(state)
        await until(lambda: len(got) == len(ALERTS))
        await asyncio.to_thread(line.close, PATIENCE)
    printed = [json.loads(text) for text in EventLines(Config()).of(state)]
    assert [one["body"] for one in got] == printed
    assert [json.loads(text) for text in file.read_text().splitlines()] == printed
    assert said == []
    assert len(printed) == len(state.alerts)
    for event, alert in zip(printed, state.alerts, strict=True):
        same = ("symbol", "before", "after", "kind", "cause", "count")
        assert {name: event[name] for name in same} == {name: getattr(alert, name) for name in same}
        for name in ("pnl", "quantity", "price", "score"):
            assert event[name] == or_none(getattr(alert, name))
        assert event["event"] == ("escalation" if alert.kind == "severity" else alert.kind)
        assert event["time"] == iso(alert.alert_ms)
        assert event["symbols"] == list(alert.symbols or filter(None, [alert.symbol]))
        assert event["text"].endswith(alert.text)
    assert printed[-1]["text"] == ALERTS[-1].text


async def test_a_webhook_gets_the_same_json_by_post(ready: RiskState) -> None:
    said: list[str] = []
    async with server([204]) as (url, got):
        line = hooks(said, webhook=url)
        state = replace(ready, log=(entry(1),))
        line.send(state)
        await asyncio.to_thread(line.close, PATIENCE)
    assert got == [{"type": "application/json", "body": alert_event(entry(1), state, "mainnet")}]
    assert said == []


async def test_a_webhook_is_sent_again_after_a_server_error(ready: RiskState) -> None:
    said: list[str] = []
    async with server([503, 429, 200]) as (url, got):
        line = hooks(said, webhook=url)
        line.send(replace(ready, log=(entry(1),)))
        await until(lambda: len(got) == 3)
        await asyncio.to_thread(line.close, PATIENCE)
    assert len(got) == 3
    assert said == []


@pytest.mark.parametrize("status", [302, 400, 404])
async def test_a_refusal_is_final_and_reported_without_the_address(
    ready: RiskState, status: int
) -> None:
    said: list[str] = []
    async with server([status]) as (url, got):
        line = hooks(said, webhook=url)
        line.send(replace(ready, log=(entry(1),)))
        await until(lambda: bool(said))
        await asyncio.to_thread(line.close, PATIENCE)
    assert len(got) == 1
    assert said == [f"webhook: answered {status}; an alert was not passed on"]


async def test_a_server_that_does_not_answer_is_given_up_in_time(ready: RiskState) -> None:
    said: list[str] = []
    async with server([600.0]) as (url, got):
        line = hooks(said, webhook=url, timing=DeliveryTiming(limit=0.1, tries=2, pause=0.0))
        line.send(replace(ready, log=(entry(1),)))
        await until(lambda: bool(said))
        await asyncio.to_thread(line.close, PATIENCE)
    assert len(got) == 2
    assert said == ["webhook: no answer within 0.1 s; an alert was not passed on"]


async def test_a_refused_connection_is_reported_without_the_address(ready: RiskState) -> None:
    said: list[str] = []
    async with server([200]) as (url, _):
        pass
    line = hooks(said, webhook=url)
    line.send(replace(ready, log=(entry(1),)))
    await until(lambda: bool(said))
    assert said[0].startswith("webhook: cannot be reached (")
    assert "hunter2" not in said[0]
    assert "127.0.0.1" not in said[0]


async def test_a_name_that_is_looked_up_for_long_does_not_hold_up_the_end(tmp_path: Path) -> None:
    """An interpreter waits for the threads of a pool, and a hook's look-up must not be in one."""
    program = """
import random, socket, sys, threading
from dataclasses import replace
sys.path.insert(0, sys.argv[1])
from support import build
from tuirisk.config.model import AlertsConfig
from tuirisk.alerts.hooks import Hooks
from tuirisk.state import LogEntry

asked = threading.Event()
def never(*_, **__):
    asked.set()
    threading.Event().wait()
socket.getaddrinfo = never
line = LogEntry(1, "BTCUSDT", "severity", "ok", "warning", 1.0, True)
hooks = Hooks(AlertsConfig(webhook="http://example.test/"), report=print, rng=random.Random(1),
              environ={})
hooks.send(replace(build.state(()), log=(line,)))
assert asked.wait(30)
hooks.close(0.1)
print("left")
"""
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, str(Path(build.__file__).parents[1]),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        out, _ = await asyncio.wait_for(running.communicate(), 60)
    except TimeoutError:
        running.kill()
        pytest.fail("it waits for the look-up")
    assert out == b"left\n"


async def test_user_and_password_of_the_address_are_sent_in_a_header() -> None:
    got: list[str | None] = []

    async def take(request: web.Request) -> web.Response:
        got.append(request.headers.get("Authorization"))
        return web.Response()

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://ann:p%40ss@127.0.0.1:{runner.addresses[0][1]}/"
    await asyncio.to_thread(post, url, b"{}", PATIENCE)
    await runner.cleanup()
    assert got == ["Basic YW5uOnBAc3M="]


@pytest.mark.parametrize("url", ["http://", "file:///etc/passwd", "http://127.0.0.1:port/"])
def test_an_address_that_is_none_is_final_and_not_repeated(url: str) -> None:
    with pytest.raises(DeliveryFailure, match=r"^the address makes no sense$") as failure:
        post(url, b"{}", PATIENCE)
    assert failure.value.final


async def test_a_slow_hook_blocks_no_other_and_keeps_the_newest(ready: RiskState) -> None:
    said: list[str] = []
    release = asyncio.Event()
    got: list[str] = []

    async def take(request: web.Request) -> web.Response:
        got.append((await request.json())["time"])
        await release.wait()
        return web.Response()

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    line = hooks(
        said,
        webhook=f"http://127.0.0.1:{runner.addresses[0][1]}/",
        timing=DeliveryTiming(limit=PATIENCE, tries=1, pause=0.0, queue=2),
    )
    line.send(replace(ready, log=(entry(0),)))
    await until(lambda: len(got) == 1)
    line.send(replace(ready, log=tuple(entry(n) for n in range(5))))
    release.set()
    await until(lambda: len(got) == 3)
    await asyncio.to_thread(line.close, PATIENCE)
    await runner.cleanup()
    assert [time[-4:-1] for time in got] == ["000", "003", "004"]
    assert said == ["webhook: too slow; an alert was not passed on"] * 2
