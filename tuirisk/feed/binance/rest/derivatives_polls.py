"""Funding settlements, open interest and account ratios by REST: their past, then each new row."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Any, TypeAlias

from tuirisk.events import FundingHistory, LongShortRatio, OpenInterestHistory
from tuirisk.events.columnar import ColumnarSequence
from tuirisk.feed.binance.rest import backfill_plan as plan
from tuirisk.feed.binance.rest import client as rest
from tuirisk.feed.binance.rest.confirmation import CONFIRM_AFTER, same_rows, until_repeated
from tuirisk.feed.binance.rest.exchange_time import ExchangeTime
from tuirisk.feed.binance.rest.fetcher import Fetcher
from tuirisk.feed.binance.rest.first_history import FirstHistory
from tuirisk.feed.binance.rest.premium_index import PremiumIndex

OPEN_INTEREST_POLL = 60.0
STATISTICS_POLL = 300.0
SETTLEMENT_DELAY = 15.0
"""Seconds after a settlement until its rate is requested."""
SETTLEMENT_RETRY = 60.0
SETTLEMENT_RETRIES = 10
FUNDING_POLL = 3_600.0
"""At least so often: the time of the next settlement may be wrong."""
RATIO_ROWS = 30
SHARED_SETTLEMENTS = 3
"""Settlements that are asked for again with the new ones."""

Settlements: TypeAlias = Sequence[tuple[int, float, bool]]
Points: TypeAlias = Sequence[tuple[Any, ...]]
Tail: TypeAlias = tuple[Points, ...]
"""The newest points of the open interest and of both ratios."""


class DerivativesPolls:
    """What runs for each symbol as long as it is watched."""

    def __init__(
        self, fetcher: Fetcher, time: ExchangeTime, first: FirstHistory, premium: PremiumIndex
    ) -> None:
        self._fetcher = fetcher
        self._time = time
        self._first = first
        self._premium = premium

    async def funding(self, symbol: str, priority: float) -> None:
        """Settlements of 91 days, then each new one; the predicted rate comes by stream.

        New settlements are asked for twice, and with those before, which must be the same.
        """
        since = int(self._time.ms()) - plan.FUNDING_SPAN_MS
        newest = expected = late = 0
        while True:

            def ask(since: int = since) -> Awaitable[Settlements]:
                return self._settlements(symbol, since, priority)

            rows = await ask()
            self._first.complete(symbol, "funding")
            self._first.page_came(symbol, "funding")
            mark = await self._premium.mark(symbol, priority)
            if not rows or rows[-1][0] > newest:
                rows = await until_repeated(rows, ask, same_rows, self._time)
            newest = rows[-1][0] if rows else 0
            since = rows[-SHARED_SETTLEMENTS:][0][0] if rows else since
            # Not kept while it sleeps: the market has them.
            del rows
            settled = self._time.ms() > expected
            if settled and newest < expected - 60_000 and late < SETTLEMENT_RETRIES:
                late += 1
                await self._time.sleep(SETTLEMENT_RETRY)
                continue
            expected, late = mark.next_funding_time, 0
            wait = (expected - self._time.ms()) / 1e3 + SETTLEMENT_DELAY
            wait = max(wait, SETTLEMENT_RETRY) if expected else FUNDING_POLL
            await self._time.long_sleep(min(wait, FUNDING_POLL))

    async def _settlements(self, symbol: str, since: int, priority: float) -> Settlements:
        """Fetch all settlements from ``since`` (ms) on."""
        # Columns: those of all symbols are kept until they have been asked for twice.
        rows = ColumnarSequence(_settlement, "qdb")
        while True:
            history = await self._fetcher.fetch_event(
                FundingHistory,
                rest.FUNDING_RATE,
                symbol,
                priority,
                startTime=since,
                limit=plan.FUNDING_PAGE,
            )
            for row in history.rows:
                rows.append(row)
            if not history.full or not history.rows:
                return rows
            since = history.rows[-1][0] + 1

    async def open_interest(self, symbol: str, priority: float) -> None:
        """The open interest now, again and again."""
        pause = CONFIRM_AFTER
        while True:
            await self._fetcher.fetch(rest.OPEN_INTEREST, symbol, priority)
            await self._time.sleep(pause)
            pause = OPEN_INTEREST_POLL

    async def statistics(self, symbol: str, priority: float) -> None:
        """Open-interest history and account ratios: the newest, the older, then each new row."""
        rows = plan.STATISTICS_PAGE
        requested_ms = self._time.ms()

        def ask() -> Awaitable[Tail]:
            return self._statistics_tail(symbol, rows, priority)

        await until_repeated(await ask(), ask, _same_tail, self._time)
        for start, end in plan.statistics_pages(int(requested_ms)):
            await self._fetcher.fetch(
                rest.OPEN_INTEREST_HISTORY,
                symbol,
                plan.DEEP + priority,
                optional=True,
                period=plan.PERIOD,
                startTime=start,
                endTime=end,
                limit=plan.STATISTICS_PAGE,
            )
        while True:
            await self._time.sleep(STATISTICS_POLL)
            missed = (self._time.ms() - requested_ms) / plan.PERIOD_MS
            rows = min(plan.STATISTICS_PAGE, int(missed) + 3)
            requested_ms = self._time.ms()
            await self._statistics_tail(symbol, rows, priority)

    async def _statistics_tail(self, symbol: str, rows: int, priority: float) -> Tail:
        """Fetch the newest points, ``rows`` of the open interest."""
        few = min(rows, RATIO_ROWS)
        found: list[Points] = []
        for kind, limit in (
            (rest.OPEN_INTEREST_HISTORY, rows),
            (rest.GLOBAL_RATIO, few),
            (rest.TOP_RATIO, few),
        ):
            events = await self._fetcher.fetch(
                kind, symbol, priority, period=plan.PERIOD, limit=limit
            )
            points = (e for e in events if isinstance(e, OpenInterestHistory | LongShortRatio))
            found += [event.rows for event in points]
        return tuple(found)


def _settlement(time: int, rate: float, regular: int) -> tuple[int, float, bool]:
    return time, rate, bool(regular)


def _same_tail(before: Tail, after: Tail) -> bool:
    return all(map(same_rows, before, after))
