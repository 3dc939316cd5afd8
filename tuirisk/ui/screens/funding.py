"""The tab Funding: what was settled, what is predicted, three days, limits, basis and carry."""

from __future__ import annotations

from tuirisk.state import Missing, Number
from tuirisk.ui import format as fmt
from tuirisk.ui.charts.bars import place
from tuirisk.ui.charts.scale import rounded
from tuirisk.ui.lines import Line, Row, Span, blank
from tuirisk.ui.screens.blocks import Page, facts, heading, in_columns, legend, text, why
from tuirisk.ui.screens.pictures import column_chart, percent_label, plot_width
from tuirisk.ui.widgets import cells
from tuirisk.ui.widgets.cells import Cell

DAY_MS = 86_400_000
LEAST = 0.0001
"""Half the least height of the chart: the neutral rate. Below it all rates look small."""


def draw(page: Page, height: int) -> list[Line]:
    rows = max(6, min(28, height - 16))
    lines = [*_history(page, rows), blank(page.width)]
    return [*lines, *in_columns(page, 36, _rate, _three_days, _limits)]


def _history(page: Page, rows: int) -> list[Line]:
    """The newest settlements, one column each, and the predicted rate after them."""
    part, stale = page.symbol.funding, page.view.stale(page.symbol, "funding")
    hours = part.interval_hours
    unit = page.words("every", value=fmt.decimal(hours, 0))
    title = heading(page, page.words("settlements"), Span(unit, "faint"))
    if not part.history and isinstance(part.rate, Missing):
        return [title, *why(page, part.rate)]
    width = plot_width(page)
    thickness = 2 if width >= 2 * (len(part.history) + 1) else 1
    count = width // thickness - 1
    history = part.history[-count:]
    values: list[Number] = [rate for _, rate in history]
    late = page.view.stale(page.symbol, "mark")
    values.append(part.rate)
    known = [rate for _, rate in history] + ([] if isinstance(part.rate, Missing) else [part.rate])
    scale = rounded(min(0.0, *known) if known else 0.0, max(LEAST, *known, LEAST), rows)

    def role(index: int, rate: float) -> str:
        if index == len(values) - 1:
            return "stale" if late else "accent"
        return "stale" if stale else _rate_role(page, rate)

    days = (page.view.time_ms - history[0][0]) / DAY_MS if history else 0.0
    chart = column_chart(
        page,
        values,
        rows,
        scale,
        role,
        percent_label(scale),
        (f"-{days:.0f}d", page.words("predicted")),
        fill="",
        thickness=thickness,
    )
    sign = "#" if page.plain else "█"
    risk = page.view.config.risk
    signs = [
        (Span(sign, "bar"), page.words("settled", value=len(history))),
        (Span(sign, "caution"), page.words("beyond_neutral")),
        (Span(sign, "critical"), page.words("extreme", value=fmt.percent(risk.extreme_rate_8h))),
        (Span(sign, "accent"), page.words("predicted")),
    ]
    return [title, *chart, legend(page, signs)]


def _rate_role(page: Page, rate: float) -> str:
    """By the thresholds, which are per 8 hours."""
    risk, hours = page.view.config.risk, page.symbol.funding.interval_hours
    scale = 1.0 if isinstance(hours, Missing) or hours <= 0 else 8 / hours
    if abs(rate) * scale >= risk.extreme_rate_8h:
        return "critical"
    return "caution" if abs(rate) * scale > risk.neutral_rate_8h * 1.001 else "bar"


def _rate(page: Page) -> list[Line]:
    """The predicted rate in every unit, and its place in 90 days."""
    part, stale = page.symbol.funding, page.view.stale(page.symbol, "mark", "funding")
    words = page.view.words
    signal = "" if isinstance(part.signal, Missing) else words.code("signal", part.signal)
    hot = part.signal in ("overheated_longs", "overheated_shorts")
    a_year = words("detail.per_year", value=fmt.percent(part.annualised, 1, signed=True))
    rows = [
        (page.words("rate"), [cells.funding_rate(page.view, page.symbol)]),
        (page.words("rate_8h"), [_percent(part.rate_8h, stale, 4)]),
        ("", [cells.cell(part.annualised, a_year, stale)]),
        (page.words("next"), [cells.funding_countdown(page.view, page.symbol)]),
        (page.words("rank_90d"), [cells.cell(part.percentile, fmt.score(part.percentile), stale)]),
        (page.words("zscore"), [cells.cell(part.zscore, fmt.decimal(part.zscore, 1), stale)]),
        (
            page.words("signal"),
            [cells.cell(part.signal, signal, stale, "caution" if hot else "text")],
        ),
    ]
    title = heading(page, page.words("predicted_rate"))
    return [title, *facts(page, rows), *why(page, part.rate, part.percentile)]


def _percent(value: Number, stale: bool, places: int) -> Cell:
    return cells.cell(value, fmt.percent(value, places, signed=True), stale)


def _three_days(page: Page) -> list[Line]:
    """What three days cost, and what the arbitrage of it would leave."""
    part, stale = page.symbol.funding, page.view.stale(page.symbol, "funding")
    words, carry = page.view.words, part.carry
    expensive = (
        not isinstance(part.cumulative_3d_annualised, Missing)
        and abs(part.cumulative_3d_annualised) > 0.2
    )
    a_year = words(
        "detail.per_year", value=fmt.percent(part.cumulative_3d_annualised, 1, signed=True)
    )
    net = words("detail.per_year", value=fmt.percent(carry.annualised_net, 1, signed=True))
    side = "" if isinstance(carry.side, Missing) else page.code("carry", carry.side)
    rows = [
        (page.words("sum"), [_percent(part.cumulative_3d, stale, 4)]),
        (
            "",
            [
                cells.cell(
                    part.cumulative_3d_annualised, a_year, stale, "caution" if expensive else "text"
                )
            ],
        ),
        (page.words("carry_net"), [cells.cell(carry.annualised_net, net, stale)]),
    ]
    lines = [heading(page, page.words("three_days")), *facts(page, rows)]
    if side:
        lines += text(page, side, limit=2)
    if carry.opportunity is True:
        lines += text(page, words("note.carry_opportunity"), "ok", 1)
    return [*lines, *why(page, part.cumulative_3d)]


def _limits(page: Page) -> list[Line]:
    """Where the rate is between its floor and its cap; what the perpetual costs over the index."""
    part, stale = page.symbol.funding, page.view.stale(page.symbol, "mark")
    lines = [heading(page, page.words("limits"))]
    rate, floor, cap = part.rate, part.floor, part.cap
    if not (isinstance(rate, Missing) or isinstance(floor, Missing) or isinstance(cap, Missing)):
        low, high = fmt.percent(floor), fmt.percent(cap, signed=True)
        used = abs(rate / (cap if rate >= 0 else floor)) if cap and floor else 0.0
        role = (
            "stale"
            if stale
            else "critical"
            if used > 0.8
            else "warning"
            if used > 0.5
            else "strong"
        )
        row = Row(page.width).add(f" {low} ", "quiet")
        share = (rate - floor) / (cap - floor) if cap > floor else 0.5
        row.extend(place(share, row.room - len(high) - 2, role, plain=page.plain))
        lines.append(row.add(f" {high}", "quiet").line())
        shown = page.words("limit_used", value=fmt.percent(used, 0))
        lines.append(Row(page.width).add(f" {shown}", role).line())
    prices = [
        (page.words("basis"), [cells.cell(part.basis, f"{fmt.bps(part.basis)} bp", stale)]),
        (page.words("mark"), [_price(page, page.symbol.price.mark, stale)]),
        (page.words("index"), [_price(page, page.symbol.price.index, stale)]),
    ]
    return [*lines, *facts(page, prices), *why(page, cap, part.basis)]


def _price(page: Page, value: Number, stale: bool) -> Cell:
    return cells.cell(value, fmt.price(value, page.symbol.tick_size), stale)
