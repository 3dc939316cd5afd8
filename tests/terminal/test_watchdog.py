"""The terminal hangs up or stops reading: the process ends, with its files whole."""

from __future__ import annotations

import gzip
import os
import pty
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.terminal import PATIENCE

from tuirisk.terminal import watchdog


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """The two ends of a pseudo-terminal: (that of the window, that of the program)."""
    master, slave = pty.openpty()
    yield master, slave
    for descriptor in (master, slave):
        os.close(descriptor)


def read_until(master: int, text: bytes) -> None:
    seen = b""
    while text not in seen:
        seen += os.read(master, 65536)


def test_a_terminal_that_hangs_up_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "GRACE_S", 0.0)
    master, slave = os.openpty()
    done: list[object] = []
    thread = watchdog.exit_on_hangup(
        slave, threading.Event(), lambda: done.append("closed"), done.append
    )
    os.close(master)
    thread.join(PATIENCE)
    assert done == ["closed", watchdog.HUNG_UP]
    os.close(slave)


def test_a_screen_that_ends_by_itself_is_left_alone() -> None:
    master, slave = os.openpty()
    ended = threading.Event()
    ended.set()
    done: list[object] = []
    thread = watchdog.exit_on_hangup(slave, ended, lambda: done.append("closed"), done.append)
    os.close(master)
    thread.join(PATIENCE)
    assert done == []
    os.close(slave)


def test_a_screen_that_never_closes_ends_with_the_code_it_was_given(
    monkeypatch: pytest.MonkeyPatch, terminal: tuple[int, int]
) -> None:
    for limit in ("PROMPT_S", "BUSY_GRACE_S"):
        monkeypatch.setattr(watchdog, limit, 0.0)
    done: list[object] = []
    exit_watchdog = watchdog.ExitWatchdog(
        terminal[1], threading.Event(), lambda: done.append("closed"), done.append
    )
    exit_watchdog.start(143).join(PATIENCE)
    assert done == ["closed", 143]


def test_a_busy_machine_gets_more_time_than_a_terminal_that_does_not_read(
    monkeypatch: pytest.MonkeyPatch, terminal: tuple[int, int]
) -> None:
    """With no grace for a blocked terminal, one that reads still is waited for."""
    for limit in ("PROMPT_S", "GRACE_S"):
        monkeypatch.setattr(watchdog, limit, 0.0)
    ended, done = threading.Event(), list[object]()
    thread = watchdog.ExitWatchdog(
        terminal[1], ended, lambda: done.append("closed"), done.append
    ).start(0)
    thread.join(5 * watchdog.POLL_S)
    assert thread.is_alive()
    ended.set()
    thread.join(PATIENCE)
    assert done == []


def test_a_writer_without_a_reader_goes_on_and_the_terminal_is_reset(
    monkeypatch: pytest.MonkeyPatch, terminal: tuple[int, int]
) -> None:
    monkeypatch.setattr(watchdog, "PROMPT_S", 0.0)
    monkeypatch.setattr(watchdog, "GRACE_S", PATIENCE)
    master, slave = terminal
    ended, done = threading.Event(), list[object]()

    def write_more_than_fits() -> None:
        os.write(slave, b"x" * 100_000)
        ended.set()

    threading.Thread(target=write_more_than_fits, daemon=True).start()
    thread = watchdog.ExitWatchdog(slave, ended, lambda: done.append("closed"), done.append).start(
        0
    )
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert done == []
    read_until(master, watchdog.RESTORE)


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
    assert running.wait(PATIENCE) != 0
    with gzip.open(path) as lines:
        assert sum(1 for _ in lines) > 20
