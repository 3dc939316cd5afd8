"""The rate limiter that every REST request of the process goes through.

The exchange counts requests in three budgets (docs/binance.md): request weight a minute, shared
by all programs of one address and reported in ``X-MBX-USED-WEIGHT-1M``; funding history;
``/futures/data``.
No budget is used beyond :data:`SHARE`; a stopped one admits no request until its pause is over.
"""

from __future__ import annotations

import asyncio
from bisect import insort
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Literal, TypeAlias

from tuirisk.events.intervals import SECOND_NS
from tuirisk.feed.clock import Clock
from tuirisk.foreign.decoding import decimal

BudgetName: TypeAlias = Literal["weight", "funding", "data"]

SHARE = 0.8
"""Of a limit; the rest is for other programs and for miscounting."""
WEIGHT_LIMIT = 2_400
LEAST_WEIGHT_LIMIT = 240
"""A lower limit is not believed: it would stop everything until the next answer that states one."""
WEIGHT_WINDOW = 60.0
FOREIGN_DOUBT = 10.0
"""Seconds after which a reading by which others use the whole budget is tried with one request."""
_LONGEST_NAP = 1.0
_MOST_WEIGHT = 10_000_000

URGENT = 0.0
"""Priority of what must not wait behind history: the lower goes first, equals in order."""


@dataclass(slots=True, order=True)
class _Waiter:
    priority: float
    number: int
    weight: int = field(compare=False)
    wake: asyncio.Event = field(compare=False, default_factory=asyncio.Event)


class RequestBudget:
    """A budget of ``limit`` per ``window`` seconds, and the queue of requests that wait for it.

    Own use is counted over a sliding window, so that it holds wherever the exchange's own
    minute begins; what others on this address use is taken from what the exchange reports.
    """

    def __init__(self, limit: int, window: float, clock: Clock, concurrent: int) -> None:
        self.limit = limit
        self.concurrent = concurrent
        self._window_ns = round(window * SECOND_NS)
        self._clock = clock
        self._spent: deque[tuple[int, int]] = deque()
        self._own = 0
        self._foreign = 0
        self._foreign_until = 0
        self._foreign_doubted = 0
        self._stopped_until = 0
        self._under_way = 0
        self._queue: list[_Waiter] = []
        self._numbers = count()

    @property
    def used(self) -> int:
        """Used in the last window, by us and by others."""
        now = self._clock.now_ns()
        self._forget(now)
        return self._own + (self._foreign if now < self._foreign_until else 0)

    @property
    def stopped_for(self) -> float:
        """Seconds until the budget admits requests again; 0 when it does."""
        return max(0, self._stopped_until - self._clock.now_ns()) / SECOND_NS

    def stop(self, seconds: float) -> None:
        """Admit no request for so many seconds."""
        until = self._clock.now_ns() + round(seconds * SECOND_NS)
        self._stopped_until = max(self._stopped_until, until)

    def reconcile(self, used: int) -> None:
        """Take the exchange's own count: what we do not know of was used by others.

        A count by which nothing is left may be false, and while nothing is asked no answer corrects
        it: so one request goes out every :data:`FOREIGN_DOUBT` seconds.
        """
        now = self._clock.now_ns()
        self._forget(now)
        self._foreign = max(0, used - self._own)
        self._foreign_until = now + self._window_ns
        self._foreign_doubted = now + round(FOREIGN_DOUBT * SECOND_NS)

    @asynccontextmanager
    async def acquire(self, weight: int, priority: float) -> AsyncIterator[None]:
        """Wait until ``weight`` may be used; held while the request is under way."""
        waiter = _Waiter(priority, next(self._numbers), weight)
        insort(self._queue, waiter)
        try:
            await self._admission(waiter)
        finally:
            self._queue.remove(waiter)
            self._wake_next()
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            self._wake_next()

    async def _admission(self, waiter: _Waiter) -> None:
        while True:
            if self._queue[0] is waiter and self._under_way < self.concurrent:
                wait = self._wait_ns(waiter.weight)
                if wait == 0:
                    self._spend(waiter.weight)
                    return
                await self._clock.sleep(min(wait / SECOND_NS, _LONGEST_NAP))
            else:
                waiter.wake.clear()
                await waiter.wake.wait()

    def _wait_ns(self, weight: int) -> int:
        now = self._clock.now_ns()
        if now < self._stopped_until:
            return self._stopped_until - now
        used = self.used
        allowed = max(SHARE * self.limit, weight)
        if used + weight <= allowed:
            return 0
        ends = [self._spent[0][0] + self._window_ns] if self._spent else []
        if now < self._foreign_until and self._foreign:
            ends.append(self._foreign_until)
            if self._own + weight <= allowed:
                if now >= self._foreign_doubted:
                    self._foreign_doubted = now + round(FOREIGN_DOUBT * SECOND_NS)
                    return 0
                ends.append(self._foreign_doubted)
        return max(1, min(ends) - now)

    def _spend(self, weight: int) -> None:
        self._spent.append((self._clock.now_ns(), weight))
        self._own += weight

    def _forget(self, now: int) -> None:
        while self._spent and self._spent[0][0] + self._window_ns <= now:
            self._own -= self._spent.popleft()[1]

    def _wake_next(self) -> None:
        if self._queue:
            self._queue[0].wake.set()


class RateLimiter:
    """The three budgets. A ban (418) stops all of them."""

    def __init__(self, clock: Clock) -> None:
        self.budgets: dict[BudgetName, RequestBudget] = {
            "weight": RequestBudget(WEIGHT_LIMIT, WEIGHT_WINDOW, clock, concurrent=6),
            "funding": RequestBudget(500, 300.0, clock, concurrent=2),
            "data": RequestBudget(1_000, 300.0, clock, concurrent=3),
        }
        self.reported_weight: int | None = None
        """Request weight used this minute, as the exchange last reported it."""

    def limit_weight(self, limit: int) -> None:
        """Take the limit that exchangeInfo states."""
        self.budgets["weight"].limit = max(LEAST_WEIGHT_LIMIT, limit)

    def report_weight(self, used: int) -> None:
        """Take ``X-MBX-USED-WEIGHT-1M`` of an answer.

        Above the limit it says nothing: the exchange refuses what goes beyond.
        """
        budget = self.budgets["weight"]
        if used <= budget.limit:
            self.reported_weight = used
            budget.reconcile(used)

    def report_weight_header(self, text: str | None) -> None:
        """Take the header's text; one that is no whole number says nothing."""
        used = decimal(text or "", _MOST_WEIGHT)
        if used is not None:
            self.report_weight(used)

    def stop(self, budget: BudgetName, seconds: float, *, banned: bool = False) -> None:
        """Obey a 429 (that budget) or a 418 (all of them)."""
        for name, each in self.budgets.items():
            if banned or name == budget:
                each.stop(seconds)

    @property
    def stopped_for(self) -> float:
        """Seconds until every budget admits requests again."""
        return max(budget.stopped_for for budget in self.budgets.values())
