"""One file: its rows by symbol, checked, and a report of what was left out of them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tuirisk.feed.files import columns as read
from tuirisk.feed.files.bars import checked_bars, interval_of, possible, problem_of_times
from tuirisk.feed.files.checksum import checksum_problem
from tuirisk.feed.files.layout import Label, Layout, layout_of
from tuirisk.feed.files.model import FileKind, FileReport, Market
from tuirisk.feed.files.names import INTERVALS_MS, FileName, file_name, pair_symbol
from tuirisk.feed.files.rows import MOST_ROWS, Rows
from tuirisk.feed.files.tables import DataTable, UnreadableFile, reading, tables
from tuirisk.foreign.files import open_own
from tuirisk.foreign.text import printable
from tuirisk.market.series import Table, Times

if TYPE_CHECKING:
    import pandas as pd

BAR_COLUMNS = ("open", "high", "low", "close", "volume", "quote_volume")
METRICS_COLUMNS = ("contracts", "value", "ratio", "top_ratio")
MOST_READ = 20_000_000
"""Rows of one file that are read; of more none is used."""
_MOST_UNUSABLE = 200_000
"""Rows after which a file without one that can be used is read no further."""
MOST_SYMBOLS = 2_000
"""Symbols of one file that are read."""
RELABELLED = datetime(2026, 6, 25, tzinfo=UTC)
"""Since then a row of the archive's metrics is labelled with the start of its five minutes."""
_RELABELLED_MS = int(RELABELLED.timestamp() * 1000)
_NO_SYMBOL = "it names no symbol: rename it as BTCUSDT_15m.csv or add a column symbol"
_NO_TIME = "no time or no symbol that can be read: times are numbers since 1970 or ISO 8601"
_FIVE_MINUTES = 300_000
_MINUTE = 60_000


@dataclass(frozen=True, slots=True)
class FilePart:
    """The rows of one symbol in one file, oldest first, and the report of them.

    ``table`` has a row for each column: of bars those of :data:`BAR_COLUMNS`, of funding the
    rate, of metrics those of :data:`METRICS_COLUMNS`. ``market`` is None where the file does not
    say.
    """

    report: FileReport
    market: Market | None
    times: Times
    table: Table
    last_time: int = 0
    """Of the bar that was left out as the one that a dump ends with, UTC ms; 0 without one …"""
    last_row: Table = field(default_factory=lambda: np.empty((len(BAR_COLUMNS), 0)))
    """… and its numbers, shape (k, 1)."""

    @property
    def key(self) -> tuple[str, FileKind, str, Market | None]:
        """What it is a part of."""
        report = self.report
        return report.symbol, report.kind, report.interval, self.market


def read_file(root: Path, relative: PurePath) -> Iterator[FilePart | FileReport]:
    """What the file ``relative`` to ``root`` holds; a report alone for what cannot be used."""
    path = root / relative
    shown = printable(str(relative))
    try:
        above = root.resolve().parts
        found = file_name(relative, above)
        refused = _refused(found)
        if refused:
            yield FileReport(shown, "unknown", found.symbol, problem=refused)
            return
        with open_own(path) as file:
            modified = os.fstat(file.fileno()).st_mtime_ns // 1_000_000
        mismatch = checksum_problem(path)
        if mismatch:
            yield FileReport(shown, "unknown", found.symbol, problem=mismatch)
            return
        for table in tables(path):
            if isinstance(table, tuple):
                member, problem = table
                yield FileReport(_within(shown, member), "unknown", problem=str(problem))
                continue
            name = found
            if table.member:
                name = _member_name(relative, table.member, found, above)
            yield from _read_table(_within(shown, table.member), table, name, modified)
    except UnreadableFile as problem:
        yield FileReport(shown, "unknown", problem=str(problem))
    except OSError as error:
        yield FileReport(shown, "unknown", problem=f"cannot be read: {error.strerror}")


def _refused(name: FileName) -> str:
    if name.exchange:
        return f"of {name.exchange}, not of Binance: left out"
    if name.coin_margined:
        return "of a COIN-M contract: only USDⓈ-M and spot are read"
    return ""


def _within(path: str, member: str) -> str:
    return f"{path}/{printable(member)}" if member else path


def _member_name(
    path: PurePath, member: str, of_archive: FileName, above: Sequence[str]
) -> FileName:
    """What the name within an archive says, and the archive's where that says nothing."""
    name = file_name(path.parent / PurePath(member), above)
    return replace(
        name,
        symbol=name.symbol or of_archive.symbol,
        interval=name.interval or of_archive.interval,
        kind=name.kind or of_archive.kind,
        archive=name.archive or of_archive.archive,
        day=name.day or of_archive.day,
    )


def _read_table(
    path: str, table: DataTable, name: FileName, modified: int
) -> Iterator[FilePart | FileReport]:
    layout = layout_of(table.labels, table.header, name)
    if not layout.problem and not name.symbol and "symbol" not in layout.columns:
        layout = replace(layout, problem=_NO_SYMBOL)
    if layout.problem:
        yield FileReport(path, "unknown", name.symbol, problem=printable(layout.problem))
        return
    rows = _FileRows(layout, name)
    problem = ""
    try:
        with reading():
            for piece in table.pieces(tuple(dict.fromkeys(layout.columns.values()))):
                rows.add(piece)
                if rows.read > MOST_READ:
                    raise UnreadableFile(f"more than {MOST_READ} rows: split it")
                if rows.read > _MOST_UNUSABLE and not rows.of_symbol:
                    break
    except UnreadableFile as error:
        problem = str(error)
        if rows.read > MOST_READ:
            rows.of_symbol.clear()
    try:
        if not problem and table.grown():
            problem = "it grew while it was read: what was added then is not used"
    except OSError:
        problem = "it was removed while it was read"
    if rows.other_exchange:
        problem = f"of {rows.other_exchange}, not of Binance: left out"
    elif not rows.of_symbol:
        problem = problem or _NO_TIME if rows.unusable else problem or "no row that can be used"
    if not rows.of_symbol:
        yield FileReport(path, layout.kind, name.symbol, problem=problem, impossible=rows.unusable)
        return
    for number, symbol in enumerate(sorted(rows.of_symbol)):
        counted = rows.of_symbol[symbol]
        if number == 0:
            counted.counts.impossible += rows.unusable + table.lost()
        report = FileReport(path, layout.kind, symbol, problem=problem)
        yield _part(counted, report, layout, name, modified)


class _FileRows:
    """The rows of a file by symbol, as they are read."""

    def __init__(self, layout: Layout, name: FileName) -> None:
        self.layout = layout
        self.of_symbol: dict[str, Rows] = {}
        self.read = 0
        self.unusable = 0
        """Rows without a time or a symbol."""
        self.other_exchange = ""
        self._name = name

    def add(self, piece: pd.DataFrame) -> None:
        self.read += len(piece)
        columns = self.layout.columns
        if "exchange" in columns and self._of_another(piece, columns["exchange"]):
            return
        times = read.times(piece[columns.get("time", columns.get("close_time", 0))])
        table = self._table(piece)
        usable = times > 0
        for symbol, places in self._symbols(piece, columns.get("symbol")):
            chosen = places[usable[places]]
            known = symbol in self.of_symbol or len(self.of_symbol) < MOST_SYMBOLS
            if not symbol or not chosen.size or not known:
                self.unusable += places.size
                continue
            rows = self.of_symbol.setdefault(symbol, Rows(len(table)))
            rows.counts.impossible += places.size - chosen.size
            if chosen.size < len(piece):
                self._add(rows, times[chosen], table[:, chosen], piece.iloc[chosen])
            else:
                self._add(rows, times, table, piece)

    def _of_another(self, piece: pd.DataFrame, label: Label) -> bool:
        names = piece[label].dropna().astype(str).str.lower().unique()
        self.other_exchange = next((printable(n, 20) for n in names if "binance" not in n), "")
        return bool(self.other_exchange)

    def _table(self, piece: pd.DataFrame) -> Table:
        columns = self.layout.columns
        match self.layout.kind:
            case "funding":
                wanted: tuple[str, ...] = ("rate",)
            case "metrics":
                wanted = METRICS_COLUMNS
            case _:
                wanted = BAR_COLUMNS
        absent = np.full(len(piece), np.nan)
        return np.stack(
            [read.numbers(piece[columns[w]]) if w in columns else absent for w in wanted]
        )

    def _symbols(
        self, piece: pd.DataFrame, label: Label | None
    ) -> Iterator[tuple[str, NDArray[np.intp]]]:
        """Each symbol and the places of its rows, in their order."""
        if label is None:
            yield self._name.symbol, np.arange(len(piece))
            return
        column = piece[label]
        codes, texts = column.astype(str).where(column.notna(), "").factorize()
        numbers: dict[str, int] = {"": 0}
        symbols = np.zeros(len(texts), np.intp)
        for code, text in enumerate(texts[:MOST_SYMBOLS]):
            symbol = pair_symbol(text) or ("" if text and text != "nan" else self._name.symbol)
            symbols[code] = numbers.setdefault(symbol, len(numbers))
        of_rows = symbols[codes]
        order = np.argsort(of_rows, kind="stable")
        ends = np.cumsum(np.bincount(of_rows, minlength=len(numbers)))
        yield from zip(numbers, np.split(order, ends[:-1]), strict=True)

    def _add(self, rows: Rows, times: Times, table: Table, piece: pd.DataFrame) -> None:
        kind, columns = self.layout.kind, self.layout.columns
        if kind == "funding":
            good = np.isfinite(table[0]) & (np.abs(table[0]) < 1.0)
            # Settlements are on the minute; the exchange states them some ms late.
            times = (times + _MINUTE // 2) // _MINUTE * _MINUTE
        elif kind == "metrics":
            good = ((table > 0) & np.isfinite(table)).any(axis=0)
            times = times + _label_shift(times, self._name)
        else:
            if "closed" in columns:
                closed = read.truths(piece[columns["closed"]])
                rows.counts.forming += int((~closed).sum())
                times, table = times[closed], table[:, closed]
            good = possible(table, kind)
        rows.counts.impossible += int((~good).sum())
        rows.add(times[good], table[:, good])


def _label_shift(times: Times, name: FileName) -> Times:
    """What to add to the labels of metrics rows so that each is the time of its state."""
    if not name.archive:
        return np.zeros_like(times)
    if name.day is not None and name.day < date(2026, 6, 25):
        # The last row of the day before the change still has the old label of its end.
        daily = times <= _RELABELLED_MS
        return np.where(daily, 0, _FIVE_MINUTES)
    return np.where(times >= _RELABELLED_MS, _FIVE_MINUTES, 0)


def _part(
    rows: Rows, report: FileReport, layout: Layout, name: FileName, modified: int
) -> FilePart | FileReport:
    times, table = rows.united()
    counts = rows.counts
    interval, problem, assumed = "", report.problem, ""
    holes, last_time = 0, 0
    last_row = np.empty((len(table), 0))
    if counts.left_out:
        problem = problem or f"only its newest {MOST_ROWS} rows are used"
    if layout.kind not in ("funding", "metrics"):
        if "time" not in layout.columns and times.size:
            times = times + 1
        interval, assumed = interval_of(times, name.interval)
        fault = problem_of_times(times, interval)
        if fault:
            return replace(report, problem=fault, interval=interval)
        if "time" not in layout.columns:
            times = times - INTERVALS_MS[interval]
        bars = checked_bars(times, table, interval, dump=layout.dump, modified=modified)
        if bars.ended_a_dump:
            last_time, last_row = int(times[-1]), table[:, -1:]
        times, table, holes = bars.times, bars.table, bars.holes
        counts.impossible += bars.off_grid
        counts.forming += bars.forming
        if layout.kind == "klines" and times.size > 96 and _without_volume(table, layout):
            problem = problem or "no volume in it: mark or index prices?"
    made = replace(
        report,
        interval=interval,
        rows=int(times.size),
        duplicates=counts.duplicates,
        conflicts=counts.conflicts,
        holes=holes,
        disordered=counts.disordered,
        forming=counts.forming,
        impossible=counts.impossible,
        problem=problem,
        market=name.market,
        assumed=assumed,
    )
    if not times.size:
        return replace(made, problem=problem or "no row that can be used")
    return FilePart(made, name.market, times, table, last_time, last_row)


def _without_volume(table: Table, layout: Layout) -> bool:
    return "volume" in layout.columns and not (table[4] > 0).any()
