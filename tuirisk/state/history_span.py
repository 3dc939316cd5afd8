"""The spans that histories are shown over, and the length of their steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from tuirisk.events.intervals import DAY_MS, HOUR_MS, MINUTE_MS

HistorySpan = Literal["1h", "24h", "7d", "30d", "1y"]


class SpanSteps(NamedTuple):
    """How long a span is, and each of its steps; milliseconds."""

    length_ms: int
    step_ms: int


HISTORY_SPANS: Mapping[HistorySpan, SpanSteps] = {
    "1h": SpanSteps(HOUR_MS, MINUTE_MS),
    "24h": SpanSteps(DAY_MS, 5 * MINUTE_MS),
    "7d": SpanSteps(7 * DAY_MS, 30 * MINUTE_MS),
    "30d": SpanSteps(30 * DAY_MS, 2 * HOUR_MS),
    "1y": SpanSteps(365 * DAY_MS, DAY_MS),
}


def span_end(span: HistorySpan, now_ms: int) -> int:
    """The end of the step of ``span`` that holds ``now_ms``."""
    step = HISTORY_SPANS[span].step_ms
    return now_ms // step * step + step
