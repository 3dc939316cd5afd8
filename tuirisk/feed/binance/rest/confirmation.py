"""A first answer, on which much rests for long, is asked for once more: a false one is found."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from tuirisk.feed.binance.rest.exchange_time import ExchangeTime

T = TypeVar("T")
CONFIRM_AFTER = 5.0
"""Seconds between two answers that are compared."""
MOST_ANSWERS = 6
"""What never says the same twice is believed after so many."""


async def until_repeated(
    answer: T, ask: Callable[[], Awaitable[T]], agree: Callable[[T, T], bool], time: ExchangeTime
) -> T:
    """Ask again until two answers in a row agree, ``answer`` being the first; returns the last.

    Each answer takes effect when it comes: the newer one stands.
    """
    for _ in range(MOST_ANSWERS):
        await time.sleep(CONFIRM_AFTER)
        before, answer = answer, await ask()
        if agree(before, answer):
            break
    return answer


def same_rows(before: Sequence[tuple[Any, ...]], after: Sequence[tuple[Any, ...]]) -> bool:
    """Whether two answers in rows (time, …), oldest first, say the same of the times both cover."""
    if not before or not after:
        return not before and not after
    first, last = after[0][0], before[-1][0]
    shared = [row for row in before if row[0] >= first]
    return bool(shared) and shared == [row for row in after if row[0] <= last]
