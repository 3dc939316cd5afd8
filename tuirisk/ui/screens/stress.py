"""The tab Stress: scenarios, simulated horizons, and what another position would mean."""

from __future__ import annotations

from functools import partial

from rich.cells import cell_len

from tuirisk.state import Missing, Number, ScenarioResult, Stress, present
from tuirisk.ui.charts.bars import diverging
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line, Row, Span, blank
from tuirisk.ui.screens.layout import (
    Page,
    age_label,
    heading,
    in_columns,
    missing_reason,
    paragraph,
    table,
)
from tuirisk.ui.screens.what_if_block import what_if_block
from tuirisk.ui.widgets import cells
from tuirisk.ui.widgets.cells import ValueCell

WITH_PRICE = 48
"""Cells from which on a scenario's row has room for its price …"""
WITH_NAME = 90
"""… and for its name beside the date."""


def draw(page: Page, height: int) -> list[Line]:
    """The tab STRESS: simulated P&L, scenarios and the what-if position."""
    stress = page.symbol.stress
    lines = [*what_if_block(page), blank(page.width)]
    if stress is None and page.what_if is not None and page.what_if.scenarios:
        return [*lines, *_scenarios(page, ())]
    if stress is None:
        return [
            *lines,
            heading(page, page.words("scenarios")),
            *paragraph(page, page.words("no_stress")),
        ]
    lines += [*_scenarios(page, stress.scenarios), blank(page.width)]
    if not stress.scenarios:
        reason = next((h.var_95 for h in stress.horizons.values()), None)
        lines += missing_reason(page, reason)
    return lines + in_columns(
        page, 50, partial(_horizons, stress=stress), partial(_models, stress=stress)
    )


def _scenarios(page: Page, held: tuple[ScenarioResult, ...]) -> list[Line]:
    """One row a shock: what it does to the price, and what that does to the positions, with the
    one that is asked about in place of its own.
    """
    asked = () if page.what_if is None else page.what_if.scenarios
    now = {scenario.name: scenario for scenario in held}
    title = heading(
        page,
        page.words("scenarios"),
        Span(page.words("scenarios_unit", quote=page.quote), "faint"),
        age_label(page, "mark"),
    )
    shown = asked or held
    most = max((abs(pnl) for pnl in present(s.pnl for s in shown)), default=0.0)
    return [title, *(_scenario(page, scenario, now.get(scenario.name), most) for scenario in shown)]


def _scenario(
    page: Page, scenario: ScenarioResult, now: ScenarioResult | None, most: float
) -> Line:
    """``now``: what is held under the same shock."""
    form = page.what_if
    late = form is not None and bool(form.scenarios) and form.answered != form.hypothetical
    pnl, stale = scenario.pnl, page.stale("mark", "account") or late
    name = page.code("scenario", scenario.name)
    if page.width >= WITH_NAME:
        row = Row(page.width).add(" ").cell(name, 30, "text", "<")
    else:
        row = Row(page.width).add(" ").cell(scenario.name, 14, "text", "<")
    if page.width >= WITH_PRICE:
        row.cell(fmt.percent(scenario.price, 1, signed=True), 8, "quiet").add(" ")
    text = fmt.compact(pnl, signed=True)
    shown = cells.value_cell(pnl, text, stale, cells.change_role(pnl))
    row.cell(shown.text, 8, shown.role).add("  ")
    end = page.words("liquidated") if scenario.liquidated is True else ""
    cost = scenario.exit_cost
    extra = (
        "" if end or isinstance(cost, Missing) else page.words("exit_cost", value=fmt.compact(cost))
    )
    before = "" if now is None else fmt.compact(now.pnl, signed=True)
    if before and before != text:
        extra = page.words("now_it_is", value=before)
    room = row.room - 18 if page.width >= 70 else 0
    if end and extra.startswith("("):
        room -= cell_len(extra) + 1
    if most > 0 and not isinstance(pnl, Missing) and room > 8:
        row.extend(diverging(pnl / most, room, cells.change_role(pnl), plain=page.plain)).add("  ")
    row.add(end, "critical-fill")
    return row.add(f" {extra}" if end and extra else extra, "quiet").line()


def _horizons(page: Page, stress: Stress) -> list[Line]:
    """VaR, ES and quantiles of the paths' P&L at each horizon."""
    age = fmt.age(float(page.view.time_ms - stress.time_ms)) if stress.time_ms else fmt.DASH
    title = heading(
        page,
        page.words("horizons"),
        Span(page.quote, "faint"),
        Span(page.words("age", value=age), "faint"),
    )
    horizons, stale = stress.horizons, page.stale("mark", "account")

    def money(value: Number) -> ValueCell:
        return cells.value_cell(value, fmt.compact(value), stale)

    rows = [
        (page.words("var_95"), [money(h.var_95) for h in horizons.values()]),
        (page.words("es_95"), [money(h.es_95) for h in horizons.values()]),
        (page.words("var_95_impact"), [money(h.var_95_impact) for h in horizons.values()]),
        (page.words("es_95_impact"), [money(h.es_95_impact) for h in horizons.values()]),
    ]
    quantiles = next(iter(horizons.values())).quantiles if horizons else {}
    missing = Missing.from_text("")
    for name in quantiles:
        label = page.words("quantile", value=f"{float(name):.0%}")
        values = [h.quantiles.get(name, missing) for h in horizons.values()]
        rows.append(
            (
                label,
                [
                    cells.value_cell(v, fmt.compact(v, signed=True), stale, cells.change_role(v))
                    for v in values
                ],
            )
        )
    first = next((h.var_95 for h in horizons.values()), missing)
    return [
        title,
        *table(page, (page.words("loss"), *horizons), rows),
        *missing_reason(page, first),
    ]


def _models(page: Page, stress: Stress) -> list[Line]:
    """The same position when returns follow another model."""
    title = heading(
        page, page.words("models"), Span(page.words("paths", value=f"{stress.paths:,}"), "faint")
    )
    stale = page.stale("mark", "account")
    rows = [
        (
            page.code("model", name),
            [
                cells.value_cell(m.p_liquidation_24h, fmt.chance(m.p_liquidation_24h), stale),
                cells.value_cell(m.p_liquidation_7d, fmt.chance(m.p_liquidation_7d), stale),
                cells.value_cell(m.var_95_24h, fmt.compact(m.var_95_24h), stale),
                cells.value_cell(m.var_95_7d, fmt.compact(m.var_95_7d), stale),
            ],
        )
        for name, m in stress.models.items()
    ]
    chances = (page.view.words(f"account.chance_{period}") for period in ("24h", "7d"))
    head = (page.words("model"), *chances, "VaR 24h", "VaR 7d")
    lines = [title, *table(page, head, rows)] if rows else [title]
    details = (
        ("block", stress.block, fmt.decimal(stress.block, 0)),
        ("freedom", stress.degrees_of_freedom, fmt.decimal(stress.degrees_of_freedom, 1)),
    )
    for key, value, shown in details:
        if not isinstance(value, Missing):
            lines += paragraph(page, page.words(key, value=shown), "faint", 2)
    return [*lines, *paragraph(page, page.words("models_note"), "faint", 2)]
