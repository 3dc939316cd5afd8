"""However the screen ends, the terminal is as it was, and what went wrong is one line."""

from __future__ import annotations

import os
import select
import signal
import time
from pathlib import Path

import pytest
from support.terminal import LEFT, PATIENCE, Terminal

DEMO = ["-m", "tuirisk", "demo", "--symbols", "BTCUSDT"]
READY = b"1/1"


def program(change: str) -> list[str]:
    """The demo with one line of Python run before it."""
    code = (
        "import sys; from tuirisk.ui.app import app\n"
        "from tuirisk.monitor import monitor; from tuirisk.cli import screen\n"
        f"{change}\n"
        "from tuirisk.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    return ["-c", code, "demo", "--symbols", "BTCUSDT"]


@pytest.mark.parametrize(
    ("signals", "keys", "code"),
    [
        ((), b"q", 0),
        ((), b"\x03", 0),
        ((signal.SIGTERM,), b"", 143),
        pytest.param((signal.SIGHUP,), b"", 129, marks=pytest.mark.slow),
        pytest.param((signal.SIGSTOP, signal.SIGCONT), b"q", 0, marks=pytest.mark.slow),
        ((signal.SIGTSTP, signal.SIGCONT), b"q", 0),
    ],
)
def test_the_terminal_is_as_it_was(
    signals: tuple[signal.Signals, ...], keys: bytes, code: int, tmp_path: Path
) -> None:
    terminal = Terminal(DEMO, tmp_path)
    terminal.until(READY)
    for number in signals:
        os.kill(terminal.process.pid, number)
        if number in (signal.SIGSTOP, signal.SIGTSTP):
            stopped(terminal)
        elif number == signal.SIGCONT:
            terminal.until(READY)
    terminal.press(keys)
    assert terminal.end() == code
    assert all(mode in terminal.seen for mode in LEFT)
    assert terminal.afterwards == b""


def test_a_signal_before_the_first_paint_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    terminal = Terminal(DEMO, tmp_path)
    terminal.until(b"\x1b[?1049h")
    os.kill(terminal.process.pid, signal.SIGTERM)
    assert terminal.end() == 143
    assert all(mode in terminal.seen for mode in LEFT)


def stopped(terminal: Terminal) -> None:
    begun = time.monotonic()
    stat = Path(f"/proc/{terminal.process.pid}/stat")
    while stat.read_text().rpartition(")")[2].split()[0] != "T":
        terminal.read()
        assert time.monotonic() - begun < PATIENCE


def test_a_terminal_that_reads_nothing_cannot_keep_it(tmp_path: Path) -> None:
    terminal = Terminal([*DEMO, "--speed", "20"], tmp_path)
    terminal.until(READY)
    full = select.poll()
    full.register(terminal.slave, select.POLLOUT)
    begun = time.monotonic()
    while full.poll(0):
        select.select([], [], [], 0.02)
        assert time.monotonic() - begun < PATIENCE
    os.kill(terminal.process.pid, signal.SIGTERM)
    assert terminal.process.wait(PATIENCE) == 143
    assert terminal.end() == 143
    assert all(mode in terminal.seen for mode in LEFT)


@pytest.mark.parametrize(
    "change",
    [
        "def wrong(self): raise ValueError('told\\nat length')\napp.TuiriskApp.action_sort = wrong",
        "def wrong(self): raise ValueError('told\\nat length')\napp.TuiriskApp.on_mount = wrong",
    ],
)
def test_a_bug_is_one_line_once_the_screen_is_left(change: str, tmp_path: Path) -> None:
    terminal = Terminal(program(change), tmp_path)
    if "sort" in change:
        terminal.until(READY)
        terminal.press(b"s")
    assert terminal.end() == 1
    assert all(mode in terminal.seen for mode in LEFT)
    line = terminal.afterwards.removeprefix(b"\x1b]22;default\x07")
    assert (
        line == b"tuirisk: a bug in tuirisk (--debug shows where): ValueError: told at length\r\n"
    )


def test_a_fault_of_the_input_ends_with_a_code_that_is_not_0(tmp_path: Path) -> None:
    change = (
        "from tuirisk.terminal import replies\n"
        "def wrong(self, data, final=False): raise ValueError('told')\n"
        "replies.TerminalInput.feed = wrong"
    )
    terminal = Terminal(program(change), tmp_path)
    terminal.until(READY)
    terminal.press(b"j")
    assert terminal.end() == 1
    assert b"ValueError: told" in terminal.afterwards


def test_a_bug_is_shown_whole_on_demand(tmp_path: Path) -> None:
    change = "def wrong(self): raise ValueError('told')\napp.TuiriskApp.action_sort = wrong"
    terminal = Terminal([*program(change), "--debug"], tmp_path)
    terminal.until(READY)
    terminal.press(b"s")
    assert terminal.end() == 1
    assert b"Traceback" in terminal.afterwards


def test_a_dead_feed_is_reported_and_restarted(tmp_path: Path) -> None:
    change = (
        "count = [0]; assess = monitor.Monitor._assess\n"
        "def wrong(self, batch):\n"
        "    count[0] += 1\n"
        "    if count[0] == 12: raise ValueError('the feed is gone')\n"
        "    return assess(self, batch)\n"
        "monitor.Monitor._assess = wrong"
    )
    terminal = Terminal(program(change), tmp_path)
    terminal.until(b"the feed is gone")
    terminal.press(b"r")
    terminal.until(READY)
    terminal.press(b"q")
    assert terminal.end() == 0


def test_an_unanswered_name_lookup_does_not_delay_the_exit(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        '[exchange]\nrest_url = "http://nowhere.invalid"\nstream_url = "ws://nowhere.invalid"\n'
    )
    code = (
        "import os, socket, sys, time\n"
        "def look_up(*_, **__):\n"
        "    os.write(2, b'looking up')\n"
        f"    time.sleep({2 * PATIENCE})\n"
        "socket.getaddrinfo = look_up\n"
        "from tuirisk.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    terminal = Terminal(["-c", code, "--config", str(config)], tmp_path)
    terminal.until(b"looking up")
    terminal.press(b"q")
    assert terminal.end() == 0


def test_nothing_heavy_is_imported_before_the_first_paint(tmp_path: Path) -> None:
    heavy = ("numpy", "scipy", "pandas", "binance", "aiohttp", "sqlite3", "tuirisk.monitor.monitor")
    code = (
        "import sys; from tuirisk.cli import screen\n"
        "def connect(self, publish, failed):\n"
        f"    found = [name for name in {heavy} if name in sys.modules]\n"
        "    raise ImportError(f'before the first paint: {found}')\n"
        "screen._Backend.connect = connect\n"
        "from tuirisk.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    terminal = Terminal(["-c", code, "--symbols", "BTCUSDT"], tmp_path)
    assert terminal.end() == 1
    assert b"tuirisk" in terminal.seen.partition(b"\x1b[?1049l")[0], "nothing was painted"
    assert b"before the first paint: []" in terminal.afterwards


def test_nothing_is_written_over_the_screen_or_after_it(tmp_path: Path) -> None:
    change = (
        "import threading, warnings, logging\n"
        "def talk():\n"
        "    warnings.warn('said aloud'); print('said aloud'); logging.error('said aloud')\n"
        "    raise ValueError('said aloud')\n"
        "begin = app.TuiriskApp.begin\n"
        "def begun(self): begin(self); threading.Thread(target=talk).start()\n"
        "app.TuiriskApp.begin = begun"
    )
    terminal = Terminal(program(change), tmp_path)
    terminal.until(READY)
    terminal.press(b"q")
    assert terminal.end() == 0
    assert b"said aloud" not in terminal.seen
