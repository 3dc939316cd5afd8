"""What is chosen on the tab History: the span and an entry of the log; and the newest answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from tuirisk.state import LogEntry
from tuirisk.state.history_span import HistorySpan, span_end
from tuirisk.state.score_history import ScoreHistory
from tuirisk.ui.screens.time_spans import first_span, neighbour
from tuirisk.ui.view.view import View


class ScoreQuestion(NamedTuple):
    """Which history is asked for; another one once a step of it is over."""

    symbol: str
    span: HistorySpan
    until_ms: int


@dataclass(frozen=True, slots=True)
class ScoreForm:
    """The choices of the tab, and the newest history that came."""

    span: HistorySpan | None = None
    """None: that which the source begins with."""
    entry: tuple[object, ...] | None = None
    """Occurrence of the chosen entry; None: the newest."""
    history: ScoreHistory | None = None

    def shown_span(self, view: View) -> HistorySpan:
        """The span that is drawn."""
        return first_span(view) if self.span is None else self.span

    def question(self, view: View) -> ScoreQuestion:
        """What is to be known for ``view``."""
        span = self.shown_span(view)
        return ScoreQuestion(view.chosen, span, span_end(span, view.time_ms))

    def answer(self, view: View) -> ScoreHistory | None:
        """The history that is drawn; None while it has not come."""
        history = self.history
        asked = (view.chosen, self.shown_span(view))
        return history if history and (history.symbol, history.span) == asked else None

    def with_span(self, view: View, step: int) -> ScoreForm:
        """A longer span for 1, a shorter one for −1."""
        return replace(self, span=neighbour(self.shown_span(view), step))

    def with_entry(self, entries: Sequence[LogEntry], step: int) -> ScoreForm:
        """The next older of ``entries`` (newest first) for 1, a newer one for −1."""
        if not entries:
            return self
        place = max(0, min(self.place(entries) + step, len(entries) - 1))
        return replace(self, entry=entries[place].occurrence)

    def place(self, entries: Sequence[LogEntry]) -> int:
        """Index of the chosen one of ``entries``; the first where it is none of them."""
        places = (i for i, entry in enumerate(entries) if entry.occurrence == self.entry)
        return next(places, 0)
