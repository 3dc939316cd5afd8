"""How entries join the log: swings between two levels fold, many rises together are one alert."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from tuirisk.analytics.score.escalation import rank, rises
from tuirisk.state import TOGETHER_MS, LogEntry, Severity

LOG_ENTRIES = 500
SWING_MS = 600_000
"""A level that returns within so long of its last change swings."""
TOGETHER = 5
"""So many rises within ``TOGETHER_MS`` are one alert."""

Log = tuple[LogEntry, ...]


def append(log: Log, entries: Sequence[LogEntry], history_entries: int = 0) -> Log:
    """``log`` with ``entries`` at its end; the same object where there are none.

    The first ``history_entries`` are of earlier runs and stay as they are; of this run's the
    newest 500 are kept, and all of this moment, so that none is gone before it is stored and
    passed on. A symbol that rises, falls and rises between the same two levels has one
    entry with a count from then on. Five or more symbols that rise within 10 s are one alert.
    """
    if not entries:
        return log
    own = log[history_entries:]
    for entry in entries:
        own = _folded(own, entry) if entry.kind == "severity" else (*own, entry)
    own = _together(own, entries[-1].time_ms)
    return (*log[:history_entries], *_newest(own, entries))


def _newest(own: Log, entries: Sequence[LogEntry]) -> Log:
    """The newest 500 of ``own``, which ends with ``entries``, and all that are as new as these."""
    first = max(0, len(own) - max(LOG_ENTRIES, len(entries)))
    while first > 0 and own[first - 1].time_ms >= entries[-1].time_ms:
        first -= 1
    return own[first:]


def _folded(log: Log, entry: LogEntry) -> Log:
    """``log`` with ``entry``, and with what it repeats taken out."""
    same = [
        place
        for place, one in enumerate(log)
        if one.kind == "severity" and one.symbol == entry.symbol
    ]
    if not same or not _swings(log[same[-1]], entry):
        return (*log, entry)
    last = log[same[-1]]
    if last.count > 1:
        return _replaced(log, same[-1:], _swing(last, entry, last.count, last.since_ms))
    if len(same) > 1 and rises(entry) and _swings(log[same[-2]], last):
        first = log[same[-2]]
        return _replaced(log, same[-2:], _swing(first, entry, 1, first.time_ms))
    return (*log, entry)


def _swings(last: LogEntry, entry: LogEntry) -> bool:
    """Whether ``entry`` undoes ``last``, a short while after it."""
    back = (entry.before, entry.after) == (last.after, last.before)
    return back and entry.before != "" and entry.time_ms - last.time_ms < SWING_MS


def _swing(alert: LogEntry, entry: LogEntry, count: int, since_ms: int) -> LogEntry:
    """``entry`` as one of several swings: an alert where the first rise was one.

    A rise counts one more, and nobody has acknowledged it yet. It is no new alert, so that when
    the swings alerted last, and how often that was repeated, stay.
    """
    rise = rises(entry)
    return replace(
        entry,
        count=count + rise,
        since_ms=since_ms,
        escalation=alert.escalation or entry.escalation,
        acknowledged=alert.acknowledged and not rise,
        alerted_ms=alert.alerted_ms,
        repeats=alert.repeats,
    )


def _severity(level: str) -> Severity:
    return cast(Severity, level)


def _replaced(log: Log, places: Sequence[int], entry: LogEntry) -> Log:
    return (*(one for place, one in enumerate(log) if place not in places), entry)


def _together(log: Log, time_ms: int) -> Log:
    """``log`` with one alert in place of those of five or more symbols that rose within 10 s.

    Their entries stay, as no alerts of their own. A symbol that rises within 10 s of that alert
    joins it, and it alerts again.
    """
    risen = [
        (place, entry)
        for place, entry in enumerate(log)
        if entry.kind == "severity" and entry.escalation and entry.count == 1
        if time_ms - entry.time_ms < TOGETHER_MS
    ]
    names = dict.fromkeys(n for _, entry in risen for n in entry.symbols or (entry.symbol,))
    if len(names) < TOGETHER or not any(entry.symbol for _, entry in risen):
        return log
    worst = max((entry for _, entry in risen), key=lambda one: rank(_severity(one.after)))
    places = [place for place, entry in risen if not entry.symbol]
    singles = {place for place, entry in risen if entry.symbol}
    kept = tuple(
        replace(entry, escalation=False) if place in singles else entry
        for place, entry in enumerate(log)
        if place not in places
    )
    joined = log[places[-1]] if places else None
    alert = replace(
        worst,
        time_ms=time_ms if joined is None else joined.time_ms,
        alerted_ms=0 if joined is None else time_ms,
        repeats=0 if joined is None else joined.repeats,
        acknowledged=False,
        symbol="",
        before="",
        symbols=tuple(names),
        component="",
        text=f"{len(names)} symbols rise up to {worst.after}: {', '.join(names)}",
    )
    return (*kept, alert)
