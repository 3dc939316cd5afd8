"""What a market of many symbols costs: CPU, memory, and how late a depth event is in the state.

    python -m benchmarks.load [SYMBOLS ...] [--seconds 20]

The market is a process of its own (``load_market``). The monitor and its peers are processes too,
one after the other on the same frames: python-binance's sockets with its depth caches, whose twenty
best levels are read four times a second, and cryptofeed where it is installed, with books, trades,
bars and funding. CPU is user and system time, 100 % being one core; the monitor's is taken once it
has all history. Twelve symbols are on screen.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import resource
import subprocess
import sys
import time
from array import array
from collections import deque
from collections.abc import Callable, Coroutine
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

from benchmarks.load_market import MAJORS, names

ON_SCREEN = 12
PEERS = ("monitor", "python-binance", "cryptofeed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("symbols", nargs="*", type=int, default=[10, 50, 200])
    parser.add_argument("--seconds", type=float, default=20.0, help="of measuring")
    parser.add_argument("--only", choices=PEERS, action="append", help="one of them alone")
    parser.add_argument("--child", nargs=4, metavar=("KIND", "COUNT", "REST", "WS"))
    options = parser.parse_args()
    if options.child:
        kind, count, rest, ws = options.child
        asyncio.run(CHILDREN[kind](names(int(count)), rest, ws, options.seconds))
        return
    for count in options.symbols:
        measure(count, options.seconds, options.only or PEERS)


def measure(count: int, seconds: float, kinds: tuple[str, ...]) -> None:
    """Print the figures of all programs on a market of ``count`` symbols."""
    market = [sys.executable, "-m", "benchmarks.load_market", str(count)]
    with subprocess.Popen(
        market, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as served:
        assert served.stdout is not None
        rest, ws = served.stdout.readline().split()
        for kind in kinds:
            if kind == "cryptofeed" and find_spec("cryptofeed") is None:
                print(f"{count:4d} symbols  {kind:<15} not installed")
                continue
            command = [sys.executable, "-m", "benchmarks.load", "--seconds", str(seconds)]
            result = subprocess.run(
                [*command, "--child", kind, str(count), rest, ws],
                stdout=subprocess.PIPE, text=True, check=False,
            )  # fmt: skip
            if result.returncode:
                print(f"{count:4d} symbols  {kind:<15} failed")
                continue
            print(f"{count:4d} symbols  {kind:<15} {line(json.loads(result.stdout))}", flush=True)
        served.terminate()


def line(figures: dict[str, float]) -> str:
    text = f"{figures['cpu']:6.1f} % of a core  {figures['rss']:5.0f} MB"
    if "ready" in figures:
        text += (
            f"  ready after {figures['ready']:.0f} s, late at the 99th percentile:"
            f" {figures['shown']:.0f} ms on screen, {figures['others']:.0f} ms others"
        )
    return text


async def usage(seconds: float) -> dict[str, float]:
    """CPU (percent of a core) of this process over so many seconds, and its memory (MB)."""
    before, begun = _cpu(), time.monotonic()
    await asyncio.sleep(seconds)
    cpu = 100 * (_cpu() - before) / (time.monotonic() - begun)
    return {"cpu": cpu, "rss": _resident_mb()}


def _resident_mb() -> float:
    rows = Path("/proc/self/status").read_text().splitlines()
    status = dict(row.split(":", 1) for row in rows)
    return int(status["VmRSS"].split()[0]) * 1024 / 1e6


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def monitor(symbols: list[str], rest: str, ws: str, seconds: float) -> None:
    """The whole monitor without a screen."""
    import dataclasses

    from tuirisk.config.model import Config, ExchangeConfig
    from tuirisk.events import DepthDiff, Event
    from tuirisk.feed.binance.live import LiveSource
    from tuirisk.feed.clock import WallClock
    from tuirisk.monitor.garbage import examine_rarely
    from tuirisk.monitor.monitor import Monitor
    from tuirisk.state import RiskState

    examine_rarely()
    exchange = ExchangeConfig(rest_url=rest, stream_url=ws)
    config = dataclasses.replace(Config(), exchange=exchange, symbols=tuple(symbols))
    source = LiveSource(exchange, symbols, clock=WallClock(), rng=random.Random(1))
    watched = Monitor(source, config)
    shown = frozenset(symbols[:ON_SCREEN])
    watched.look_at(shown)
    waiting: dict[str, deque[tuple[int, int]]] = {name: deque() for name in symbols}
    late = {True: array("d"), False: array("d")}
    apply = watched.market.apply

    def applying(event: Event) -> None:
        apply(event)
        if type(event) is DepthDiff:
            book = watched.market.symbols[event.symbol].book
            waiting[event.symbol].append((book.version, event.event_time))

    def published(state: RiskState) -> None:
        now_ms = time.time_ns() / 1e6
        for name, symbol in state.symbols.items():
            events, version = waiting[name], symbol.versions.get("book", 0)
            while events and events[0][0] <= version:
                late[name in shown].append(now_ms - events.popleft()[1])

    watched.market.apply = applying  # type: ignore[method-assign]
    begun = time.monotonic()
    measuring: asyncio.Task[dict[str, float]] | None = None
    ready, settled = 0.0, 0
    async for state in watched.states():
        published(state)
        if source._session is not None:
            # How soon all history is there is not what is measured.
            for budget in source._session.rate_limiter.budgets.values():
                budget.limit, budget.concurrent = 10**6, 30
        if measuring is None:
            statuses = [symbol.status for symbol in state.symbols.values()]
            all_ready = len(statuses) == len(symbols) and set(statuses) == {"ready"}
            ready = ready or (time.monotonic() - begun if all_ready else 0.0)
            deep = all(
                len(market.candles["15m"]) >= 2_500 and market.derivatives.open_interest is not None
                for market in watched.market.symbols.values()
            )
            settled = settled + 1 if all_ready and deep else 0
            if settled > 12:
                print(f"measuring {os.getpid()}", file=sys.stderr, flush=True)
                late = {True: array("d"), False: array("d")}
                measuring = asyncio.create_task(usage(seconds))
        elif measuring.done():
            break
    assert measuring is not None
    figures = measuring.result() | {"ready": ready}
    for key, values in (("shown", late[True]), ("others", late[False])):
        figures[key] = sorted(values)[int(0.99 * len(values))] if values else 0.0
    print(json.dumps(figures), flush=True)
    os._exit(0)


async def python_binance(symbols: list[str], rest: str, ws: str, seconds: float) -> None:
    """Its depth caches by its sockets, the twenty best levels of each read four times a second."""
    from binance import AsyncClient, BinanceSocketManager
    from binance.ws.depthcache import DepthCache

    client = AsyncClient()
    client.FUTURES_URL = rest + "/fapi"
    sockets = BinanceSocketManager(client, max_queue_size=100_000)
    sockets.FSTREAM_URL = ws + "/"
    caches = {name: DepthCache(name) for name in symbols}

    async def follow(part: list[str]) -> None:
        streams = [f"{name.lower()}@depth@100ms" for name in part]
        async with sockets.futures_multiplex_socket(streams) as socket:
            for name in part:
                book = await client.futures_order_book(symbol=name, limit=1_000)
                for bid in book["bids"]:
                    caches[name].add_bid(bid)
                for ask in book["asks"]:
                    caches[name].add_ask(ask)
            while True:
                event = (await socket.recv())["data"]
                cache = caches[event["s"]]
                # It removes "0.00000000" alone, which futures never send.
                for price, quantity in event["b"]:
                    cache.add_bid((price, quantity if float(quantity) else "0.00000000"))
                for price, quantity in event["a"]:
                    cache.add_ask((price, quantity if float(quantity) else "0.00000000"))

    async def look() -> None:
        while True:
            await asyncio.sleep(0.25)
            for cache in caches.values():
                cache.get_bids()[:20], cache.get_asks()[:20]

    tasks = [asyncio.create_task(follow(symbols[i : i + 100])) for i in range(0, len(symbols), 100)]
    tasks.append(asyncio.create_task(look()))
    await asyncio.sleep(10.0)
    print(json.dumps(await usage(seconds)), flush=True)
    os._exit(0)


async def cryptofeed(symbols: list[str], rest: str, ws: str, seconds: float) -> None:
    """Its books, trades, bars (one interval a feed) and funding, with callbacks that do nothing."""
    from cryptofeed import FeedHandler
    from cryptofeed.connection import RestEndpoint, Routes, WebsocketEndpoint
    from cryptofeed.defines import CANDLES, FUNDING, L2_BOOK, TRADES
    from cryptofeed.exchanges import BinanceFutures

    class Local(BinanceFutures):  # type: ignore[misc]
        websocket_endpoints: ClassVar = [WebsocketEndpoint(ws, options={"compression": None})]
        rest_endpoints: ClassVar = [
            RestEndpoint(
                rest,
                routes=Routes(
                    "/fapi/v1/exchangeInfo", l2book="/fapi/v1/depth?symbol={}&limit={}",
                    open_interest="/fapi/v1/openInterest?symbol={}",
                ),
            )
        ]  # fmt: skip

    async def nothing(*_: object) -> None:
        return

    handler = FeedHandler({"uvloop": False, "log": {"disabled": True}})
    pairs = [f"{name.removesuffix('USDT')}-USDT-PERP" for name in symbols]
    callbacks = {L2_BOOK: nothing, TRADES: nothing, FUNDING: nothing, CANDLES: nothing}
    for interval in ("15m", "1h", "1d"):
        channels = list(callbacks) if interval == "15m" else [CANDLES]
        handler.add_feed(
            Local(symbols=pairs, channels=channels, candle_interval=interval, max_depth=1_000,
                  callbacks={name: callbacks[name] for name in channels})
        )  # fmt: skip
    handler.run(start_loop=False, install_signal_handlers=False)
    await asyncio.sleep(10.0)
    print(json.dumps(await usage(seconds)), flush=True)
    os._exit(0)


CHILDREN: dict[str, Callable[[list[str], str, str, float], Coroutine[None, None, None]]] = {
    "monitor": monitor,
    "python-binance": python_binance,
    "cryptofeed": cryptofeed,
}
assert len(MAJORS) <= ON_SCREEN

if __name__ == "__main__":
    main()
