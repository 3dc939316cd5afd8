"""Everything that comes by REST for each symbol: history, polls, snapshots, repairs of holes."""

from __future__ import annotations

import random
from collections.abc import Callable

from tuirisk.events import CandleHistory
from tuirisk.events.intervals import INTERVALS
from tuirisk.feed.binance.rest import backfill_plan as plan
from tuirisk.feed.binance.rest import client as rest
from tuirisk.feed.binance.rest.book_snapshots import BookSnapshots
from tuirisk.feed.binance.rest.candle_backfill import CandleBackfill
from tuirisk.feed.binance.rest.derivatives_polls import DerivativesPolls
from tuirisk.feed.binance.rest.exchange_time import ExchangeTime
from tuirisk.feed.binance.rest.fetcher import Fetcher
from tuirisk.feed.binance.rest.first_history import FirstHistory
from tuirisk.feed.binance.rest.premium_index import PremiumIndex
from tuirisk.feed.binance.rest.symbol_tasks import SymbolTasks
from tuirisk.feed.binance.task_group import TaskGroup
from tuirisk.feed.clock import Clock
from tuirisk.market.clock import ExchangeClock


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
        time = ExchangeTime(clock, exchange_clock)
        self._fetcher = fetcher
        self._tasks = SymbolTasks(tasks)
        self._first = FirstHistory(time)
        self._candles = CandleBackfill(fetcher, time, rng, self._tasks, self._first)
        self._snapshots = BookSnapshots(
            fetcher, time, rng, self._tasks, self._first, is_live=book_is_live
        )
        self._polls = DerivativesPolls(fetcher, time, self._first, PremiumIndex(fetcher, clock))
        self._begun = 0

    @property
    def settled(self) -> bool:
        """Whether the first history of all symbols is here."""
        return not self.incomplete

    @property
    def incomplete(self) -> int:
        """How many symbols lack some of their first history."""
        return self._first.incomplete

    async def exchange_info(self) -> None:
        """Learn what is listed, and the limits."""
        await self._fetcher.fetch(rest.EXCHANGE_INFO, "", plan.FIRST)

    async def funding_info(self) -> None:
        """Learn the funding terms of the symbols that have their own."""
        await self._fetcher.fetch(rest.FUNDING_INFO, "", plan.FIRST)

    async def asset_prices(self) -> None:
        """Learn the exchange's index prices of assets, where it tells them."""
        await self._fetcher.fetch(rest.ASSET_INDEX, "", plan.FIRST, optional=True)

    async def trading_schedule(self) -> None:
        """Learn the hours of the underlyings' markets, where the exchange tells them."""
        await self._fetcher.fetch(rest.TRADING_SCHEDULE, "", plan.FIRST, optional=True)

    def use_stored(self, bars: CandleHistory) -> None:
        """See ``CandleBackfill.use_stored``."""
        self._candles.use_stored(bars)

    def begin(self, symbol: str, *, funding: bool = True, held: bool = False) -> None:
        """Load ``symbol`` and keep it current: the newest page of every symbol, those with a
        position first and then in the order they were begun, before any older page.

        ``funding``: it is a perpetual, which has funding. ``held``: there is a position in it.
        """
        priority = (plan.HELD if held else plan.SYMBOLS) + self._begun
        self._begun += 1
        self._first.expect(symbol, (*INTERVALS, "order_book"), ("funding",) if funding else ())
        if funding:
            self._tasks.start(symbol, self._polls.funding(symbol, priority))
        self._candles.begin(symbol, priority)
        self._snapshots.begin(symbol, priority)
        self._tasks.start(symbol, self._polls.open_interest(symbol, priority))
        self._tasks.start(symbol, self._polls.statistics(symbol, priority))

    def end(self, symbol: str) -> None:
        """Fetch nothing more for ``symbol``."""
        self._tasks.cancel(symbol)
        self._first.forget(symbol)
        self._snapshots.forget(symbol)
        self._candles.forget(symbol)
        self._fetcher.forget(symbol)

    def request_snapshot(self, symbol: str) -> None:
        """The book of ``symbol`` needs a snapshot."""
        self._snapshots.request(symbol)

    def request_shallow_snapshot(self, symbol: str) -> None:
        """The best levels of ``symbol`` are needed before its whole book comes."""
        self._snapshots.request_shallow(symbol)

    def stream_back(self, symbol: str, interval: str, last: int, received: int) -> None:
        """See ``CandleBackfill.stream_back``."""
        self._candles.stream_back(symbol, interval, last, received)

    def check_bars(self) -> None:
        """See ``CandleBackfill.check_bars``."""
        self._candles.check_bars()
