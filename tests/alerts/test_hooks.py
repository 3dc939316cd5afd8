"""Hooks: what they are told, how often, and that nothing of them blocks or leaks."""

from __future__ import annotations

import json
import random
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from support import build
from support.hooks import PATIENCE, QUICK, WRITE, entry, hooks

from tuirisk.alerts.delivery import DeliveryFailure, DeliveryTiming
from tuirisk.alerts.event import alert_event
from tuirisk.alerts.hooks import Hooks, run_command
from tuirisk.config.alert_model import AlertsConfig
from tuirisk.language.reason import Reason
from tuirisk.state import Missing, RiskState


@pytest.fixture(scope="module")
def ready() -> RiskState:
    return build.state(("BTCUSDT",))


def test_a_command_gets_each_escalation_once_as_json(ready: RiskState, tmp_path: Path) -> None:
    said: list[str] = []
    file = tmp_path / "told"
    line = hooks(said, (sys.executable, "-c", WRITE, str(file)))
    first = replace(ready, log=(entry(1), entry(2, "ok", escalation=False)))
    line.send(first)
    line.send(first)
    line.send(replace(ready, log=(*first.log, entry(3, "critical"))))
    line.close(PATIENCE)
    told = [json.loads(text) for text in file.read_text().splitlines()]
    assert [(t["before"], t["after"], t["time"]) for t in told] == [
        ("ok", "warning", "1970-01-01T00:00:00.001Z"),
        ("ok", "critical", "1970-01-01T00:00:00.003Z"),
    ]
    assert said == []


def test_the_event_has_the_symbol_the_levels_and_the_reason(ready: RiskState) -> None:
    told = alert_event(entry(1), ready, "mainnet")
    advice = ready.symbols["BTCUSDT"].recommendation
    assert told["schema"] == 1
    assert told["score"] == 61.5
    assert told["mark"] == ready.symbols["BTCUSDT"].price.mark
    assert told["recommendation"] == {"code": advice.code, "text": advice.text}
    assert told["text"] == f"BTCUSDT ok > warning (score 62): {advice.text}"
    why = replace(entry(1), cause="watch_margin", component="")
    told = alert_event(why, ready, "mainnet")
    assert told["rule"] == "watch_margin"
    assert told["text"] == "BTCUSDT ok > warning (score 62): watch margin"
    unknown = alert_event(
        replace(entry(1), symbol="GONEUSDT", score=Missing.from_text("none")), ready, "mainnet"
    )
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
    line.send(replace(build.state(()), log=(entry(1),)))
    line.close(PATIENCE)
    assert "'KEPT'" in file.read_text()
    assert "TUIRISK" not in file.read_text()


def test_there_is_no_shell(tmp_path: Path, ready: RiskState) -> None:
    said: list[str] = []
    line = hooks(said, (f"touch {tmp_path}/made; true",))
    line.send(replace(ready, log=(entry(1),)))
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

    def say(reason: Reason) -> None:
        said.append(str(reason))
        done.set()

    line = Hooks(
        AlertsConfig(on_escalation=(sys.executable, "-c", fail, str(file), "hunter2")),
        report=say,
        rng=random.Random(1),
        environ={},
        timing=QUICK,
    )
    line.send(replace(ready, log=(entry(1),)))
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
    with pytest.raises(DeliveryFailure, match=r"did not end within 0\.3 s"):
        run_command((sys.executable, "-c", child, str(fifo)), b"{}", 0.3, {"PATH": "/bin:/usr/bin"})


def test_a_command_that_prints_much_reads_nothing_or_leaves_a_child_is_no_failure() -> None:
    environ = {"PATH": "/bin:/usr/bin"}
    body = b"x" * 1_000_000
    run_command((sys.executable, "-c", "print('y' * 10_000_000)"), body, 30.0, environ)
    run_command(("sh", "-c", "exec <&-; sleep 3 & exit 0"), body, 30.0, environ)


def test_a_pause_between_attempts_ends_when_the_monitor_does(
    ready: RiskState, tmp_path: Path
) -> None:
    said: list[str] = []
    fail = "import sys; open(sys.argv[1], 'a').write('x'); sys.exit(1)"
    file = tmp_path / "tries"
    line = hooks(
        said,
        (sys.executable, "-c", fail, str(file)),
        timing=DeliveryTiming(limit=5.0, tries=3, pause=3_600.0),
    )
    line.send(replace(ready, log=(entry(1),)))
    line.close(PATIENCE)
    assert file.read_text() in ("x", "xx")
    assert len(said) == 1


def test_without_hooks_there_is_no_thread(ready: RiskState) -> None:
    before = threading.active_count()
    line = hooks([])
    line.send(replace(ready, log=(entry(1),)))
    assert threading.active_count() == before
    line.close()
