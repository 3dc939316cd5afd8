"""What the screen costs: bytes to the terminal and CPU, from a real pty.

    python -m benchmarks.screen

Every case runs in a process of its own on a pty of the size named, over states made beforehand in
which every number changes (``benchmarks.screen_states``), so that the figures are the screen's
alone. Beside it, in the same run, a monitor of Textual's ready-made DataTable and Sparkline shows
fewer of the same numbers (``benchmarks.stock_monitor``), and btop, where there is one, shows its
own once a second. CPU is (user + system) time over wall
time, 100 % being one core; bytes are what the terminal receives.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import pty
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WARM_UP = 3.0
"""Seconds after the first state in which nothing is measured."""


@dataclass(frozen=True)
class Case:
    name: str
    symbols: int
    hz: float
    columns: int = 120
    rows: int = 40
    still: str = ""
    """``state``: publish the same one again and again; ``clock``: nothing but the time and the ages
    of the data change."""
    tab: int = 0
    """Of the symbol view, which is open; 0 is the dashboard."""
    every_cell: bool = False
    """Send all cells at every state, as if each had changed."""
    low: bool = False
    """As with ``--low-bandwidth``."""
    cpu: float | None = None
    kilobytes: float | None = None
    """What the project allows, percent and kB/s."""


CASES = (
    Case("50 symbols, 1 Hz", 50, 1, cpu=3, kilobytes=10),
    Case("50 symbols, 1 Hz, --low-bandwidth", 50, 1, low=True),
    Case("10 symbols, 4 Hz", 10, 4, cpu=8, kilobytes=16),
    Case("10 symbols, 4 Hz, nothing changes", 10, 4, still="state"),
    Case("10 symbols, 4 Hz, only time passes", 10, 4, still="clock"),
    Case("50 symbols, 1 Hz, every cell", 50, 1, every_cell=True),
    Case("10 symbols, 4 Hz, market tab", 10, 4, tab=1),
    Case("10 symbols, 4 Hz, liquidity tab", 10, 4, tab=2),
    Case("50 symbols, 1 Hz, 80x24", 50, 1, 80, 24),
    Case("50 symbols, 1 Hz, 200x60", 50, 1, 200, 60),
    Case("10 symbols, 4 Hz, 200x60", 10, 4, 200, 60),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--only", default="", help="cases whose name holds this")
    parser.add_argument("--child", nargs=3, metavar=("APP", "CASE", "REPORT"))
    arguments = parser.parse_args()
    if arguments.child:
        app, case, report = arguments.child
        _child(app, Case(**json.loads(case)), arguments.seconds, Path(report))
        return
    print(f"{'case':<36} {'app':<8} {'CPU %':>6} {'kB/s':>7} {'RSS MB':>7}   allowed")
    for case in CASES:
        for app in ("tuirisk", "stock"):
            special = case.low or case.still or case.tab or case.every_cell
            if arguments.only not in case.name or (app == "stock" and special):
                continue
            cpu, rate, rss = measure(app, case, arguments.seconds)
            limit = f"{case.cpu:g} %, {case.kilobytes:g} kB/s" if case.cpu is not None else ""
            print(
                f"{case.name:<36} {app:<8} {cpu:6.1f} {rate:7.2f} {rss:7.0f}   {limit}", flush=True
            )
    if shutil.which("btop") and arguments.only in "btop, 1 Hz":
        cpu, rate, rss = btop(arguments.seconds)
        print(f"{'btop, 1 Hz':<36} {'btop':<8} {cpu:6.1f} {rate:7.2f} {rss:7.0f}")


def btop(seconds: float) -> tuple[float, float, float]:
    """As :func:`measure`, of btop with its own panels."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "btop"
        settings.mkdir()
        (settings / "btop.conf").write_text("update_ms = 1000\n")
        environ = os.environ | {"TERM": "xterm-256color", "XDG_CONFIG_HOME": folder, "HOME": folder}
        marks: list[tuple[float, float]] = []
        resident: list[float] = []

        def observe(process: subprocess.Popen[bytes]) -> None:
            for wait in (WARM_UP, seconds):
                time.sleep(wait)
                stat = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
                used = (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")
                marks.append((time.monotonic(), used))
            resident.append(_resident(process.pid))
            process.terminate()

        received = _watch(["btop", "--utf-force"], environ, Case("btop", 0, 1), observe)
        (begun, before), (ended, after) = marks
        sent = sum(n for at, n in received if begun <= at < ended)
        wall = ended - begun
        return 100 * (after - before) / wall, sent / 1000 / wall, resident[0] / 1024


def measure(app: str, case: Case, seconds: float) -> tuple[float, float, float]:
    """(CPU in percent, kB/s to the terminal, greatest resident memory in MB) of one case."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "benchmarks.screen", "--seconds", str(seconds)]
        command += ["--child", app, json.dumps(case.__dict__), str(report)]
        environ = os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        for name in ("NO_COLOR", "TEXTUAL_COLOR_SYSTEM"):
            environ.pop(name, None)
        environ |= {"XDG_CONFIG_HOME": folder, "XDG_STATE_HOME": folder}
        if case.low:
            environ |= {"TEXTUAL_COLOR_SYSTEM": "256", "TEXTUAL_ANIMATIONS": "none"}
        received = _watch(command, environ, case)
        told = json.loads(report.read_text())
        sent = sum(n for at, n in received if told["begun"] <= at < told["ended"])
        wall = told["ended"] - told["begun"]
        return 100 * told["cpu"] / wall, sent / 1000 / wall, told["rss"] / 1024


def _watch(
    command: list[str],
    environ: dict[str, str],
    case: Case,
    observe: Callable[[subprocess.Popen[bytes]], None] | None = None,
) -> list[tuple[float, int]]:
    """Run ``command`` on a pty to its end: (monotonic time, bytes) of every piece received.

    ``observe`` is called in a thread, with the process.
    """
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", case.rows, case.columns, 0, 0))
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=environ, start_new_session=True
    )
    os.close(slave)
    if observe is not None:
        _thread(observe, process)
    received = []
    while True:
        ready, _, _ = select.select([master], [], [], 0.2)
        if ready:
            try:
                data = os.read(master, 65_536)
            except OSError:
                break
            received.append((time.monotonic(), len(data)))
        elif process.poll() is not None:
            break
    process.wait()
    os.close(master)
    return received


def _child(app: str, case: Case, seconds: float, report: Path) -> None:
    from benchmarks.screen_states import later, states

    count = int((WARM_UP + seconds + 1) * case.hz) + 1
    config, made = states(case.symbols, 1 if case.still else count, case.hz)
    if case.still:
        step = 1000 / case.hz if case.still == "clock" else 0.0
        made = [later(made[0], round(i * step)) if step else made[0] for i in range(count)]

    def publish(send: Callable[[Any], None], leave: Callable[[], object]) -> None:
        begun = time.monotonic()
        told: dict[str, float] = {}
        for i, state in enumerate(made):
            time.sleep(max(0.0, begun + i / case.hz - time.monotonic()))
            late = time.monotonic() - begun
            if "begun" not in told and late >= WARM_UP:
                told |= {"begun": time.monotonic(), "cpu": -time.process_time()}
            if late >= WARM_UP + seconds:
                break
            send(state)
        told["cpu"] += time.process_time()
        told["ended"] = time.monotonic()
        told["rss"] = _resident()
        report.write_text(json.dumps(told))
        leave()

    if app == "stock":
        from benchmarks.stock_monitor import Arrived, StockMonitor

        def begin(monitor: StockMonitor) -> None:
            def send(state: Any) -> None:
                monitor.post_message(Arrived(state))

            _thread(publish, send, lambda: monitor.call_from_thread(monitor.exit))

        StockMonitor(config.symbols, begin).run()
        return
    from screenshots.svg import StillScreen
    from tuirisk.ui.app.app import TuiriskApp
    from tuirisk.ui.themes.themes import load_themes

    def connect(send: Callable[[Any], None], failed: Callable[[str], None]) -> StillScreen:
        def told(state: Any) -> None:
            send(state)
            if case.every_cell:
                ours.call_from_thread(ours.action_redraw)
            if case.tab and state is made[0]:
                ours.call_from_thread(ours.action_open, case.tab)

        _thread(publish, told, lambda: ours.call_from_thread(ours.exit))
        return StillScreen(made[0])

    ours = TuiriskApp(config, connect, themes=load_themes())
    ours.run()


def _thread(target: Callable[..., None], *arguments: object) -> None:
    threading.Thread(target=target, args=arguments, daemon=True).start()


def _resident(process: int | str = "self") -> float:
    """Resident memory of a process, kB."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return float(line.split()[1])
    return 0.0


if __name__ == "__main__":
    main()
