"""A history of a score that has everything: peaks, gaps, what was held, an earlier scale."""

from __future__ import annotations

import math

from tuirisk.state import LogEntry, Missing, Number, Severity
from tuirisk.state.history_span import HISTORY_SPANS, HistorySpan, span_end
from tuirisk.state.score_history import NOT_KEPT, OTHER_SCALE, ScoreHistory, ScoreStep


def score_histories(symbol: str, now_ms: int) -> dict[str, ScoreHistory]:
    """By span, until ``now_ms``."""
    return {span: score_history(symbol, span, now_ms) for span in HISTORY_SPANS}


def score_history(symbol: str, span: HistorySpan, now_ms: int) -> ScoreHistory:
    """A day's rhythm with one peak; a tenth of the span is not kept, a twentieth is not known."""
    length, step_ms = HISTORY_SPANS[span]
    until = span_end(span, now_ms)
    count = length // step_ms
    steps = []
    for place in range(count):
        share = place / count
        if 0.3 <= share < 0.4:
            continue
        steps.append(_step(until - length + place * step_ms, share, step_ms // 60_000))
    change = LogEntry(
        until - length // 3, symbol, "severity", "caution", "warning", 71.0, True,
        "reduce_size", "market", component_before=40.0, component_after=78.0,
    )  # fmt: skip
    fall = LogEntry(
        until - length // 4, symbol, "severity", "warning", "caution", 52.0, False, "watch_margin"
    )
    return ScoreHistory(symbol, span, until, tuple(steps), (change, fall))


def _step(time_ms: int, share: float, minutes: int) -> ScoreStep:
    peak = 38 + 14 * math.sin(share * 14) + 44 * math.exp(-(((share - 0.67) / 0.03) ** 2))
    total: Number = peak
    low: Number = peak - 6
    if share < 0.08:
        total = low = OTHER_SCALE
    if 0.5 <= share < 0.55:
        total = low = NOT_KEPT
    level: Severity = "ok"
    if not isinstance(total, Missing) and share >= 0.15:
        level = "warning" if total >= 60 else "caution" if total >= 40 else "ok"
    parts = tuple(min(100.0, peak * part) for part in (1.1, 0.5, 0.3))
    correlation: Number = NOT_KEPT if share < 0.5 else 55.0
    return ScoreStep(time_ms, minutes, total, low, (*parts, correlation), level, 0.5 <= share < 0.6)
