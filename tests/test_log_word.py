"""``tuirisk log``, and what a live run keeps and tells of itself."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import build
import pytest

from tuirisk.config import AlertsConfig, Config, ConfigError
from tuirisk.history import History
from tuirisk.log_word import print_log, since
from tuirisk.records import Records
from tuirisk.simulator.embedded import EmbeddedExchange
from tuirisk.state import LogEntry, Missing, RiskState

NOW = build.NOW_NS // 1_000_000
PATIENCE = 10.0
LOG = (
    LogEntry(NOW, "BTCUSDT", "severity", "", "ok", Missing("insufficient data"), False),
    LogEntry(NOW + 1, "BTCUSDT", "severity", "ok", "warning", 61.25, True),
    LogEntry(NOW + 2, "1000SHIBUSDT", "severity", "warning", "ok", 12.0, False),
)


@pytest.fixture(scope="module")
def ready() -> RiskState:
    return build.state(("BTCUSDT",))


@pytest.fixture
def place(tmp_path: Path, ready: RiskState) -> Path:
    """XDG_DATA_HOME with the three entries in its history."""
    history = History.open(tmp_path / "tuirisk" / "history.sqlite3", say=pytest.fail)
    history.note(replace(ready, log=LOG))
    history.close(PATIENCE)
    return tmp_path


def tuirisk(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tuirisk", *words],
        capture_output=True, text=True, timeout=60, env=environment(**environ), check=False,
    )  # fmt: skip


def environment(**given: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TUIRISK", "XDG"))}
    return kept | {"XDG_CONFIG_HOME": "/nonexistent"} | given


def test_text(place: Path) -> None:
    done = tuirisk("log", XDG_DATA_HOME=str(place))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["2026-11-22T12:07:30.000Z", "BTCUSDT", "severity", "ok", "-"],
        ["2026-11-22T12:07:30.001Z", "!", "BTCUSDT", "severity", "ok", ">", "warning", "61.2"],
        ["2026-11-22T12:07:30.002Z", "1000SHIBUSDT", "severity", "warning", ">", "ok", "12.0"],
    ]


def test_csv_since_and_symbols(place: Path) -> None:
    words = ("log", "--csv", "--since", "2026-11-22T12:07:30.001Z", "--symbols", "btcusdt")
    done = tuirisk(*words, XDG_DATA_HOME=str(place))
    assert list(csv.DictReader(io.StringIO(done.stdout))) == [
        {
            "time": "2026-11-22T12:07:30.001Z", "symbol": "BTCUSDT", "kind": "severity",
            "before": "ok", "after": "warning", "score": "61.25", "escalation": "true",
        }
    ]  # fmt: skip


def test_json_lines(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert print_log(place / "tuirisk" / "history.sqlite3", 0, (), "json") == 0
    first, second, _ = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first == {
        "time": "2026-11-22T12:07:30.000Z", "symbol": "BTCUSDT", "kind": "severity",
        "before": "", "after": "ok", "score": None, "escalation": False,
        "reasons": {"score": "insufficient data"},
    }  # fmt: skip
    assert second["score"] == 61.25
    assert second["escalation"] is True
    assert "reasons" not in second


def test_nothing_kept_yet_is_no_mistake(tmp_path: Path) -> None:
    done = tuirisk("log", "--csv", XDG_DATA_HOME=str(tmp_path))
    assert done.returncode == 0
    assert done.stdout == "time,symbol,kind,before,after,score,escalation\n"
    assert "nothing is kept yet" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_history_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "history.sqlite3"
    path.write_bytes(b"rubbish" * 1000)
    assert print_log(path, 0, (), "text") == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == f"tuirisk: {path}: it is damaged\n"
    assert path.exists(), "reading alone moves nothing"


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        (None, 0),
        ("90m", NOW - 5_400_000),
        ("24h", NOW - 86_400_000),
        ("7d", NOW - 7 * 86_400_000),
        ("2026-11-22", 1_795_305_600_000),
        ("2026-11-22T12:07:30Z", 1_795_349_250_000),
        ("2026-11-22T13:07:30+01:00", 1_795_349_250_000),
        ("2026-11-22 12:07:30", 1_795_349_250_000),
    ],
)
def test_since(text: str | None, ms: int) -> None:
    assert since(text, NOW) == ms


@pytest.mark.parametrize("text", ["yesterday", "", "24", "-3h", "2026-13-01", "9" * 99 + "h"])
def test_since_that_is_no_time(text: str) -> None:
    with pytest.raises(ConfigError, match="--since"):
        since(text, NOW)


# What a live run keeps and tells.


def records(place: Path, config: Config | None = None) -> Records:
    return Records(config or Config(), {"XDG_DATA_HOME": str(place)}, random.Random(1))


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


def test_watch_keeps_a_log_and_a_demo_keeps_none(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    data = tmp_path / "data"
    words = [sys.executable, "-m", "tuirisk", "watch", "--symbols", "BTCUSDT"]
    exchange = EmbeddedExchange(seed=3)
    exchange.start()
    try:
        config.write_text(
            f'[exchange]\nrest_url = "{exchange.rest_url}"\nstream_url = "{exchange.stream_url}"\n'
        )
        for more in (["--demo"], ["--config", str(config)]):
            with subprocess.Popen(
                [*words, *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                env=environment(XDG_DATA_HOME=str(data)),
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
            assert data.exists() == ("--config" in more)
        done = tuirisk("log", "--json", "--config", str(config), XDG_DATA_HOME=str(data))
    finally:
        exchange.stop()
    assert done.returncode == 0, done.stderr
    (entry,) = (json.loads(line) for line in done.stdout.splitlines())
    assert (entry["symbol"], entry["kind"], entry["before"]) == ("BTCUSDT", "severity", "")
