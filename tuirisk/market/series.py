"""Rows by time as numpy columns that are never written to."""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.int64]
Column = NDArray[np.float64]
Table = NDArray[np.float64]
"""Shape (k, n): the k columns of n rows."""

_shared: WeakValueDictionary[tuple[int, int, int], Times] = WeakValueDictionary()
"""(first, last, how many) → the times that somebody has."""


def columns(times: Sequence[int], rows: Sequence[tuple[float, ...]], k: int) -> tuple[Times, Table]:
    """The columns of ``rows`` of ``k`` numbers each."""
    return _whole(
        np.array(times, dtype=np.int64), np.array(rows, dtype=np.float64).reshape(-1, k).T
    )


def newest(times: Times, table: Table, count: int) -> tuple[Times, Table]:
    """The last ``count`` rows."""
    return _whole(times[-count:], table[:, -count:])


def united(
    times: Times, table: Table, more: Times, more_table: Table, count: int
) -> tuple[Times, Table]:
    """Both in time order, the newest ``count`` rows: of several for one time the last given."""
    all_times = np.concatenate((times, more))
    order = np.argsort(all_times, kind="stable")
    ends = np.diff(all_times[order], append=np.iinfo(np.int64).max) > 0
    rows = order[ends]
    return newest(all_times[rows], np.concatenate((table, more_table), axis=1)[:, rows], count)


def _whole(times: Times, table: Table) -> tuple[Times, Table]:
    """Each column in one piece and read-only."""
    columns = np.ascontiguousarray(table)
    columns.flags.writeable = False
    return _alike(np.ascontiguousarray(times)), columns


def _alike(times: Times) -> Times:
    """``times`` read-only; where somebody has the same, as most symbols do, their very array."""
    times.flags.writeable = False
    if not times.size:
        return times
    key = int(times[0]), int(times[-1]), times.size
    shared = _shared.get(key)
    if shared is not None and np.array_equal(shared, times):
        return shared
    _shared[key] = times
    return times
