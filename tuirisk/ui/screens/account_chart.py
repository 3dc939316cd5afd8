"""Equity and P&L of an account over the last hours."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tuirisk.events.intervals import HOUR_MS
from tuirisk.state import Missing, Number, present
from tuirisk.state.account_values import AccountValue
from tuirisk.ui.charts.scale import linear_scale
from tuirisk.ui.render.rows import Line, Span
from tuirisk.ui.screens.chart_blocks import Curve, curve_chart, money_label, plot_width
from tuirisk.ui.screens.layout import Page, heading, paragraph

ROWS = 6
SPANS = (1, 6, 24)
"""Hours that a chart covers: the fewest that hold all values."""
NO_VALUE = Missing("not_kept")


def equity_chart(page: Page) -> list[Line]:
    """The equity, minute by minute; a stretch without values is a gap."""
    return _chart(page, "account.equity_chart", lambda value: value.equity, "accent")


def pnl_chart(page: Page) -> list[Line]:
    """The P&L since UTC midnight."""
    return _chart(page, "account.pnl_chart", lambda value: value.pnl_today, "up")


def sampled(
    values: Sequence[AccountValue],
    number: Callable[[AccountValue], Number],
    now_ms: int,
    hours: int,
    count: int,
) -> list[Number]:
    """The last value in each of ``count`` steps of the last ``hours``; missing where it has none.

    No step is shorter than a minute.
    """
    span = hours * HOUR_MS
    count = max(1, min(count, hours * 60))
    found: list[Number] = [NO_VALUE] * count
    for value in values:
        place = (value.time_ms - (now_ms - span)) * count // span
        if 0 <= place < count:
            found[place] = number(value)
    return found


def _chart(
    page: Page, title: str, number: Callable[[AccountValue], Number], role: str
) -> list[Line]:
    state, words = page.view.state, page.view.words
    values = () if state is None else state.account_values
    now = page.view.time_ms
    age = (now - values[0].time_ms) / HOUR_MS if values else 0.0
    hours = next((span for span in SPANS if age <= span), SPANS[-1])
    shown = sampled(values, number, now, hours, 2 * plot_width(page))
    known = present(shown)
    head = heading(page, words(title), Span("USDT", "faint"))
    if not known:
        remote = state is not None and state.source == "remote"
        return [
            head,
            *paragraph(page, words("account.no_values_remote" if remote else "account.no_values")),
        ]
    low, high = min(known), max(known)
    room = max((high - low) * 0.05, abs(high) * 1e-5, 0.01)
    scale = linear_scale(low - room, high + room, ROWS)
    below = [
        (0.0, Span(words("account.hours_ago", value=hours), "quiet")),
        (1.0, Span(words("symbol.now"), "quiet")),
    ]
    return [head, *curve_chart(page, [Curve(shown, role)], ROWS, scale, money_label(scale), below)]
