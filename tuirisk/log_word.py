"""``tuirisk log``: the recommendation log of all live runs, as text, CSV or JSON lines."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import msgspec

from tuirisk.config import ConfigError
from tuirisk.exit_codes import OK, USAGE
from tuirisk.history import HistoryError, stored_log
from tuirisk.state import LogEntry, Missing
from tuirisk.state.codec import iso

COLUMNS = ("time", "symbol", "kind", "before", "after", "score", "escalation")
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_AGO = re.compile(r"(\d{1,6})([smhdw])")


def print_log(path: Path, since_ms: int, symbols: Collection[str], form: str) -> int:
    """Print what ``path`` keeps from ``since_ms`` on, oldest first; the exit code.

    ``form`` is ``text``, ``csv`` (with a heading) or ``json`` (an object a line).
    """
    write = _FORMS[form]
    try:
        write(stored_log(path, since_ms, symbols), sys.stdout)
    except FileNotFoundError:
        write((), sys.stdout)
        _say(f"nothing is kept yet ({path}); the live monitor and `tuirisk watch` keep a log")
    except HistoryError as error:
        _say(f"{path}: {error}")
        return USAGE
    sys.stdout.flush()
    return OK


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


def _text(entries: Iterable[LogEntry], out: TextIO) -> None:
    for entry in entries:
        change = f"{entry.before} > {entry.after}" if entry.before else entry.after
        score = "-" if isinstance(entry.score, Missing) else f"{entry.score:.1f}"
        mark = "!" if entry.escalation else " "
        out.write(
            f"{iso(entry.time_ms)} {mark} {entry.symbol:<14}{entry.kind:<10}{change:<22}"
            f"{score:>6}\n"
        )


def _csv(entries: Iterable[LogEntry], out: TextIO) -> None:
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    for entry in entries:
        body = _plain(entry) | {"escalation": "true" if entry.escalation else "false"}
        rows.writerow([body[name] for name in COLUMNS])


def _json(entries: Iterable[LogEntry], out: TextIO) -> None:
    for entry in entries:
        body = _plain(entry)
        if isinstance(entry.score, Missing):
            body["reasons"] = {"score": entry.score.reason}
        out.write(msgspec.json.encode(body).decode() + "\n")


def _plain(entry: LogEntry) -> dict[str, object]:
    return {
        "time": iso(entry.time_ms),
        "symbol": entry.symbol,
        "kind": entry.kind,
        "before": entry.before,
        "after": entry.after,
        "score": None if isinstance(entry.score, Missing) else entry.score,
        "escalation": entry.escalation,
    }


_FORMS: dict[str, Callable[[Iterable[LogEntry], TextIO], None]] = {
    "text": _text,
    "csv": _csv,
    "json": _json,
}


def _say(line: str) -> None:
    print(f"tuirisk: {line}", file=sys.stderr)
