"""What a live run keeps and tells of itself."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from support import build
from support.history import LOG, NOW, PATIENCE, environment, kept_in, tuirisk

from tuirisk.config.model import AlertsConfig, Config
from tuirisk.history.session import LiveSession
from tuirisk.simulator.embedded import EmbeddedExchange
from tuirisk.state import AbsenceSummary, LogEntry, RiskState, ScorePeak


@pytest.fixture(scope="module")
def ready() -> RiskState:
    return build.state(("BTCUSDT",))


@pytest.fixture
def place(tmp_path: Path, ready: RiskState) -> Path:
    """XDG_DATA_HOME with the three entries in its history."""
    kept_in(tmp_path, ready)
    return tmp_path


def records(place: Path, config: Config | None = None) -> LiveSession:
    return LiveSession(config or Config(), {"XDG_DATA_HOME": str(place)}, random.Random(1))


def test_the_log_begins_with_what_happened_while_away(place: Path, ready: RiskState) -> None:
    kept = records(place)
    news = LogEntry(NOW + 60_000, "BTCUSDT", "severity", "ok", "critical", 90.0, True)
    first = kept.note(replace(ready, log=()))
    second = kept.note(replace(ready, log=(news,)))
    kept.close(PATIENCE)
    assert first.log == LOG
    assert first.earlier == 3
    assert second.log == (*LOG, news)
    assert second.log[second.earlier :] == (news,)
    again = records(place)
    assert again.note(replace(ready, log=())).log == (*LOG, news)
    again.close(PATIENCE)


def test_what_watch_kept_since_the_screen_was_open_is_told_apart(
    tmp_path: Path, ready: RiskState
) -> None:
    hour = 3_600_000
    seen, missed = replace(LOG[1], time_ms=NOW), replace(LOG[2], time_ms=NOW + hour)
    score = replace(ready.symbols["BTCUSDT"].score, total=86.5)
    high = {"BTCUSDT": replace(ready.symbols["BTCUSDT"], score=score)}
    for log, time_ms, screen in ((seen, NOW, True), (missed, NOW + hour, False)):
        kept = LiveSession(
            Config(), {"XDG_DATA_HOME": str(tmp_path)}, random.Random(1), screen=screen
        )
        kept.note(replace(ready, log=(log,), time_ms=time_ms, symbols=high))
        kept.close(PATIENCE)
    kept = LiveSession(Config(), {"XDG_DATA_HOME": str(tmp_path)}, random.Random(1), screen=True)
    first = kept.note(replace(ready, log=(), time_ms=NOW + 2 * hour))
    assert first.log == (seen, missed)
    assert first.earlier == 2
    minute = (NOW + hour) // 60_000 * 60_000
    assert first.away == AbsenceSummary(
        NOW, NOW + 2 * hour, 1, (ScorePeak("BTCUSDT", 86.5, minute),)
    )
    later = kept.note(replace(ready, log=(LOG[0],), time_ms=NOW + 3 * hour))
    assert later.away is first.away, "it is of the time before this run"
    kept.close(PATIENCE)


def test_a_failure_that_comes_again_is_told_again(tmp_path: Path, ready: RiskState) -> None:
    alerts = AlertsConfig(on_escalation=("/no/such/program",))
    kept = records(tmp_path, Config(alerts=alerts))
    kept.note(replace(ready, log=LOG[1:2]))
    kept.note(replace(ready, log=(LOG[1], replace(LOG[1], time_ms=NOW + 9))))
    kept.hooks.close(PATIENCE)
    first, second = kept.note(ready).notices
    assert second == f"{first} (2 times by now)"
    kept.close(PATIENCE)


def test_the_log_is_the_same_object_while_nothing_happens(place: Path, ready: RiskState) -> None:
    kept = records(place)
    assert kept.note(ready).log is kept.note(replace(ready, time_ms=NOW + 250)).log
    kept.close(PATIENCE)


def test_with_nothing_to_add_a_state_passes_as_it_is(tmp_path: Path, ready: RiskState) -> None:
    kept = records(tmp_path)
    assert kept.note(ready) is ready
    kept.close(PATIENCE)
    assert kept.note(ready) is ready


def test_what_goes_wrong_is_in_the_state(tmp_path: Path, ready: RiskState) -> None:
    (tmp_path / "tuirisk").write_text("in the way")
    alerts = AlertsConfig(on_escalation=("/no/such/program",))
    kept = records(tmp_path, Config(alerts=alerts))
    first = kept.note(ready)
    assert len(first.notices) == 1
    assert first.notices[0].startswith("history: ")
    kept.note(replace(ready, log=(LOG[1],)))
    kept.hooks.close(PATIENCE)
    assert kept.note(ready).notices[1].startswith("on_escalation (program): cannot be started")
    kept.close(PATIENCE)


def watched(*more: str, data: Path) -> None:
    """Run ``watch`` until BTCUSDT is ready."""
    with subprocess.Popen(
        [sys.executable, "-m", "tuirisk", "watch", "--symbols", "BTCUSDT", *more],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(XDG_DATA_HOME=str(data)),
    ) as running:  # fmt: skip
        assert running.stdout is not None
        assert running.stderr is not None
        ready = "warming"
        while ready != "ready":
            line = json.loads(running.stdout.readline())
            ready = line["symbols"].get("BTCUSDT", {}).get("status")
        running.send_signal(signal.SIGTERM)
        assert running.wait(PATIENCE) == 0
        assert running.stderr.read() == b""


def test_watch_logs_what_differs_from_the_run_before_and_a_demo_logs_nothing(
    tmp_path: Path,
) -> None:
    data, config = tmp_path / "data", tmp_path / "config.toml"
    exchange = EmbeddedExchange(seed=3)
    exchange.start()
    place = f'[exchange]\nrest_url = "{exchange.rest_url}"\nstream_url = "{exchange.stream_url}"\n'
    severe = (
        "[alerts]\nconfirm_seconds = 0.0\n"
        "[risk.thresholds]\nreduce_or_hedge = 2.0\nno_new_positions = 1.0\nhysteresis = 0.0\n"
    )
    try:
        watched("--demo", data=data)
        assert not data.exists()
        for text in (place, place + severe, place + severe, place):
            config.write_text(text)
            watched("--config", str(config), data=data)
        done = tuirisk("log", "--json", "--config", str(config), XDG_DATA_HOME=str(data))
    finally:
        exchange.stop()
    assert done.returncode == 0, done.stderr
    entries = [json.loads(line) for line in done.stdout.splitlines()]
    told = [(e["before"], e["after"], e["rule"], e["escalation"]) for e in entries]
    assert told == [
        ("ok", "critical", "reduce_or_hedge", True),
        ("critical", "ok", "under_control", False),
    ]
