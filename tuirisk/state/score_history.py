"""What the score and the severity of a symbol were over a time, in steps of equal length."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce

from tuirisk.events.intervals import MINUTE_MS
from tuirisk.language.reason import Reason
from tuirisk.state.alert import LogEntry
from tuirisk.state.history_span import HISTORY_SPANS, HistorySpan
from tuirisk.state.number import Missing, Number
from tuirisk.state.severity import SEVERITIES, Severity
from tuirisk.state.symbol import SymbolState

NOT_KEPT = Missing("not_kept")
OTHER_SCALE = Missing("score_on_other_scale")
MOST_ENTRIES = 1_000
"""Of the log, the newest."""
COMPONENTS = ("market", "liquidity", "funding", "correlation")


@dataclass(frozen=True, slots=True)
class ScoreStep:
    """The score (0–100) of a symbol in the step that begins at ``time_ms`` (UTC)."""

    time_ms: int
    minutes: int
    """Minutes of the step that were watched."""
    peak: Number
    """The highest total; missing where none was known."""
    low: Number
    """The lowest total."""
    components: tuple[Number, ...]
    """The highest points of each of ``COMPONENTS``; missing where its data were."""
    severity: Severity | None
    """The worst; None where it is not told."""
    held: bool
    """Whether the severity stood, at any moment, without all that it rests on."""


@dataclass(frozen=True, slots=True)
class ScoreHistory:
    """The steps of a span of which something is kept, oldest first, and what was logged in it."""

    symbol: str
    span: HistorySpan
    until_ms: int
    """The end of the last step, UTC."""
    steps: tuple[ScoreStep, ...]
    entries: tuple[LogEntry, ...] = ()
    """Entries of the log on the symbol, oldest first."""
    since_ms: int = 0
    """Before this nothing could be kept, because only this run's states are known; 0: no limit."""
    why: Reason | None = None
    """Why there is such a limit, or what is not told."""
    damaged: int = 0
    """Rows of the span that cannot be true and are left out."""

    @property
    def begins_ms(self) -> int:
        """The beginning of the first step."""
        return self.until_ms - HISTORY_SPANS[self.span].length_ms


def step_of(symbol: SymbolState, time_ms: int) -> ScoreStep | None:
    """A moment of a symbol as the step of its minute; None where nothing is known of it."""
    ready = symbol.status == "ready"
    severity = symbol.severity
    if not ready and severity.level == "unknown":
        return None
    score = symbol.score
    total = score.total if ready else NOT_KEPT
    parts: tuple[Number, ...] = tuple(
        NOT_KEPT if name in score.carried or not ready else getattr(score.components, name)
        for name in COMPONENTS
    )
    return ScoreStep(
        time_ms // MINUTE_MS * MINUTE_MS,
        1,
        total,
        total,
        parts,
        severity.level,
        symbol.severity_uncertain,
    )


def joined(one: ScoreStep, other: ScoreStep) -> ScoreStep:
    """Both as one step: what is highest of each, the lowest total, the worst severity.

    ``minutes`` are those of the one that has more.
    """
    levels = [level for level in (one.severity, other.severity) if level is not None]
    return ScoreStep(
        min(one.time_ms, other.time_ms),
        max(one.minutes, other.minutes),
        _highest(one.peak, other.peak),
        _lowest(one.low, other.low),
        tuple(map(_highest, one.components, other.components)),
        max(levels, key=SEVERITIES.index) if levels else None,
        one.held or other.held,
    )


def in_steps(steps: Iterable[ScoreStep], step_ms: int) -> list[ScoreStep]:
    """``steps``, oldest first and none of them longer, in steps of ``step_ms``."""
    found: dict[int, list[ScoreStep]] = {}
    for step in steps:
        found.setdefault(step.time_ms // step_ms * step_ms, []).append(step)
    return [
        replace(
            reduce(joined, group),
            time_ms=begins,
            minutes=min(sum(one.minutes for one in group), step_ms // MINUTE_MS),
        )
        for begins, group in found.items()
    ]


def overlaid(before: Iterable[ScoreStep], newer: Iterable[ScoreStep]) -> tuple[ScoreStep, ...]:
    """Two series of the same steps as one, oldest first."""
    found = {step.time_ms: step for step in before}
    for step in newer:
        known = found.get(step.time_ms)
        found[step.time_ms] = step if known is None else joined(known, step)
    return tuple(found[time_ms] for time_ms in sorted(found))


def _highest(one: Number, other: Number) -> Number:
    if isinstance(one, Missing):
        return other
    return one if isinstance(other, Missing) else max(one, other)


def _lowest(one: Number, other: Number) -> Number:
    if isinstance(one, Missing):
        return other
    return one if isinstance(other, Missing) else min(one, other)
