"""Bars of files: their interval, which of them can be, which is forming, coarser ones of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuirisk.feed.files.model import FileKind
from tuirisk.feed.files.names import INTERVAL_NAMES, INTERVALS_MS
from tuirisk.market.series import Column, Table, Times

LARGEST = 1e15
"""Prices, and their reciprocals, are below it."""
_MOST_OFF_GRID = 0.5
_AT_ONCE = 500_000
"""Bars that are looked at together; a bar of a day has 1 440 parts at most."""
_WEEK_MS = 7 * 86_400_000
_OF_PARTS: tuple[Callable[[Table], Column], ...] = (
    lambda parts: parts[:, 0],
    lambda parts: parts.max(axis=1),
    lambda parts: parts.min(axis=1),
    lambda parts: parts[:, -1],
    lambda parts: parts.sum(axis=1),
    lambda parts: parts.sum(axis=1),
)
"""Open, high, low, close, volume and quote volume of a bar, of those of its parts (bars, parts)."""


def possible(table: Table, kind: FileKind) -> NDArray[np.bool_]:
    """Which bars can be: finite, low ≤ open, close ≤ high; positive unless of the premium.

    ``table`` has the rows open, high, low, close, volume, quote volume. A volume that is absent
    is NaN.
    """
    opened, high, low, close, volume = table[:5]
    good: NDArray[np.bool_] = (
        np.isfinite(opened) & np.isfinite(high) & np.isfinite(low) & np.isfinite(close)
    )
    with np.errstate(invalid="ignore"):
        good &= (low <= np.minimum(opened, close)) & (np.maximum(opened, close) <= high)
        good &= ~(volume < 0) & ~np.isinf(volume)
        if kind != "premium_klines":
            good &= (low > 1 / LARGEST) & (high < LARGEST)
    return good


def interval_of(times: Times, named: str) -> tuple[str, str]:
    """The interval of bars at ``times`` (ms, rising), and what was assumed of it.

    It is the most frequent step; ``named`` by the file where there is no such one.
    """
    counted: Counter[int] = Counter()
    for first in range(0, times.size - 1, _AT_ONCE):
        values, counts = np.unique(np.diff(times[first : first + _AT_ONCE + 1]), return_counts=True)
        counted.update(dict(zip(values.tolist(), counts.tolist(), strict=True)))
    del counted[0]
    if not counted:
        return named, ""
    found = INTERVAL_NAMES.get(max(counted, key=lambda step: (counted[step], -step)), "")
    if not found:
        return ("", "") if counted.total() > 2 else (named, "")
    if named and found != named:
        return found, f"{found} by its times, not {named}"
    return found, ""


def problem_of_times(times: Times, interval: str) -> str:
    """Why bars at ``times`` are none of ``interval``, or empty."""
    if not times.size:
        return "no row that can be used"
    if not interval:
        step = int(np.median(np.diff(times))) if times.size > 1 else 0
        if step >= _WEEK_MS:
            return "weekly or monthly bars: not used"
        return "its times are those of no interval of bars"
    off = (times % INTERVALS_MS[interval]) != 0
    if off.mean() > _MOST_OFF_GRID:
        return f"its times are not on the grid of {interval} in UTC: of another time zone?"
    return ""


@dataclass(frozen=True, slots=True)
class CheckedBars:
    """Closed bars on their grid, and how many were left out or are missing between them."""

    times: Times
    table: Table
    off_grid: int
    forming: int
    holes: int
    ended_a_dump: bool
    """Whether the bar that was left out is forming for no reason but that a dump ends with it."""


def checked_bars(
    times: Times, table: Table, interval: str, *, dump: bool, modified: int
) -> CheckedBars:
    """The closed bars of one file.

    ``table`` may be changed. The last bar is forming where the file was last ``modified`` (UTC ms)
    before it closed, and in a ``dump`` of the exchange's answers, which end with the bar of the
    moment.
    """
    length = INTERVALS_MS[interval]
    on_grid = times % length == 0
    off_grid = int((~on_grid).sum())
    if off_grid:
        times = times[on_grid]
        for row in table:
            row[: times.size] = row[on_grid]
        table = table[:, : times.size]
    forming = ended_a_dump = False
    if times.size:
        unfinished = bool(times[-1] <= modified < times[-1] + length)
        forming, ended_a_dump = dump or unfinished, dump and not unfinished and not off_grid
    if forming:
        times, table = times[:-1], table[:, :-1]
    return CheckedBars(times, table, off_grid, forming, holes(times, length), ended_a_dump)


def holes(times: Times, length: int) -> int:
    """Bars of ``length`` (ms) that are missing between the first and the last."""
    if times.size < 2:
        return 0
    return int((times[-1] - times[0]) // length) + 1 - times.size


def coarser(times: Times, table: Table, length: int, target: int) -> tuple[Times, Table]:
    """Bars of ``target`` ms made of bars of ``length`` ms, each of all its parts.

    Volumes are added; one that is absent (NaN) in a part is absent in the whole.
    """
    made_times, made = [np.empty(0, np.int64)], [np.empty((table.shape[0], 0))]
    first = 0
    while target % length == 0 and first < times.size:
        end = times.size
        if end - first > _AT_ONCE:
            at = times[first + _AT_ONCE]
            end = int(np.searchsorted(times, at - at % target))
        some_times, some = _whole_bars(times[first:end], table[:, first:end], length, target)
        made_times.append(some_times)
        made.append(some)
        first = end
    return np.concatenate(made_times), np.concatenate(made, axis=1)


def _whole_bars(times: Times, table: Table, length: int, target: int) -> tuple[Times, Table]:
    parts = target // length
    begins = times - times % target
    starts = np.flatnonzero(np.diff(begins, prepend=begins[0] - 1))
    whole = np.diff(np.append(starts, times.size)) == parts
    ends = starts + parts - 1
    starts, ends = starts[whole], ends[whole]
    # Of whole groups alone: the rows of each lie side by side.
    index = (starts[:, None] + np.arange(parts)).ravel()
    made = np.empty((table.shape[0], starts.size))
    for row, (values, of_parts) in enumerate(zip(table, _OF_PARTS, strict=True)):
        made[row] = of_parts(values[index].reshape(starts.size, parts))
    return begins[starts], made
