"""``tuirisk log --follow``: entries as a running monitor writes them."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from support import build
from support.command import environment
from support.history import HEADING, LOG, NOW, PATIENCE

from tuirisk.cli.follow import follow_log
from tuirisk.history.history import History
from tuirisk.history.log_store import store
from tuirisk.state import LogEntry, RiskState

RISE = LOG[1]


@pytest.fixture(scope="module")
def ready() -> RiskState:
    return build.state(("BTCUSDT",))


def kept(path: Path, state: RiskState, *log: LogEntry) -> None:
    """A run writes ``log`` to the history at ``path``."""
    history = History.open(path, report=lambda reason: pytest.fail(str(reason)))
    history.record(replace(state, log=log))
    history.close(PATIENCE)


def following(path: Path, form: str, steps: Sequence[Callable[[], object]]) -> None:
    """Follow ``path`` while ``steps`` happen, one in each pause."""
    rest: Iterator[Callable[[], object]] = iter(steps)

    def pause() -> bool:
        step = next(rest, None)
        if step is not None:
            step()
        return step is not None

    assert follow_log(path, 0, (), form, "en", pause=pause) == 0


def test_a_file_that_comes_later_and_is_replaced(
    tmp_path: Path, ready: RiskState, capsys: pytest.CaptureFixture[str]
) -> None:
    path, other = tmp_path / "history.sqlite3", tmp_path / "other.sqlite3"
    later = replace(RISE, time_ms=NOW + 9_000, symbol="ETHUSDT")
    kept(other, ready, RISE, later)
    steps = (
        lambda: kept(path, ready, LOG[0], RISE),
        lambda: None,
        path.unlink,
        lambda: other.rename(path),
    )
    following(path, "json", steps)
    told = capsys.readouterr()
    rows = [json.loads(line) for line in told.out.splitlines()]
    assert [(row["symbol"], row["after"]) for row in rows] == [
        ("BTCUSDT", "ok"),
        ("BTCUSDT", "warning"),
        ("ETHUSDT", "warning"),
    ]
    assert [line[:20] for line in told.err.splitlines()] == ["tuirisk: no log yet "] * 2


def test_a_damaged_file_is_reported_once_and_waited_for(
    tmp_path: Path, ready: RiskState, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "history.sqlite3"
    path.write_bytes(b"rubbish" * 1_000)
    steps = (lambda: None, lambda: None, path.unlink, lambda: kept(path, ready, RISE))
    following(path, "csv", steps)
    told = capsys.readouterr()
    assert told.out.startswith(HEADING)
    assert len(told.out.splitlines()) == 2
    assert told.err.count("it is damaged") == 1


def test_swings_and_repetitions_are_printed_as_they_are_counted(
    tmp_path: Path, ready: RiskState, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "history.sqlite3"
    kept(path, ready)
    writing = sqlite3.connect(path, isolation_level=None)

    def record(entry: LogEntry) -> Callable[[], object]:
        return lambda: store(writing, 7, [entry])

    swing = replace(RISE, time_ms=NOW + 70_001, count=2, since_ms=RISE.time_ms)
    fallen = replace(swing, time_ms=NOW + 90_000, before="warning", after="ok")
    again = replace(fallen, time_ms=NOW + 99_000, before="ok", after="warning", count=3)
    repeated = replace(again, alerted_ms=NOW + 400_000, repeats=1)
    seen = replace(repeated, acknowledged=True)
    entries = (RISE, swing, fallen, again, repeated, seen)
    following(path, "json", [record(entry) for entry in entries])
    writing.close()
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["after"], row["count"], row["repeats"]) for row in rows] == [
        ("warning", 1, 0),
        ("warning", 2, 0),
        ("ok", 2, 0),
        ("warning", 3, 0),
        ("warning", 3, 1),
    ]


def started(place: Path, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tuirisk", "log", "--follow", *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(XDG_DATA_HOME=str(place)),
    )  # fmt: skip


def test_it_ends_when_interrupted(tmp_path: Path, ready: RiskState) -> None:
    path = tmp_path / "tuirisk" / "history.sqlite3"
    with started(tmp_path) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert b"no log yet" in running.stderr.readline()
        kept(path, ready, RISE)
        assert b"OK > WARNING" in running.stdout.readline()
        kept(path, ready, RISE, replace(RISE, time_ms=NOW + 60_000, symbol="ETHUSDT"))
        assert b"ETHUSDT" in running.stdout.readline()
        os.kill(running.pid, signal.SIGINT)
        assert running.stdout.read() == b""
        assert running.stderr.read() == b""
    assert running.returncode == 0


def test_it_ends_when_its_reader_is_gone(tmp_path: Path, ready: RiskState) -> None:
    kept(tmp_path / "tuirisk" / "history.sqlite3", ready, RISE)
    with started(tmp_path, "--json") as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert json.loads(running.stdout.readline())["symbol"] == "BTCUSDT"
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 0
