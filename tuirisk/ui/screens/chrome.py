"""The rows above and below a tab: the symbol and its tabs, and the keys that apply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events

from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line, Row, Span, fit
from tuirisk.ui.view.commands import COMMANDS, SYMBOL_COMMANDS, Where, commands_on
from tuirisk.ui.view.held import held_text
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets import cells
from tuirisk.ui.widgets.canvas import Canvas, Drawn, Hit, ScrollRange
from tuirisk.ui.widgets.footer import Footer
from tuirisk.ui.widgets.table_columns import advice

PLACE_CELLS = 6
"""Cells of the shortest form of the rows that are seen: ``57/57`` and a blank."""


class Title(Canvas):
    """Which symbol, how dangerous it is, and the tabs."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"canvas--tab-chosen", "canvas--ground-tab"}

    def __init__(self, names: Sequence[str], *, id: str) -> None:
        """``names``: the tabs, as in the locale's ``[tab]``."""
        super().__init__(id=id)
        self._names = names
        self.tab = 0
        self.scroll_range: ScrollRange | None = None
        """Which rows of the tab are seen; None when all are."""

    def draw(self, view: View, width: int, height: int) -> Drawn:
        """The symbol and, below it, the tabs; each tab is a hit whose target is its action."""
        row = Row(width, "title")
        hits = []
        labels, wide = self._labels(view, width)
        for index, label in enumerate(labels):
            chosen = index == self.tab
            start = row.used
            row.add(label, *(("tab-chosen", "tab") if chosen else ("quiet",)))
            hits.append(Hit(1, start, row.used, f"screen.tab({index + 1})"))
        if self.scroll_range is not None:
            text = view.words("symbol.place", **self.scroll_range._asdict())
            short = f"{self.scroll_range.last}/{self.scroll_range.rows}"
            fits = cell_len(text) + 1 < row.room
            row.right(Span(text if fits else short, "quiet"), margin=int(wide))
        return Drawn([_headline(view, width), row.line()], tuple(hits))

    def _labels(self, view: View, width: int) -> tuple[list[str], bool]:
        """The tabs in the longest form that fits, with room for the rows that are seen where they
        are not all; whether that is the spacious one.
        """
        full = [f"{i + 1} {view.words(f'tab.{name}')}" for i, name in enumerate(self._names)]
        short = [
            full[i] if i == self.tab else f"{i + 1} {view.words(f'short_tab.{name}')}"
            for i, name in enumerate(self._names)
        ]
        for names, ends in ((full, " "), (full, ""), (short, "")):
            labels = [f" {name}{ends}" for name in names]
            if sum(map(cell_len, labels)) + (PLACE_CELLS if not ends else 0) <= width:
                return labels, bool(ends)
        return [f" {name if i == self.tab else i + 1} " for i, name in enumerate(full)], False

    async def on_click(self, event: events.Click) -> None:
        action = self.drawn.target_at(event.x, event.y)
        if action is not None:
            await self.run_action(action)


def _headline(view: View, width: int) -> Line:
    symbol = view.symbol(view.chosen)
    mark, word, role = view.badge(symbol)
    row = Row(width)
    if view.frozen and view.connection == "live":
        row.add(f" {view.words('header.frozen')} ", "warning-fill")
    row.add(f" {view.chosen}", "strong").add("  ")
    if symbol is None:
        return row.add(f"{mark} {word}", role).line()
    for part in (cells.last_price(view, symbol), cells.change_24h(view, symbol)):
        row.add(*part).add("  ")
    row.add(f"{mark} {word}", role).add(" ")
    total = symbol.score.total
    row.add(*cells.value_cell(total, fmt.score(total), view.stale(symbol), role)).add("  ")
    text = advice(view, symbol) if view.judged(symbol) else view.words.reason(symbol.message)
    fresh = cells.freshness(view, symbol, 24)
    room = row.room - cell_len(fresh.text) - 3
    row.add(fit(text, room) if room > 12 else "", role).add("  ")
    row.add(held_text(view, symbol, row.room - cell_len(fresh.text) - 3))
    return row.right(Span(*fresh), margin=1).line()


class SymbolFooter(Footer):
    """The keys that apply here."""

    commands = commands_on((*SYMBOL_COMMANDS, *COMMANDS), "symbol")

    def offer(self, *scopes: Where) -> None:
        """Offer the keys of the symbol view, and those of the shown tab's ``scopes``."""
        self.commands = commands_on((*SYMBOL_COMMANDS, *COMMANDS), "symbol", *scopes)
        self.redraw()
