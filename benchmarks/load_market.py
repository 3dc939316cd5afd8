"""A market of many symbols at the rates of the real one, from frames built beforehand.

    python -m benchmarks.load_market SYMBOLS     prints its addresses, ends with its standard input

Ten majors have ten depth events a second of 60 levels and 20 trades; every other symbol ten of 12
levels and 3 trades; each has three kline streams at 2 a second and a mark price a second. What is
sent is a text built at the start with its time and its ids put in; the frames of a cycle of ten
seconds differ, and every cycle is the same.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from aiohttp import web

MAJORS = ("BTC", "ETH", "SOL", "BNB", "XRP", "DOGE", "ADA", "AVAX", "LINK", "LTC")
INTERVALS = {"15m": 900_000, "1h": 3_600_000, "1d": 86_400_000}
CYCLE_S = 10
SLOT_S = 0.01
LEVELS = 1_000
BARS = 3_200
TICK = 0.01
Fill = Callable[["Symbol", int], tuple[int, ...]]


def names(count: int) -> list[str]:
    """The majors, then made-up coins."""
    made_up = (f"C{number:03d}" for number in range(count))
    return [f"{coin}USDT" for coin in (*MAJORS, *made_up)][:count]


@dataclass(eq=False)
class Symbol:
    """One symbol: its base book, its frames by slot of the cycle, its running ids."""

    name: str
    major: bool
    price: float
    book: dict[str, dict[int, float]] = field(default_factory=dict)
    """Side → steps of a tick from the middle → quantity."""
    changes: list[dict[str, dict[int, float]]] = field(default_factory=list)
    """Of the depth frames of a cycle, in order."""
    update: int = 1_000_000
    applied: int = 0
    """Depth frames sent."""
    trade: int = 1_000

    @property
    def lower(self) -> str:
        return self.name.lower()

    def level(self, side: str, step: int, quantity: float) -> list[str]:
        sign = -1 if side == "b" else 1
        return [f"{self.price + sign * (step + 1) * TICK:.2f}", f"{quantity:.3f}"]

    def book_now(self) -> dict[str, dict[int, float]]:
        book = {side: dict(levels) for side, levels in self.book.items()}
        whole = len(self.changes) if self.applied >= len(self.changes) else self.applied
        last = self.applied % len(self.changes)
        order = [*range(last, len(self.changes)), *range(last)][-whole:] if whole else []
        for place in order:
            for side, levels in self.changes[place].items():
                book[side] |= levels
        return book


@dataclass(frozen=True)
class Timed:
    """A frame that is sent once a cycle: a template and what fills it."""

    stream: str
    symbol: Symbol
    template: bytes
    fill: Fill


def _depth_ids(symbol: Symbol, now_ms: int) -> tuple[int, ...]:
    first, before = symbol.update + 1, symbol.update
    symbol.update += 7
    symbol.applied += 1
    return now_ms, now_ms, first, symbol.update, before


def _trade_ids(symbol: Symbol, now_ms: int) -> tuple[int, ...]:
    symbol.trade += 1
    return now_ms, symbol.trade, now_ms


def _bar_times(interval_ms: int) -> Fill:
    def times(symbol: Symbol, now_ms: int) -> tuple[int, ...]:
        opened = now_ms // interval_ms * interval_ms
        return now_ms, opened, opened + interval_ms - 1

    return times


def _mark_times(symbol: Symbol, now_ms: int) -> tuple[int, ...]:
    return now_ms, (now_ms // 28_800_000 + 1) * 28_800_000


class Frames:
    """Every frame of a cycle, by the slot in which it is due."""

    def __init__(self, symbols: list[Symbol]) -> None:
        self.slots: list[list[Timed]] = [[] for _ in range(round(CYCLE_S / SLOT_S))]
        rng = random.Random(7)
        for symbol in symbols:
            self._depth(symbol, rng)
            self._trades(symbol, rng)
            self._klines(symbol, rng)
            self._mark(symbol, rng)

    def _spread(
        self, count: int, symbol: Symbol, rng: random.Random, make: Callable[[int], Timed]
    ) -> None:
        """``count`` frames, evenly over the cycle from a moment drawn by lot."""
        phase = rng.random()
        for place in range(count):
            slot = int((place + phase) / count * len(self.slots)) % len(self.slots)
            self.slots[slot].append(make(place))

    def _depth(self, symbol: Symbol, rng: random.Random) -> None:
        symbol.book = {
            side: {step: round(rng.uniform(0.5, 60.0), 3) for step in range(LEVELS)}
            for side in "ba"
        }
        gone: dict[str, set[int]] = {"b": set(), "a": set()}
        for place in range(10 * CYCLE_S):
            frame: dict[str, dict[int, float]] = {}
            for side in "ba":
                steps: set[int] = set()
                while len(steps) < (30 if symbol.major else 6):
                    steps.add(min(LEVELS - 1, int(rng.expovariate(1 / 25.0))))
                # What went away comes back: the book of a cycle's end is that of its beginning.
                last = place == 10 * CYCLE_S - 1
                back = set(gone[side]) if last else set(rng.sample(sorted(gone[side]), min(
                    len(gone[side]), 1 + len(steps) // 6)))  # fmt: skip
                away = set() if last else {s for s in steps - back if rng.random() < 0.15}
                gone[side] = (gone[side] - back - steps) | away
                frame[side] = {
                    step: 0.0 if step in away else round(rng.uniform(0.5, 60.0), 3)
                    for step in sorted(steps | back)
                }
            symbol.changes.append(frame)

        def make(place: int) -> Timed:
            sides = {
                side: [symbol.level(side, step, quantity) for step, quantity in levels.items()]
                for side, levels in symbol.changes[place].items()
            }
            head = f'{{"stream":"{symbol.lower}@depth@100ms","data":{{"e":"depthUpdate","E":%d,"T":%d,"s":"{symbol.name}","U":%d,"u":%d,"pu":%d,'  # noqa: E501
            body = f'"b":{json.dumps(sides["b"])},"a":{json.dumps(sides["a"])}}}}}'
            text = (head + body.replace(" ", "")).encode()
            return Timed(f"{symbol.lower}@depth@100ms", symbol, text, _depth_ids)

        # In order from the cycle's first slots, as the ids are.
        offset = rng.randrange(9)
        for place in range(10 * CYCLE_S):
            self.slots[place * len(self.slots) // (10 * CYCLE_S) + offset].append(make(place))

    def _trades(self, symbol: Symbol, rng: random.Random) -> None:
        def make(place: int) -> Timed:
            price = symbol.price + rng.choice((-1, 1)) * TICK
            quantity = rng.expovariate(1 / 2.0) + 0.001
            taker = rng.choice(("true", "false"))
            text = f'{{"stream":"{symbol.lower}@aggTrade","data":{{"e":"aggTrade","E":%d,"s":"{symbol.name}","a":%d,"p":"{price:.2f}","q":"{quantity:.3f}","f":1,"l":2,"T":%d,"m":{taker}}}}}'  # noqa: E501
            return Timed(f"{symbol.lower}@aggTrade", symbol, text.encode(), _trade_ids)

        self._spread((20 if symbol.major else 3) * CYCLE_S, symbol, rng, make)

    def _klines(self, symbol: Symbol, rng: random.Random) -> None:
        for interval, length in INTERVALS.items():
            stream = f"{symbol.lower}@kline_{interval}"

            def make(
                place: int, interval: str = interval, length: int = length, stream: str = stream
            ) -> Timed:
                close = symbol.price + round(6 * math.sin(place * math.tau / 20)) * TICK
                low, high = symbol.price - 25 * TICK, symbol.price + 25 * TICK
                text = f'{{"stream":"{stream}","data":{{"e":"kline","E":%d,"s":"{symbol.name}","k":{{"t":%d,"T":%d,"s":"{symbol.name}","i":"{interval}","f":1,"L":900,"o":"{symbol.price:.2f}","c":"{close:.2f}","h":"{high:.2f}","l":"{low:.2f}","v":"1000","n":900,"x":false,"q":"{1000 * symbol.price:.2f}","V":"500","Q":"{500 * symbol.price:.2f}","B":"0"}}}}}}'  # noqa: E501
                return Timed(stream, symbol, text.encode(), _bar_times(length))

            self._spread(2 * CYCLE_S, symbol, rng, make)

    def _mark(self, symbol: Symbol, rng: random.Random) -> None:
        def make(place: int) -> Timed:
            price = symbol.price + rng.randint(-5, 5) * TICK
            text = f'{{"stream":"{symbol.lower}@markPrice@1s","data":{{"e":"markPriceUpdate","E":%d,"s":"{symbol.name}","p":"{price:.4f}","i":"{symbol.price:.4f}","P":"{price:.4f}","r":"0.00010000","T":%d}}}}'  # noqa: E501
            return Timed(f"{symbol.lower}@markPrice@1s", symbol, text.encode(), _mark_times)

        self._spread(CYCLE_S, symbol, rng, make)


class Server:
    """REST and WebSockets of the market on loopback."""

    def __init__(self, symbols: list[Symbol]) -> None:
        self.symbols = {symbol.name: symbol for symbol in symbols}
        self.frames = Frames(symbols)
        self.subscribers: dict[str, list[asyncio.Transport]] = defaultdict(list)
        self.started_ms = _now_ms()
        self.walks: dict[tuple[str, str], np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
        self.weight: dict[int, int] = defaultdict(int)

    def app(self) -> web.Application:
        app = web.Application()
        for path in ("/stream", "/public/stream", "/market/stream"):
            app.router.add_get(path, self._stream)
        app.router.add_get("/fapi/{version}/{what}", self._rest)
        app.router.add_get("/futures/data/{what}", self._rest)
        return app

    async def send_forever(self) -> None:
        begun, slot = time.monotonic(), 0
        while True:
            await asyncio.sleep(max(0.0, begun + slot * SLOT_S - time.monotonic()))
            for timed in self.frames.slots[slot % len(self.frames.slots)]:
                data = timed.template % timed.fill(timed.symbol, _now_ms())
                listening = self.subscribers.get(timed.stream)
                if listening:
                    frame = _packed(data)
                    for transport in listening:
                        transport.write(frame)
            slot += 1

    async def _stream(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        transport = request.transport
        assert transport is not None
        streams = set(filter(None, request.query.get("streams", "").split("/")))
        for stream in streams:
            self.subscribers[stream].append(transport)
        try:
            async for message in socket:
                asked = json.loads(message.data)
                method, params = asked.get("method"), asked.get("params", [])
                for stream in params if method in ("SUBSCRIBE", "UNSUBSCRIBE") else ():
                    listening = self.subscribers[stream]
                    (listening.append if method == "SUBSCRIBE" else listening.remove)(transport)
                    (streams.add if method == "SUBSCRIBE" else streams.discard)(stream)
                await socket.send_json({"result": None, "id": asked.get("id")})
        finally:
            for stream in streams:
                self.subscribers[stream].remove(transport)
        return socket

    async def _rest(self, request: web.Request) -> web.Response:
        query = dict(request.query.items())
        what = request.match_info["what"]
        make = getattr(self, f"_answer_{what}")
        weight = _weight(what, query)
        self.weight[_now_ms() // 60_000] += weight
        return web.json_response(
            make(query),
            headers={"X-MBX-USED-WEIGHT-1M": str(self.weight[_now_ms() // 60_000])},
        )

    def _answer_time(self, query: Mapping[str, str]) -> object:
        return {"serverTime": _now_ms()}

    def _answer_exchangeInfo(self, query: Mapping[str, str]) -> object:
        rows = [
            {
                "symbol": name, "pair": name, "status": "TRADING", "contractType": "PERPETUAL",
                "baseAsset": name.removesuffix("USDT"), "quoteAsset": "USDT",
                "liquidationFee": "0.0125",
                "filters": [
                    {"filterType": "PRICE_FILTER", "tickSize": "0.01"},
                    {"filterType": "LOT_SIZE", "stepSize": "0.001"},
                ],
            }
            for name in self.symbols
        ]  # fmt: skip
        limit = {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "limit": 1_000_000}
        return {"symbols": rows, "rateLimits": [limit], "serverTime": _now_ms()}

    def _answer_depth(self, query: Mapping[str, str]) -> object:
        symbol = self.symbols[query["symbol"]]
        limit = int(query.get("limit", "500"))
        book = symbol.book_now()
        sides = {
            side: [
                symbol.level(side, step, quantity)
                for step, quantity in sorted(levels.items())
                if quantity > 0
            ][:limit]
            for side, levels in book.items()
        }
        return {
            "lastUpdateId": symbol.update, "E": _now_ms(), "T": _now_ms(),
            "bids": sides["b"], "asks": sides["a"],
        }  # fmt: skip

    def _answer_klines(self, query: Mapping[str, str]) -> object:
        symbol, interval = self.symbols[query["symbol"]], query["interval"]
        length = INTERVALS[interval]
        key = symbol.name, interval
        if key not in self.walks:
            rng = np.random.default_rng(abs(hash(key)) % 2**32)
            steps = rng.standard_normal(BARS) * 0.02 * math.sqrt(length / INTERVALS["1d"])
            walk = np.cumsum(steps)
            self.walks[key] = symbol.price * np.exp(walk - walk[-1])
        walk = self.walks[key]
        first = self.started_ms // length - BARS + 1
        last = min(int(query.get("endTime", _now_ms())), _now_ms()) // length - first
        rows = []
        for place in range(max(1, last - int(query.get("limit", "500")) + 1), last + 1):
            before = float(walk[min(place, BARS) - 1])
            close = float(walk[min(place, BARS - 1)])
            low, high = min(before, close) * 0.999, max(before, close) * 1.001
            opened = (first + place) * length
            rows.append([
                opened, f"{before:.4f}", f"{high:.4f}", f"{low:.4f}", f"{close:.4f}", "1000",
                opened + length - 1, f"{1000 * close:.4f}", 900, "500", f"{500 * close:.4f}", "0",
            ])  # fmt: skip
        return rows

    def _answer_premiumIndex(self, query: Mapping[str, str]) -> object:
        now = _now_ms()
        rows = [
            {
                "symbol": symbol.name, "markPrice": str(symbol.price),
                "indexPrice": str(symbol.price), "lastFundingRate": "0.0001",
                "nextFundingTime": (now // 28_800_000 + 1) * 28_800_000, "time": now,
            }
            for symbol in self.symbols.values()
            if query.get("symbol", symbol.name) == symbol.name
        ]  # fmt: skip
        return rows[0] if "symbol" in query else rows

    def _answer_fundingRate(self, query: Mapping[str, str]) -> object:
        since = max(int(query.get("startTime", "0")), _now_ms() - 91 * 86_400_000)
        times = range((since // 28_800_000 + 1) * 28_800_000, _now_ms(), 28_800_000)
        rows = [
            {"symbol": query["symbol"], "fundingTime": at, "fundingRate": "0.0001"} for at in times
        ]
        return rows[: int(query.get("limit", "100"))]

    def _answer_fundingInfo(self, query: Mapping[str, str]) -> object:
        return []

    def _answer_openInterest(self, query: Mapping[str, str]) -> object:
        return {"symbol": query["symbol"], "openInterest": "100000", "time": _now_ms()}

    def _answer_openInterestHist(self, query: Mapping[str, str]) -> object:
        price = self.symbols[query["symbol"]].price
        return [
            {
                "symbol": query["symbol"], "timestamp": at,
                "sumOpenInterest": str(100_000 + at // 300_000 % 97),
                "sumOpenInterestValue": str((100_000 + at // 300_000 % 97) * price),
            }
            for at in self._points(query)
        ]  # fmt: skip

    def _answer_globalLongShortAccountRatio(self, query: Mapping[str, str]) -> object:
        return [{"longShortRatio": "1.2", "timestamp": at} for at in self._points(query)]

    _answer_topLongShortPositionRatio = _answer_globalLongShortAccountRatio

    def _points(self, query: Mapping[str, str]) -> list[int]:
        end = min(int(query.get("endTime", _now_ms())), _now_ms()) // 300_000 * 300_000
        start = int(query.get("startTime", "0"))
        limit = int(query.get("limit", "30"))
        return [at for at in range(end - (limit - 1) * 300_000, end + 1, 300_000) if at >= start]


def _weight(what: str, query: Mapping[str, str]) -> int:
    limit = int(query.get("limit", "500"))
    if what == "klines":
        return 1 if limit < 100 else 2 if limit < 500 else 5 if limit <= 1_000 else 10
    if what == "depth":
        return 2 if limit <= 50 else 5 if limit <= 100 else 10 if limit <= 500 else 20
    if what == "premiumIndex" and "symbol" not in query:
        return 10
    return 1


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _packed(data: bytes) -> bytes:
    """A WebSocket text frame from a server."""
    size = len(data)
    if size < 126:
        return bytes((0x81, size)) + data
    return b"\x81\x7e" + size.to_bytes(2, "big") + data


async def serve(count: int) -> None:
    rng = random.Random(11)
    symbols = [
        Symbol(name, place < len(MAJORS), round(rng.uniform(50.0, 150.0), 2))
        for place, name in enumerate(names(count))
    ]
    server = Server(symbols)
    runner = web.AppRunner(server.app())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    print(f"http://127.0.0.1:{port} ws://127.0.0.1:{port}", flush=True)
    sending = asyncio.create_task(server.send_forever())
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    sending.cancel()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
