"""The gate: budgets, order, standing still."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuirisk.feed.binance.rest.rate_limiter import SHARE, RateLimiter, RequestBudget

SECOND = 1_000_000_000


class LeapingClock:
    """Time that passes only by sleeping, and at once."""

    def __init__(self) -> None:
        self.now = 1_000 * SECOND

    def now_ns(self) -> int:
        return self.now

    async def sleep(self, seconds: float) -> None:
        until = self.now + round(seconds * SECOND)
        await asyncio.sleep(0)
        self.now = max(self.now, until)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=60))
def test_no_window_ever_holds_more_than_the_share(weights: list[int]) -> None:
    clock = LeapingClock()
    pool = RequestBudget(100, 60.0, clock, concurrent=6)
    admitted: list[tuple[int, int]] = []

    async def ask(weight: int) -> None:
        async with pool.acquire(weight, 1.0):
            admitted.append((clock.now, weight))

    async def all_of_them() -> None:
        await asyncio.gather(*(ask(weight) for weight in weights))

    asyncio.run(all_of_them())
    assert [weight for _, weight in admitted] == weights
    for start, _ in admitted:
        window = sum(w for at, w in admitted if start <= at < start + 60 * SECOND)
        assert window <= SHARE * 100


async def test_what_others_use_is_tried_every_ten_seconds_until_the_minute_is_over() -> None:
    clock = LeapingClock()
    pool = RequestBudget(2_400, 60.0, clock, concurrent=1)
    async with pool.acquire(20, 0.0):
        pool.reconcile(1_915)
    assert pool.used == 1_915
    begun = clock.now
    admitted = []
    for _ in range(7):
        async with pool.acquire(20, 0.0):
            admitted.append((clock.now - begun) / SECOND)
    assert admitted == pytest.approx([10, 20, 30, 40, 50, 60, 60], rel=0.02)


async def test_a_false_count_of_what_others_use_costs_ten_seconds() -> None:
    clock = LeapingClock()
    gate = RateLimiter(clock)
    pool = gate.budgets["weight"]
    begun = clock.now
    async with pool.acquire(20, 0.0):
        gate.report_weight_header("999999")
    async with pool.acquire(20, 0.0):
        assert clock.now == begun, "more than the limit cannot have been used"
        gate.report_weight_header("2400")
    assert gate.reported_weight == 2_400
    async with pool.acquire(20, 0.0):
        gate.report_weight_header("60")
    assert clock.now - begun <= 10.1 * SECOND
    async with pool.acquire(20, 0.0):
        assert clock.now - begun <= 10.1 * SECOND


async def test_a_snapshot_goes_before_history_and_equals_keep_their_order() -> None:
    pool = RequestBudget(1_000, 60.0, LeapingClock(), concurrent=1)
    order: list[str] = []
    release = asyncio.Event()

    async def ask(name: str, priority: float) -> None:
        async with pool.acquire(1, priority):
            order.append(name)
            await release.wait()

    names = [("running", 5.0), ("b1", 11.0), ("a1", 10.0), ("a2", 10.0), ("depth", 0.0)]
    asked = []
    for name, priority in names:
        asked.append(asyncio.ensure_future(ask(name, priority)))
        await asyncio.sleep(0)
    release.set()
    await asyncio.gather(*asked)
    assert order == ["running", "depth", "a1", "a2", "b1"]


async def test_a_cancelled_request_delays_no_other() -> None:
    pool = RequestBudget(1_000, 60.0, LeapingClock(), concurrent=1)
    order: list[str] = []
    release = asyncio.Event()

    async def ask(name: str) -> None:
        async with pool.acquire(1, 1.0):
            order.append(name)
            await release.wait()

    first, second, third = (asyncio.ensure_future(ask(name)) for name in "abc")
    await asyncio.sleep(0)
    second.cancel()
    release.set()
    await asyncio.gather(first, second, third, return_exceptions=True)
    assert order == ["a", "c"]


async def test_a_stopped_pool_admits_no_request_and_the_others_go_on() -> None:
    clock = LeapingClock()
    gate = RateLimiter(clock)
    begun = clock.now
    gate.stop("data", 30.0)
    async with gate.budgets["weight"].acquire(1, 0.0):
        assert clock.now == begun
    async with gate.budgets["data"].acquire(1, 0.0):
        assert clock.now - begun >= 30 * SECOND


async def test_a_ban_stops_every_request_and_a_shorter_one_does_not_lift_it() -> None:
    clock = LeapingClock()
    gate = RateLimiter(clock)
    begun = clock.now
    gate.stop("weight", 120.0, banned=True)
    gate.stop("funding", 1.0)
    for pool in gate.budgets.values():
        assert pool.stopped_for == 120.0
    async with gate.budgets["funding"].acquire(1, 0.0):
        assert clock.now - begun >= 120 * SECOND


@pytest.mark.parametrize(("stated", "obeyed"), [(300, 300), (1, 240)])
async def test_the_limit_of_exchange_info_is_obeyed(stated: int, obeyed: int) -> None:
    clock = LeapingClock()
    gate = RateLimiter(clock)
    gate.limit_weight(stated)
    begun = clock.now
    for _ in range(2):
        async with gate.budgets["weight"].acquire(round(0.4 * obeyed), 0.0):
            pass
    assert clock.now == begun
    async with gate.budgets["weight"].acquire(1, 0.0):
        assert clock.now - begun >= 60 * SECOND


async def test_a_request_above_the_share_passes_alone() -> None:
    clock = LeapingClock()
    pool = RequestBudget(10, 60.0, clock, concurrent=1)
    async with pool.acquire(20, 0.0):
        assert pool.used == 20
