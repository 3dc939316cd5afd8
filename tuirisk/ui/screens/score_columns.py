"""The steps of a score's history as columns of a chart, and the names beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce

from tuirisk.state.history_span import HistorySpan
from tuirisk.state.score_history import ScoreStep, joined
from tuirisk.ui.charts.axes import LABEL
from tuirisk.ui.render.rows import Line, Row, Span
from tuirisk.ui.screens.layout import Page
from tuirisk.ui.screens.time_spans import SpanAxis


class Columns(SpanAxis):
    """What of a history lies in each column of a span."""

    def __init__(
        self, steps: Sequence[ScoreStep], span: HistorySpan, until_ms: int, width: int
    ) -> None:
        """``width`` columns until ``until_ms``, the end of the newest step of ``span``."""
        super().__init__(span, until_ms, width)
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
