"""Rows of numbers by time, as they come from files: united, counted, checked, kept in bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuirisk.market.series import Column, Table, Times

MOST_ROWS = 2_250_000
"""Rows of one file that are kept, the newest: 126 MB, and the minutes of 1 562 days."""
DAY_MS = 86_400_000
MICROSECONDS, MILLISECONDS, SECONDS = 1e14, 1e11, 1e8
"""From which magnitude a number is a time in µs, ms, s since 1970: each from 1973 on."""
_AGREEMENT = 1e-7
"""Relative difference of numbers that say the same: written with other digits."""
LATEST_MS = 4_102_444_800_000
"""2100-01-01: a later time is none."""


@dataclass(slots=True)
class Counts:
    """What was found in the rows of one file; see ``FileReport``."""

    duplicates: int = 0
    conflicts: int = 0
    disordered: int = 0
    forming: int = 0
    impossible: int = 0
    left_out: int = 0
    """Rows beyond :data:`MOST_ROWS`."""


class Rows:
    """Rows of a time (UTC ms) and ``k`` numbers; the first of several of one time is kept.

    They lie in one array that grows where it is, and are put in order one column after the other.
    """

    def __init__(self, k: int) -> None:
        self.counts = Counts()
        self._times: Times = np.empty(0, np.int64)
        self._rows: Table = np.empty((0, k))
        self._size = 0
        self._last = self._newest = np.iinfo(np.int64).min
        self._rising = True
        """Whether each row is later than all before it."""

    def add(self, times: Times, table: Table) -> None:
        """More rows, as they stand in the file; ``table`` has the shape (k, n)."""
        if not times.size:
            return
        before = np.concatenate(([self._last], times[:-1]))
        self.counts.disordered += int((times < before).sum())
        self._last = int(times[-1])
        times, table, duplicates, conflicts = each_time_once(times, table)
        self._count(duplicates, conflicts)
        self._rising = self._rising and int(times[0]) > self._newest
        self._newest = max(self._newest, int(times[-1]))
        end = self._size + times.size
        self._make_room(end)
        self._times[self._size : end] = times
        self._rows[self._size : end] = table.T
        self._size = end
        if end > MOST_ROWS + MOST_ROWS // 16:
            self._unite()

    def united(self) -> tuple[Times, Table]:
        """All rows, oldest first, each time once."""
        self._unite()
        return self._times[: self._size], self._rows[: self._size].T

    def _make_room(self, size: int) -> None:
        room = max(size, min(2 * self._times.size, MOST_ROWS + MOST_ROWS // 8))
        if size > self._times.size:
            self._times.resize(room, refcheck=False)
            self._rows.resize((room, self._rows.shape[1]), refcheck=False)

    def _unite(self) -> None:
        """Keep the newest :data:`MOST_ROWS` of the rows, in their order."""
        size = self._size
        if self._rising:
            self._keep_newest(size)
            return
        found = first_of_each_time(self._times[:size], self._rows[:size].T)
        repeats = int(found.repeats.sum())
        self._count(repeats, found.again.size - repeats)
        kept = found.kept.size
        self._times[:kept] = self._times[found.kept]
        for column in self._rows.T:
            column[:kept] = found.column(column[:size])
        self._rising = True
        self._keep_newest(kept)

    def _keep_newest(self, size: int) -> None:
        self._size = min(size, MOST_ROWS)
        self.counts.left_out += size - self._size
        if size > self._size:
            for column in (self._times, *self._rows.T):
                column[: self._size] = column[size - self._size : size]

    def _count(self, duplicates: int, conflicts: int) -> None:
        self.counts.duplicates += duplicates
        self.counts.conflicts += conflicts


@dataclass(frozen=True, slots=True)
class FirstOfEachTime:
    """Places of rows: ``kept`` by time, the first of each, and those that come ``again``.

    ``repeats`` says of each of ``again`` whether it says the same as the row that is kept, whose
    place among ``kept`` is ``of``.
    """

    kept: NDArray[np.intp]
    again: NDArray[np.intp]
    repeats: NDArray[np.bool_]
    of: NDArray[np.intp]

    def table(self, table: Table) -> Table:
        """The rows that are kept; a number absent in one is that of a row that agrees with it."""
        return np.stack([self.column(values) for values in table])

    def column(self, values: Column) -> Column:
        """One column of them."""
        made = values[self.kept]
        if self.again.size and bool(np.isnan(made).any()):
            again, of = self.again[self.repeats], self.of[self.repeats]
            absent = np.isnan(made[of])
            made[of[absent]] = values[again[absent]]
        return made


def first_of_each_time(times: Times, table: Table | Sequence[Column]) -> FirstOfEachTime:
    """Which of the rows at ``times`` are the first of their time; ``table`` has shape (k, n)."""
    nothing = np.empty(0, np.intp), np.empty(0, np.bool_), np.empty(0, np.intp)
    if times.size < 2 or bool((times[1:] > times[:-1]).all()):
        return FirstOfEachTime(np.arange(times.size), *nothing)
    order = np.argsort(times, kind="stable")
    ordered = times[order]
    first = np.ones(times.size, np.bool_)
    np.greater(ordered[1:], ordered[:-1], out=first[1:])
    del ordered
    kept, again = order[first], order[~first]
    del order
    of = np.cumsum(first)[~first] - 1
    repeats = np.ones(again.size, np.bool_)
    for values in table:
        one, other = values[again], values[kept[of]]
        # An absent volume contradicts nothing.
        same = np.isclose(one, other, rtol=_AGREEMENT, atol=0.0) | np.isnan(one) | np.isnan(other)
        repeats &= same
    return FirstOfEachTime(kept, again, repeats, of)


def each_time_once(times: Times, table: Table) -> tuple[Times, Table, int, int]:
    """(times, table, duplicates, conflicts): sorted, of several rows of one time the first.

    A duplicate says the same as the row that is kept, a conflict something else.
    """
    found = first_of_each_time(times, table)
    if not found.again.size and bool((np.diff(times) > 0).all()):
        return times, table, 0, 0
    repeats = int(found.repeats.sum())
    return times[found.kept], found.table(table), repeats, found.again.size - repeats


def milliseconds(values: NDArray[np.float64] | NDArray[np.int64]) -> Times:
    """Times in s, ms, µs or ns since 1970 as whole ms, each row by its own magnitude.

    -1 where it is no time between 1973 and 2100.
    """
    known = np.nan_to_num(values.astype(np.float64), nan=-1.0, posinf=-1.0, neginf=-1.0)
    unit = np.select(
        [known >= 1e17, known >= MICROSECONDS, known >= MILLISECONDS, known >= SECONDS],
        [1e-6, 1e-3, 1.0, 1e3],
        default=np.nan,
    )
    if values.dtype == np.int64:
        # A float does not hold ns exactly.
        made = np.where(unit == 1e3, values * 1000, values)
        made = np.where(unit == 1e-3, values // 1000, made)
        made = np.where(unit == 1e-6, values // 1_000_000, made)
    else:
        made = np.floor(known * np.nan_to_num(unit) + 1e-6).astype(np.int64)
    return np.where(np.isnan(unit) | (made > LATEST_MS), -1, made).astype(np.int64)
