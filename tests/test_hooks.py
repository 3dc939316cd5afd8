"""Hooks: what they are told, how often, and that nothing of them blocks or leaks."""

from __future__ import annotations

import asyncio
import json
import random
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import build
import pytest
from aiohttp import web

from tuirisk.config import AlertsConfig
from tuirisk.hooks import HookFailure, Hooks, Timing, event, run_command
from tuirisk.state import LogEntry, Missing, RiskState

PATIENCE = 10.0
QUICK = Timing(limit=5.0, tries=3, pause=0.0)
WRITE = "import sys, pathlib; pathlib.Path(sys.argv[1]).open('a').write(sys.stdin.read() + '\\n')"


@pytest.fixture(scope="module")
def ready() -> RiskState:
    return build.state(("BTCUSDT",))


def entry(time_ms: int, after: str = "warning", escalation: bool = True) -> LogEntry:
    return LogEntry(time_ms, "BTCUSDT", "severity", "ok", after, 61.5, escalation)


def hooks(
    said: list[str],
    command: tuple[str, ...] = (),
    webhook: str = "",
    timing: Timing = QUICK,
    **environ: str,
) -> Hooks:
    config = AlertsConfig(on_escalation=command, webhook=webhook)
    return Hooks(
        config, say=said.append, rng=random.Random(1), environ={"PATH": "/bin"} | environ,
        timing=timing,
    )  # fmt: skip


def test_a_command_gets_each_escalation_once_as_json(ready: RiskState, tmp_path: Path) -> None:
    said: list[str] = []
    file = tmp_path / "told"
    line = hooks(said, (sys.executable, "-c", WRITE, str(file)))
    first = replace(ready, log=(entry(1), entry(2, "ok", escalation=False)))
    line.note(first)
    line.note(first)
    line.note(replace(ready, log=(*first.log, entry(3, "critical"))))
    line.close(PATIENCE)
    told = [json.loads(text) for text in file.read_text().splitlines()]
    assert [(t["before"], t["after"], t["time"]) for t in told] == [
        ("ok", "warning", "1970-01-01T00:00:00.001Z"),
        ("ok", "critical", "1970-01-01T00:00:00.003Z"),
    ]
    assert said == []


def test_the_event_says_what_a_person_needs(ready: RiskState) -> None:
    told = event(entry(1), ready)
    advice = ready.symbols["BTCUSDT"].recommendation
    assert told["schema"] == 1
    assert told["score"] == 61.5
    assert told["mark"] == ready.symbols["BTCUSDT"].price.mark
    assert told["recommendation"] == {"code": advice.code, "text": advice.text}
    assert told["text"] == f"BTCUSDT ok > warning (score 62): {advice.text}"
    unknown = event(replace(entry(1), symbol="GONEUSDT", score=Missing("none")), ready)
    assert unknown["score"] is None
    assert unknown["mark"] is None
    assert unknown["recommendation"] is None
    assert unknown["text"] == "GONEUSDT ok > warning"


def test_a_command_does_not_see_the_api_key(tmp_path: Path) -> None:
    said: list[str] = []
    show = "import os, sys; open(sys.argv[1], 'w').write(repr(sorted(os.environ)))"
    file = tmp_path / "environ"
    line = hooks(
        said,
        (sys.executable, "-c", show, str(file)),
        TUIRISK_API_KEY="k",
        TUIRISK_API_SECRET="s",
        KEPT="1",
    )
    line.note(replace(build.state(()), log=(entry(1),)))
    line.close(PATIENCE)
    assert "'KEPT'" in file.read_text()
    assert "TUIRISK" not in file.read_text()


def test_there_is_no_shell(tmp_path: Path, ready: RiskState) -> None:
    said: list[str] = []
    line = hooks(said, (f"touch {tmp_path}/made; true",))
    line.note(replace(ready, log=(entry(1),)))
    line.close(PATIENCE)
    assert not (tmp_path / "made").exists()
    assert len(said) == 1
    assert "cannot be started (no such file or directory)" in said[0]


def test_a_command_that_fails_is_tried_thrice_and_named_without_its_arguments(
    tmp_path: Path, ready: RiskState
) -> None:
    said: list[str] = []
    done = threading.Event()
    file = tmp_path / "tries"
    fail = "import sys; open(sys.argv[1], 'a').write('x'); sys.exit(3)"

    def say(text: str) -> None:
        said.append(text)
        done.set()

    line = Hooks(
        AlertsConfig(on_escalation=(sys.executable, "-c", fail, str(file), "hunter2")),
        say=say,
        rng=random.Random(1),
        environ={},
        timing=QUICK,
    )
    line.note(replace(ready, log=(entry(1),)))
    assert done.wait(PATIENCE)
    line.close(PATIENCE)
    assert file.read_text() == "xxx"
    assert len(said) == 1
    assert "ended with code 3" in said[0]
    assert Path(sys.executable).name in said[0]
    assert "hunter2" not in said[0]


def test_a_command_that_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
    fifo = tmp_path / "alive"
    child = "import subprocess, sys; subprocess.run(['sleep', '600'])"
    with pytest.raises(HookFailure, match=r"did not end within 0\.3 s"):
        run_command((sys.executable, "-c", child, str(fifo)), b"{}", 0.3, {"PATH": "/bin:/usr/bin"})


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


async def test_a_webhook_gets_the_same_json_by_post(ready: RiskState) -> None:
    said: list[str] = []
    async with server([204]) as (url, got):
        line = hooks(said, webhook=url)
        state = replace(ready, log=(entry(1),))
        line.note(state)
        await asyncio.to_thread(line.close, PATIENCE)
    assert got == [{"type": "application/json", "body": event(entry(1), state)}]
    assert said == []


async def test_a_server_in_trouble_is_asked_again(ready: RiskState) -> None:
    said: list[str] = []
    async with server([503, 429, 200]) as (url, got):
        line = hooks(said, webhook=url)
        line.note(replace(ready, log=(entry(1),)))
        await until(lambda: len(got) == 3)
        await asyncio.to_thread(line.close, PATIENCE)
    assert len(got) == 3
    assert said == []


@pytest.mark.parametrize("status", [302, 400, 404])
async def test_a_refusal_is_final_and_told_without_the_address(
    ready: RiskState, status: int
) -> None:
    said: list[str] = []
    async with server([status]) as (url, got):
        line = hooks(said, webhook=url)
        line.note(replace(ready, log=(entry(1),)))
        await until(lambda: bool(said))
        await asyncio.to_thread(line.close, PATIENCE)
    assert len(got) == 1
    assert said == [f"webhook: answered {status}; an escalation was not passed on"]


async def test_a_server_that_does_not_answer_is_given_up_in_time(ready: RiskState) -> None:
    said: list[str] = []
    async with server([600.0]) as (url, got):
        line = hooks(said, webhook=url, timing=Timing(limit=0.1, tries=2, pause=0.0))
        line.note(replace(ready, log=(entry(1),)))
        await until(lambda: bool(said))
        await asyncio.to_thread(line.close, PATIENCE)
    assert len(got) == 2
    assert said == ["webhook: no answer within 0.1 s; an escalation was not passed on"]


async def test_nobody_listening_is_told_without_the_address(ready: RiskState) -> None:
    said: list[str] = []
    async with server([200]) as (url, _):
        pass
    line = hooks(said, webhook=url)
    line.note(replace(ready, log=(entry(1),)))
    await until(lambda: bool(said))
    assert said[0].startswith("webhook: cannot be reached (")
    assert "hunter2" not in said[0]
    assert "127.0.0.1" not in said[0]


async def test_a_slow_hook_blocks_nobody_and_keeps_the_newest(ready: RiskState) -> None:
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
        timing=Timing(limit=PATIENCE, tries=1, pause=0.0, queue=2),
    )
    line.note(replace(ready, log=(entry(0),)))
    await until(lambda: len(got) == 1)
    line.note(replace(ready, log=tuple(entry(n) for n in range(5))))
    release.set()
    await until(lambda: len(got) == 3)
    await asyncio.to_thread(line.close, PATIENCE)
    await runner.cleanup()
    assert [time[-4:-1] for time in got] == ["000", "003", "004"]
    assert said == ["webhook: too slow; an escalation was not passed on"] * 2


def test_a_pause_between_attempts_ends_when_the_monitor_does(
    ready: RiskState, tmp_path: Path
) -> None:
    said: list[str] = []
    fail = "import sys; open(sys.argv[1], 'a').write('x'); sys.exit(1)"
    file = tmp_path / "tries"
    line = hooks(
        said,
        (sys.executable, "-c", fail, str(file)),
        timing=Timing(limit=5.0, tries=3, pause=3_600.0),
    )
    line.note(replace(ready, log=(entry(1),)))
    line.close(PATIENCE)
    assert file.read_text() in ("x", "xx")
    assert len(said) == 1


def test_without_hooks_there_is_no_thread(ready: RiskState) -> None:
    before = threading.active_count()
    line = hooks([])
    line.note(replace(ready, log=(entry(1),)))
    assert threading.active_count() == before
    line.close()
