"""The spans that charts over time have: which is shown, their row, and their time axis."""

from __future__ import annotations

from tuirisk.events.intervals import DAY_MS, HOUR_MS, MINUTE_MS
from tuirisk.state.history_span import HISTORY_SPANS, HistorySpan
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Row, Span
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.canvas import Hit

SPANS = tuple(HISTORY_SPANS)
KEPT_SOURCES = ("binance", "remote")
"""Sources of which something may be known from before this run."""
TICKS: dict[HistorySpan, tuple[int, ...]] = {
    "1h": (5 * MINUTE_MS, 10 * MINUTE_MS, 15 * MINUTE_MS, 30 * MINUTE_MS),
    "24h": (2 * HOUR_MS, 3 * HOUR_MS, 4 * HOUR_MS, 6 * HOUR_MS, 12 * HOUR_MS),
    "7d": (DAY_MS, 2 * DAY_MS, 4 * DAY_MS),
    "30d": (2 * DAY_MS, 5 * DAY_MS, 10 * DAY_MS, 15 * DAY_MS),
    "1y": (15 * DAY_MS, 30 * DAY_MS, 60 * DAY_MS, 120 * DAY_MS),
}
"""From one label of the time axis to the next, by span; the first that has room is taken."""
LABEL_CELLS = 8
"""Least cells from one label to the next."""


def first_span(view: View) -> HistorySpan:
    """The span that a source begins with."""
    return "24h" if view.state is not None and view.state.source in KEPT_SOURCES else "1h"


def neighbour(span: HistorySpan, step: int) -> HistorySpan:
    """The next longer span for 1, the next shorter for −1; the last one stays."""
    return SPANS[max(0, min(SPANS.index(span) + step, len(SPANS) - 1))]


def add_spans(view: View, row: Row, y: int, shown: HistorySpan) -> tuple[Hit, ...]:
    """Add the names of the spans to ``row``, the shown one in brackets; each can be clicked, where
    ``row`` is the ``y``-th.
    """
    hits = []
    for place, span in enumerate(SPANS):
        text, start = view.words(f"score_history.span_{span}"), row.used
        row.add(f"[{text}]" if span == shown else f" {text} ", "strong" if span == shown else "key")
        hits.append(Hit(y, start, row.used, f"screen.show_span({place})"))
    return tuple(hits)


class SpanAxis:
    """A span in columns: where moments are, and the times under them."""

    def __init__(self, span: HistorySpan, until_ms: int, width: int) -> None:
        """``width`` columns until ``until_ms``, the end of the newest step of ``span``."""
        self.length_ms, self.step_ms = HISTORY_SPANS[span]
        self.span = span
        self.begins_ms = until_ms - self.length_ms
        self.width = width

    def place(self, time_ms: int) -> int | None:
        """The column of a moment; None where it is outside."""
        column = (time_ms - self.begins_ms) * self.width // self.length_ms
        return column if 0 <= column < self.width else None

    def labels(self, now: str, utc: bool) -> list[tuple[float, Span]]:
        """Times at round moments, and ``now`` at the end, at shares of the width."""
        tick = next(
            (tick for tick in TICKS[self.span]
             if tick * self.width >= LABEL_CELLS * self.length_ms),
            TICKS[self.span][-1],
        )  # fmt: skip
        offset = fmt.utc_offset_ms(self.begins_ms, utc)
        first = -(-(self.begins_ms + offset) // tick) * tick - offset
        labels = []
        for time_ms in range(first, self.begins_ms + self.length_ms, tick):
            share = (time_ms - self.begins_ms) / self.length_ms
            if (1 - share) * self.width >= LABEL_CELLS:
                text = fmt.minute(time_ms, utc) if tick < DAY_MS else fmt.day(time_ms, utc)
                labels.append((share, Span(text, "quiet")))
        return [*labels, (1.0, Span(now, "quiet"))]
