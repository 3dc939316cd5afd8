"""The bars of each symbol by REST: pages of history, the bar that just ended, repairs of holes."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tuirisk.events import CandleHistory
from tuirisk.events.intervals import INTERVAL_MS, INTERVALS
from tuirisk.feed.binance.rest import backfill_plan as plan
from tuirisk.feed.binance.rest import client as rest
from tuirisk.feed.binance.rest.exchange_time import LONGEST_NAP, ExchangeTime
from tuirisk.feed.binance.rest.fetcher import Fetcher
from tuirisk.feed.binance.rest.first_history import FirstHistory
from tuirisk.feed.binance.rest.symbol_tasks import SymbolTasks

BARS_CHECK = 3_600.0
REPAIR_DELAY = 1.0
CLOSING_DELAY = 4.0
"""Seconds after the end of a bar until REST is asked for it, whatever the stream said of it."""
CLOSING_SPREAD = 4.0
"""By so much more at most, so that not all symbols ask at once."""
LONGEST_CLOSING_PAUSE = 60.0
MOST_LEFT_OUT = 5
"""Answers in a row with rows that cannot be true; then that is how the exchange has them."""
LONGEST_CLOSING_WAIT = INTERVAL_MS[INTERVALS[0]] / 1e3 + CLOSING_DELAY + CLOSING_SPREAD
"""Seconds: a bar that seems further from its end was computed from another clock."""


class CandleBackfill:
    """Fetches the bars that the metrics want, and those that the streams left out."""

    def __init__(
        self,
        fetcher: Fetcher,
        time: ExchangeTime,
        rng: random.Random,
        tasks: SymbolTasks,
        first: FirstHistory,
    ) -> None:
        self._fetcher = fetcher
        self._time = time
        self._rng = rng
        self._tasks = tasks
        self._first = first
        self._stored: dict[tuple[str, str], CandleHistory] = {}
        """(symbol, interval) → the bars of earlier runs, until the exchange has been asked."""
        self._requested: dict[tuple[str, str], int] = {}
        self._received: dict[tuple[str, str], int] = {}
        """(symbol, interval) → receive time (ns) of the newest answer with the newest bars."""
        self._known_until: dict[tuple[str, str], float] = {}
        """(symbol, interval) → until when (UTC ms) that answer had bars."""
        self._repairs: dict[tuple[str, str], int] = {}
        """(symbol, interval) of the repairs that run → bars wanted meanwhile."""

    def use_stored(self, bars: CandleHistory) -> None:
        """Do not ask for these bars of an earlier run, which the market has, but for what follows.

        They must have no hole. Where the exchange contradicts them everything is asked for.
        """
        if bars.candles and bars.symbol not in self._first:
            self._stored[bars.symbol, bars.interval] = bars

    def begin(self, symbol: str, priority: float) -> None:
        """Load the bars of ``symbol`` and keep them current."""
        for interval in INTERVALS:
            self._tasks.start(symbol, self._history(symbol, interval, priority))
        self._tasks.start(symbol, self._closings(symbol))

    def forget(self, symbol: str) -> None:
        """Keep nothing about ``symbol``."""
        for interval in INTERVALS:
            self._stored.pop((symbol, interval), None)
            self._requested.pop((symbol, interval), None)
            self._received.pop((symbol, interval), None)
            self._known_until.pop((symbol, interval), None)
            self._repairs.pop((symbol, interval), None)

    def stream_back(self, symbol: str, interval: str, last: int, received: int) -> None:
        """Klines flow (again), unheard since ``last``: fetch the bars that closed meanwhile."""
        requested_ms = self._requested.get((symbol, interval))
        if requested_ms is None:
            return
        received_until = self._time.ms(max(last, requested_ms))
        count = plan.missed_bars(interval, received_until, self._time.ms(received))
        if count:
            self._repair(symbol, interval, count)

    def check_bars(self) -> None:
        """Fetch the newest bars of all symbols again: a clock that was wrong closed some early, or
        refused some.
        """
        for symbol, interval in list(self._received):
            self._repair(symbol, interval, plan.LIGHT_PAGE)

    async def _history(self, symbol: str, interval: str, priority: float) -> None:
        """All the bars the metrics want, then the newest of them again every hour.

        The stream closes bars by itself; what it should ever have missed is mended so.
        """
        stored = self._stored.pop((symbol, interval), None)
        wanted = plan.BARS[interval] + 1
        if stored is None:
            _, whole = await self._bars(symbol, interval, wanted, priority)
        else:
            whole = await self._missing_bars(symbol, interval, wanted, priority, stored)
        # Not kept while it sleeps: the market has them.
        del stored
        self._first.complete(symbol, interval)
        if not whole:
            self._repair(symbol, interval, wanted)
        self._repair_end(symbol, interval)
        while True:
            await self._time.long_sleep(BARS_CHECK)
            _, whole = await self._bars(symbol, interval, plan.LIGHT_PAGE, priority)
            if not whole:
                self._repair(symbol, interval, plan.LIGHT_PAGE)

    async def _closings(self, symbol: str) -> None:
        """After the end of each bar, ask for it.

        So the stream's word is verified, a bar that it left out is there, and a bar without a
        trade, of which no stream tells, is there too.
        """
        shortest = INTERVAL_MS[INTERVALS[0]]
        while True:
            end_ms = ((self._time.ms() - CLOSING_DELAY * 1e3) // shortest + 1) * shortest
            due_ms = end_ms + (CLOSING_DELAY + self._rng.uniform(0.0, CLOSING_SPREAD)) * 1e3
            # The clock may be set right meanwhile.
            while 0 < (left := (due_ms - self._time.ms()) / 1e3) <= LONGEST_CLOSING_WAIT:
                await self._time.sleep(min(left, LONGEST_NAP))
            if left > 0:
                continue
            for interval in INTERVALS:
                self._repair_end(symbol, interval)

    def _repair_end(self, symbol: str, interval: str) -> None:
        """Fetch the bars since the newest that an answer had."""
        known_ms = self._known_until.get((symbol, interval))
        if known_ms is not None:
            count = plan.missed_bars(interval, known_ms, self._time.ms(), 0.0)
            self._repair(symbol, interval, min(count, plan.BARS[interval] + 1))

    def _repair(self, symbol: str, interval: str, bars: int) -> None:
        """Fetch the newest ``bars`` bars; a repair of them that runs already is widened."""
        key = symbol, interval
        running = key in self._repairs
        self._repairs[key] = max(bars, self._repairs.get(key, 0))
        if not running and bars:
            self._tasks.start(symbol, self._run_repair(symbol, interval))
        elif not running:
            del self._repairs[key]

    async def _run_repair(self, symbol: str, interval: str) -> None:
        key = symbol, interval
        length = INTERVAL_MS[interval]
        pause, left_out = REPAIR_DELAY, 0
        while self._repairs[key]:
            await self._time.sleep(pause)
            bars, self._repairs[key] = self._repairs[key], 0
            ended_ms = self._time.ms() // length * length
            newest, whole = await self._bars(symbol, interval, bars, plan.REPAIR)
            left_out = 0 if whole else left_out + 1
            if newest < ended_ms - length or 0 < left_out < MOST_LEFT_OUT:
                # The exchange has not made the bar yet, or it came damaged.
                self._repairs[key] = max(bars, self._repairs[key])
                pause = min(2 * pause + CLOSING_DELAY, LONGEST_CLOSING_PAUSE)
            else:
                pause = REPAIR_DELAY
        del self._repairs[key]

    async def _bars(
        self, symbol: str, interval: str, bars: int, priority: float
    ) -> tuple[int, bool]:
        """Fetch the newest ``bars`` bars, newest page first; fewer where listing was later.

        Returns the open time (ms) of the newest one, 0 where there is none, and whether no bar was
        left out.
        """
        limit, *older = plan.klines_pages(bars)
        history = await self._newest_page(symbol, interval, limit, priority)
        whole = not history.left_out
        if history.candles and len(history.candles) + history.left_out >= limit:
            end = history.candles[0].open_time - 1
            whole &= await self._older_pages(symbol, interval, older, end, priority)
        return (history.candles[-1].open_time if history.candles else 0), whole

    async def _missing_bars(
        self, symbol: str, interval: str, bars: int, priority: float, stored: CandleHistory
    ) -> bool:
        """Of the newest ``bars`` bars fetch those that are not ``stored``; whether none of them was
        left out.
        """
        candles = stored.candles
        since_ms = self._time.ms() - candles[-1].open_time
        newer = int(since_ms // INTERVAL_MS[interval]) + plan.SHARED_BARS
        limit = plan.klines_pages(min(max(newer, 1), bars))[0]
        history = await self._newest_page(symbol, interval, limit, priority)
        whole = not history.left_out
        if not history.candles or len(history.candles) + history.left_out < limit:
            return whole
        first = history.candles[0].open_time
        if plan.joins(history.candles, candles, self._time.ms(history.received)):
            first = min(first, candles[0].open_time)
        known = (self._time.ms() - first) // INTERVAL_MS[interval]
        lacking = bars - int(known) - 1
        if lacking > plan.SHARED_BARS:
            pages = plan.klines_pages(lacking)
            whole &= await self._older_pages(symbol, interval, pages, first - 1, priority)
        return whole

    async def _newest_page(
        self, symbol: str, interval: str, limit: int, priority: float
    ) -> CandleHistory:
        self._requested.setdefault((symbol, interval), self._time.now_ns())
        history = await self._fetcher.fetch_event(
            CandleHistory, rest.KLINES, symbol, priority, interval=interval, limit=limit
        )
        self._received[symbol, interval] = history.received
        end = history.candles[-1].open_time + INTERVAL_MS[interval] if history.candles else 0
        self._known_until[symbol, interval] = min(self._time.ms(history.received), end)
        self._first.page_came(symbol, interval)
        return history

    async def _older_pages(
        self, symbol: str, interval: str, limits: Sequence[int], end: int, priority: float
    ) -> bool:
        """Fetch the bars that opened until ``end`` (ms), newest page first; whether none was left
        out.
        """
        whole = True
        if limits and priority >= plan.HELD:
            await self._first.wait_for_pages()
        for limit in limits:
            history = await self._fetcher.fetch_event(
                CandleHistory,
                rest.KLINES,
                symbol,
                plan.DEEP + priority if priority >= plan.HELD else priority,
                interval=interval,
                limit=limit,
                endTime=end,
            )
            whole &= not history.left_out
            if not history.candles or len(history.candles) + history.left_out < limit:
                break
            end = history.candles[0].open_time - 1
        return whole
