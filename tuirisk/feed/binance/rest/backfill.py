"""Everything that comes by REST for each symbol: history, polls, snapshots, repairs of holes."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence

from tuirisk.events import CandleHistory, FundingHistory
from tuirisk.events.intervals import INTERVAL_MS, INTERVALS
from tuirisk.feed.binance.rest import backfill_plan as plan
from tuirisk.feed.binance.rest import client as rest
from tuirisk.feed.binance.rest.fetcher import Fetcher
from tuirisk.feed.binance.rest.premium_index import PremiumIndex
from tuirisk.feed.binance.rest.rate_limiter import URGENT
from tuirisk.feed.binance.rest.retry import full_jitter
from tuirisk.feed.binance.task_group import TaskGroup, first_of
from tuirisk.feed.clock import Clock
from tuirisk.market.book import SHALLOW_LEVELS, SNAPSHOT_LEVELS
from tuirisk.market.clock import ExchangeClock

OPEN_INTEREST_POLL = 60.0
BARS_CHECK = 3_600.0
STATISTICS_POLL = 300.0
SETTLEMENT_DELAY = 15.0
"""Seconds after a settlement until its rate is requested."""
SETTLEMENT_RETRY = 60.0
SETTLEMENT_RETRIES = 10
FUNDING_POLL = 3_600.0
"""At least so often: the time of the next settlement may be wrong."""
SNAPSHOT_DELAY = 0.3
"""Seconds of depth events to gather first, so that the snapshot falls among them."""
SNAPSHOT_PAUSE = 1.0
LONGEST_SNAPSHOT_PAUSE = 10.0
"""Seconds, drawn at random, by which that becomes longer at most."""
REPAIR_DELAY = 1.0
CLOSING_DELAY = 4.0
"""Seconds after the end of a bar until REST is asked for it, whatever the stream said of it."""
CLOSING_SPREAD = 4.0
"""By so much more at most, so that not all symbols ask at once."""
LONGEST_CLOSING_PAUSE = 60.0
LONGEST_CLOSING_WAIT = INTERVAL_MS[INTERVALS[0]] / 1e3 + CLOSING_DELAY + CLOSING_SPREAD
"""Seconds: a bar that seems further from its end was computed from another clock."""
RATIO_ROWS = 30
LONGEST_NAP = 30.0
FIRST_PATIENCE = 10.0
"""Seconds that older pages wait at most for the newest pages of all symbols."""
SHOWING = 0.75
"""Seconds in which these become numbers, before the older pages are asked for."""

_FIRST, _REPAIR, _HELD, _SYMBOLS, _DEEP = URGENT, 1.0, 10.0, 10_000.0, 100_000.0
"""Priorities: snapshots, repairs, the newest page of symbols with a position, that of the others;
then, by this much later, what lies behind the newest page."""


class Backfill:
    """Runs what each symbol needs."""

    def __init__(
        self,
        fetcher: Fetcher,
        exchange_clock: ExchangeClock,
        *,
        clock: Clock,
        rng: random.Random,
        tasks: TaskGroup,
        book_is_live: Callable[[str], bool],
    ) -> None:
        self._exchange_clock = exchange_clock
        self._fetcher = fetcher
        self._fetch = fetcher.fetch
        self._fetch_event = fetcher.fetch_event
        self._clock = clock
        self._rng = rng
        self._tasks = tasks
        self._running: dict[str, list[asyncio.Task[None]]] = {}
        self._missing_parts: dict[str, set[str]] = {}
        self._bars_requested: dict[tuple[str, str], int] = {}
        self._bars_received: dict[tuple[str, str], int] = {}
        """(symbol, interval) → receive time (ns) of the newest answer with the newest bars."""
        self._repairs: dict[tuple[str, str], int] = {}
        """(symbol, interval) of the repairs that run → bars wanted meanwhile."""
        self._snapshots_requested: set[str] = set()
        self._snapshots_running: set[str] = set()
        self._deepened: set[str] = set()
        """Symbols whose whole book has been requested."""
        self._begun = 0
        self._ranks: dict[str, float] = {}
        self._stored: dict[tuple[str, str], CandleHistory] = {}
        """(symbol, interval) → the bars of earlier runs, until the exchange has been asked."""
        self._book_is_live = book_is_live
        self._first_pages: set[tuple[str, str]] = set()
        """(symbol, part) of the newest pages that are still to come."""
        self._first_pages_came = asyncio.Event()
        self._premium = PremiumIndex(fetcher, clock)

    @property
    def settled(self) -> bool:
        """Whether the first history of all symbols is here."""
        return not self.incomplete

    @property
    def incomplete(self) -> int:
        """How many symbols lack some of their first history."""
        return sum(map(bool, self._missing_parts.values()))

    # Facts of the whole exchange

    async def exchange_info(self) -> None:
        """Learn what is listed, and the limits."""
        await self._fetch(rest.EXCHANGE_INFO, "", _FIRST)

    async def funding_info(self) -> None:
        """Learn the funding terms of the symbols that have their own."""
        await self._fetch(rest.FUNDING_INFO, "", _FIRST)

    # Symbols

    def use_stored(self, bars: CandleHistory) -> None:
        """Do not ask for these bars of an earlier run, which the market has, but for what follows.

        They must have no hole. Where the exchange contradicts them everything is asked for.
        """
        if bars.candles and bars.symbol not in self._missing_parts:
            self._stored[bars.symbol, bars.interval] = bars

    def begin(self, symbol: str, *, funding: bool = True, held: bool = False) -> None:
        """Load ``symbol`` and keep it current: the newest page of every symbol, those with a
        position first and then in the order they were begun, before any older page.

        ``funding``: it is a perpetual, which has funding. ``held``: there is a position in it.
        """
        priority = self._ranks[symbol] = (_HELD if held else _SYMBOLS) + self._begun
        self._begun += 1
        self._missing_parts[symbol] = {*INTERVALS, "order_book"}
        self._first_pages |= {(symbol, part) for part in self._missing_parts[symbol]}
        self._first_pages_came.clear()
        if funding:
            self._missing_parts[symbol].add("funding")
            self._start(symbol, self._funding(symbol, priority))
        for interval in INTERVALS:
            self._start(symbol, self._history(symbol, interval, priority))
        self._start(symbol, self._closings(symbol))
        self._start(symbol, self._open_interest(symbol, priority))
        self._start(symbol, self._statistics(symbol, priority))

    def end(self, symbol: str) -> None:
        """Fetch nothing more for ``symbol``."""
        for task in self._running.pop(symbol, []):
            task.cancel()
        for part in self._missing_parts.pop(symbol, ()):
            self._first_page_came(symbol, part)
        self._ranks.pop(symbol, None)
        self._snapshots_requested.discard(symbol)
        self._snapshots_running.discard(symbol)
        self._deepened.discard(symbol)
        for interval in INTERVALS:
            self._stored.pop((symbol, interval), None)
            self._bars_requested.pop((symbol, interval), None)
            self._bars_received.pop((symbol, interval), None)
            self._repairs.pop((symbol, interval), None)
        self._fetcher.forget(symbol)

    def _first_page_came(self, symbol: str, part: str) -> None:
        self._first_pages.discard((symbol, part))
        if not self._first_pages:
            self._first_pages_came.set()

    async def _wait_for_first_pages(self) -> None:
        """Until the newest pages of all symbols are here, but not for ever."""
        patience = self._clock.sleep(FIRST_PATIENCE)
        await first_of(self._first_pages_came.wait(), patience)
        await self._clock.sleep(SHOWING)

    def request_snapshot(self, symbol: str) -> None:
        """The book of ``symbol`` needs a snapshot."""
        self._snapshots_requested.add(symbol)
        if symbol not in self._snapshots_running:
            self._snapshots_running.add(symbol)
            self._start(symbol, self._snapshots(symbol))

    def stream_back(self, symbol: str, interval: str, last: int, received: int) -> None:
        """Klines flow (again), unheard since ``last``: fetch the bars that closed meanwhile."""
        requested_ms = self._bars_requested.get((symbol, interval))
        if requested_ms is None:
            return
        received_until = self._exchange_ms(max(last, requested_ms))
        count = plan.missed_bars(interval, received_until, self._exchange_ms(received))
        if count:
            self._repair(symbol, interval, count)

    def check_bars(self) -> None:
        """Fetch the newest bars of all symbols again: a clock that was wrong closed some early, or
        refused some.
        """
        for symbol, interval in list(self._bars_received):
            self._repair(symbol, interval, plan.LIGHT_PAGE)

    # What runs for each symbol

    async def _history(self, symbol: str, interval: str, priority: float) -> None:
        """All the bars the metrics want, then the newest of them again every hour.

        The stream closes bars by itself; what it should ever have missed is mended so.
        """
        stored = self._stored.pop((symbol, interval), None)
        wanted = plan.BARS[interval] + 1
        if stored is None:
            await self._bars(symbol, interval, wanted, priority)
        else:
            await self._missing_bars(symbol, interval, wanted, priority, stored)
        self._missing_parts[symbol].discard(interval)
        while True:
            await self._sleep(BARS_CHECK)
            await self._bars(symbol, interval, plan.LIGHT_PAGE, priority)

    async def _closings(self, symbol: str) -> None:
        """After the end of each bar, ask for it.

        So the stream's word is verified, a bar that it left out is there, and a bar without a
        trade, of which no stream tells, is there too.
        """
        shortest = INTERVAL_MS[INTERVALS[0]]
        while True:
            end_ms = ((self._exchange_ms() - CLOSING_DELAY * 1e3) // shortest + 1) * shortest
            due_ms = end_ms + (CLOSING_DELAY + self._rng.uniform(0.0, CLOSING_SPREAD)) * 1e3
            # The clock may be set right meanwhile.
            while 0 < (left := (due_ms - self._exchange_ms()) / 1e3) <= LONGEST_CLOSING_WAIT:
                await self._clock.sleep(min(left, LONGEST_NAP))
            if left > 0:
                continue
            for interval in INTERVALS:
                received = self._bars_received.get((symbol, interval))
                if received is not None:
                    known_ms = self._exchange_ms(received)
                    count = plan.missed_bars(interval, known_ms, self._exchange_ms(), 0.0)
                    self._repair(symbol, interval, count)

    def _repair(self, symbol: str, interval: str, bars: int) -> None:
        """Fetch the newest ``bars`` bars; a repair of them that runs already is widened."""
        key = symbol, interval
        running = key in self._repairs
        self._repairs[key] = max(bars, self._repairs.get(key, 0))
        if not running and bars:
            self._start(symbol, self._run_repair(symbol, interval))
        elif not running:
            del self._repairs[key]

    async def _run_repair(self, symbol: str, interval: str) -> None:
        key = symbol, interval
        length = INTERVAL_MS[interval]
        pause = REPAIR_DELAY
        while self._repairs[key]:
            await self._clock.sleep(pause)
            bars, self._repairs[key] = self._repairs[key], 0
            ended_ms = self._exchange_ms() // length * length
            newest = await self._bars(symbol, interval, bars, _REPAIR)
            if newest < ended_ms - length:
                # The exchange has not made the bar yet.
                self._repairs[key] = max(bars, self._repairs[key])
                pause = min(2 * pause + CLOSING_DELAY, LONGEST_CLOSING_PAUSE)
            else:
                pause = REPAIR_DELAY
        del self._repairs[key]

    async def _bars(self, symbol: str, interval: str, bars: int, priority: float) -> int:
        """Fetch the newest ``bars`` bars, newest page first; fewer where listing was later.

        Returns the open time (ms) of the newest one, 0 where there is none.
        """
        limit, *older = plan.klines_pages(bars)
        history = await self._newest_page(symbol, interval, limit, priority)
        if history.candles and len(history.candles) + history.left_out >= limit:
            end = history.candles[0].open_time - 1
            await self._older_pages(symbol, interval, older, end, priority)
        return history.candles[-1].open_time if history.candles else 0

    async def _missing_bars(
        self, symbol: str, interval: str, bars: int, priority: float, stored: CandleHistory
    ) -> None:
        """Of the newest ``bars`` bars fetch those that are not ``stored``."""
        candles = stored.candles
        since_ms = self._exchange_ms() - candles[-1].open_time
        newer = int(since_ms // INTERVAL_MS[interval]) + plan.SHARED_BARS
        limit = plan.klines_pages(min(max(newer, 1), bars))[0]
        history = await self._newest_page(symbol, interval, limit, priority)
        if not history.candles or len(history.candles) + history.left_out < limit:
            return
        first = history.candles[0].open_time
        if plan.joins(history.candles, candles, self._exchange_ms(history.received)):
            first = min(first, candles[0].open_time)
        known = (self._exchange_ms() - first) // INTERVAL_MS[interval]
        lacking = bars - int(known) - 1
        if lacking > plan.SHARED_BARS:
            pages = plan.klines_pages(lacking)
            await self._older_pages(symbol, interval, pages, first - 1, priority)

    async def _newest_page(
        self, symbol: str, interval: str, limit: int, priority: float
    ) -> CandleHistory:
        self._bars_requested.setdefault((symbol, interval), self._clock.now_ns())
        history = await self._fetch_event(
            CandleHistory, rest.KLINES, symbol, priority, interval=interval, limit=limit
        )
        self._bars_received[symbol, interval] = history.received
        self._first_page_came(symbol, interval)
        return history

    async def _older_pages(
        self, symbol: str, interval: str, limits: Sequence[int], end: int, priority: float
    ) -> None:
        """Fetch the bars that opened until ``end`` (ms), newest page first."""
        if limits and priority >= _HELD:
            await self._wait_for_first_pages()
        for limit in limits:
            history = await self._fetch_event(
                CandleHistory,
                rest.KLINES,
                symbol,
                _DEEP + priority if priority >= _HELD else priority,
                interval=interval,
                limit=limit,
                endTime=end,
            )
            if not history.candles or len(history.candles) + history.left_out < limit:
                return
            end = history.candles[0].open_time - 1

    async def _funding(self, symbol: str, priority: float) -> None:
        """Settlements of 91 days, then each new one; the predicted rate comes by stream."""
        since = int(self._exchange_ms()) - plan.FUNDING_SPAN_MS
        expected = late = 0
        while True:
            since = await self._settlements(symbol, since, priority)
            self._missing_parts[symbol].discard("funding")
            self._first_page_came(symbol, "funding")
            mark = await self._premium.mark(symbol, priority)
            settled = self._exchange_ms() > expected
            if settled and since < expected - 60_000 and late < SETTLEMENT_RETRIES:
                late += 1
                await self._clock.sleep(SETTLEMENT_RETRY)
                continue
            expected, late = mark.next_funding_time, 0
            wait = (expected - self._exchange_ms()) / 1e3 + SETTLEMENT_DELAY
            wait = max(wait, SETTLEMENT_RETRY) if expected else FUNDING_POLL
            await self._sleep(min(wait, FUNDING_POLL))

    async def _settlements(self, symbol: str, since: int, priority: float) -> int:
        """Fetch all settlements from ``since`` (ms) on; returns from when to ask next."""
        while True:
            history = await self._fetch_event(
                FundingHistory,
                rest.FUNDING_RATE,
                symbol,
                priority,
                startTime=since,
                limit=plan.FUNDING_PAGE,
            )
            if history.rows:
                since = history.rows[-1][0] + 1
            if len(history.rows) + history.left_out < plan.FUNDING_PAGE or not history.rows:
                return since

    async def _open_interest(self, symbol: str, priority: float) -> None:
        while True:
            await self._fetch(rest.OPEN_INTEREST, symbol, priority)
            await self._clock.sleep(OPEN_INTEREST_POLL)

    async def _statistics(self, symbol: str, priority: float) -> None:
        """Open-interest history and account ratios: the newest, the older, then each new row."""
        rows = plan.STATISTICS_PAGE
        requested_ms = self._exchange_ms()
        await self._statistics_tail(symbol, rows, priority)
        for start, end in plan.statistics_pages(int(requested_ms)):
            await self._fetch(
                rest.OPEN_INTEREST_HISTORY,
                symbol,
                _DEEP + priority,
                optional=True,
                period=plan.PERIOD,
                startTime=start,
                endTime=end,
                limit=plan.STATISTICS_PAGE,
            )
        while True:
            await self._clock.sleep(STATISTICS_POLL)
            missed = (self._exchange_ms() - requested_ms) / plan.PERIOD_MS
            rows = min(plan.STATISTICS_PAGE, int(missed) + 3)
            requested_ms = self._exchange_ms()
            await self._statistics_tail(symbol, rows, priority)

    async def _statistics_tail(self, symbol: str, rows: int, priority: float) -> None:
        few = min(rows, RATIO_ROWS)
        for kind, limit in (
            (rest.OPEN_INTEREST_HISTORY, rows),
            (rest.GLOBAL_RATIO, few),
            (rest.TOP_RATIO, few),
        ):
            await self._fetch(kind, symbol, priority, period=plan.PERIOD, limit=limit)

    async def _snapshots(self, symbol: str) -> None:
        """Fetch snapshots until the book is in sequence: one at a time, ever more slowly.

        A book that is not live gets a shallow one, which costs a tenth, and then a deep one.
        """
        tries = 0
        while symbol in self._snapshots_requested:
            self._snapshots_requested.discard(symbol)
            await self._clock.sleep(SNAPSHOT_DELAY)
            if not self._book_is_live(symbol):
                await self._fetch(rest.DEPTH, symbol, _FIRST, limit=SHALLOW_LEVELS)
                if self._book_is_live(symbol):
                    self._first_page_came(symbol, "order_book")
                    continue
            else:
                again = symbol in self._deepened
                if not again:
                    await self._wait_for_first_pages()
                self._deepened.add(symbol)
                priority = _FIRST if again else _DEEP + self._ranks[symbol]
                await self._fetch(rest.DEPTH, symbol, priority, limit=SNAPSHOT_LEVELS)
                self._missing_parts[symbol].discard("order_book")
            tries += 1
            more = full_jitter(self._rng, tries - 1, LONGEST_SNAPSHOT_PAUSE)
            await self._clock.sleep(SNAPSHOT_PAUSE + more)
        self._snapshots_running.discard(symbol)

    async def _sleep(self, seconds: float) -> None:
        """A long sleep in short ones: a simulated clock may outrun its own sleeps."""
        until = self._clock.now_ns() + seconds * 1e9
        while (left := (until - self._clock.now_ns()) / 1e9) > 0:
            await self._clock.sleep(min(left, LONGEST_NAP))

    def _start(self, symbol: str, work: Coroutine[object, object, None]) -> None:
        tasks = self._running.setdefault(symbol, [])
        tasks[:] = [task for task in tasks if not task.done()]
        tasks.append(self._tasks.start(work))

    def _exchange_ms(self, now_ns: int | None = None) -> float:
        return self._exchange_clock.exchange_ms(self._clock.now_ns() if now_ns is None else now_ns)
