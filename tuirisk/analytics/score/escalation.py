"""Escalations: rises in severity that held long enough to be believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from tuirisk.state import SEVERITIES, LogEntry, Number, Severity

LOG_ENTRIES = 500


@dataclass(frozen=True, slots=True)
class SeverityTracker:
    """What is remembered of one symbol between two assessments.

    ``confirmed`` is the severity that holds, None before the first. ``rising`` gives, for each
    severity above it, since when (ms) the assessed severity has not been below.
    """

    confirmed: Severity | None
    rising: Mapping[Severity, int]


UNKNOWN = SeverityTracker(None, {})


def beginning(
    symbol: str, log: Sequence[LogEntry], known: Mapping[str, Severity]
) -> SeverityTracker:
    """Where a symbol begins that is new to the watchlist: at what the log of this run said last
    of it, else at the severity ``known`` from an earlier run."""
    said = (
        entry.after
        for entry in reversed(log)
        if entry.kind == "severity" and symbol in (entry.symbol, *entry.symbols)
    )
    last = next(said, None) or known.get(symbol)
    return UNKNOWN if last is None else SeverityTracker(cast(Severity, last), {})


@dataclass(frozen=True, slots=True)
class SeverityChange:
    """A change of the confirmed severity; ``before`` is None where nothing was known before."""

    before: Severity | None
    after: Severity

    @property
    def escalation(self) -> bool:
        return self.before is not None and rank(self.after) > rank(self.before)


def rank(severity: Severity) -> int:
    return SEVERITIES.index(severity)


def advance(
    standing: SeverityTracker, assessed: Severity | None, time_ms: int, confirm_ms: float
) -> tuple[SeverityTracker, SeverityChange | None]:
    """Take one assessment in.

    A fall is confirmed at once; a rise when the severity has stayed at least that high for
    ``confirm_ms``. ``assessed`` is None when nothing can be said (warming, insufficient data):
    what was confirmed stands, and a rise under way starts anew. A first severity is a change
    unless it is ``ok``: that a symbol is calm as it should be is no news.
    """
    before = standing.confirmed
    if assessed is None:
        return SeverityTracker(before, {}), None
    if before is None and assessed == "ok":
        return SeverityTracker(assessed, {}), None
    if before is None or rank(assessed) < rank(before):
        return SeverityTracker(assessed, {}), SeverityChange(before, assessed)
    rising = {
        severity: standing.rising.get(severity, time_ms)
        for severity in SEVERITIES[rank(before) + 1 : rank(assessed) + 1]
    }
    held = [severity for severity, since in rising.items() if time_ms - since >= confirm_ms]
    if not held:
        return SeverityTracker(before, rising), None
    after = held[-1]
    left = {severity: since for severity, since in rising.items() if rank(severity) > rank(after)}
    return SeverityTracker(after, left), SeverityChange(before, after)


def entry(change: SeverityChange, symbol: str, time_ms: int, total: Number) -> LogEntry:
    """The change as a line of the log; ``before`` is empty where nothing was known before."""
    return LogEntry(
        time_ms=time_ms,
        symbol=symbol,
        kind="severity",
        before=change.before or "",
        after=change.after,
        score=total,
        escalation=change.escalation,
    )


def append(
    log: tuple[LogEntry, ...], entries: list[LogEntry], history_entries: int = 0
) -> tuple[LogEntry, ...]:
    """``log`` with ``entries`` at its end; the same object where there are none.

    The first ``history_entries`` are of earlier runs; of this run's the newest 500 are kept.
    """
    if not entries:
        return log
    own = (*log[history_entries:], *entries)[-LOG_ENTRIES:]
    return (*log[:history_entries], *own)
