"""``tuirisk log``: the log of all live runs, as text, CSV or JSON lines.

docs/alerts.md describes the format: columns and keys are only ever added at the end.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import msgspec

from tuirisk.cli.errors import print_error
from tuirisk.cli.exit_codes import ExitCode
from tuirisk.cli.log_line import log_line
from tuirisk.config.model import ConfigError
from tuirisk.history.database import HistoryError
from tuirisk.history.log import damaged_entries_at, stored_log
from tuirisk.language.reason import Reason
from tuirisk.language.words import Words, choose_language
from tuirisk.state import LogEntry, Missing, or_none
from tuirisk.state.codec import iso

COLUMNS = (
    "time", "symbol", "kind", "before", "after", "score", "escalation", "rule", "component",
    "text", "symbols", "pnl", "quantity", "price", "count", "since", "repeats", "acknowledged",
)  # fmt: skip
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_AGO = re.compile(r"(\d{1,6})([smhdw])")


def print_log(
    path: Path, since_ms: int, symbols: Collection[str], form: str, language: str = "auto"
) -> int:
    """Print what ``path`` keeps from ``since_ms`` on, oldest first; the exit code.

    ``form`` is ``text`` (in ``language``), ``csv`` (with a heading) or ``json`` (an object a line).
    """

    write = log_writer(form, language)
    try:
        if not write(stored_log(path, since_ms, symbols)):
            print_error("nothing logged in that time")
        if damaged := damaged_entries_at(path):
            print_error(str(Reason("history_rows_damaged", count=damaged)))
    except FileNotFoundError:
        print_error(no_log_yet(path))
    except HistoryError as error:
        print_error(f"{path}: {error}")
        return ExitCode.USAGE
    sys.stdout.flush()
    return ExitCode.OK


def log_writer(form: str, language: str) -> Callable[[Iterable[LogEntry]], int]:
    """A function that writes entries to the standard output and returns how many; a heading of
    ``csv`` is written at once."""
    if form == "csv":
        csv.writer(sys.stdout, lineterminator="\n").writerow(COLUMNS)
        return lambda entries: _csv(entries, sys.stdout)
    if form == "json":
        return lambda entries: _json(entries, sys.stdout)
    words = Words(choose_language(language))
    return lambda entries: _text(entries, sys.stdout, words)


def no_log_yet(path: Path) -> str:
    """The line that says that nothing was logged at ``path``."""
    return f"no log yet ({path}); the live monitor and `tuirisk watch` write it"


def since(text: str | None, now_ms: int) -> int:
    """``--since`` as UTC milliseconds: ``90m``, ``24h``, ``7d`` ago, or an ISO date or time.

    A time without a zone is UTC; None is the beginning.

    Raises:
        ConfigError: it is none of these.
    """
    if text is None:
        return 0
    if ago := _AGO.fullmatch(text):
        return now_ms - int(ago[1]) * _UNITS[ago[2]] * 1000
    try:
        moment = datetime.fromisoformat(text)
        return round(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise ConfigError(
            f"--since {text}: not a time; write 24h, 7d, 2026-03-01 or 2026-03-01T12:00:00Z"
        ) from None


def _text(entries: Iterable[LogEntry], out: TextIO, words: Words) -> int:
    """A line each; how many."""
    count = 0
    for entry in entries:
        count += 1
        out.write(log_line(entry, words) + "\n")
    return count


def _csv(entries: Iterable[LogEntry], out: TextIO) -> int:
    count = 0
    rows = csv.writer(out, lineterminator="\n")
    for entry in entries:
        count += 1
        body = _plain(entry) | {"symbols": " ".join(entry.symbols)}
        rows.writerow([_cell(body[name]) for name in COLUMNS])
    return count


def _cell(value: object) -> object:
    """``value`` as no spreadsheet takes it for a formula; a boolean in lower case."""
    if isinstance(value, bool):
        return "true" if value else "false"
    formula = isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{value}" if formula else value


def _json(entries: Iterable[LogEntry], out: TextIO) -> int:
    count = 0
    for entry in entries:
        count += 1
        body = _plain(entry)
        if isinstance(entry.score, Missing) and entry.kind == "severity":
            body["reasons"] = {"score": entry.score.reason}
        out.write(msgspec.json.encode(body).decode() + "\n")
    return count


def _plain(entry: LogEntry) -> dict[str, object]:
    return {
        "time": iso(entry.time_ms),
        "symbol": entry.symbol,
        "kind": entry.kind,
        "before": entry.before,
        "after": entry.after,
        "score": or_none(entry.score),
        "escalation": entry.escalation,
        "rule": entry.cause,
        "component": entry.component,
        "text": entry.text,
        "symbols": list(entry.symbols),
        "pnl": or_none(entry.pnl),
        "quantity": or_none(entry.quantity),
        "price": or_none(entry.price),
        "count": entry.count,
        "since": iso(entry.first_ms),
        "repeats": entry.repeats,
        "acknowledged": entry.acknowledged,
    }
