"""What the files of a folder hold, put together by symbol."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from tuirisk.feed.files.group import Group, Series
from tuirisk.feed.files.model import (
    AccountRatios,
    FileReport,
    Folder,
    Market,
    Settlements,
    SymbolHistory,
)
from tuirisk.feed.files.names import INTERVALS_MS
from tuirisk.feed.files.rows import each_time_once
from tuirisk.market.candles import Bars
from tuirisk.market.derivatives import OpenInterestPoints
from tuirisk.market.series import Column, Table, Times


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
