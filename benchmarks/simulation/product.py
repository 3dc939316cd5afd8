"""The shipped feed, market and assessment as a process of its own, its states on its output.

    python -m benchmarks.simulation.product URL SYMBOLS CADENCE FLAGS [--record FILE]

Keys come by the environment as for the product. ``FLAGS`` is a folder: while ``dns`` is in it no
name is resolved, and ``clock`` holds the seconds by which the system's time is off. Each state is
written as its length (4 bytes) and the pickle of a :class:`Published`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import pickle
import random
import socket
import struct
import sys
import time
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.simulation.published import BARS, Published, PublishedBars, PublishedSymbol


def obey_flags(folder: Path) -> None:
    """Have this process's names and time go wrong as ``folder`` says."""
    resolve, wall_ns = socket.getaddrinfo, time.time_ns

    def getaddrinfo(*args: Any, **options: Any) -> Any:
        if (folder / "dns").exists():
            raise socket.gaierror(-2, "Name or service not known")
        return resolve(*args, **options)

    def time_ns() -> int:
        try:
            return wall_ns() + round(float((folder / "clock").read_text()) * 1e9)
        except (OSError, ValueError):
            return wall_ns()

    socket.getaddrinfo = getaddrinfo
    time.time_ns = time_ns


async def publish(url: str, symbols: tuple[str, ...], cadence: float, record: str) -> None:
    """Write every state to standard output, until it is closed."""
    from tuirisk.config.model import Config, ExchangeConfig
    from tuirisk.feed.binance.account.credentials import peek_credentials, resolve_credentials
    from tuirisk.feed.binance.live import LiveSource
    from tuirisk.feed.clock import WallClock
    from tuirisk.feed.recording_writer import RecordingWriter
    from tuirisk.monitor.monitor import Monitor

    credentials = peek_credentials(os.environ)
    config = replace(Config(), symbols=symbols)
    exchange = ExchangeConfig(rest_url=url, stream_url=url.replace("http", "ws", 1))
    source = LiveSource(
        exchange,
        symbols,
        clock=WallClock(),
        rng=random.Random(1),
        cadence=cadence,
        recorder=RecordingWriter(Path(record)) if record else None,
        resolve_keys=lambda: resolve_credentials(credentials),
    )
    monitor = Monitor(source, config)
    async with aclosing(monitor.states()) as states:  # type: ignore[type-var]
        async for state in states:
            data = pickle.dumps(Published(state, _symbols(monitor)))
            sys.stdout.buffer.write(struct.pack("!I", len(data)) + data)
            sys.stdout.buffer.flush()


def _symbols(monitor: Any) -> dict[str, PublishedSymbol]:
    found = {}
    for name, market in monitor.market.symbols.items():
        candles = {}
        for interval, ring in market.candles.items():
            bars = ring.bars()
            candles[interval] = PublishedBars(bars.open_time[-BARS:], bars.close[-BARS:])
        found[name] = PublishedSymbol(candles)
    return found


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("symbols")
    parser.add_argument("cadence", type=float)
    parser.add_argument("flags", type=Path)
    parser.add_argument("--record", default="")
    arguments = parser.parse_args()
    obey_flags(arguments.flags)
    symbols = tuple(arguments.symbols.split(","))
    asyncio.run(publish(arguments.url, symbols, arguments.cadence, arguments.record))
    return 0


if __name__ == "__main__":
    sys.exit(main())
