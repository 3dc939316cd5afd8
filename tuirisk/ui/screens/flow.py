"""The tab Flow: who takes, the large trades, open interest, and where others are liquidated."""

from __future__ import annotations

from functools import partial

from tuirisk.state import Missing, Number, present
from tuirisk.ui.charts.bars import diverging
from tuirisk.ui.charts.scale import linear_scale
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line, Row, Span, blank
from tuirisk.ui.screens.chart_blocks import Curve, curve_chart, end_labels
from tuirisk.ui.screens.layout import (
    Page,
    age_label,
    fact_rows,
    heading,
    in_columns,
    missing_reason,
    paragraph,
)
from tuirisk.ui.screens.liquidations import liquidations
from tuirisk.ui.widgets import cells
from tuirisk.ui.widgets.cells import ValueCell

LARGE_SHOWN = 6


def draw(page: Page, height: int) -> list[Line]:
    """Trades on the left, liquidations on the right."""
    rows = max(4, min(12, height - 26))
    return in_columns(
        page, 34, partial(_flow, rows=rows), partial(liquidations, height=max(20, height))
    )


def _flow(page: Page, rows: int) -> list[Line]:
    space = [blank(page.width)]
    return [
        *_taker(page),
        *space,
        *_delta(page, rows),
        *space,
        *_large(page),
        *space,
        *_interest(page),
    ]


def unit(page: Page, value: Number) -> tuple[ValueCell, ...]:
    """The asset that an amount beside other figures is in; nothing where there is no amount."""
    return () if isinstance(value, Missing) else (ValueCell(page.quote, "faint"),)


def _taker(page: Page) -> list[Line]:
    """Taker buys against taker sells, a bar to the right where buyers take more."""
    part, stale = page.symbol.flow, page.stale("flow")
    title = heading(
        page, page.words("taker"), Span(page.words("taker_unit"), "faint"), age_label(page, "flow")
    )
    lines = [title]
    for name, value in part.imbalance.items():
        role = "stale" if stale else cells.change_role(value)
        shown = cells.value_cell(value, fmt.decimal(value, 2, signed=True), stale, role)
        row = Row(page.width).cell(name, 4, "quiet").cell(shown.text, 8, shown.role).add("  ")
        if not isinstance(value, Missing):
            row.extend(diverging(value, row.room - 1, role, plain=page.plain))
        lines.append(row.line())
    sums = [
        (
            page.words("bought"),
            [
                cells.value_cell(part.taker_buy, fmt.compact(part.taker_buy), stale, "up"),
                *unit(page, part.taker_buy),
            ],
        ),
        (
            page.words("sold"),
            [
                cells.value_cell(part.taker_sell, fmt.compact(part.taker_sell), stale, "down"),
                *unit(page, part.taker_sell),
            ],
        ),
    ]
    return [*lines, *fact_rows(page, sums), *missing_reason(page, part.taker_buy)]


def _delta(page: Page, rows: int) -> list[Line]:
    """The cumulative volume delta of the last 15 minutes; where it begins does not matter."""
    part, stale = page.symbol.flow, page.stale("flow")
    now = cells.value_cell(part.cvd, fmt.compact(part.cvd, signed=True), stale)
    unit = Span(page.words("cvd_unit", quote=page.quote), "faint")
    title = heading(page, page.words("cvd"), unit, Span(*now), age_label(page, "flow"))
    values = present(part.cvd_path)
    if not values:
        return [title, *missing_reason(page, part.cvd, *part.cvd_path)]
    scale = linear_scale(min(values), max(values), rows)
    ends = end_labels("-15m", page.words("now"))
    curve = [Curve(part.cvd_path, "stale" if stale else "spark")]
    return [title, *curve_chart(page, curve, rows, scale, fmt.compact, ends)]


def _large(page: Page) -> list[Line]:
    """The newest of the large trades, newest first."""
    part, stale = page.symbol.flow, page.stale("flow")
    count = part.large_trades
    count_text = "" if isinstance(count, Missing) else page.words("in_15m", value=count)
    title = heading(
        page,
        page.words("large"),
        Span(page.quote, "faint"),
        Span(count_text, "faint"),
        age_label(page, "flow"),
    )
    rows = []
    for time_ms, signed in reversed(part.largest[-LARGE_SHOWN:]):
        side = page.words("bought" if signed > 0 else "sold")
        role = "stale" if stale else "up" if signed > 0 else "down"
        rows.append(
            (
                _clock(page, time_ms),
                [ValueCell(side, role), ValueCell(fmt.compact(abs(signed)), role)],
            )
        )
    if rows:
        return [title, *fact_rows(page, rows)]
    if isinstance(count, Missing):
        return [title, *missing_reason(page, count)]
    least = fmt.compact(page.view.config.risk.large_trade_notional)
    return [title, *paragraph(page, page.words("no_large", value=least), limit=1)]


def _clock(page: Page, time_ms: int) -> str:
    return fmt.clock(time_ms, page.view.config.ui.utc)


def _interest(page: Page) -> list[Line]:
    """Open interest, what its change with the price means, and how crowded the trade is."""
    part, stale = page.symbol.open_interest, page.stale("open_interest")
    words = page.view.words
    quadrant = words.code("quadrant", part.quadrant)

    def change(value: Number) -> ValueCell:
        return cells.value_cell(
            value, fmt.percent(value, 1, signed=True), stale, cells.change_role(value)
        )

    rows = [
        (
            page.words("interest"),
            [
                cells.value_cell(part.value, fmt.compact(part.value), stale, "strong"),
                *unit(page, part.value),
                *([cells.value_cell(part.quadrant, quadrant, stale, "quiet")] if quadrant else []),
            ],
        ),
        (
            page.words("change"),
            [
                ValueCell("1h", "faint"),
                change(part.change_1h),
                ValueCell("24h", "faint"),
                change(part.change_24h),
            ],
        ),
        (
            page.words("zscore_1h"),
            [cells.value_cell(part.zscore, fmt.decimal(part.zscore, 1), stale)],
        ),
        (
            page.words("crowding"),
            [cells.value_cell(part.crowding, fmt.decimal(part.crowding), stale)],
        ),
        (
            page.words("long_short"),
            [cells.value_cell(part.long_short_ratio, fmt.decimal(part.long_short_ratio), stale)],
        ),
    ]
    title = heading(page, page.words("open_interest"), age_label(page, "open_interest"))
    return [title, *fact_rows(page, rows), *missing_reason(page, part.value)]
