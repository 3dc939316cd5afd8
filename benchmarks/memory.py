"""Resident memory and its peak, from real ptys.

    python -m benchmarks.memory

A bare Textual application with a table of ten rows, ``tuirisk``'s imports without anything to do,
``tuirisk`` live on ten symbols of an embedded exchange in a process of its own, and ``tuirisk
demo`` with ten and five symbols, where the exchange is in the same process. What Linux says in
``/proc/PID/status`` after some seconds (VmRSS, VmHWM).
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SYMBOLS = [
    f"{coin}USDT"
    for coin in ("BTC", "ETH", "SOL", "BNB", "XRP", "DOGE", "ADA", "AVAX", "LINK", "LTC")
]
BARE = f"""
from textual.app import App
from textual.widgets import DataTable
class Bare(App):
    def compose(self):
        yield DataTable()
    def on_mount(self):
        table = self.query_one(DataTable)
        table.add_columns("symbol", "price", "score", "change")
        for symbol in {SYMBOLS!r}:
            table.add_row(symbol, "1.00", "50", "0.1 %")
Bare().run()
"""
IMPORTS = """
import time
import tuirisk.ui.app, tuirisk.monitor, tuirisk.feed.binance.live, tuirisk.history
time.sleep(600)
"""
EXCHANGE = """
import sys
from tuirisk.simulator.embedded import EmbeddedExchange
with EmbeddedExchange() as exchange:
    print(exchange.rest_url, exchange.stream_url, flush=True)
    sys.stdin.read()
"""
SIZE = (40, 120)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="before memory is read")
    seconds = parser.parse_args().seconds
    tuirisk = [sys.executable, "-m", "tuirisk"]
    print(f"after {seconds:.0f} s at 120x40            RSS      peak")
    report("bare Textual, a DataTable", [sys.executable, "-c", BARE], min(seconds, 5.0))
    report("tuirisk, imports alone", [sys.executable, "-c", IMPORTS], min(seconds, 5.0))
    with exchange() as config:
        live = [*tuirisk, "--config", str(config), "--symbols", ",".join(SYMBOLS)]
        report("tuirisk live, 10 symbols", live, seconds)
    for count in (10, 5):
        demo = [*tuirisk, "demo", "--symbols", ",".join(SYMBOLS[:count])]
        report(f"tuirisk demo, {count} symbols", demo, seconds)


def report(name: str, command: list[str], seconds: float) -> None:
    resident, peak = measure(command, seconds)
    print(f"{name:<26} {resident:6.0f} MB {peak:6.0f} MB", flush=True)


def measure(command: list[str], seconds: float) -> tuple[float, float]:
    """RSS and its peak (MB of 10⁶ bytes) of ``command`` after ``seconds`` on a terminal."""
    with tempfile.TemporaryDirectory() as home:
        process, terminal = pty.fork()
        if process == 0:
            os.environ.update(HOME=home, TERM="xterm-256color", COLORTERM="truecolor")
            os.execvp(command[0], command)
        try:
            fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))
            read_for(terminal, seconds)
            return memory(process)
        finally:
            os.kill(process, signal.SIGTERM)
            read_for(terminal, 5.0)
            os.close(terminal)
            os.waitpid(process, 0)


def read_for(terminal: int, seconds: float) -> None:
    """Take what the program writes, until it has closed the terminal or time is up."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if select.select([terminal], [], [], left)[0]:
            try:
                os.read(terminal, 65_536)
            except OSError:
                return


def memory(process: int) -> tuple[float, float]:
    kilobytes = {}
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name in ("VmRSS", "VmHWM"):
            kilobytes[name] = int(value.split()[0])
    return kilobytes["VmRSS"] * 1024 / 1e6, kilobytes["VmHWM"] * 1024 / 1e6


@contextmanager
def exchange() -> Iterator[Path]:
    """The configuration that leads to an embedded exchange in another process."""
    command = [sys.executable, "-c", EXCHANGE]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as served,
    ):
        assert served.stdout is not None
        rest, stream = served.stdout.readline().split()
        config = Path(folder) / "config.toml"
        config.write_text(f'[exchange]\nrest_url = "{rest}"\nstream_url = "{stream}"\n')
        yield config


if __name__ == "__main__":
    main()
