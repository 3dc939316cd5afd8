"""The rows above and below a tab: the symbol and its tabs, and the keys that apply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from textual import events

from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line, Row, Span, fit
from tuirisk.ui.view.commands import COMMANDS, SYMBOL_COMMANDS, Where, working
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets import cells
from tuirisk.ui.widgets.canvas import Canvas
from tuirisk.ui.widgets.footer import Footer
from tuirisk.ui.widgets.table import advice


class ScrollRange(NamedTuple):
    """The rows of a tab that are seen, from 1."""

    first: int
    last: int
    rows: int


class Title(Canvas):
    """Which symbol, how dangerous it is, and the tabs."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"canvas--tab-chosen", "canvas--ground-tab"}

    def __init__(self, names: Sequence[str], *, id: str) -> None:
        """``names``: the tabs, as in the locale's ``[tab]``."""
        super().__init__(id=id)
        self._names = names
        self.tab = 0
        self.place: ScrollRange | None = None
        self._places: list[tuple[int, int, int]] = []

    def draw(self, view: View, width: int, height: int) -> list[Line]:
        return [_headline(view, width), self._tabs(view, width)]

    def _tabs(self, view: View, width: int) -> Line:
        row = Row(width, "title")
        self._places = []
        names = [f"{i + 1} {view.words(f'tab.{name}')}" for i, name in enumerate(self._names)]
        wide = sum(cell_len(name) + 2 for name in names) <= width
        for index, name in enumerate(names):
            chosen = index == self.tab
            label = f" {name} " if wide or chosen else f" {index + 1} "
            start = row.used
            row.add(label, *(("tab-chosen", "tab") if chosen else ("quiet",)))
            self._places.append((start, row.used, index))
        if self.place is not None:
            said = view.words("symbol.place", **self.place._asdict())
            short = f"{self.place.last}/{self.place.rows}"
            fits = cell_len(said) + 1 < row.room
            row.right(Span(said if fits else short, "quiet"), margin=1)
        return row.line()

    async def on_click(self, event: events.Click) -> None:
        for start, end, index in self._places:
            if event.y == 1 and start <= event.x < end:
                await self.run_action(f"screen.tab({index + 1})")


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
    row.add(*cells.cell(total, fmt.score(total), view.stale(symbol), role)).add("  ")
    said = advice(view, symbol) if symbol.status == "ready" else view.words.message(symbol.message)
    fresh = cells.freshness(view, symbol, 24)
    room = row.room - cell_len(fresh.text) - 3
    row.add(fit(said, room) if room > 12 else "", role)
    return row.right(Span(*fresh), margin=1).line()


class SymbolFooter(Footer):
    """The keys that apply here."""

    commands = working((*SYMBOL_COMMANDS, *COMMANDS), "symbol")

    def tell(self, what_if: bool) -> None:
        """Offer the keys of the tab with the what-if, or not."""
        places: tuple[Where, ...] = ("symbol", "what_if") if what_if else ("symbol",)
        self.commands = working((*SYMBOL_COMMANDS, *COMMANDS), *places)
        self.redraw()
