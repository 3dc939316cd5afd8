"""How a severity is confirmed: rises that held for some seconds, falls that held for longer.

What is not known never lowers a severity: while an input is missing that was there when the
severity was confirmed, it stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from tuirisk.state import (
    NOTHING_CONFIRMED,
    SEVERITIES,
    LogEntry,
    Severity,
    SeverityTracker,
)
from tuirisk.state.codes import AdviceCode

UNMEASURED_MS = 300_000
"""How long what an earlier run knew stands against a lower level that rests on part of the inputs:
the simulation and the history have arrived by then if they ever do."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """The severity that one assessment found."""

    severity: Severity | None
    """``unknown`` where no rule holds and not all is known; None while nothing counts yet."""
    known: frozenset[str]
    """Rules whose inputs are known."""
    complete: bool
    """Whether the inputs of all rules are known."""
    at_once: bool = False
    """Whether a rise needs no confirmation: liquidated, or due."""
    provisional: bool = False
    """Whether the symbol's first data are still arriving: σ of half a history is no measurement."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """How long a level must hold, milliseconds."""

    rise_ms: float
    fall_ms: float


@dataclass(frozen=True, slots=True)
class SeverityChange:
    """A change of the confirmed severity; ``before`` is None where nothing was known before."""

    before: Severity | None
    after: Severity

    @property
    def escalation(self) -> bool:
        return self.before is not None and rank(self.after) > rank(self.before)


def beginning(
    symbol: str,
    log: Sequence[LogEntry],
    known: Mapping[str, Severity],
    earlier: Sequence[LogEntry] = (),
) -> SeverityTracker:
    """Where a symbol begins that is new to the watchlist: at what the log of this run said last
    of it, else at the severity ``known`` from an earlier run, whose log is ``earlier``."""
    last = _last_severity(symbol, log)
    level = last.after if last is not None else known.get(symbol)
    if level is None:
        return NOTHING_CONFIRMED
    entry = last or _last_severity(symbol, earlier)
    rule = entry.cause if entry is not None and entry.after == level else ""
    return SeverityTracker(cast(Severity, level), rule=cast(AdviceCode, rule))


def _last_severity(symbol: str, log: Sequence[LogEntry]) -> LogEntry | None:
    """The newest entry of the severity of ``symbol``."""
    own = (e for e in reversed(log) if e.kind == "severity" and e.symbol == symbol)
    return next(own, None)


def rank(severity: Severity) -> int:
    """The place of ``severity`` in the order of danger."""
    return SEVERITIES.index(severity)


def rises(entry: LogEntry) -> bool:
    """Whether ``entry`` is a rise of a severity that was known."""
    if entry.kind != "severity" or not entry.before:
        return False
    return rank(cast(Severity, entry.after)) > rank(cast(Severity, entry.before))


def advance(
    tracker: SeverityTracker, found: Assessment, time_ms: int, wait: Confirmation
) -> tuple[SeverityTracker, SeverityChange | None]:
    """The tracker after one assessment, and the change of the confirmed severity.

    The first level that a run measures is confirmed at once, a provisional one as any rise is. A
    first severity is a change unless it is ``ok``: that a symbol is calm as it should be is no
    news.
    """
    tracker = _with_inputs(tracker, found, time_ms)
    before, level = tracker.confirmed, found.severity
    if level is None or (level == "unknown" and before in (None, "ok")):
        return replace(tracker, rising={}, falling={}), None
    if before is None or (not tracker.measured and _counts_as_first(level, before, found)):
        if found.provisional and rank(level) > rank(before or "unknown"):
            return _rise(tracker, level, found, time_ms, wait.rise_ms)
        return _confirmed(tracker, level, found, time_ms)
    if rank(level) > rank(before):
        return _rise(tracker, level, found, time_ms, wait.rise_ms)
    if rank(level) < rank(before):
        return _fall(tracker, level, found, time_ms, wait.fall_ms)
    if tracker.measured and not (tracker.rising or tracker.falling):
        return tracker, None
    return replace(tracker, rising={}, falling={}, measured=True), None


def missing_inputs(tracker: SeverityTracker, found: Assessment) -> frozenset[str]:
    """Rules whose inputs were known while the severity stood, and are missing now."""
    return tracker.inputs - found.known


def _with_inputs(tracker: SeverityTracker, found: Assessment, time_ms: int) -> SeverityTracker:
    since = tracker.incomplete_since_ms
    since = None if found.complete else time_ms if since is None else since
    inputs = tracker.inputs | found.known if tracker.measured else tracker.inputs
    if (inputs, since) == (tracker.inputs, tracker.incomplete_since_ms):
        return tracker
    return replace(tracker, inputs=inputs, incomplete_since_ms=since)


def _counts_as_first(level: Severity, before: Severity, found: Assessment) -> bool:
    """Whether a run may replace what an earlier one knew: by a higher level, or by all inputs."""
    return found.complete or rank(level) > rank(before)


def _rise(
    tracker: SeverityTracker, level: Severity, found: Assessment, time_ms: int, wait_ms: float
) -> tuple[SeverityTracker, SeverityChange | None]:
    before = tracker.confirmed or "unknown"
    rising: dict[Severity, int] = {
        severity: tracker.rising.get(severity, time_ms)
        for severity in SEVERITIES[rank(before) + 1 : rank(level) + 1]
        if severity != "unknown"
    }
    if found.at_once:
        return _confirmed(tracker, level, found, time_ms)
    lasting = [severity for severity, since in rising.items() if time_ms - since >= wait_ms]
    if not lasting:
        return replace(tracker, rising=rising, falling={}), None
    after = lasting[-1]
    left = {severity: since for severity, since in rising.items() if rank(severity) > rank(after)}
    confirmed, change = _confirmed(tracker, after, found, time_ms)
    return replace(confirmed, rising=left), change


def _fall(
    tracker: SeverityTracker, level: Severity, found: Assessment, time_ms: int, wait_ms: float
) -> tuple[SeverityTracker, SeverityChange | None]:
    before = tracker.confirmed
    assert before is not None
    if missing_inputs(tracker, found):
        return replace(tracker, rising={}, falling={}), None
    falling = {
        severity: tracker.falling.get(severity, time_ms)
        for severity in SEVERITIES[rank(level) : rank(before)]
    }
    if not tracker.measured:
        wait_ms = max(wait_ms, UNMEASURED_MS)
    lasting = [severity for severity, since in falling.items() if time_ms - since >= wait_ms]
    if not lasting:
        return replace(tracker, rising={}, falling=falling), None
    after = lasting[0]
    left = {severity: since for severity, since in falling.items() if rank(severity) < rank(after)}
    confirmed, change = _confirmed(tracker, after, found, time_ms)
    return replace(confirmed, falling=left), change


def _confirmed(
    tracker: SeverityTracker, level: Severity, found: Assessment, time_ms: int
) -> tuple[SeverityTracker, SeverityChange | None]:
    before = tracker.confirmed
    changed = level != before
    after = SeverityTracker(
        level,
        measured=True,
        inputs=found.known,
        components=tracker.components,
        rule=tracker.rule,
        found_by=tracker.found_by,
        since_ms=time_ms if changed or not tracker.measured else tracker.since_ms,
        incomplete_since_ms=tracker.incomplete_since_ms,
    )
    news = changed and not (before is None and level == "ok")
    return after, SeverityChange(before, level) if news else None
