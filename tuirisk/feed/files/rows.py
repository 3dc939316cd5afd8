"""Rows of numbers by time, as they come from files: united, counted, checked, kept in bounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuirisk.market.series import Table, Times

MOST_ROWS = 3_000_000
"""Rows of one file that are kept, the newest: 200 MB, and 5.7 years of minutes."""
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
    """Rows of a time (UTC ms) and ``k`` numbers; the first of several of one time is kept."""

    def __init__(self, k: int) -> None:
        self.counts = Counts()
        self._k = k
        self._times: list[Times] = []
        self._tables: list[Table] = []
        self._size = 0
        self._last = np.iinfo(np.int64).min

    def add(self, times: Times, table: Table) -> None:
        """More rows, as they stand in the file; ``table`` has the shape (k, n)."""
        if not times.size:
            return
        before = np.concatenate(([self._last], times[:-1]))
        self.counts.disordered += int((times < before).sum())
        self._last = int(times[-1])
        self._times.append(times)
        self._tables.append(table)
        self._size += times.size
        if self._size > MOST_ROWS + MOST_ROWS // 4:
            self._unite()

    def united(self) -> tuple[Times, Table]:
        """All rows, oldest first, each time once."""
        self._unite()
        if not self._times:
            return np.empty(0, np.int64), np.empty((self._k, 0))
        return self._times[0], self._tables[0]

    def _unite(self) -> None:
        if not self._times:
            return
        times, table = np.concatenate(self._times), np.concatenate(self._tables, axis=1)
        times, table, duplicates, conflicts = each_time_once(times, table)
        self.counts.duplicates += duplicates
        self.counts.conflicts += conflicts
        if times.size > MOST_ROWS:
            self.counts.left_out += times.size - MOST_ROWS
            times, table = times[-MOST_ROWS:].copy(), table[:, -MOST_ROWS:].copy()
        self._times, self._tables, self._size = [times], [table], times.size


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
        rows = table[:, self.kept]
        if self.again.size and bool(np.isnan(rows).any()):
            again, of = self.again[self.repeats], self.of[self.repeats]
            for row, whole in zip(rows, table, strict=True):
                absent = np.isnan(row[of])
                row[of[absent]] = whole[again[absent]]
        return rows


def first_of_each_time(times: Times, table: Table) -> FirstOfEachTime:
    """Which of the rows at ``times`` are the first of their time; ``table`` has shape (k, n)."""
    nothing = np.empty(0, np.intp), np.empty(0, np.bool_), np.empty(0, np.intp)
    if times.size < 2 or bool((np.diff(times) > 0).all()):
        return FirstOfEachTime(np.arange(times.size), *nothing)
    order = np.argsort(times, kind="stable")
    first = np.concatenate(([True], np.diff(times[order]) > 0))
    kept, again = order[first], order[~first]
    of = np.cumsum(first)[~first] - 1
    one, other = table[:, again], table[:, kept[of]]
    # An absent volume contradicts nothing.
    same = np.isclose(one, other, rtol=_AGREEMENT, atol=0.0) | np.isnan(one) | np.isnan(other)
    repeats: NDArray[np.bool_] = np.logical_and.reduce(same, axis=0)
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
