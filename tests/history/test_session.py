"""What a live run takes over from earlier ones, stores and sends."""

from __future__ import annotations

import json
import random
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from support import build
from support.command import environment, tuirisk_in_process
from support.history import LOG, NOW, PATIENCE, kept_in
from support.hooks import WRITE
from support.live_source import ExchangeTime, small_exchange

from tuirisk.cli.session_end import close_session
from tuirisk.cli.wait import open_monitor
from tuirisk.config.alert_model import AlertsConfig, NotifyConfig
from tuirisk.config.file import load
from tuirisk.config.model import Config
from tuirisk.feed.binance.live import LiveSource
from tuirisk.history.session import LiveSession
from tuirisk.simulator.embedded import EmbeddedExchange
from tuirisk.state import AbsenceSummary, LogEntry, RiskState, ScorePeak
from tuirisk.state.position_ledger import PositionLedger, RecordedPosition


@pytest.fixture(scope="module")
def ready() -> RiskState:
    return build.state(("BTCUSDT",))


@pytest.fixture
def place(tmp_path: Path, ready: RiskState) -> Path:
    """XDG_DATA_HOME with the three entries in its history."""
    kept_in(tmp_path, ready)
    return tmp_path


def session_in(place: Path, config: Config | None = None, *, screen: bool = False) -> LiveSession:
    environ = {"XDG_DATA_HOME": str(place)}
    return LiveSession(config or Config(), environ, random.Random(1), screen=screen)


def test_entries_of_an_earlier_run_are_neither_stored_nor_sent_again(
    place: Path, ready: RiskState
) -> None:
    told = place / "told"
    command = (sys.executable, "-c", WRITE, str(told))
    session = session_in(place, Config(alerts=AlertsConfig(on_escalation=command)))
    news = LogEntry(NOW + 60_000, "BTCUSDT", "severity", "ok", "critical", 90.0, True)
    earlier = session.earlier_runs(ready.time_ms)
    assert earlier.log == LOG
    first = replace(ready, log=earlier.log, history_entries=len(earlier.log))
    session.record(first)
    session.record(replace(first, log=(*LOG, news)))
    session.close(PATIENCE, alerts=PATIENCE)
    assert [json.loads(line)["after"] for line in told.read_text().splitlines()] == ["critical"]
    again = session_in(place)
    assert again.earlier_runs(ready.time_ms).log == (*LOG, news)
    again.close(PATIENCE)


def test_entries_of_watch_since_the_last_screen_are_marked(
    tmp_path: Path, ready: RiskState
) -> None:
    hour = 3_600_000
    seen, missed = replace(LOG[1], time_ms=NOW), replace(LOG[2], time_ms=NOW + hour)
    score = replace(ready.symbols["BTCUSDT"].score, total=86.5)
    high = {"BTCUSDT": replace(ready.symbols["BTCUSDT"], score=score)}
    for log, time_ms, screen in ((seen, NOW, True), (missed, NOW + hour, False)):
        session = session_in(tmp_path, screen=screen)
        session.record(replace(ready, log=(log,), time_ms=time_ms, symbols=high))
        session.close(PATIENCE, alerts=PATIENCE)
    session = session_in(tmp_path, screen=True)
    first = session.earlier_runs(NOW + 2 * hour)
    assert first.log == (seen, missed)
    minute = (NOW + hour) // 60_000 * 60_000
    assert first.absence == AbsenceSummary(
        NOW, NOW + 2 * hour, 1, (ScorePeak("BTCUSDT", 86.5, minute),)
    )
    session.record(replace(ready, log=(LOG[0],), time_ms=NOW + 3 * hour))
    later = session.earlier_runs(NOW + 3 * hour)
    assert (later.log, later.absence) == (first.log, first.absence), "of the time before this run"
    session.close(PATIENCE, alerts=PATIENCE)


def test_a_repeated_failure_is_reported_again(tmp_path: Path, ready: RiskState) -> None:
    alerts = AlertsConfig(on_escalation=("/no/such/program",))
    session = session_in(tmp_path, Config(alerts=alerts))
    session.record(replace(ready, log=LOG[1:2]))
    session.record(replace(ready, log=(LOG[1], replace(LOG[1], time_ms=NOW + 9))))
    session.hooks.close(PATIENCE)
    (notice,) = session.notices()
    assert str(notice).endswith("(2 times by now)")
    session.close(PATIENCE, alerts=PATIENCE)


def test_nothing_is_stored_after_the_close(tmp_path: Path, ready: RiskState) -> None:
    session = session_in(tmp_path)
    session.record(ready)
    session.close(PATIENCE, alerts=PATIENCE)
    session.record(replace(ready, log=LOG))
    again = session_in(tmp_path)
    assert again.earlier_runs(ready.time_ms).log == ()
    assert again.notices() == ()
    again.close(PATIENCE)


def test_faults_of_the_history_and_the_hooks_are_notices(tmp_path: Path, ready: RiskState) -> None:
    (tmp_path / "tuirisk").write_text("in the way")
    alerts = AlertsConfig(on_escalation=("/no/such/program",))
    session = session_in(tmp_path, Config(alerts=alerts))
    session.record(ready)
    (first,) = session.notices()
    assert str(first).startswith("history: ")
    session.record(replace(ready, log=(LOG[1],)))
    session.hooks.close(PATIENCE)
    assert str(session.notices()[1]).startswith("on_escalation (program): cannot be started")
    session.close(PATIENCE, alerts=PATIENCE)


SEVERE = (
    "[alerts]\nconfirm_seconds = 0.0\n"
    "[risk.thresholds]\nreduce_or_hedge = 2.0\nno_new_positions = 1.0\nhysteresis = 0.0\n"
)


def address(exchange: EmbeddedExchange) -> str:
    """The section of the configuration that names ``exchange``."""
    return f'[exchange]\nrest_url = "{exchange.rest_url}"\nstream_url = "{exchange.stream_url}"\n'


async def run_until_ready(exchange: EmbeddedExchange, config: Config, data: Path) -> None:
    """A run as ``watch`` makes it, until BTCUSDT is ready."""
    session = LiveSession(config, {"XDG_DATA_HOME": str(data)}, random.Random(1))

    def make() -> LiveSource:
        clock, rng = ExchangeTime(exchange), random.Random(5)
        return LiveSource(config.exchange, ("BTCUSDT",), clock=clock, rng=rng)

    async with open_monitor(make, config, session, headless=True) as (_, states):
        async for state in states:
            if "BTCUSDT" in state.symbols and state.symbols["BTCUSDT"].status == "ready":
                break
    session.close(PATIENCE, alerts=PATIENCE)


async def test_a_run_logs_what_differs_from_the_run_before(tmp_path: Path) -> None:
    data, path = tmp_path / "data", tmp_path / "config.toml"
    with small_exchange("BTCUSDT") as exchange:
        place = address(exchange)
        for text in (place, place + SEVERE, place + SEVERE, place):
            path.write_text(text)
            await run_until_ready(exchange, load(path, environ={}), data)
    done = tuirisk_in_process("log", "--json", "--config", path, XDG_DATA_HOME=str(data))
    assert done.returncode == 0, done.stderr
    entries = [json.loads(line) for line in done.stdout.splitlines()]
    told = [(e["before"], e["after"], e["rule"], e["escalation"]) for e in entries]
    assert told == [
        ("ok", "critical", "reduce_or_hedge", True),
        ("critical", "ok", "under_control", False),
    ]


def watched(*more: object, data: Path) -> None:
    """Run ``watch`` in a process until BTCUSDT is ready."""
    with subprocess.Popen(
        [sys.executable, "-m", "tuirisk", "watch", "--json", "--symbols", "BTCUSDT",
         *map(str, more)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(XDG_DATA_HOME=str(data)),
    ) as running:  # fmt: skip
        assert running.stdout is not None
        assert running.stderr is not None
        ready = "warming"
        while ready != "ready":
            line = json.loads(running.stdout.readline())
            ready = line["symbols"].get("BTCUSDT", {}).get("status")
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 0
        assert running.stderr.read() == b""


def test_watch_keeps_a_history_and_a_demo_none(tmp_path: Path) -> None:
    data, config = tmp_path / "data", tmp_path / "config.toml"
    watched("--demo", data=data)
    assert not data.exists()
    with EmbeddedExchange(seed=3) as exchange:
        config.write_text(address(exchange) + SEVERE)
        watched("--config", config, data=data)
    done = tuirisk_in_process("log", "--json", "--config", config, XDG_DATA_HOME=str(data))
    (entry,) = (json.loads(line) for line in done.stdout.splitlines())
    assert entry["after"] == "critical"


def test_the_positions_of_each_account_are_known_to_the_next_run(
    tmp_path: Path, ready: RiskState
) -> None:
    ledger = PositionLedger(
        "account",
        5_000.0,
        NOW,
        {
            ("BTCUSDT", "both"): RecordedPosition(-0.5, 70_000.0, 700.0, 80_000.0),
            ("ETHUSDT", "long"): RecordedPosition(2.0, 3_500.0, None),
        },
        7,
        account="one",
        reported_ms=NOW,
    )
    session = session_in(tmp_path)
    session.record(replace(ready, position_ledger=ledger))
    unsettled = replace(ledger, account="two", absent_since_ms=NOW - 1)
    session.record(replace(ready, position_ledger=unsettled))
    session.record(replace(ready, position_ledger=replace(ledger, source="config", account="")))
    session.close(PATIENCE, alerts=PATIENCE)
    older = session_in(tmp_path)
    late = replace(ledger, positions={}, reported_ms=NOW - 1)
    older.record(replace(ready, position_ledger=late))
    older.close(PATIENCE)
    again = session_in(tmp_path)
    (found,) = again.earlier_runs(ready.time_ms).ledgers.values()
    again.close(PATIENCE)
    assert found == replace(ledger, fills_seen=0, quiet_ms=NOW)


def test_alerts_that_cannot_be_passed_on_at_the_end_are_counted_and_said(
    place: Path,
    ready: RiskState,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tuirisk.history.session.LAST_ALERTS_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        ways = (NotifyConfig(f"json://127.0.0.1:{silent.getsockname()[1]}/"),)
        config = Config(alerts=AlertsConfig(webhook=url), notify=ways)
        session = session_in(place, config)
        session.record(ready)
        news = (
            LogEntry(NOW + n, "BTCUSDT", "severity", "ok", "critical", 90.0, True) for n in (1, 2)
        )
        session.record(replace(ready, log=tuple(news)))
        close_session(session)
        close_session(session)
    line = "the run ended before 4 alerts were passed on"
    assert capsys.readouterr().err.count(line) == 1
    assert sum(line in record.getMessage() for record in caplog.records) == 1
