"""From the command to the first paint, and from ``q`` to the shell, on a real pty.

    python -m benchmarks.first_seconds

``tuirisk demo`` and a bare Textual application (one Static) in turn, medians. Paint is when the
program's name is on the terminal, quit when the process has ended; afterwards the terminal's modes
are compared with those before. The times of words that need no screen stand beside that of a bare
interpreter.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time

BARE = """
from textual.app import App
from textual.widgets import Static
class Bare(App):
    BINDINGS = [("q", "quit", "")]
    def compose(self):
        yield Static("tuirisk")
Bare().run()
"""
PROGRAMS = {
    "tuirisk demo": [sys.executable, "-m", "tuirisk", "demo"],
    "bare Textual": [sys.executable, "-c", BARE],
}
MARK = b"tuirisk"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6.0, help="to run before q")
    arguments = parser.parse_args()
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in PROGRAMS}
    for _ in range(arguments.rounds):
        for name, command in PROGRAMS.items():
            found[name].append(run(command, arguments.seconds))
    print(f"{'program':<14} {'first paint':>12} {'RSS':>8} {'quit':>8}")
    for name, rows in found.items():
        paint, rss, leave = (statistics.median(column) for column in zip(*rows, strict=True))
        print(f"{name:<14} {paint:10.2f} s {rss:5.0f} MB {leave:6.2f} s")
    bare = _time([sys.executable, "-c", "pass"])
    print(f"{'a bare interpreter':<26} {1000 * bare:4.0f} ms")
    for words in (["--version"], ["--help"], ["--no-such-option"]):
        taken = _time([sys.executable, "-m", "tuirisk", *words])
        print(f"{'tuirisk ' + words[0]:<26} {1000 * taken:4.0f} ms")


def run(command: list[str], seconds: float) -> tuple[float, float, float]:
    """(seconds to the first paint, MB resident before q, seconds from q to the end)."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    before = termios.tcgetattr(slave)
    with tempfile.TemporaryDirectory() as home:
        homes = dict.fromkeys(("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"), home)
        environ = os.environ | homes | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        begun = time.monotonic()
        process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=environ, start_new_session=True
        )
        painted = _until(master, MARK, begun + 10.0)
        _read(master, begun + seconds)
        resident = _resident(process.pid)
        pressed = time.monotonic()
        os.write(master, b"q")
        while process.poll() is None:
            _read(master, time.monotonic() + 0.005)
        ended = time.monotonic()
    if termios.tcgetattr(slave) != before:
        raise SystemExit(f"{command}: the terminal is not as it was")
    os.close(slave)
    os.close(master)
    return painted - begun, resident, ended - pressed


def _until(terminal: int, mark: bytes, end: float) -> float:
    """When ``mark`` was read, monotonic."""
    data = b""
    while mark not in data:
        data += _read(terminal, time.monotonic() + 0.002)
        if time.monotonic() > end:
            raise SystemExit("nothing was painted")
    return time.monotonic()


def _read(terminal: int, end: float) -> bytes:
    """Everything that comes until ``end``."""
    data = b""
    while (left := end - time.monotonic()) > 0:
        if select.select([terminal], [], [], left)[0]:
            data += os.read(terminal, 65_536)
    return data


def _resident(process: int) -> float:
    with open(f"/proc/{process}/status", encoding="ascii") as status:
        (line,) = [line for line in status if line.startswith("VmRSS:")]
    return float(line.split()[1]) / 1024


def _time(command: list[str]) -> float:
    times = []
    for _ in range(9):
        begun = time.monotonic()
        subprocess.run(command, check=False, capture_output=True)
        times.append(time.monotonic() - begun)
    return statistics.median(times)


if __name__ == "__main__":
    main()
