"""``tuirisk doctor --klines DIR``: what each file of a folder is, and what is wrong with it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tuirisk.cli.exit_codes import ExitCode
from tuirisk.config.model import Config
from tuirisk.feed.files.folder import read_folder
from tuirisk.feed.files.model import FileReport, SymbolHistory
from tuirisk.feed.files.source import notes
from tuirisk.foreign.text import printable

_COUNTS = ("duplicates", "conflicts", "holes", "disordered", "forming", "impossible")


def print_files(path: Path, config: Config) -> int:
    """Print a line a file, a line a symbol, and what was assumed; the exit code.

    It is ``USAGE`` where no candles can be used.

    Raises:
        FolderError: the folder cannot be used.
    """
    folder = read_folder(path, market=config.klines.market or None, progress=_print_progress)
    for report in folder.files:
        print(printable(_line(report), most=None))
    for history in folder.symbols.values():
        print(printable(f"{history.symbol}: {_held(history)}", most=None))
    for note in notes(folder, path.name):
        print(printable(str(note), most=None))
    return ExitCode.OK if folder.symbols else ExitCode.USAGE


def _line(report: FileReport) -> str:
    """``ok  um/BTCUSDT.csv: klines BTCUSDT 15m, 35040 rows (2 duplicates)``."""
    status = "ok" if not report.problem else "warning" if report.rows else "error"
    what = " ".join(filter(None, (report.kind, report.symbol, report.interval)))
    found = [f"{count} {name}" for name in _COUNTS if (count := getattr(report, name))]
    if report.assumed:
        found.append(f"assumed: {report.assumed}")
    line = f"{status:<8} {report.path}: {what}, {report.rows} rows"
    if found:
        line += f" ({', '.join(found)})"
    return f"{line}; {report.problem}" if report.problem else line


def _held(history: SymbolHistory) -> str:
    parts = [history.market, *_bars("candles", history), *_bars("mark", history)]
    parts += [f"{len(history.funding)} settlements"] if len(history.funding) else []
    points = len(history.open_interest)
    parts += [f"{points} points of open interest"] if points else []
    return ", ".join(parts)


def _bars(kind: str, history: SymbolHistory) -> Iterator[str]:
    prices = history.bars if kind == "candles" else history.mark
    for interval, bars in prices.items():
        yield f"{len(bars)} {kind} of {interval}"


def _print_progress(done: int, total: int) -> None:
    """On a terminal, how many files are read."""
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        print(f"\r{done} of {total} files", end=end, file=sys.stderr, flush=True)
