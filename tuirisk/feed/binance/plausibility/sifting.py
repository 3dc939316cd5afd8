"""Rows of an answer that cannot be true are left out one by one; the others stay."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import islice
from operator import lt
from typing import TypeAlias, TypeVar

from tuirisk.feed.binance.plausibility.implausible import Why, implausible
from tuirisk.language.reason import Reason

T = TypeVar("T")
OnRow: TypeAlias = Callable[[Reason], None]
"""Called with why a row is left out."""


def sifted(
    rows: Sequence[T],
    subject: str,
    time_of: Callable[[T], int],
    fault_of: Callable[[T], Why | None],
    on_row: OnRow,
) -> Sequence[T]:
    """``rows`` without those with a fault of their own or a time that is out of order; ``rows``
    itself where none is.

    ``subject`` is the code of what they are about.

    Raises:
        Implausible: there are rows and none is left, or most are out of order.
    """
    # One pass: columns make a record anew whenever it is read.
    judged = [(fault_of(row), time_of(row)) for row in rows]
    faults = [fault or _fault_of_time(time) for fault, time in judged]
    good = [place for place, fault in enumerate(faults) if fault is None]
    in_order = {good[place] for place in longest_rising([judged[place][1] for place in good])}
    if len(in_order) == len(rows):
        return rows
    whys = [fault or "out_of_order" for place, fault in enumerate(faults) if place not in in_order]
    if 2 * len(in_order) < len(good):
        raise implausible(subject, "out_of_order")
    if not in_order:
        raise implausible(subject, whys[0])
    for why in whys:
        on_row(Reason(why, thing=subject))
    return [row for place, row in enumerate(rows) if place in in_order]


def _fault_of_time(time: int) -> Why | None:
    return None if time > 0 else "out_of_range"


def longest_rising(times: Sequence[int]) -> list[int]:
    """The places of the longest strictly rising subsequence of ``times``: one wrong time among
    many leaves out itself alone."""
    if all(map(lt, times, islice(times, 1, None))):
        return list(range(len(times)))
    ends: list[int] = []
    places: list[int] = []
    """Of each length, the least last time and where it stands."""
    before: list[int | None] = []
    for place, time in enumerate(times):
        length = bisect_left(ends, time)
        before.append(places[length - 1] if length else None)
        ends[length : length + 1] = [time]
        places[length : length + 1] = [place]
    chain: list[int] = []
    at: int | None = places[-1]
    while at is not None:
        chain.append(at)
        at = before[at]
    return chain[::-1]
