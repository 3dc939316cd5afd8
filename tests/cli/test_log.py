"""``tuirisk log``."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from support import build
from support.command import environment, tuirisk_in_process
from support.history import HEADING, LOG, NOW, PATIENCE, kept_in

from tuirisk.cli.log import print_log, since
from tuirisk.config.model import ConfigError
from tuirisk.history.history import History
from tuirisk.state import RiskState


@pytest.fixture(scope="module")
def ready() -> RiskState:
    return build.state(("BTCUSDT",))


@pytest.fixture
def place(tmp_path: Path, ready: RiskState) -> Path:
    """XDG_DATA_HOME with the three entries in its history."""
    kept_in(tmp_path, ready)
    return tmp_path


def test_text(place: Path) -> None:
    done = tuirisk_in_process("log", XDG_DATA_HOME=str(place))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "2026-11-22T12:07:30Z   BTCUSDT       OK                       -",
        "2026-11-22T12:07:30Z ! BTCUSDT       OK > WARNING          61.2  "
        "market: No new positions, tighten stops",
        "2026-11-22T12:07:30Z   1000SHIBUSDT  WARNING > OK          12.0  Risk under control",
    ]


def test_reasons_are_in_the_chosen_language_and_columns_align(place: Path) -> None:
    done = tuirisk_in_process("log", "--lang", "zh", XDG_DATA_HOME=str(place))
    assert done.stdout.splitlines()[1:] == [
        "2026-11-22T12:07:30Z ! BTCUSDT       正常 > 警告           61.2  "
        "市场: 禁止新开仓，收紧止损",
        "2026-11-22T12:07:30Z   1000SHIBUSDT  警告 > 正常           12.0  风险可控",
    ]


def test_csv_since_and_symbols(place: Path) -> None:
    words = ("log", "--csv", "--since", "2026-11-22T12:07:30.001Z", "--symbols", "btcusdt")
    done = tuirisk_in_process(*words, XDG_DATA_HOME=str(place))
    assert list(csv.DictReader(io.StringIO(done.stdout))) == [
        {
            "time": "2026-11-22T12:07:30.001Z", "symbol": "BTCUSDT", "kind": "severity",
            "before": "ok", "after": "warning", "score": "61.25", "escalation": "true",
            "rule": "no_new_positions", "component": "market", "text": "", "symbols": "",
            "pnl": "", "quantity": "", "price": "", "count": "1",
            "since": "2026-11-22T12:07:30.001Z", "repeats": "0", "acknowledged": "false",
        }
    ]  # fmt: skip


def test_json_lines(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert print_log(place / "tuirisk" / "history.sqlite3", 0, (), "json") == 0
    first, second, _ = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first == {
        "time": "2026-11-22T12:07:30.000Z", "symbol": "BTCUSDT", "kind": "severity",
        "before": "", "after": "ok", "score": None, "escalation": False,
        "rule": "", "component": "", "text": "", "symbols": [], "pnl": None, "quantity": None,
        "price": None, "count": 1, "since": "2026-11-22T12:07:30.000Z", "repeats": 0,
        "acknowledged": False, "reasons": {"score": "insufficient data"},
    }  # fmt: skip
    assert second["score"] == 61.25
    assert second["escalation"] is True
    assert "reasons" not in second


def test_nothing_kept_yet_is_no_mistake(tmp_path: Path) -> None:
    done = tuirisk_in_process("log", "--csv", XDG_DATA_HOME=str(tmp_path))
    assert done.returncode == 0
    assert done.stdout == HEADING
    assert "no log yet" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_empty_period_is_reported(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert print_log(place / "tuirisk" / "history.sqlite3", NOW + 9, (), "csv") == 0
    told = capsys.readouterr()
    assert told.out == HEADING
    assert told.err == "tuirisk: nothing logged in that time\n"


def test_no_cell_is_a_formula(tmp_path: Path, ready: RiskState) -> None:
    history = History.open(
        tmp_path / "history.sqlite3", report=lambda reason: pytest.fail(str(reason))
    )
    names = ("=1+1", "+A1", "-A1", "@A1", 'A,"B', "=")
    history.record(replace(ready, log=tuple(replace(LOG[1], symbol=name) for name in names)))
    history.close(PATIENCE)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        print_log(tmp_path / "history.sqlite3", 0, (), "csv")
    found = [row["symbol"] for row in csv.DictReader(io.StringIO(out.getvalue()))]
    assert found == ["'=1+1", "'+A1", "'-A1", "'@A1", 'A,"B', "'="]


@pytest.mark.parametrize("form", ["--csv", "--json"])
def test_a_reader_that_goes_away_is_no_mistake(tmp_path: Path, ready: RiskState, form: str) -> None:
    history = History.open(
        tmp_path / "tuirisk" / "history.sqlite3", report=lambda reason: pytest.fail(str(reason))
    )
    history.record(
        replace(ready, log=tuple(replace(LOG[1], time_ms=NOW + n) for n in range(5_000)))
    )
    history.close(PATIENCE)
    with subprocess.Popen(
        [sys.executable, "-m", "tuirisk", "log", form],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment(XDG_DATA_HOME=str(tmp_path)),
    ) as running:  # fmt: skip
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 0


def test_it_is_read_while_a_monitor_writes(
    tmp_path: Path, ready: RiskState, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "history.sqlite3"
    history = History.open(path, report=lambda reason: pytest.fail(str(reason)))
    history.record(replace(ready, log=LOG))
    history.close(PATIENCE)
    with closing(sqlite3.connect(path, isolation_level=None)) as writing:
        writing.execute("BEGIN IMMEDIATE")
        writing.execute("DELETE FROM log")
        assert print_log(path, 0, (), "json") == 0
    assert len(capsys.readouterr().out.splitlines()) == len(LOG)


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
