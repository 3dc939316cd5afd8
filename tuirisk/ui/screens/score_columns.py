"""The steps of a score's history as columns of a chart, the times under it, the names beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce

from tuirisk.events.intervals import DAY_MS, HOUR_MS, MINUTE_MS
from tuirisk.state.score_history import SCORE_SPANS, ScoreSpan, ScoreStep, joined
from tuirisk.ui.charts.axes import LABEL
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line, Row, Span
from tuirisk.ui.screens.layout import Page

TICKS: dict[ScoreSpan, tuple[int, ...]] = {
    "1h": (5 * MINUTE_MS, 10 * MINUTE_MS, 15 * MINUTE_MS, 30 * MINUTE_MS),
    "24h": (2 * HOUR_MS, 3 * HOUR_MS, 4 * HOUR_MS, 6 * HOUR_MS, 12 * HOUR_MS),
    "7d": (DAY_MS, 2 * DAY_MS, 4 * DAY_MS),
    "30d": (2 * DAY_MS, 5 * DAY_MS, 10 * DAY_MS, 15 * DAY_MS),
    "1y": (15 * DAY_MS, 30 * DAY_MS, 60 * DAY_MS, 120 * DAY_MS),
}
"""From one label of the time axis to the next, by span; the first that has room is taken."""
LABEL_CELLS = 8
"""Least cells from one label to the next."""


class Columns:
    """A span in columns: what of the history lies in each, and where moments are."""

    def __init__(
        self, steps: Sequence[ScoreStep], span: ScoreSpan, until_ms: int, width: int
    ) -> None:
        """``width`` columns until ``until_ms``, the end of the newest step of ``span``."""
        self.length_ms, self.step_ms = SCORE_SPANS[span]
        self.span = span
        self.begins_ms = until_ms - self.length_ms
        self.width = width
        self._steps = steps

    def joined(self, count: int) -> list[ScoreStep | None]:
        """``count`` columns, each all the steps that reach into it as one; None where nothing is
        kept.
        """
        steps = {(step.time_ms - self.begins_ms) // self.step_ms: step for step in self._steps}
        total = self.length_ms // self.step_ms
        found: list[ScoreStep | None] = []
        for column in range(count):
            first, last = column * total // count, -(-(column + 1) * total // count)
            inside = [steps[place] for place in range(first, last) if place in steps]
            found.append(reduce(joined, inside) if inside else None)
        return found

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


def score_word(page: Page, key: str, **values: object) -> str:
    """A text of the tab."""
    return page.view.words(f"score_history.{key}", **values)


def row_head(page: Page, key: str) -> str:
    """A name in the column of the value axis."""
    return Row(LABEL).cell(score_word(page, key), LABEL - 1, "quiet").add(" ").line()[0].text


def joined_spans(spans: Iterable[Span]) -> Line:
    """Neighbours of one look as one span."""
    joined: list[Span] = []
    for span in spans:
        before = joined[-1] if joined else None
        if before is not None and before[1:] == span[1:]:
            joined[-1] = before._replace(text=before.text + span.text)
        else:
            joined.append(span)
    return tuple(joined)
