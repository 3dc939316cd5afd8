"""Bars of files: their interval, which of them can be, which is forming, coarser ones of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuirisk.feed.files.model import FileKind
from tuirisk.feed.files.names import INTERVAL_NAMES, INTERVALS_MS
from tuirisk.market.series import Table, Times

LARGEST = 1e15
"""Prices, and their reciprocals, are below it."""
_MOST_OFF_GRID = 0.5
_WEEK_MS = 7 * 86_400_000


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
    steps = np.diff(times)
    steps = steps[steps > 0]
    if not steps.size:
        return named, ""
    values, counts = np.unique(steps, return_counts=True)
    found = INTERVAL_NAMES.get(int(values[counts.argmax()]), "")
    if not found:
        return ("", "") if steps.size > 2 else (named, "")
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

    The last is forming where the file was last ``modified`` (UTC ms) before it closed, and in a
    ``dump`` of the exchange's answers, which end with the bar of the moment.
    """
    length = INTERVALS_MS[interval]
    on_grid = times % length == 0
    off_grid = int((~on_grid).sum())
    if off_grid:
        times, table = times[on_grid], table[:, on_grid]
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
    parts = target // length
    if target % length or times.size < parts:
        return np.empty(0, np.int64), np.empty((table.shape[0], 0))
    begins = times - times % target
    starts = np.flatnonzero(np.diff(begins, prepend=begins[0] - 1))
    whole = np.diff(np.append(starts, times.size)) == parts
    if not whole.any():
        return np.empty(0, np.int64), np.empty((table.shape[0], 0))
    ends = starts + parts - 1
    starts, ends = starts[whole], ends[whole]
    # Of whole groups alone: the rows of each lie side by side.
    index = (starts[:, None] + np.arange(parts)).ravel()
    grouped = table[:, index].reshape(table.shape[0], starts.size, parts)
    made = np.stack(
        [
            grouped[0, :, 0],
            grouped[1].max(axis=1),
            grouped[2].min(axis=1),
            grouped[3, :, -1],
            grouped[4].sum(axis=1),
            grouped[5].sum(axis=1),
        ]
    )
    return begins[starts], made
