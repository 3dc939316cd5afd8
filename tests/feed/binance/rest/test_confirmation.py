"""First answers that are asked for once more."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tuirisk.feed.binance.rest.confirmation import MOST_ANSWERS, same_rows, until_repeated
from tuirisk.feed.binance.rest.exchange_time import ExchangeTime
from tuirisk.market.clock import ExchangeClock

TRUE, FALSE = "true", "false"


class LoopClock:
    def now_ns(self) -> int:
        return round(asyncio.get_running_loop().time() * 1e9)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@pytest.mark.parametrize(
    ("answers", "requests"),
    [
        ([TRUE, TRUE], 1),
        ([FALSE, TRUE, TRUE], 2),
        ([TRUE, FALSE, TRUE, TRUE], 3),
        ([str(n) for n in range(20)], MOST_ANSWERS),
    ],
)
async def test_asked_until_two_answers_agree(answers: list[str], requests: int) -> None:
    left: Iterator[str] = iter(answers)
    first, asked = next(left), 0

    async def ask() -> str:
        nonlocal asked
        asked += 1
        return next(left)

    time = ExchangeTime(LoopClock(), ExchangeClock())
    last = await until_repeated(first, ask, str.__eq__, time)
    assert asked == requests
    assert last == answers[requests]


def test_rows_agree_where_both_have_them() -> None:
    rows = [(time, 1.0) for time in range(10)]
    assert same_rows(rows, rows)
    assert same_rows(rows, [*rows[1:], (10, 2.0)])
    assert same_rows([], [])
    assert not same_rows(rows, [])
    assert not same_rows(rows, [(time + 100, 1.0) for time in range(10)])
    assert not same_rows(rows, [*rows[:5], (5, 9.0), *rows[6:]])
    assert not same_rows(rows, rows[:-1])
