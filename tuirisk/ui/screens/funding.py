"""The tab Funding: what was settled, what is predicted, three days, limits, basis and carry."""

from __future__ import annotations

from operator import itemgetter

from tuirisk.state import Missing, Number, present
from tuirisk.ui.charts.bars import marker_bar
from tuirisk.ui.charts.columns import Rule
from tuirisk.ui.charts.scale import linear_scale
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line, Row, Span, blank
from tuirisk.ui.screens.chart_blocks import column_chart, percent_label, plot_width
from tuirisk.ui.screens.layout import (
    Page,
    age_label,
    fact_rows,
    heading,
    in_columns,
    legend,
    missing_reason,
    paragraph,
)
from tuirisk.ui.view.view import level_role
from tuirisk.ui.widgets import cells
from tuirisk.ui.widgets.cells import ValueCell

LEAST = 0.0001
"""Least height of the chart: the neutral rate. Below it all rates look small."""
NEAR = 0.5
"""Share of the cap or floor from which on the chart reaches to it."""
APART = 12
"""Least cells from one date under the chart to the next."""
EXAMPLE = 10_000.0
"""Notional of the position that a sum is told for."""
HOLE = Missing("no_settlement")

Settled = tuple[int, Number]


def draw(page: Page, height: int) -> list[Line]:
    """The tab FUNDING: rate, carry, schedule and history."""
    rows = max(6, min(28, height - 17))
    lines = [*_history(page, rows), blank(page.width)]
    return [*lines, *in_columns(page, 36, _rate, _three_days, _limits)]


def _history(page: Page, rows: int) -> list[Line]:
    """The newest settlements, one column each, and apart from them the predicted rate."""
    part, stale = page.symbol.funding, page.stale("funding")
    hours = part.interval_hours
    every = page.words("every", value=fmt.decimal(hours, 0)) if hours else ""
    title = heading(
        page,
        page.words("settlements"),
        Span(every, "faint"),
        Span("UTC" if page.view.config.ui.utc else page.words("local_time"), "faint"),
        age_label(page, "funding"),
    )
    if not part.history and isinstance(part.rate, Missing):
        return [title, *missing_reason(page, part.rate)]
    holes: list[Settled] = [(time_ms, HOLE) for time_ms in part.holes]
    settled = tuple(sorted([*part.history, *holes], key=itemgetter(0)))
    width = plot_width(page)
    thickness = 2 if width >= 2 * (len(settled) + 2) else 1
    shown = settled[-(width // thickness - 2) :]
    values: list[Number] = [rate for _, rate in shown]
    late = page.stale("mark")
    rules = _rules(page, present([*values, part.rate]))
    reach = [rule.value for rule in rules]
    numbers = present([*values, part.rate, *reach])
    scale = linear_scale(min(0.0, *numbers, 0.0), max(LEAST, *numbers, LEAST), rows)

    def role(index: int, rate: float) -> str:
        if index > len(shown):
            return "stale" if late else "accent"
        return "stale" if stale else _rate_role(page, rate)

    # A column of nothing parts what is settled from what is predicted.
    chart = column_chart(
        page,
        [*values, None, part.rate],
        rows,
        scale,
        role,
        percent_label(scale),
        _dates(page, shown, len(values) + 2, thickness),
        fill="",
        thickness=thickness,
        rules=rules,
    )
    sign, line = ("#", "--") if page.plain else ("█", "╌╌")
    extreme = page.view.rule("rate_8h").threshold("critical")
    signs = [
        (Span(sign, "bar"), page.words("settled", value=len(present(values)))),
        (Span(sign, "caution"), page.words("beyond_neutral")),
        (Span(sign, "critical"), page.words("extreme", value=fmt.percent(extreme))),
        (Span(sign, "accent"), page.words("predicted")),
    ]
    for role_of_rule, key in (("caution", "extreme_line"), ("critical", "cap_line")):
        if any(rule.role == role_of_rule for rule in rules):
            signs.append((Span(line, role_of_rule), page.words(key)))
    return [title, *chart, legend(page, signs)]


def _rules(page: Page, rates: list[float]) -> list[Rule]:
    """Lines at the extreme rates and at cap and floor, each where some rate comes near to it."""
    part, hours = page.symbol.funding, page.symbol.funding.interval_hours
    high, low = max(rates, default=0.0), min(rates, default=0.0)
    rules = []
    if hours:
        extreme = page.view.rule("rate_8h").threshold("critical") * hours / 8
        rules += [Rule(v, "caution") for v in (extreme, -extreme) if low <= v <= high]
    for limit, near in ((part.cap, high), (part.floor, low)):
        if limit and near / limit >= NEAR:
            rules.append(Rule(limit, "critical"))
    return rules


def _dates(
    page: Page, shown: tuple[Settled, ...], count: int, thickness: int
) -> list[tuple[float, Span]]:
    """Days under the first settlement of theirs, and what the last column is."""
    utc, labels = page.view.config.ui.utc, []
    free, end = 0, (count - 1) * thickness
    for index, (time_ms, _) in enumerate(shown):
        new = index == 0 or fmt.day(shown[index - 1][0], utc) != fmt.day(time_ms, utc)
        if new and index * thickness >= free and end - index * thickness >= APART:
            free = index * thickness + APART
            labels.append((index / max(1, count - 1), Span(fmt.day(time_ms, utc), "quiet")))
    return [*labels, (1.0, Span(page.words("predicted"), "quiet"))]


def _rate_role(page: Page, rate: float) -> str:
    """The role of a settled rate; its rule is for rates per 8 hours."""
    hours = page.symbol.funding.interval_hours
    scale = 8 / hours if hours and hours > 0 else 1.0
    return level_role(page.view.rule("rate_8h").judge(rate * scale), "bar")


def _rate(page: Page) -> list[Line]:
    """The predicted rate in every unit, when it is paid, and its place in 90 days."""
    part, stale = page.symbol.funding, page.stale("mark", "funding")
    words = page.view.words
    signal = words.code("signal", part.signal)
    hot = isinstance(part.signal, str) and part.signal != "neutral"
    a_year = words("detail.per_year", value=fmt.percent(part.annualised, 1, signed=True))
    moment = _clock(page, part.next_time) if part.next_time else ""
    newest = part.history[-1:]
    rows = [
        (page.words("rate"), [cells.funding_rate(page.view, page.symbol)]),
        (page.words("rate_8h"), [_percent(part.rate_8h, stale, 4)]),
        ("", [cells.value_cell(part.annualised, a_year, stale)]),
        (
            page.words("next"),
            [cells.funding_countdown(page.view, page.symbol), ValueCell(moment, "quiet")],
        ),
        *(
            (page.words("last_settled"), [
                _percent(rate, page.stale("funding"), 4),
                ValueCell(fmt.clock(time_ms, page.view.config.ui.utc), "quiet"),
            ])
            for time_ms, rate in newest
        ),
        (
            page.words("rank_90d"),
            [cells.value_cell(part.percentile, fmt.score(part.percentile), stale)],
        ),
        (page.words("zscore"), [cells.value_cell(part.zscore, fmt.decimal(part.zscore, 1), stale)]),
        (
            page.words("signal"),
            [cells.value_cell(part.signal, signal, stale, "caution" if hot else "text")],
        ),
    ]  # fmt: skip
    title = heading(page, page.words("predicted_rate"), age_label(page, "mark"))
    return [title, *fact_rows(page, rows), *missing_reason(page, part.rate, part.percentile)]


def _clock(page: Page, moment: str) -> str:
    return page.words("at", value=fmt.clock(fmt.epoch_ms(moment), page.view.config.ui.utc))


def _percent(value: Number, stale: bool, places: int) -> ValueCell:
    return cells.value_cell(value, fmt.percent(value, places, signed=True), stale)


def _three_days(page: Page) -> list[Line]:
    """What three days cost and whom, what the own positions pay next, and the carry trade."""
    part, stale = page.symbol.funding, page.stale("funding")
    words, carry = page.view.words, part.carry
    yearly = part.cumulative_3d_annualised
    role = level_role(part.levels.get("cumulative_3d_annualised"))
    a_year = words("detail.per_year", value=fmt.percent(yearly, 1, signed=True))
    rows = [
        (page.words("sum"), [_percent(part.cumulative_3d, stale, 4)]),
        ("", [cells.value_cell(yearly, a_year, stale, role)]),
    ]
    lines = [
        heading(page, page.words("three_days"), age_label(page, "funding")),
        *fact_rows(page, rows),
    ]
    if not isinstance(part.cumulative_3d, Missing):
        payer = "paid_by_long" if part.cumulative_3d >= 0 else "paid_by_short"
        paid = fmt.compact(abs(part.cumulative_3d) * EXAMPLE)
        sentence = page.words(payer, size=fmt.compact(EXAMPLE), value=paid, quote=page.quote)
        lines += paragraph(page, sentence, "stale" if stale else "text", 2)
    if role != "text":
        lines += paragraph(page, page.words("expensive"), role, 1)
    lines += _own_next(page)
    net = words("detail.per_year", value=fmt.percent(carry.annualised_net, 1, signed=True))
    days = page.view.config.risk.carry_holding_days
    due = words("detail.per_year", value=fmt.percent(carry.annualised_expected, 1, signed=True))
    nets = [
        (page.words("carry_net"), [cells.value_cell(carry.annualised_net, net, stale)]),
        (page.words("carry_expected"), [cells.value_cell(carry.annualised_expected, due, stale)]),
    ]
    lines += fact_rows(page, nets)
    if carry.side:
        lines += paragraph(page, page.code("carry", carry.side), limit=2)
        lines += paragraph(page, page.words("carry_terms", days=f"{days:g}"), "faint", 2)
    if carry.opportunity is True:
        lines += paragraph(page, words("note.carry_opportunity"), "ok", 1)
    return [*lines, *missing_reason(page, part.cumulative_3d)]


def _own_next(page: Page) -> list[Line]:
    """What each own position pays or gets at the next settlement, at the rate of now."""
    symbol = page.symbol
    positions = symbol.positions
    lines: list[Line] = []
    for position in positions:
        pays = position.next_funding
        if isinstance(pays, Missing):
            continue
        sentence = page.words(
            "own_pays" if pays >= 0 else "own_gets",
            side=page.view.words.code("side", position.side),
            value=fmt.compact(abs(pays)),
            quote=page.quote,
        )
        role = "stale" if page.stale("mark") else "down" if pays > 0 else "up"
        lines += paragraph(page, sentence, role, 2)
    return lines


def _limits(page: Page) -> list[Line]:
    """Where the rate is between its floor and its cap; what the perpetual costs over the index."""
    part, stale = page.symbol.funding, page.stale("mark")
    lines = [heading(page, page.words("limits"), age_label(page, "mark"))]
    rate, floor, cap = part.rate, part.floor, part.cap
    if not (isinstance(rate, Missing) or isinstance(floor, Missing) or isinstance(cap, Missing)):
        low, high = fmt.percent(floor), fmt.percent(cap, signed=True)
        role = "stale" if stale else level_role(part.levels.get("rate"), "strong")
        row = Row(page.width).add(f" {low} ", "quiet")
        share = (rate - floor) / (cap - floor) if cap > floor else 0.5
        row.extend(marker_bar(share, row.room - len(high) - 2, role, plain=page.plain))
        lines.append(row.add(f" {high}", "quiet").line())
        shown = page.words("limit_used", value=fmt.percent(part.limit_used, 0))
        lines.append(Row(page.width).add(f" {shown}", role).line())
    prices = [
        (
            page.words("basis"),
            [cells.value_cell(part.basis, f"{fmt.slippage_bps(part.basis)} bp", stale)],
        ),
        (page.words("mark"), [_price(page, page.symbol.price.mark, stale)]),
        (page.words("index"), [_price(page, page.symbol.price.index, stale)]),
    ]
    return [*lines, *fact_rows(page, prices), *missing_reason(page, cap, part.basis)]


def _price(page: Page, value: Number, stale: bool) -> ValueCell:
    return cells.value_cell(value, fmt.price(value, page.symbol.tick_size), stale)
