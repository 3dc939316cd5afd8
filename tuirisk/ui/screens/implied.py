"""Implied volatility beside realised: premium, rank in a year, term."""

from __future__ import annotations

from tuirisk.state import ImpliedVolatility, Missing
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line
from tuirisk.ui.screens.layout import Page, fact_rows, heading, missing_reason, paragraph
from tuirisk.ui.widgets import cells
from tuirisk.ui.widgets.cells import ValueCell


def implied_of(page: Page) -> ImpliedVolatility | None:
    """That of the chosen symbol; None where no provider has it."""
    state = page.view.state
    return None if state is None else state.external.implied_of(page.view.chosen)


def implied_block(page: Page) -> list[Line]:
    """The block, with a line that says so where no provider gives it."""
    part = implied_of(page)
    title = heading(page, page.words("implied"))
    if part is None:
        return [title, *paragraph(page, page.words("nothing_given"))]

    def cell(value: object, text: str) -> ValueCell:
        return cells.value_cell(value, text, part.stale, "text")

    rows = [
        (page.words("implied_30d"), [cell(part.value, fmt.percent(part.value, 1))]),
        (
            page.words("realised_30d"),
            [cells.value_cell(part.realised, fmt.percent(part.realised, 1), False, "text")],
        ),
        (
            page.words("premium"),
            [cell(part.premium, fmt.percent(part.premium, 1, signed=True))],
        ),
        (page.words("rank_1y"), [cell(part.rank_1y, fmt.score(part.rank_1y))]),
    ]
    if part.term:
        tenors = [
            ValueCell(f"{days}d {fmt.percent(value, 0)}", "text") for days, value in part.term
        ]
        other = [] if part.term_source == part.source else [ValueCell(part.term_source, "quiet")]
        rows.append((page.words("term"), [*tenors, *other]))
    source = fmt.DASH if isinstance(part.source, Missing) else str(part.source)
    age = part.age_ms
    aged = "" if isinstance(age, Missing) else " " + page.words("age", value=fmt.age(age))
    rows.append((page.words("source"), [ValueCell(source + aged, "quiet")]))
    return [title, *fact_rows(page, rows), *missing_reason(page, part.value, part.premium)]
