"""The radar's connection to the exchange: one WebSocket, and requests within a budget of its own.

Importing this imports python-binance: in the worker, never before the first paint.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from typing import Protocol

import aiohttp

from tuirisk.config.model import ExchangeConfig
from tuirisk.events.intervals import DAY_MS, SECOND_NS
from tuirisk.events.radar import DailyBars, DayTickers, Perpetuals, RadarEvent
from tuirisk.feed.binance.endpoints import connector, endpoints, http_proxy
from tuirisk.feed.binance.radar.decoder import BARS, STREAMS, RadarDecoder
from tuirisk.feed.binance.rest import client as rest
from tuirisk.feed.binance.rest.errors import NETWORK_ERRORS, ExchangeError, network_error
from tuirisk.feed.binance.rest.rate_limiter import SHARE, RateLimiter, RequestBudget
from tuirisk.feed.binance.rest.retry import full_jitter
from tuirisk.feed.binance.streams.layout import StreamLayouts, refuses_address
from tuirisk.feed.binance.streams.routing import stream_url
from tuirisk.feed.binance.streams.websocket import WebSocket, open_socket
from tuirisk.feed.binance.task_group import first_of
from tuirisk.feed.clock import Clock
from tuirisk.feed.frames import Frame, StreamFrame
from tuirisk.language.reason import Reason

WEIGHT_A_MINUTE = 400
"""Request weight that the radar uses at most."""
ROUND_S = 60.0
"""Seconds between two looks at what is to be asked for again."""
LISTINGS_EVERY = 5
FUNDING_EVERY = 60
"""Rounds between two requests for what is listed, and for funding intervals."""
SILENT_S = 10.0
"""Seconds without a frame after which the WebSocket is replaced."""
LONGEST_PAUSE = 30.0
LAST = 1_000_000.0
"""Priority: after everything else."""


class FrameWriter(Protocol):
    """Takes each frame as it is received."""

    def write(self, frame: Frame, /) -> object: ...


class RadarFeed:
    """Receives the whole market while :meth:`run` runs, and never gives up.

    ``deliver`` gets each event. ``error`` is the newest failure, None once all is well.
    """

    def __init__(
        self,
        config: ExchangeConfig,
        deliver: Callable[[RadarEvent], None],
        *,
        clock: Clock,
        rng: random.Random,
        recorder: FrameWriter | None = None,
    ) -> None:
        self.decoder = RadarDecoder()
        self.request_error: ExchangeError | None = None
        self.stream_error: ExchangeError | None = None
        self._config = config
        self._deliver = deliver
        self._clock = clock
        self._rng = rng
        self._recorder = recorder
        self._budget = RequestBudget(round(WEIGHT_A_MINUTE / SHARE), 60.0, clock, concurrent=4)
        self._client = rest.RestClient(config, RateLimiter(clock), clock)
        self._trading: list[str] = []
        self._movement: dict[str, float] = {}
        """Symbol → its quote volume times its move of 24 h: the order of the requests for bars."""
        self._bars_of: dict[str, int] = {}
        """Symbol → the day (since 1970) up to which its bars were received."""
        self._bars_told: dict[str, int] = {}
        """Symbol → a hash of the bars that the newest answer told."""
        self._last_frame_ns = 0

    @property
    def connected(self) -> bool:
        """Whether frames arrive."""
        return self._clock.now_ns() - self._last_frame_ns < SILENT_S * SECOND_NS

    @property
    def error(self) -> Reason | None:
        """What is wrong now."""
        failed = self.request_error or self.stream_error
        return None if failed is None else failed.reason

    @property
    def weight_used(self) -> int:
        """Request weight of the last minute."""
        return self._budget.used

    def now_ms(self) -> int:
        """The exchange's time, UTC milliseconds."""
        return self.decoder.now_ms(self._clock.now_ns())

    async def run(self) -> None:
        """Receive until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._receive())
                tasks.create_task(self._request())
        finally:
            await self._client.close()

    # Streams

    async def _receive(self) -> None:
        host = endpoints(self._config).stream
        failures, refusals, layouts = 0, 0, StreamLayouts()
        async with aiohttp.ClientSession(connector=connector(self._config)) as session:
            while True:
                layout = layouts.of("market")
                url = stream_url(host, "market", STREAMS, layout)
                try:
                    opened = await open_socket(session, url, http_proxy(self._config))
                except NETWORK_ERRORS as error:
                    failure = network_error(host, error)
                    if refuses_address(failure):
                        refusals += 1
                        layouts.leave("market", layout, refused=True)
                        if refusals % 2:
                            continue
                    self.stream_error = failure
                else:
                    refusals = 0
                    socket = WebSocket(opened, STREAMS, self._clock, self._on_frame)
                    before = self._last_frame_ns
                    try:
                        await first_of(socket.read(), self._silence(socket))
                    finally:
                        await socket.close()
                    if self._last_frame_ns > before:
                        failures = 0
                        layouts.set_proven("market", layout)
                    else:
                        layouts.leave("market", layout, refused=False)
                failures += 1
                await self._clock.sleep(full_jitter(self._rng, failures, LONGEST_PAUSE))

    async def _silence(self, socket: WebSocket) -> None:
        """Return once ``socket`` is silent or its server says that it will hang up."""
        while not socket.leaving.is_set():
            await self._clock.sleep(1.0)
            newest = max(socket.opened, self._last_frame_ns)
            if self._clock.now_ns() - newest > SILENT_S * SECOND_NS:
                return

    def _on_frame(self, stream: str | None, frame: StreamFrame) -> None:
        if stream is not None:
            self._last_frame_ns = frame.received
            self.stream_error = None
        self._take(frame)

    def _take(self, frame: Frame) -> list[RadarEvent]:
        if self._recorder is not None:
            self._recorder.write(frame)
        events = self.decoder.events(frame)
        for event in events:
            self._deliver(event)
            if isinstance(event, Perpetuals):
                self._trading = [name for name, word in event.status.items() if word == "TRADING"]
            elif isinstance(event, DayTickers) and not self._movement:
                rows = zip(event.symbols, event.last, event.opened, event.quote_volume, strict=True)
                self._movement = {
                    name: abs(last / opened - 1) * volume for name, last, opened, volume in rows
                }
        return events

    # Requests

    async def _request(self) -> None:
        rounds = 0
        while True:
            await self._ask(rest.TIME)
            # The first answers are asked for once more: one that is false would stand for long.
            if rounds == 1 or rounds % LISTINGS_EVERY == 0:
                await self._ask(rest.EXCHANGE_INFO)
            if rounds == 0:
                await self._ask(rest.PREMIUM_INDEX_OF_ALL)
                await self._ask(rest.DAY_TICKER_OF_ALL)
            if rounds == 1 or rounds % FUNDING_EVERY == 0:
                await self._ask(rest.FUNDING_INFO)
            await self._ask_for_bars()
            rounds += 1
            await self._clock.sleep(ROUND_S)

    async def _ask_for_bars(self) -> None:
        """The daily bars that are lacking, three requests at a time."""
        waiting = iter(self._lacking())

        async def next_one(names: Iterator[str]) -> None:
            for symbol in names:
                await self._ask_for_bars_of(symbol)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(3):
                tasks.create_task(next_one(waiting))

    def _lacking(self) -> list[str]:
        """Symbols whose bars do not reach to yesterday, those first in which most money moved."""
        today = self.now_ms() // DAY_MS
        names = [name for name in self._trading if self._bars_of.get(name) != today]
        return sorted(names, key=lambda name: -self._movement.get(name, 0.0))

    async def _ask_for_bars_of(self, symbol: str) -> None:
        """Ask for the newest daily bars; they stand for the day once two rounds told the same."""
        today = self.now_ms() // DAY_MS
        events = await self._ask(rest.KLINES, symbol=symbol, interval="1d", limit=BARS)
        told = hash(tuple((*e.close, *e.quote_volume) for e in events if isinstance(e, DailyBars)))
        if not events or told == self._bars_told.get(symbol):
            self._bars_of[symbol] = today
        self._bars_told[symbol] = told

    async def _ask(self, kind: rest.Request, **parameters: str | int) -> list[RadarEvent]:
        """Ask until there is an answer, and return its events; none where the exchange refuses a
        symbol."""
        weight = kind.weight(int(parameters.get("limit", 0)))
        for failures in range(1, 1_000_000):
            try:
                async with self._budget.acquire(weight, LAST):
                    frame = await self._client.get(kind, LAST, **parameters)
            except ExchangeError as error:
                symbol = parameters.get("symbol")
                if error.kind == "refused" and symbol is not None:
                    self._deliver(DailyBars(str(symbol), (), ()))
                    return []
                self.request_error = error
                pause = full_jitter(self._rng, failures, LONGEST_PAUSE)
                await self._clock.sleep(max(pause, error.pause))
                continue
            self.request_error = None
            events = self._take(frame)
            if events or kind is rest.TIME:
                return events
            await self._clock.sleep(full_jitter(self._rng, failures + 2, LONGEST_PAUSE))
        return []
