"""``tuirisk backtest``: the track record of the forecasts and of the score on files of candles."""

from __future__ import annotations

import sqlite3
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import msgspec
import numpy as np

from tuirisk.backtest.as_json import backtest_json, plain
from tuirisk.backtest.forecast_table import write_forecasts
from tuirisk.backtest.portfolio_record import portfolio_records, record_lines
from tuirisk.backtest.portfolios import PortfolioRow, portfolio_rows
from tuirisk.backtest.report import report_lines
from tuirisk.backtest.result import BacktestResult, backtest_result
from tuirisk.backtest.run import ProgressLine, walk_symbols
from tuirisk.backtest.symbol_rows import Period, SymbolRows
from tuirisk.backtest.track_record import record_of
from tuirisk.cli.errors import print_error
from tuirisk.cli.exit_codes import ExitCode
from tuirisk.cli.live_forecasts import print_live_forecasts
from tuirisk.config.model import Config, ConfigError
from tuirisk.events.external import asset_of
from tuirisk.feed.clock import WallClock
from tuirisk.feed.files.folder import read_folder
from tuirisk.feed.files.folder_error import FolderError
from tuirisk.history.database import HistoryError, database_path, error_text
from tuirisk.history.stored_bars import stored_bars
from tuirisk.history.stored_implied import stored_implied
from tuirisk.history.track_records import store_track_record

if TYPE_CHECKING:
    from tuirisk.feed.files.model import SymbolHistory

KEPT_DAYS = 60
"""Days of forecasts that a record needs to be kept for the screen."""


def backtest(arguments: Namespace, config: Config, environ: Mapping[str, str]) -> int:
    """Judge the forecasts on the files of ``arguments.klines``, without it on the candles in the
    history; the exit code.

    Raises:
        ConfigError: an option cannot be satisfied.
    """
    database = database_path(environ, config.exchange)
    if arguments.live:
        return print_live_forecasts(database, _now_ms(), arguments.json, arguments.csv)
    period = Period(arguments.begin, arguments.end)
    if period.begin_ms >= period.end_ms:
        raise ConfigError("--from is after --to")
    with ExitStack() as files:
        names = _names(arguments.wanted or [arguments.symbols or ""])
        if arguments.klines is not None:
            histories = _histories(arguments.klines, names)
        else:
            histories = _stored(database, names)
        histories = _with_implied(histories, database)
        table = None if arguments.csv is None else files.enter_context(_open(arguments.csv))
        progress = ProgressLine(sys.stderr, "days judged")
        rows = walk_symbols(histories, period, config.risk, progress)
        progress.clear()
        found = backtest_result(rows, period)
        if not found.pooled.days:
            raise ConfigError(_too_little(histories))
        for name, record in found.symbols.items():
            if not record.days:
                print_error(f"{name}: too little history for a forecast in that time")
        accounts = None
        if arguments.portfolios:
            judged = ProgressLine(sys.stderr, "accounts judged")
            accounts = portfolio_rows(
                histories, period, arguments.portfolios, arguments.seed, judged
            )
            judged.clear()
        if table is not None:
            _write(table, arguments.csv, rows, accounts)
    records = portfolio_records(accounts or ())
    if accounts is not None and not records:
        print_error("--portfolios: too little history common to the symbols for an account")
    if arguments.json:
        whole = backtest_json(found)
        if accounts is not None:
            whole["portfolios"] = plain(records)
        body = msgspec.json.encode(whole)
        print(msgspec.json.format(body, indent=2).decode())
    else:
        for line in report_lines(found, ascii_only=arguments.ascii):
            print(line)
        for line in record_lines(records):
            print(line)
    sys.stdout.flush()
    _keep(found, database)
    return ExitCode.OK


def _stored(database: Path, names: Sequence[str]) -> list[SymbolHistory]:
    """The symbols in the history that are asked for, all of them where none is."""
    from tuirisk.feed.files.model import SymbolHistory

    hint = "name a folder of candle files with --klines DIR (docs/backtest.md)"
    try:
        stored = stored_bars(database, names)
    except FileNotFoundError:
        raise ConfigError(f"the history has no candles yet ({database}): {hint}") from None
    except HistoryError as error:
        raise ConfigError(f"{database}: {error}") from error
    if absent := [name for name in names if name not in stored]:
        there = ", ".join(list(stored_bars(database))[:8]) or "it has none"
        raise ConfigError(f"{', '.join(absent)}: not in the history ({there}): {hint}")
    if not stored:
        raise ConfigError(f"the history has no candles yet ({database}): {hint}")
    return [SymbolHistory(name, "perpetual", bars) for name, bars in stored.items()]


def _histories(folder: Path, names: Sequence[str]) -> list[SymbolHistory]:
    """The symbols of ``folder`` that are asked for, all of them where none is."""
    progress = ProgressLine(sys.stderr, "files read")
    try:
        found = read_folder(folder, symbols=names or None, progress=progress).symbols
        if names and (absent := [name for name in names if name not in found]):
            there = ", ".join(list(found)[:8]) or "none of them"
            raise ConfigError(f"{', '.join(absent)}: no candles of it in {folder}; found: {there}")
    except FolderError as error:
        raise ConfigError(str(error)) from error
    finally:
        progress.clear()
    if not found:
        raise ConfigError(f"{folder}: no candles in it that can be used (docs/backtest.md)")
    return list(found.values())


def _with_implied(histories: list[SymbolHistory], database: Path) -> list[SymbolHistory]:
    """``histories`` with what options implied, where live runs received that from a provider."""
    from tuirisk.feed.files.model import ImpliedDays

    stored = stored_implied(database, _now_ms())
    found = []
    for history in histories:
        series = stored.get(asset_of(history.symbol))
        if series is not None:
            time, value = np.array(series.rows, float).T
            days = ImpliedDays(series.provider, time.astype(np.int64), value)
            history = replace(history, implied=days)
        found.append(history)
    return found


def _names(wanted: Sequence[str]) -> list[str]:
    """Symbols given as ``A B`` or ``A,B``, in upper case, each once."""
    names = [name.strip().upper() for word in wanted for name in word.split(",")]
    return list(dict.fromkeys(filter(None, names)))


def _too_little(histories: list[SymbolHistory]) -> str:
    """Why there is no forecast at all."""
    first = histories[0]
    bars = first.bars.get("15m")
    if bars is None or not len(bars):
        have = ", ".join(first.bars) or "no"
        return f"{first.symbol}: forecasts need 15m bars (or finer ones); there are {have} bars"
    days = len(bars) // 96
    return (
        f"{first.symbol}: too little history in that time: {days} days of 15m bars; a forecast "
        "needs 8 days before it, its outcome one after it"
    )


def _open(path: Path) -> TextIO:
    try:
        return path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written ({error.strerror})") from error


def _write(
    table: TextIO,
    path: Path,
    rows: Sequence[SymbolRows],
    accounts: Sequence[PortfolioRow] | None,
) -> None:
    try:
        write_forecasts(rows, table, accounts)
        table.flush()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written ({error.strerror})") from error


def _now_ms() -> int:
    return WallClock().now_ns() // 1_000_000


def _keep(found: BacktestResult, path: Path) -> None:
    """Keep the record for the screen, where it is of enough days."""
    if found.pooled.days < KEPT_DAYS:
        return
    try:
        store_track_record(path, record_of(found, "own"), _now_ms())
    except (HistoryError, OSError, sqlite3.Error) as error:
        print_error(f"the record is not kept for the screen: {path}: {error_text(error)}")
