"""``tuirisk log``: the recommendation log of all live runs, as text, CSV or JSON lines.

docs/alerts.md describes the format: columns and keys are only ever added at the end.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import msgspec
from rich.cells import cell_len

from tuirisk.cli.errors import print_error
from tuirisk.cli.exit_codes import ExitCode
from tuirisk.cli.summary import number_text
from tuirisk.config.model import ConfigError
from tuirisk.history.database import HistoryError
from tuirisk.history.log import stored_log
from tuirisk.language.words import Words, choose_language
from tuirisk.state import LogEntry, Missing, or_none
from tuirisk.state.codec import iso

COLUMNS = (
    "time", "symbol", "kind", "before", "after", "score", "escalation", "rule", "component",
)  # fmt: skip
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_AGO = re.compile(r"(\d{1,6})([smhdw])")


def print_log(
    path: Path, since_ms: int, symbols: Collection[str], form: str, language: str = "auto"
) -> int:
    """Print what ``path`` keeps from ``since_ms`` on, oldest first; the exit code.

    ``form`` is ``text`` (in ``language``), ``csv`` (with a heading) or ``json`` (an object a line).
    """

    def write(entries: Iterable[LogEntry]) -> int:
        if form == "text":
            return _text(entries, sys.stdout, Words(choose_language(language)))
        return (_csv if form == "csv" else _json)(entries, sys.stdout)

    try:
        if not write(stored_log(path, since_ms, symbols)):
            print_error("no severity changes logged in that time")
    except FileNotFoundError:
        write(())
        print_error(f"no log yet ({path}); the live monitor and `tuirisk watch` write it")
    except HistoryError as error:
        print_error(f"{path}: {error}")
        return ExitCode.USAGE
    sys.stdout.flush()
    return ExitCode.OK


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
        codes = [words.code("severity", code) for code in (entry.before, entry.after) if code]
        change = " > ".join(codes)
        score = number_text(entry.score, ".1f")
        mark = "!" if entry.escalation else " "
        parts = [words.code("component", entry.component)] if entry.component else []
        why = ": ".join([*parts, *([words.code("code", entry.cause)] if entry.cause else [])])
        line = (
            f"{iso(entry.time_ms)[:-5]}Z {mark} {_padded(entry.symbol, 14)}"
            f"{_padded(change, 20)}{score:>6}  {why}"
        )
        out.write(line.rstrip() + "\n")
    return count


def _padded(text: str, width: int) -> str:
    return text + " " * max(1, width - cell_len(text))


def _csv(entries: Iterable[LogEntry], out: TextIO) -> int:
    count = 0
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    for entry in entries:
        count += 1
        body = _plain(entry) | {"escalation": "true" if entry.escalation else "false"}
        rows.writerow([_inert(body[name]) for name in COLUMNS])
    return count


def _inert(value: object) -> object:
    """``value`` as no spreadsheet takes it for a formula."""
    formula = isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{value}" if formula else value


def _json(entries: Iterable[LogEntry], out: TextIO) -> int:
    count = 0
    for entry in entries:
        count += 1
        body = _plain(entry)
        if isinstance(entry.score, Missing):
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
    }
