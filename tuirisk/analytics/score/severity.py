"""The severity of a symbol: what its recommendation and its past confirm, and its log entry."""

from __future__ import annotations

from dataclasses import replace

from tuirisk.analytics.score.escalation import (
    Assessment,
    Confirmation,
    SeverityChange,
    advance,
    missing_inputs,
)
from tuirisk.analytics.score.recommendation import (
    BY_SCORE,
    COMPONENT_OF,
    INSUFFICIENT_DATA,
    SENTENCES,
    UNDER_CONTROL,
    deciding,
)
from tuirisk.analytics.score.rules import DUE, LEVERAGE, LIQUIDATED, WATCH
from tuirisk.config.alert_model import AlertsConfig
from tuirisk.state import (
    LogEntry,
    Missing,
    Recommendation,
    Score,
    Severity,
    SeverityTracker,
    SymbolSeverity,
    SymbolStatus,
)
from tuirisk.state.codes import AdviceCode

AT_ONCE = (LIQUIDATED, DUE)
OF_POSITIONS = (LIQUIDATED, DUE, LEVERAGE, WATCH)
"""Rules that count while the rest of a symbol's data is still awaited."""


def judge_severity(
    symbol: str,
    score: Score,
    advice: Recommendation,
    status: SymbolStatus,
    tracker: SeverityTracker,
    time_ms: int,
    alerts: AlertsConfig,
) -> tuple[SymbolSeverity, SeverityTracker, LogEntry | None]:
    """The severity that stands at ``time_ms``, what is remembered, and a change as a log entry."""
    found = _assessment(advice, status)
    wait = Confirmation(alerts.confirm_seconds * 1000, alerts.release_seconds * 1000)
    before = tracker = _with_found(tracker, found, advice)
    tracker, change = advance(tracker, found, time_ms, wait)
    if change is not None or tracker.since_ms != before.since_ms:
        tracker = replace(tracker, rule=_decided_by(tracker, advice), components=_components(score))
    entry = None if change is None else _entry(symbol, score, tracker, before, change, time_ms)
    return _published(tracker, found, advice, time_ms, wait), tracker, entry


def _with_found(
    tracker: SeverityTracker, found: Assessment, advice: Recommendation
) -> SeverityTracker:
    """The tracker with the rule by which ``found`` has its severity."""
    severity = found.severity
    if severity is None or tracker.found_by.get(severity) == advice.code:
        return tracker
    return replace(tracker, found_by={**tracker.found_by, severity: advice.code})


def _decided_by(tracker: SeverityTracker, advice: Recommendation) -> AdviceCode:
    """The rule of the severity that was confirmed: one that holds, else the one by which it was
    found last; a fall may be confirmed when something lower is found already."""
    severity = tracker.confirmed or "unknown"
    rule = deciding(advice, severity)
    if any(one.code == rule and one.severity == severity for one in advice.rules if one.holds):
        return rule
    return tracker.found_by.get(severity, rule)


def _assessment(advice: Recommendation, status: SymbolStatus) -> Assessment:
    severity: Severity = "unknown" if advice.code == INSUFFICIENT_DATA else advice.severity
    if status == "warming" and advice.code not in OF_POSITIONS:
        return Assessment(None, advice.known, complete=False)
    return Assessment(
        severity,
        advice.known,
        advice.complete,
        at_once=advice.code in AT_ONCE,
        provisional=status == "warming",
    )


def _published(
    tracker: SeverityTracker,
    found: Assessment,
    advice: Recommendation,
    time_ms: int,
    wait: Confirmation,
) -> SymbolSeverity:
    """What stands; never ``ok`` when an input has been missing for the time of a rise, nor by
    what an earlier run knew."""
    gap = tracker.incomplete_since_ms
    confirmed = tracker.confirmed
    blind = gap is not None and (time_ms - gap >= wait.rise_ms or not tracker.measured)
    if confirmed is None or (confirmed == "ok" and blind):
        since = tracker.since_ms if gap is None else gap
        held = confirmed is not None
        return SymbolSeverity("unknown", INSUFFICIENT_DATA, since, held, _sentence())
    rule = deciding(advice, confirmed)
    if not any(one.code == rule and one.severity == confirmed for one in advice.rules):
        rule = tracker.rule or rule
    if confirmed == "ok":
        rule = UNDER_CONTROL
    held_rule = any(one.code == rule and one.state == "held" for one in advice.rules)
    held = held_rule or bool(missing_inputs(tracker, found)) or not tracker.measured
    return SymbolSeverity(confirmed, rule, tracker.since_ms, held, _sentence(rule))


def _sentence(rule: str = INSUFFICIENT_DATA) -> str:
    return SENTENCES.get(rule, rule.replace("_", " "))


def _entry(
    symbol: str,
    score: Score,
    tracker: SeverityTracker,
    before: SeverityTracker,
    change: SeverityChange,
    time_ms: int,
) -> LogEntry:
    """The change with the rule that decided, and the component that rose most since the last."""
    entry = LogEntry(
        time_ms,
        symbol,
        "severity",
        change.before or "",
        change.after,
        score=score.total,
        escalation=change.escalation,
        cause=tracker.rule,
    )
    component = COMPONENT_OF.get(tracker.rule, "")
    if tracker.rule in BY_SCORE:
        component = _rose_most(score, before, tracker)
    if component and change.escalation:
        entry = replace(
            entry,
            component=component,
            component_before=before.components.get(component, entry.component_before),
            component_after=tracker.components[component],
        )
    return replace(entry, text=_text(entry))


def _rose_most(score: Score, before: SeverityTracker, now: SeverityTracker) -> str:
    """The component whose part in the score rose most; empty where none rose."""
    rises = {
        name: score.weights.get(name, 0.0) * (points - before.components.get(name, 0.0))
        for name, points in now.components.items()
    }
    name = max(rises, key=lambda one: rises[one], default="")
    return name if name and rises[name] > 0 else ""


def _components(score: Score) -> dict[str, float]:
    values = {name: getattr(score.components, name) for name in score.weights}
    return {name: value for name, value in values.items() if not isinstance(value, Missing)}


def _text(entry: LogEntry) -> str:
    """``BTCUSDT ok > warning: No new positions, tighten stops (market 48 > 92)``."""
    levels = " > ".join(level for level in (entry.before, entry.after) if level)
    text = f"{entry.symbol} {levels}: {_sentence(entry.cause)}"
    if not entry.component or isinstance(entry.component_after, Missing):
        return text
    points = [entry.component_after]
    if not isinstance(entry.component_before, Missing):
        points.insert(0, entry.component_before)
    return f"{text} ({entry.component} {' > '.join(f'{one:.0f}' for one in points)})"
