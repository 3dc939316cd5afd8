"""What the exchange told of liquidations in the last hour, and the model's map of those to come."""

from __future__ import annotations

from tuirisk.state import Number, present
from tuirisk.ui.charts.axes import label_row, with_value_axis
from tuirisk.ui.charts.columns import mirrored
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line, Span, blank
from tuirisk.ui.screens.chart_blocks import end_labels, padded, plot_width
from tuirisk.ui.screens.layout import Page, heading, legend, missing_reason, paragraph, table
from tuirisk.ui.screens.liquidation_map import liquidation_map
from tuirisk.ui.widgets import cells
from tuirisk.ui.widgets.cells import ValueCell

LEAST = 1_000.0
"""Least notional that the chart of the last hour reaches to: below it nothing happened."""


def liquidations(page: Page, height: int) -> list[Line]:
    """Both in about ``height`` rows."""
    lines = _liquidation_block(page, 6 if height >= 34 else 4)
    return [
        *lines,
        blank(page.width),
        *liquidation_map(page, max(11, height - len(lines) - 1)),
    ]


def _liquidation_block(page: Page, rows: int) -> list[Line]:
    """Notional every five minutes, shorts above the line and longs below it, and the totals."""
    part, words, late = page.symbol.liquidations, page.view.words, page.view.lost
    title = heading(
        page,
        page.words("liquidations"),
        Span(page.words("every_5m", quote=page.quote), "faint"),
        Span(words("detail.sampled") if part.sampled else "", "quiet"),
        Span(words("status.stale") if late else "", "stale"),
    )

    def total(value: Number, role: str) -> ValueCell:
        return cells.value_cell(value, fmt.compact(value), late, role if value else "quiet")

    lines = [title, *_hour(page, rows)]
    totals = [
        (words("side.short"), [total(part.short_5m, "up"), total(part.short_1h, "up")]),
        (words("side.long"), [total(part.long_5m, "down"), total(part.long_1h, "down")]),
    ]
    lines += table(page, (page.words("liquidated_side"), "5m", "1h"), totals)
    if part.cascade is True:
        lines += paragraph(page, words("note.liquidation_cascade"), "critical", 1)
    return [*lines, *missing_reason(page, part.long_5m)]


def _hour(page: Page, rows: int) -> list[Line]:
    hour, late = page.symbol.liquidations.hour, page.view.lost
    longs, shorts = [long for long, _ in hour], [short for _, short in hour]
    numbers = present((*longs, *shorts))
    if not any(numbers):
        return paragraph(page, page.words("no_liquidations"), limit=2) if numbers else []
    top = max(*numbers, LEAST)
    thickness = max(1, plot_width(page) // len(hour))
    roles = ("stale", "stale") if late else ("up", "down")
    drawn, scale = mirrored(shorts, longs, rows, top, roles, thickness=thickness, plain=page.plain)
    lines = with_value_axis(drawn, scale, lambda value: fmt.compact(abs(value)), plain=page.plain)
    axis = label_row(thickness * len(hour), end_labels("-1h", page.words("now")))
    sign = "=" if page.plain else "▄▄"
    signs = [
        (Span(sign, "up"), page.words("shorts_above")),
        (Span(sign, "down"), page.words("longs_below")),
    ]
    return [*padded(page, [*lines, axis]), legend(page, signs)]
