"""The terminal goes away: the process ends, with its files whole."""

from __future__ import annotations

import gzip
import os
import pty
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tuirisk.terminal import watchdog as hangup


def read_until(master: int, text: bytes) -> None:
    seen = b""
    while text not in seen:
        seen += os.read(master, 65536)


def test_a_terminal_that_hangs_up_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hangup, "GRACE", 0.0)
    master, slave = os.openpty()
    done: list[object] = []
    thread = hangup.watch_terminal(
        slave, threading.Event(), lambda: done.append("closed"), done.append
    )
    os.close(master)
    thread.join(10)
    assert done == ["closed", hangup.HUNG_UP]
    os.close(slave)


def test_a_screen_that_ends_by_itself_is_left_alone() -> None:
    master, slave = os.openpty()
    ended = threading.Event()
    ended.set()
    done: list[object] = []
    thread = hangup.watch_terminal(slave, ended, lambda: done.append("closed"), done.append)
    os.close(master)
    thread.join(10)
    assert done == []
    os.close(slave)


def test_a_dropped_session_leaves_a_whole_recording_and_no_process(tmp_path: Path) -> None:
    path = tmp_path / "session.rec.gz"
    words = ["demo", "--symbols", "BTCUSDT", "--record", str(path)]
    master, slave = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-m", "tuirisk", *words],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        env=os.environ | {"TERM": "xterm-256color", "XDG_CONFIG_HOME": str(tmp_path)},
    )
    os.close(slave)
    read_until(master, b"1/1")
    os.close(master)
    assert running.wait(20) != 0
    with gzip.open(path) as lines:
        assert sum(1 for _ in lines) > 20
