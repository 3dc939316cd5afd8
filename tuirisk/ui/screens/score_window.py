"""What of a score's history is shown: the steps and log entries of the span until now."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tuirisk.events.intervals import MINUTE_MS
from tuirisk.state import LogEntry
from tuirisk.state.history_span import HISTORY_SPANS, span_end
from tuirisk.state.score_history import (
    ScoreHistory,
    ScoreStep,
    in_steps,
    overlaid,
    step_of,
)
from tuirisk.ui.render import format as fmt
from tuirisk.ui.screens.layout import Page
from tuirisk.ui.screens.score_form import ScoreForm


def shown_steps(page: Page, form: ScoreForm, history: ScoreHistory) -> tuple[ScoreStep, ...]:
    """The steps of the window until now, the present moment among them."""
    view, span = page.view, form.shown_span(page.view)
    length, step_ms = HISTORY_SPANS[span]
    until = span_end(span, view.time_ms)
    steps = [step for step in history.steps if until - length <= step.time_ms <= view.time_ms]
    now = None if view.lost else step_of(page.symbol, view.time_ms)
    present_step = [] if now is None else in_steps([now], step_ms)
    return overlaid(steps, present_step)


def shown_entries(page: Page, form: ScoreForm, history: ScoreHistory) -> list[LogEntry]:
    """The log's entries on the symbol in the window, newest first; those of the state are newer
    than those that the history came with.
    """
    view, chosen = page.view, page.view.chosen
    span = form.shown_span(view)
    begins = span_end(span, view.time_ms) - HISTORY_SPANS[span].length_ms
    found = {entry.occurrence: entry for entry in history.entries}
    for entry in () if view.state is None else view.state.log:
        if chosen in (entry.symbol, *entry.symbols):
            found[entry.occurrence] = entry
    inside = (one for one in found.values() if begins <= one.time_ms <= view.time_ms)
    return sorted(inside, key=lambda entry: entry.time_ms, reverse=True)


def watched_share(page: Page, form: ScoreForm, steps: Sequence[ScoreStep]) -> str:
    """The share of the window until now that was watched; 100 % is all of it."""
    span = form.shown_span(page.view)
    begins = span_end(span, page.view.time_ms) - HISTORY_SPANS[span].length_ms
    watched = sum(step.minutes for step in steps) * MINUTE_MS
    elapsed = max(MINUTE_MS, page.view.time_ms - begins)
    return fmt.percent(math.floor(min(1.0, watched / elapsed) * 100) / 100, 0)


def help_texts(page: Page, form: ScoreForm) -> dict[str, str]:
    """How much was watched, and how many entries of the log there are."""
    history = form.answer(page.view)
    if history is None:
        return {}
    share = watched_share(page, form, shown_steps(page, form, history))
    entries = shown_entries(page, form, history)
    return {"watched": share, "entries": str(len(entries))}
