"""How the watchlist moves together: a table of correlations with the chosen symbol's row marked."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from tuirisk.events.contract_names import base_and_quote
from tuirisk.state import Missing, Number
from tuirisk.ui.charts.bars import diverging
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line, Row, Span
from tuirisk.ui.screens.layout import Page, age_label, fact_rows, heading, missing_reason
from tuirisk.ui.widgets import cells

GROUNDS = {"warning": "core", "caution": "band"}
"""The ground of a cell by the level of its correlation."""
LEAST = 5
"""Least cells of a column: ``-0.12``."""
MOST_ROWS = 12


def watchlist_correlation(page: Page) -> list[Line]:
    """The matrix where it fits; else the chosen symbol's row as bars, the closest first."""
    state = page.view.state
    assert state is not None
    watchlist = state.watchlist
    title = heading(
        page,
        page.words("watchlist"),
        Span(page.words("watchlist_unit"), "faint"),
        age_label(page, "candles"),
    )
    if isinstance(watchlist.correlation, Missing):
        return [title, *missing_reason(page, watchlist.correlation)]
    names = [base_and_quote(name)[0] for name in watchlist.symbols]
    symbols, mean = watchlist.symbols, watchlist.mean_correlation
    chosen = symbols.index(page.view.chosen) if page.view.chosen in symbols else -1
    label = max(map(cell_len, names), default=0)
    size = max(LEAST, label) + 1
    if len(names) <= MOST_ROWS and label + 3 + size * len(names) <= page.width:
        lines = _matrix(page, names, watchlist.correlation, chosen, size)
    else:
        lines = _row(page, names, watchlist.correlation, chosen)
    stale = page.stale("candles")
    bets = fmt.decimal(watchlist.effective_bets, 1)
    of = page.words("bets_of", value=bets, count=watchlist.bets_symbols)
    shown = [
        (page.words("mean_correlation"), [
            cells.value_cell(mean, fmt.decimal(mean), stale)
        ]),
        (page.words("bets"), [cells.value_cell(watchlist.effective_bets, of, stale)]),
    ]  # fmt: skip
    return [title, *lines, *fact_rows(page, shown), *missing_reason(page, watchlist.effective_bets)]


def _matrix(
    page: Page, names: Sequence[str], matrix: tuple[tuple[Number, ...], ...], chosen: int, size: int
) -> list[Line]:
    label = max(map(cell_len, names))
    row = Row(page.width).add(" " * (label + 3))
    for i, name in enumerate(names):
        row.cell(name, size, "strong" if i == chosen else "faint")
    lines = [row.line()]
    for i, name in enumerate(names):
        own = i == chosen
        row = Row(page.width).add(" > " if own else "   ", "accent")
        row.cell(name, label, "strong" if own else "quiet", "<")
        for j, value in enumerate(matrix[i]):
            row.add(" ").extend([_heat(page, value, size - 1, i == j, own)])
        lines.append(row.line())
    return lines


def _heat(page: Page, value: Number, width: int, same: bool, own: bool) -> Span:
    if same:
        return Span(".".rjust(width), "faint")
    shown, role = cells.value_cell(value, fmt.decimal(value), page.stale("candles"), "text")
    ground = ""
    if not isinstance(value, Missing):
        ground = GROUNDS.get(page.view.rule("correlation").judge(value).level, "")
    return Span(shown.rjust(width)[-width:], "strong" if own and role == "text" else role, ground)


def _row(
    page: Page, names: Sequence[str], matrix: tuple[tuple[Number, ...], ...], chosen: int
) -> list[Line]:
    if chosen < 0:
        return []
    pairs = zip(matrix[chosen], names, strict=True)
    measured = [
        (v, name) for v, name in pairs if not isinstance(v, Missing) and name != names[chosen]
    ]
    measured.sort(key=lambda pair: -abs(pair[0]))
    label = max(map(cell_len, names))
    lines = []
    for value, name in measured[:MOST_ROWS]:
        shown = cells.value_cell(value, fmt.decimal(value), page.stale("candles"))
        row = (
            Row(page.width).add(" ").cell(name, label, "quiet", "<").cell(shown.text, 7, shown.role)
        )
        row.add("  ").extend(diverging(value, row.room - 3, "bar", plain=page.plain))
        lines.append(row.line())
    return lines
