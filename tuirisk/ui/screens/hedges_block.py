"""What would bring the account within its limits: a row an action, beside the account as it is."""

from __future__ import annotations

from collections.abc import Sequence

from tuirisk.state import AccountState
from tuirisk.state.hedges import HedgeFigures, HedgeRow, HedgeTable
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line, Span, blank
from tuirisk.ui.screens.layout import Page, heading, paragraph, table
from tuirisk.ui.widgets import cells
from tuirisk.ui.widgets.cells import ValueCell


def hedges_block(
    page: Page, account: AccountState, found: HedgeTable | None, asked: bool
) -> list[Line]:
    """The block; no rows where nobody asked. ``found`` is None until there is an answer."""
    words = page.view.words
    if not asked and found is None:
        return []
    title = heading(page, words("hedges.title"), Span(words("hedges.of_now"), "faint"))
    if found is None:
        return [title, *paragraph(page, words("hedges.computing")), blank(page.width)]
    if found.before is None:
        return [title, *paragraph(page, words("account.no_position")), blank(page.width)]
    rows = [_row(page, one) for one in found.rows]
    head = ("", words("hedges.cost"), words("account.chance_24h"), words("account.chance_7d"),
            words("hedges.var"), words("account.margin_ratio"))  # fmt: skip
    now = (words("hedges.now"), [ValueCell("", "text"), *_figures(page, found.before, "text")])
    lines = [title, *table(page, head, [now, *rows])]
    if not rows:
        levels = {account.severity.level, *(one.level for one in account.levels.values())}
        within = levels == {"ok"}
        key, role = ("nothing", "ok") if within else ("none_does", "warning")
        lines += paragraph(page, words(f"hedges.{key}"), role)
    elif not any(one.ok for one in found.rows):
        lines += paragraph(page, words("hedges.none_does"), "warning")
    return [*lines, blank(page.width)]


def _row(page: Page, one: HedgeRow) -> tuple[str, Sequence[ValueCell]]:
    role = "text" if one.ok else "quiet"
    cost = cells.value_cell(one.cost, fmt.compact(one.cost), False, role)
    words = page.view.words
    side = words.code("side", one.side) if one.side else ""
    size = fmt.compact(one.quantity)
    if one.action == "add_margin":
        what = words("hedges.add_margin", value=size)
        what = f"{what} {one.symbol} {side}".rstrip()
    else:
        what = words(f"hedges.{one.action}", value=f"{size} {one.symbol} {side}")
    mark = words("hedges.ok" if one.ok else "hedges.not_ok")
    return f"{mark} {what}", [cost, *_figures(page, one.after, role)]


def _figures(page: Page, figures: HedgeFigures, role: str) -> list[ValueCell]:
    day, week = figures.p_liquidation_24h, figures.p_liquidation_7d
    loss, ratio = figures.var_1d_95, figures.margin_ratio
    return [
        cells.value_cell(day, fmt.chance(day, 1), False, role),
        cells.value_cell(week, fmt.chance(week, 1), False, role),
        cells.value_cell(loss, fmt.compact(loss), False, role),
        cells.value_cell(ratio, fmt.percent(ratio, 1), False, role),
    ]
