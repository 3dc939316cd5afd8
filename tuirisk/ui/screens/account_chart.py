"""Equity and P&L of an account over a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from tuirisk.state import Missing, Number, present
from tuirisk.state.account_values import AccountValue
from tuirisk.state.history_span import span_end
from tuirisk.ui.charts.scale import linear_scale
from tuirisk.ui.render.rows import Line, Row, Span
from tuirisk.ui.screens.account_form import AccountForm
from tuirisk.ui.screens.chart_blocks import Curve, curve_chart, money_label, plot_width
from tuirisk.ui.screens.layout import Page, heading, in_columns, paragraph
from tuirisk.ui.screens.score_columns import score_word
from tuirisk.ui.screens.time_spans import SpanAxis, add_spans
from tuirisk.ui.widgets.canvas import Hit
from tuirisk.ui.widgets.log_items import moment

ROWS = 6
WIDE = 60
"""Cells from which on the spans stand beside the title."""
NO_VALUE = Missing("not_kept")


def account_charts(page: Page, form: AccountForm, least: int) -> tuple[list[Line], tuple[Hit, ...]]:
    """Equity and P&L, beside each other where each has ``least`` columns; a stretch without values
    is a gap. And the spans that can be clicked.
    """
    lines, hits = _head_rows(page, form)
    values = form.shown_values(page.view)
    if not values:
        return [*lines, *paragraph(page, _nothing(page, form))], hits
    lines += _sentences(page, form)
    equity = partial(
        _chart, form=form, values=values, title="equity_chart",
        number=lambda value: value.equity, role="accent",
    )  # fmt: skip
    pnl = partial(
        _chart, form=form, values=values, title="pnl_chart",
        number=lambda value: value.pnl_today, role="up",
    )  # fmt: skip
    return [*lines, *in_columns(page, least, equity, pnl)], hits


def _head_rows(page: Page, form: AccountForm) -> tuple[list[Line], tuple[Hit, ...]]:
    title, above = page.view.words("account.over_time"), page.width < WIDE
    lines = [heading(page, title)] if above else []
    row = Row(page.width, "" if above else "title")
    if not above:
        row.add(f" {title}  ", "title")
    hits = add_spans(page.view, row, len(lines), form.shown_span(page.view))
    return [*lines, row.line()], hits


def _nothing(page: Page, form: AccountForm) -> str:
    """Why there is nothing to draw."""
    view, state = page.view, page.view.state
    history = form.answer(view)
    if form.question(view) is None or state is None:
        return view.words("account.no_values")
    if history is None:
        return score_word(page, "awaited")
    remote = state.source == "remote" and not state.account_values
    if remote and history.why is not None:
        return view.words("account.no_values_remote")
    return view.words("account.no_values_then")


def _sentences(page: Page, form: AccountForm) -> list[Line]:
    """What is not shown, and why."""
    history, view = form.answer(page.view), page.view
    if history is None:
        return paragraph(page, score_word(page, "awaited"))
    lines = []
    if history.damaged:
        lines += paragraph(page, score_word(page, "damaged", count=history.damaged))
    if history.why is not None:
        time, reason = moment(view, history.since_ms), view.words.reason(history.why)
        lines += paragraph(page, score_word(page, "since", time=time, reason=reason), "notice")
    return lines


def sampled(
    values: Sequence[AccountValue],
    number: Callable[[AccountValue], Number],
    axis: SpanAxis,
    count: int,
) -> list[Number]:
    """The last value in each of ``count`` columns of ``axis``; missing where it has none.

    No column is shorter than a step of the span.
    """
    count = max(1, min(count, axis.length_ms // axis.step_ms))
    found: list[Number] = [NO_VALUE] * count
    for value in values:
        place = (value.time_ms - axis.begins_ms) * count // axis.length_ms
        if 0 <= place < count:
            found[place] = number(value)
    return found


def _chart(
    page: Page, *, form: AccountForm, values: Sequence[AccountValue], title: str,
    number: Callable[[AccountValue], Number], role: str,
) -> list[Line]:  # fmt: skip
    view, words = page.view, page.view.words
    span = form.shown_span(view)
    axis = SpanAxis(span, span_end(span, view.time_ms), plot_width(page))
    shown = sampled(values, number, axis, 2 * axis.width)
    known = present(shown)
    head = heading(page, words(f"account.{title}"), Span("USDT", "faint"))
    if not known:
        return [head, *paragraph(page, words("account.no_values_then"))]
    low, high = min(known), max(known)
    room = max((high - low) * 0.05, abs(high) * 1e-5, 0.01)
    scale = linear_scale(low - room, high + room, ROWS)
    below = axis.labels(words("symbol.now"), view.config.ui.utc)
    return [head, *curve_chart(page, [Curve(shown, role)], ROWS, scale, money_label(scale), below)]
