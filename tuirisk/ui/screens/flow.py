"""The tab Flow: who takes, the large trades, open interest, and where others are liquidated."""

from __future__ import annotations

from functools import partial

from tuirisk.state import Missing, Number
from tuirisk.ui import format as fmt
from tuirisk.ui.charts.bars import diverging
from tuirisk.ui.charts.scale import known, rounded
from tuirisk.ui.lines import Line, Row, Span, blank
from tuirisk.ui.screens.blocks import Page, facts, heading, in_columns, table, text, why
from tuirisk.ui.screens.liquidation_map import liquidation_map
from tuirisk.ui.screens.pictures import Curve, curve_chart
from tuirisk.ui.widgets import cells
from tuirisk.ui.widgets.cells import Cell

LARGE_SHOWN = 6


def draw(page: Page, height: int) -> list[Line]:
    rows = max(4, min(12, height - 26))
    return in_columns(page, 34, partial(_flow, rows=rows), partial(_liquidations, rows=height - 8))


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


def _taker(page: Page) -> list[Line]:
    """Taker buys against taker sells, a bar to the right where buyers take more."""
    part, stale = page.symbol.flow, page.view.stale(page.symbol, "flow")
    title = heading(page, page.words("taker"), Span(page.words("taker_unit"), "faint"))
    lines = [title]
    for name, value in part.imbalance.items():
        role = "stale" if stale else cells.change_role(value)
        shown = cells.cell(value, fmt.decimal(value, 2, signed=True), stale, role)
        row = Row(page.width).cell(name, 4, "quiet").cell(shown.text, 8, shown.role).add("  ")
        if not isinstance(value, Missing):
            row.extend(diverging(value, row.room - 1, role, plain=page.plain))
        lines.append(row.line())
    sums = [
        (
            page.words("bought"),
            [cells.cell(part.taker_buy, fmt.compact(part.taker_buy), stale, "up")],
        ),
        (
            page.words("sold"),
            [cells.cell(part.taker_sell, fmt.compact(part.taker_sell), stale, "down")],
        ),
    ]
    return [*lines, *facts(page, sums), *why(page, part.taker_buy)]


def _delta(page: Page, rows: int) -> list[Line]:
    """The cumulative volume delta of the last 15 minutes; where it begins does not matter."""
    part, stale = page.symbol.flow, page.view.stale(page.symbol, "flow")
    now = cells.cell(part.cvd, fmt.compact(part.cvd, signed=True), stale)
    title = heading(page, page.words("cvd"), Span(*now))
    values = known(part.cvd_path)
    if not values:
        return [title, *why(page, part.cvd, *part.cvd_path)]
    scale = rounded(min(values), max(values), rows)
    ends = [(0.0, Span("-15m", "quiet")), (1.0, Span(page.words("now"), "quiet"))]
    curve = [Curve(part.cvd_path, "stale" if stale else "spark")]
    return [title, *curve_chart(page, curve, rows, scale, fmt.compact, ends)]


def _large(page: Page) -> list[Line]:
    """The newest of the large trades, newest first."""
    part, stale = page.symbol.flow, page.view.stale(page.symbol, "flow")
    count = "" if isinstance(part.large_trades, Missing) else str(part.large_trades)
    title = heading(page, page.words("large"), Span(page.words("in_15m", value=count), "faint"))
    rows = []
    for time_ms, signed in reversed(part.largest[-LARGE_SHOWN:]):
        side = page.words("bought" if signed > 0 else "sold")
        role = "stale" if stale else "up" if signed > 0 else "down"
        rows.append(
            (_clock(page, time_ms), [Cell(side, role), Cell(fmt.compact(abs(signed)), role)])
        )
    if rows:
        return [title, *facts(page, rows)]
    least = fmt.compact(page.view.config.risk.large_trade_notional)
    return [title, *text(page, page.words("no_large", value=least), limit=1)]


def _clock(page: Page, time_ms: int) -> str:
    return fmt.clock(time_ms, page.view.config.ui.utc)


def _interest(page: Page) -> list[Line]:
    """Open interest, what its change with the price means, and how crowded the trade is."""
    part, stale = page.symbol.open_interest, page.view.stale(page.symbol, "open_interest")
    words = page.view.words
    quadrant = "" if isinstance(part.quadrant, Missing) else words.code("quadrant", part.quadrant)

    def change(value: Number) -> Cell:
        return cells.cell(
            value, fmt.percent(value, 1, signed=True), stale, cells.change_role(value)
        )

    rows = [
        (
            page.words("interest"),
            [
                cells.cell(part.value, fmt.compact(part.value), stale, "strong"),
                cells.cell(part.quadrant, quadrant, stale, "quiet"),
            ],
        ),
        (
            page.words("change"),
            [
                Cell("1h", "faint"),
                change(part.change_1h),
                Cell("24h", "faint"),
                change(part.change_24h),
            ],
        ),
        (page.words("zscore_1h"), [cells.cell(part.zscore, fmt.decimal(part.zscore, 1), stale)]),
        (page.words("crowding"), [cells.cell(part.crowding, fmt.decimal(part.crowding), stale)]),
        (
            page.words("long_short"),
            [cells.cell(part.long_short_ratio, fmt.decimal(part.long_short_ratio), stale)],
        ),
    ]
    return [heading(page, page.words("open_interest")), *facts(page, rows), *why(page, part.value)]


def _liquidations(page: Page, rows: int) -> list[Line]:
    """What the exchange told of liquidations, and the model's map of those to come."""
    part, words = page.symbol.liquidations, page.view.words
    label = words("detail.sampled") if part.sampled else ""
    title = heading(page, page.words("liquidations"), Span(label, "faint"))

    def total(value: Number) -> Cell:
        return cells.cell(value, fmt.compact(value), page.view.lost)

    told = table(
        page,
        ("", "5m", "1h"),
        [
            (words("side.long"), [total(part.long_5m), total(part.long_1h)]),
            (words("side.short"), [total(part.short_5m), total(part.short_1h)]),
        ],
    )
    lines = [title, *told]
    if part.cascade is True:
        lines += text(page, words("note.liquidation_cascade"), "critical", 1)
    return [*lines, *why(page, part.long_5m), blank(page.width), *liquidation_map(page, rows)]
