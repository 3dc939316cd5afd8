"""The files of one symbol put together: bars by interval, fine ones made into those in use."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

import numpy as np

from tuirisk.events.intervals import INTERVALS
from tuirisk.feed.files.bars import coarser
from tuirisk.feed.files.model import FileKind, FileReport, Market
from tuirisk.feed.files.names import INTERVALS_MS
from tuirisk.feed.files.read_file import FilePart, read_file
from tuirisk.feed.files.rows import each_time_once, first_of_each_time
from tuirisk.market.candles import CAPACITY
from tuirisk.market.derivatives import OPEN_INTEREST_ROWS
from tuirisk.market.series import Table, Times

_IMPORTING = threading.Lock()
"""Groups are read in threads, and two that import pandas at once may end the process."""
_FINEST = INTERVALS_MS["15m"]
_JOINS = 1e-4
"""Relative difference of a close and the next open where nothing is missing between them."""
_MOST = max(CAPACITY.values())
PRICES: tuple[FileKind, ...] = ("klines", "mark_klines", "index_klines", "premium_klines")


@dataclass(frozen=True, slots=True)
class Series:
    """Rows of one symbol, kind, interval and market, oldest first, each time once.

    ``market`` is None where no file says. ``table`` is as in :class:`FilePart`.
    """

    symbol: str
    kind: FileKind
    interval: str
    market: Market | None
    times: Times
    table: Table


@dataclass(frozen=True, slots=True)
class Group:
    """What the files of one name hold, and a report of each."""

    series: tuple[Series, ...]
    reports: tuple[FileReport, ...]


def read_group(root: Path, files: Sequence[PurePath], read: Callable[[], None]) -> Group:
    """Read ``files``; of two rows of one time the first's is kept. ``read`` is called a file."""
    with _IMPORTING:
        import pandas  # noqa: F401
    parts: list[FilePart] = []
    reports: list[FileReport] = []
    for file in files:
        for part in read_file(root, file):
            if isinstance(part, FileReport):
                reports.append(part)
            else:
                parts.append(part)
        read()
    series, of_parts = united(parts)
    return Group(with_coarser(series), (*reports, *of_parts))


def with_newest(group: Group) -> Group:
    """``group`` with the newest rows alone, as many as the monitor keeps."""
    return Group(tuple(map(_newest, group.series)), group.reports)


def _newest(series: Series) -> Series:
    if series.kind == "funding":
        return series
    rows = CAPACITY.get(series.interval, _MOST) if series.kind in PRICES else 4 * OPEN_INTEREST_ROWS
    return replace(series, times=series.times[-rows:].copy(), table=series.table[:, -rows:].copy())


def united(parts: Iterable[FilePart]) -> tuple[tuple[Series, ...], tuple[FileReport, ...]]:
    """The series of ``parts`` and the reports of these, what others repeat counted."""
    by_key: dict[tuple[str, FileKind, str, Market | None], list[FilePart]] = defaultdict(list)
    for part in parts:
        by_key[part.key].append(part)
    series: list[Series] = []
    reports: list[FileReport] = []
    for key, some in by_key.items():
        times, table, counted = _joined(some)
        # Open interest and funding have no interval of their own.
        series.append(Series(key[0], key[1], key[2], key[3], times, table))
        reports.extend(counted)
    return tuple(series), tuple(reports)


def _joined(parts: Sequence[FilePart]) -> tuple[Times, Table, list[FileReport]]:
    if len(parts) == 1:
        return parts[0].times, parts[0].table, [parts[0].report]
    times = np.concatenate([part.times for part in parts])
    table = np.concatenate([part.table for part in parts], axis=1)
    found = first_of_each_time(times, table)
    owner = np.repeat(np.arange(len(parts)), [part.times.size for part in parts])[found.again]
    same = np.bincount(owner[found.repeats], minlength=len(parts))
    other = np.bincount(owner[~found.repeats], minlength=len(parts))
    reports = [
        replace(
            part.report,
            rows=part.report.rows - int(same[i] + other[i]),
            duplicates=part.report.duplicates + int(same[i]),
            conflicts=part.report.conflicts + int(other[i]),
        )
        for i, part in enumerate(parts)
    ]
    times, table = times[found.kept], found.table(table)
    closed = [i for i, part in enumerate(parts) if _closed_after_all(part, times, table)]
    for i in closed:
        report = reports[i]
        reports[i] = replace(report, rows=report.rows + 1, forming=report.forming - 1)
    if closed:
        times = np.concatenate((times, [parts[i].last_time for i in closed]))
        table = np.concatenate((table, *(parts[i].last_row for i in closed)), axis=1)
        times, table, _, _ = each_time_once(times, table)
    return times, table, reports


def _closed_after_all(part: FilePart, times: Times, table: Table) -> bool:
    """Whether the last bar of a dump, taken for the forming one, had closed: another file goes on
    where it ends, at its close.
    """
    if not part.last_time:
        return False
    place = int(np.searchsorted(times, part.last_time))
    following = part.last_time + INTERVALS_MS[part.report.interval]
    if place >= times.size or times[place] != following:
        return False
    return bool(abs(table[0, place] / part.last_row[3, 0] - 1.0) <= _JOINS)


def with_coarser(series: Iterable[Series]) -> tuple[Series, ...]:
    """``series`` with the 15m, 1h and 1d bars that finer ones make and that are missing.

    Bars finer than 15m are left out: what they have in common with others is in these.
    """
    of: dict[tuple[str, FileKind, Market | None], dict[str, Series]] = defaultdict(dict)
    made: list[Series] = []
    for one in series:
        if one.kind in PRICES:
            of[one.symbol, one.kind, one.market][one.interval] = one
        else:
            made.append(one)
    for (symbol, kind, market), by_interval in of.items():
        for target in INTERVALS:
            times, table = _with_made(by_interval, target)
            if times.size:
                by_interval[target] = Series(symbol, kind, target, market, times, table)
        made += [s for name, s in by_interval.items() if INTERVALS_MS[name] >= _FINEST]
    return tuple(made)


def _with_made(by_interval: dict[str, Series], target: str) -> tuple[Times, Table]:
    """The bars of ``target`` that are there, and those that finer ones make where it has none."""
    length = INTERVALS_MS[target]
    own = by_interval.get(target)
    times, table = (own.times, own.table) if own else (np.empty(0, np.int64), np.empty((6, 0)))
    finer = [name for name in by_interval if INTERVALS_MS[name] < length]
    for name in sorted(finer, key=INTERVALS_MS.__getitem__, reverse=True):
        one = by_interval[name]
        more, bars = coarser(one.times, one.table, INTERVALS_MS[name], length)
        new = ~np.isin(more, times, assume_unique=True)
        if new.any():
            times, table, _, _ = each_time_once(
                np.concatenate((times, more[new])), np.concatenate((table, bars[:, new]), axis=1)
            )
    return times, table
