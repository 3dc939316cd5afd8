"""Bars that came damaged are asked for again, but not for ever."""

from __future__ import annotations

import asyncio
import random
from typing import Any, cast

import pytest
from support.build import candle
from support.frames import T0

from tuirisk.events import CandleHistory
from tuirisk.events.intervals import INTERVAL_MS, INTERVALS
from tuirisk.feed.binance.rest.candle_backfill import MOST_LEFT_OUT, CandleBackfill
from tuirisk.feed.binance.rest.exchange_time import ExchangeTime
from tuirisk.feed.binance.rest.first_history import FirstHistory
from tuirisk.feed.binance.rest.symbol_tasks import SymbolTasks
from tuirisk.feed.binance.task_group import TaskGroup
from tuirisk.market.clock import ExchangeClock


class LoopTime:
    def now_ns(self) -> int:
        return T0 * 1_000_000 + round(asyncio.get_running_loop().time() * 1e9)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class DamagedAnswers:
    """In place of the fetcher: the first answers about days lack a row that cannot be read."""

    def __init__(self, damaged: int) -> None:
        self.days = 0
        self._damaged = damaged

    async def fetch_event(self, *_: Any, interval: str, **__: Any) -> CandleHistory:
        length = INTERVAL_MS[interval]
        now = LoopTime().now_ns()
        newest = candle(now // 1_000_000 // length * length, interval, 100.0, 100.0, closed=False)
        self.days += interval == "1d"
        left_out = int(interval == "1d" and self.days <= self._damaged)
        return CandleHistory("BTCUSDT", now, interval, (newest,), left_out=left_out)


@pytest.mark.parametrize(("damaged", "asked"), [(0, 1), (1, 2), (3, 4), (1_000, 1 + MOST_LEFT_OUT)])
async def test_an_answer_that_lacks_a_bar_is_asked_for_again(damaged: int, asked: int) -> None:
    """Else the bar would be missing until the hour's check, and a hole once the next has closed."""
    fetcher, group = DamagedAnswers(damaged), TaskGroup()
    exchange_time = ExchangeTime(LoopTime(), ExchangeClock())
    first, tasks = FirstHistory(exchange_time), SymbolTasks(group)
    first.expect("BTCUSDT", INTERVALS, ())
    rng = random.Random(1)
    CandleBackfill(cast(Any, fetcher), exchange_time, rng, tasks, first).begin("BTCUSDT", 0.0)
    await asyncio.sleep(1_000.0)
    assert fetcher.days == asked
    assert group.failure is None
    await group.cancel()
