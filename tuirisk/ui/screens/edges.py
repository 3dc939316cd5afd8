"""The rows above and below a tab: the symbol and its tabs, and the keys that apply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events

from tuirisk.ui import format as fmt
from tuirisk.ui.canvas import Canvas
from tuirisk.ui.commands import COMMANDS, Command
from tuirisk.ui.lines import Line, Row, Span, fit
from tuirisk.ui.view import View
from tuirisk.ui.widgets import cells
from tuirisk.ui.widgets.footer import Footer
from tuirisk.ui.widgets.table import advice

SYMBOL_COMMANDS = (
    Command("back", "escape", "screen.back", "Esc", 1),
    Command("tabs", "tab,right", "screen.turn(1)", "1-7", 2),
    Command("tab_back", "shift+tab,left", "screen.turn(-1)", "S-Tab", 20),
    Command("scroll", "down,pagedown", "screen.scroll_rows(1)", "PgDn", 5),
    Command("scroll_back", "up,pageup", "screen.scroll_rows(-1)", "PgUp", 21),
)
"""Commands of the symbol view alone; those of the whole program go on working in it."""
WHAT_IF_COMMANDS = (
    Command("field", "n", "screen.field", "n", 3),
    Command("more", "plus,equals_sign", "screen.change(1)", "+", 4),
    Command("less", "minus", "screen.change(-1)", "-", 4),
    Command("reset", "backspace", "screen.reset", "Bksp", 19),
)
"""Commands of that tab alone."""
_SHARED = tuple(
    command
    for command in COMMANDS
    if command.name in ("choose_next", "choose_previous", "freeze", "acknowledge", "help", "quit")
)


class Title(Canvas):
    """Which symbol, how dangerous it is, and the tabs."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"canvas--tab-chosen", "canvas--ground-tab"}

    def __init__(self, names: Sequence[str], *, id: str) -> None:
        """``names``: the tabs, as in the locale's ``[tab]``."""
        super().__init__(id=id)
        self._names = names
        self.tab = 0
        self.place = ""
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
        return row.right(Span(self.place, "quiet"), margin=1).line()

    async def on_click(self, event: events.Click) -> None:
        for start, end, index in self._places:
            if event.y == 1 and start <= event.x < end:
                await self.run_action(f"screen.tab({index + 1})")


def _headline(view: View, width: int) -> Line:
    symbol = view.symbol(view.chosen)
    mark, word, role = view.badge(symbol)
    row = Row(width).add(f" {view.chosen}", "strong").add("  ")
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

    commands = (*SYMBOL_COMMANDS, *_SHARED)

    def tell(self, what_if: bool) -> None:
        """Offer the keys of the tab with the what-if, or not."""
        own = WHAT_IF_COMMANDS if what_if else ()
        self.commands = (*SYMBOL_COMMANDS[:2], *own, *SYMBOL_COMMANDS[2:], *_SHARED)
        self.redraw()
