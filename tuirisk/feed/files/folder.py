"""A folder of files: found, read in parallel, and put together by symbol."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path, PurePath
from threading import Lock

import numpy as np

from tuirisk.feed.files.cache import FilesCache
from tuirisk.feed.files.folder_error import FolderError
from tuirisk.feed.files.group import Group, Series, read_group, with_newest
from tuirisk.feed.files.model import (
    AccountRatios,
    FileReport,
    Folder,
    Market,
    Settlements,
    SymbolHistory,
)
from tuirisk.feed.files.names import INTERVALS_MS, file_name
from tuirisk.feed.files.rows import each_time_once
from tuirisk.feed.files.tables import is_data_file
from tuirisk.market.candles import Bars
from tuirisk.market.derivatives import OpenInterestPoints
from tuirisk.market.series import Column, Table, Times

MOST_FILES = 100_000
"""Files of a folder that are looked at."""
THREADS = 4
"""Files read at a time, at most: the parser of CSV runs beside Python."""
Arrived = Callable[[Group], None]
"""Called with what the files of one name hold, once it is read, from several threads."""
Progress = Callable[[int, int], None]
"""Called with (files read, files in all), from several threads, one at a time."""


def read_folder(
    path: Path,
    *,
    market: Market | None = None,
    symbols: Sequence[str] | None = None,
    progress: Progress = lambda done, total: None,
    arrived: Arrived = lambda group: None,
    newest: bool = False,
    cache: Path | None = None,
) -> Folder:
    """All that the files below ``path`` hold, by symbol.

    ``market`` is that of files which do not say whether they are of spot or perpetuals; None
    assumes perpetuals. ``symbols`` reads those alone, from the files whose names say them or say
    none. With ``newest`` no more bars are kept than the monitor uses, and what was read is kept in
    the folder ``cache`` for the next time.

    Raises:
        FolderError: it is no folder, or nothing in it can be used.
    """
    groups = _by_name(path, symbols)
    total = sum(map(len, groups.values()))
    if not total:
        raise FolderError(_nothing(path, symbols))
    counted = _Counted(total, progress)
    kept = FilesCache(cache, path) if newest and cache is not None else None

    def read_one(name: str) -> Group:
        files = groups[name]
        if kept is not None:
            group = _cached(path, name, files, kept, counted)
        else:
            group = read_group(path, files, counted.add)
            group = with_newest(group) if newest else group
        arrived(group)
        return group

    with ThreadPoolExecutor(min(THREADS, os.cpu_count() or 1)) as threads:
        read = list(threads.map(read_one, groups))
    return put_together(path, read, market, symbols)


def _cached(
    path: Path, name: str, files: Sequence[PurePath], kept: FilesCache, counted: _Counted
) -> Group:
    """The files of one name from the cache, or read and kept there."""
    try:
        fingerprint = kept.fingerprint(files)
    except OSError:
        return with_newest(read_group(path, files, counted.add))
    group = kept.load(name, fingerprint)
    if group is None:
        group = with_newest(read_group(path, files, counted.add))
        kept.store(name, fingerprint, group)
    else:
        for _ in files:
            counted.add()
    return group


def symbols_in(path: Path) -> tuple[str, ...]:
    """The symbols that the names of the files below ``path`` say, in their order.

    Raises:
        FolderError: it is no folder, or holds no file of a format that is read.
    """
    groups = _by_name(path, None)
    if not groups:
        raise FolderError(_nothing(path, None))
    return tuple(sorted(filter(None, groups)))


def silent_files(path: Path, symbols: Sequence[str] | None) -> int:
    """How many files below ``path`` are of candles whose market no path says, by their names.

    Raises:
        FolderError: it is no folder, or holds no file of a format that is read.
    """
    groups = _by_name(path, symbols)
    if not groups:
        raise FolderError(_nothing(path, symbols))
    above = path.resolve().parts
    names = (file_name(file, above) for files in groups.values() for file in files)
    return sum(n.market is None and n.kind is None and not n.exchange for n in names)


class _Counted:
    """Reports the files that were read."""

    def __init__(self, total: int, progress: Progress) -> None:
        self._total, self._progress = total, progress
        self._done = 0
        self._lock = Lock()

    def add(self) -> None:
        with self._lock:
            self._done += 1
            self._progress(self._done, self._total)


def _by_name(path: Path, symbols: Sequence[str] | None) -> dict[str, list[PurePath]]:
    """The files below ``path`` by the symbol in their name, in the order of their paths.

    Raises:
        FolderError: it is no folder that can be read.
    """
    try:
        if not path.is_dir():
            raise FolderError(
                f"{path}: not a folder; --klines wants the folder that holds the files"
                if path.exists()
                else f"{path}: no such folder"
            )
        os.listdir(path)
    except OSError as error:
        raise FolderError(f"{path}: cannot be read ({error.strerror})") from error
    found: list[PurePath] = []
    seen = {os.path.realpath(path)}
    for folder, folders, names in os.walk(path, followlinks=True):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        folders[:] = [name for name in folders if _is_new(os.path.join(folder, name), seen)]
        below = PurePath(folder).relative_to(path)
        found += (
            below / n for n in sorted(names) if not n.startswith(".") and is_data_file(Path(n))
        )
        if len(found) > MOST_FILES:
            del found[MOST_FILES:]
            break
    groups: dict[str, list[PurePath]] = defaultdict(list)
    for file in found:
        name = file_name(file).symbol
        if symbols is None or not name or name in symbols:
            groups[name].append(file)
    return groups


def _is_new(folder: str, seen: set[str]) -> bool:
    """Whether a folder is read for the first time: links may lead to one twice, or in circles."""
    real = os.path.realpath(folder)
    if real in seen:
        return False
    seen.add(real)
    return True


def _nothing(path: Path, symbols: Sequence[str] | None) -> str:
    of = f" of {', '.join(symbols)}" if symbols else ""
    return (
        f"{path}: no files of candles{of} in it; it may hold CSV (plain, .gz, .zip), JSON, "
        "Feather or Parquet: see docs/klines.md"
    )


def put_together(
    path: Path, groups: Sequence[Group], market: Market | None, symbols: Sequence[str] | None
) -> Folder:
    """What ``groups`` hold, by symbol; of ``symbols`` alone, of all with None."""
    of: dict[str, list[Series]] = defaultdict(list)
    for group in groups:
        for series in group.series:
            if symbols is None or series.symbol in symbols:
                of[series.symbol].append(series)
    histories = {name: _history(name, some, market) for name, some in sorted(of.items())}
    reports = [report for group in groups for report in group.reports]
    files = tuple(
        _with_market(report, histories.get(report.symbol))
        for report in sorted(reports, key=lambda report: (report.path, report.symbol))
    )
    usable = {name: history for name, history in histories.items() if history.bars}
    return Folder(str(path), usable, files)


def _with_market(report: FileReport, history: SymbolHistory | None) -> FileReport:
    """The report, with the market that was assumed of the file, or why it is not used."""
    if report.kind != "klines" or history is None or not report.rows:
        return report
    if report.market is None:
        assumed = ", ".join(filter(None, (history.market, report.assumed)))
        return replace(report, assumed=assumed)
    if report.market != history.market:
        used = f"{report.market}: of {report.symbol} the {history.market} files are used"
        return replace(report, rows=0, problem=used)
    return report


def _history(symbol: str, series: Sequence[Series], assumed: Market | None) -> SymbolHistory:
    """One symbol's series put together, of one market where there are two."""
    fallback: Market = assumed or "perpetual"
    markets = {s.market or fallback for s in series if s.kind == "klines"}
    market = next(iter(markets)) if len(markets) == 1 else fallback
    chosen = [s for s in series if s.kind != "klines" or (s.market or fallback) == market]
    rates = _one(s for s in chosen if s.kind == "funding")
    points = _one(s for s in chosen if s.kind == "metrics")
    bars = _bars(s for s in chosen if s.kind == "klines")
    return SymbolHistory(
        symbol,
        market,
        bars,
        mark=_bars(s for s in chosen if s.kind == "mark_klines"),
        index=_bars(s for s in chosen if s.kind == "index_klines"),
        funding=Settlements() if rates is None else Settlements(rates[0], rates[1][0]),
        open_interest=_open_interest(points, bars),
        ratios=_ratios(points),
    )


def _one(series: Iterable[Series]) -> tuple[Times, Table] | None:
    some = list(series)
    if not some:
        return None
    if len(some) == 1:
        return some[0].times, some[0].table
    times = np.concatenate([s.times for s in some])
    table = np.concatenate([s.table for s in some], axis=1)
    return each_time_once(times, table)[:2]


def _bars(series: Iterable[Series]) -> dict[str, Bars]:
    of: dict[str, list[Series]] = defaultdict(list)
    for one in series:
        of[one.interval].append(one)
    made: dict[str, Bars] = {}
    for interval in sorted(of, key=INTERVALS_MS.__getitem__):
        joined = _one(of[interval])
        if joined is not None:
            times, table = joined
            made[interval] = _as_bars(interval, times, table)
    return made


def _as_bars(interval: str, times: Times, table: Table) -> Bars:
    """Read-only columns; a volume that no file states is 0, a quote volume is by the mean price."""
    opened, high, low, close, volume, quote = np.ascontiguousarray(table)
    volume = np.nan_to_num(volume)
    quote = np.where(np.isnan(quote), volume * (opened + high + low + close) / 4, quote)
    times = np.ascontiguousarray(times)
    columns = (opened, high, low, close, volume, quote)
    for column in (times, *columns):
        column.flags.writeable = False
    return Bars(INTERVALS_MS[interval], times, *columns)


def _open_interest(
    points: tuple[Times, Table] | None, bars: Mapping[str, Bars]
) -> OpenInterestPoints:
    """The points; where contracts or value are absent, by the close of the bar before."""
    if points is None:
        return OpenInterestPoints.of(())
    times, (contracts, value, _, _) = points
    price = _closes(times, bars)
    contracts = np.where(np.isnan(contracts), value / price, contracts)
    value = np.where(np.isnan(value), contracts * price, value)
    good = np.isfinite(contracts) & np.isfinite(value) & (contracts > 0) & (value > 0)
    columns = times[good], contracts[good], value[good]
    for column in columns:
        column.flags.writeable = False
    return OpenInterestPoints(*columns)


def _ratios(points: tuple[Times, Table] | None) -> AccountRatios:
    if points is None:
        return AccountRatios()
    times, table = points
    ratios = np.where(table[2:] > 0, table[2:], np.nan)
    some = np.isfinite(ratios).any(axis=0)
    return AccountRatios(times[some], ratios[0, some], ratios[1, some])


def _closes(times: Times, bars: Mapping[str, Bars]) -> Column:
    """The close of the newest bar that had closed at each of ``times``; NaN where there is none."""
    price = np.full(times.size, np.nan)
    for interval in ("1d", "1h", "15m"):
        some = bars.get(interval)
        if some is None:
            continue
        place = np.searchsorted(some.open_time + some.interval_ms, times, side="right") - 1
        age = times - (some.open_time[place] + some.interval_ms)
        near = (place >= 0) & (age <= 2 * some.interval_ms)
        price[near] = some.close[place[near]]
    return price
