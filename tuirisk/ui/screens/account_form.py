"""What is chosen on the account's screen: the span of its charts; and the newest answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from tuirisk.state.account_values import AccountHistory, AccountValue, merged_values
from tuirisk.state.history_span import HISTORY_SPANS, HistorySpan, span_end
from tuirisk.ui.screens.time_spans import first_span, neighbour
from tuirisk.ui.view.view import View


class AccountQuestion(NamedTuple):
    """Which history is asked for; another one once a step of it is over."""

    span: HistorySpan
    until_ms: int


@dataclass(frozen=True, slots=True)
class AccountForm:
    """The chosen span, and the newest history that came."""

    span: HistorySpan | None = None
    """None: that which the source begins with."""
    history: AccountHistory | None = None

    def shown_span(self, view: View) -> HistorySpan:
        """The span that is drawn."""
        return first_span(view) if self.span is None else self.span

    def question(self, view: View) -> AccountQuestion | None:
        """What is to be known for ``view``; None where no values are kept of its account."""
        account = None if view.state is None else view.state.account
        if account is None or account.source != "account":
            return None
        span = self.shown_span(view)
        return AccountQuestion(span, span_end(span, view.time_ms))

    def answer(self, view: View) -> AccountHistory | None:
        """The history that is drawn; None while it has not come."""
        history = self.history
        return history if history and history.span == self.shown_span(view) else None

    def with_span(self, view: View, step: int) -> AccountForm:
        """A longer span for 1, a shorter one for −1."""
        return replace(self, span=neighbour(self.shown_span(view), step))

    def shown_values(self, view: View) -> tuple[AccountValue, ...]:
        """The values of the span until now, oldest first: those of the history, and those of the
        last day, which the state has.
        """
        if view.state is None:
            return ()
        span, history = self.shown_span(view), self.answer(view)
        begins_ms = span_end(span, view.time_ms) - HISTORY_SPANS[span].length_ms
        values = merged_values(history.values if history else (), view.state.account_values)
        return tuple(one for one in values if begins_ms <= one.time_ms <= view.time_ms)
