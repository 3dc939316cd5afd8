"""The dialog that adds symbols, with completion from the symbols the exchange lists."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from tuirisk.config.rules import symbol_error
from tuirisk.config.symbol_names import exchange_symbol
from tuirisk.events.contract_names import QUOTES
from tuirisk.ui.render import glyphs
from tuirisk.ui.render.rows import Row
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.canvas import Canvas, Drawn, Hit
from tuirisk.ui.widgets.closing import Dialog

SHOWN = 8
AROUND = 7
"""Rows of the dialog without the suggestions."""
LONGEST = 400


def completions(typed: str, listed: Sequence[str], watched: Sequence[str]) -> tuple[str, ...]:
    """The symbol that ``typed`` is short for, those that begin with it, then those that hold it;
    without those watched. While nothing is typed, names that begin with a digit come last.
    """
    typed = typed.upper()
    free = [name for name in listed if name not in watched]
    meant = listed_symbol(typed, frozenset(free))
    starts = [name for name in free if name.startswith(typed)]
    if typed:
        starts.sort(key=lambda name: name != meant)
    else:
        starts.sort(key=lambda name: name[:1].isdigit())
    return (*starts, *(name for name in free if typed in name and not name.startswith(typed)))


def parts_of(text: str) -> list[str]:
    """The symbols of a comma- or blank-separated list, in the exchange's form, each once."""
    return list(dict.fromkeys(map(exchange_symbol, text.replace(",", " ").split())))


def listed_symbol(name: str, listed: Collection[str]) -> str:
    """The listed symbol that ``name`` stands for: itself, or with a quote asset, ``ADAUSDT`` of
    ``ADA``; ``name`` where there is none.
    """
    pairs = (name + quote for quote in QUOTES)
    return name if name in listed else next((one for one in pairs if one in listed), name)


class Suggestions(Canvas):
    """The completions of the last word typed."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.names: tuple[str, ...] = ()
        self.at = 0

    def draw(self, view: View, width: int, height: int) -> Drawn:
        """The names around the marked one; each is a hit whose target is the name."""
        rows = []
        first = max(0, min(self.at - height // 2, len(self.names) - height))
        shown = self.names[first : first + height]
        for index, name in enumerate(shown, first):
            row = Row(width, "chosen" if index == self.at else "")
            row.add(f"{glyphs.POINTER if index == self.at else ' '} ", "accent")
            rows.append(row.add(name, "strong" if index == self.at else "text").line())
        return Drawn(rows, tuple(Hit(y, 0, width, name) for y, name in enumerate(shown)))


class AddScreen(Dialog[tuple[str, ...]]):
    """Returns the symbols to watch; empty if cancelled."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(())", show=False),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("tab", "complete", show=False, priority=True),
    ]

    def __init__(self, view: View, present: Sequence[str]) -> None:
        """``present``: what the list holds already."""
        super().__init__()
        self._view = view
        self._present = present
        self._listed: tuple[str, ...] | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="question"):
            yield Static(self._view.words("add.title"))
            yield Input(placeholder="LTCUSDT, DOGEUSDT", max_length=LONGEST)
            yield Suggestions(id="suggestions")
            yield Static(id="hint")

    def on_mount(self) -> None:
        self._suggestions = self.query_one(Suggestions)
        self._suggestions.show(self._view)
        self.update_listed(self._view)

    def update_listed(self, view: View) -> None:
        """Complete from the symbols listed in ``view``, which may arrive late."""
        listed = () if view.state is None else view.state.listed
        if listed != self._listed:
            self._listed = listed
            room = max(1, self.size.height - AROUND)
            self._suggestions.styles.height = min(SHOWN, room) if listed else 0
            self._show_hint("")
            self._suggest()

    def on_input_changed(self) -> None:
        self._suggest()
        self._show_hint("")

    def _show_hint(self, wrong: str) -> None:
        usual = self._view.words("add.hint" if self._listed else "add.unlisted")
        self.query_one("#hint", Static).update(wrong or usual)

    def _suggest(self) -> None:
        text = self.query_one(Input).value
        word = "" if text.endswith((",", " ")) else (parts_of(text) or [""])[-1]
        excluded = (*self._present, *parts_of(text)[: -1 if word else None])
        self._suggestions.names = completions(word, self._listed or (), excluded)
        self._suggestions.at = 0
        self._suggestions.redraw()

    def action_move(self, step: int) -> None:
        suggestions = self._suggestions
        if suggestions.names:
            suggestions.at = (suggestions.at + step) % len(suggestions.names)
            suggestions.redraw()

    def action_complete(self) -> None:
        """Replace the last word by the marked completion."""
        field, suggestions = self.query_one(Input), self._suggestions
        if suggestions.names:
            done = parts_of(field.value)
            if not field.value.endswith((",", " ")):
                done = done[:-1]
            field.value = ", ".join([*done, suggestions.names[suggestions.at]]) + ", "
            field.cursor_position = len(field.value)

    def on_click(self, event: events.Click) -> None:
        suggestions = self._suggestions
        region = suggestions.region
        name = suggestions.drawn.target_at(event.screen_x - region.x, event.screen_y - region.y)
        if name in suggestions.names:
            suggestions.at = suggestions.names.index(name)
            self.action_complete()

    def on_mouse_scroll_down(self) -> None:
        self.action_move(1)

    def on_mouse_scroll_up(self) -> None:
        self.action_move(-1)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        listed, suggestions = self._listed or (), self._suggestions
        typed = parts_of(event.value)
        # What is marked in the list beats what a short name would stand for.
        last = typed[-1:] if suggestions.at else [listed_symbol(one, listed) for one in typed[-1:]]
        symbols = list(dict.fromkeys([*(listed_symbol(n, listed) for n in typed[:-1]), *last]))
        marked = suggestions.names[suggestions.at] if suggestions.names else ""
        if symbols and self._listed and not self._is_known(symbols[-1]) and marked:
            # Enter takes what is marked in the list.
            symbols[-1] = marked
        elif not symbols and suggestions.at and marked:
            symbols = [marked]
        wrong = self._wrong(symbols)
        if wrong:
            self._show_hint(wrong)
        else:
            self.dismiss(tuple(symbol for symbol in symbols if symbol not in self._present))

    def _is_known(self, symbol: str) -> bool:
        return symbol in (self._listed or ()) or symbol in self._present

    def _wrong(self, symbols: Sequence[str]) -> str:
        """Why they cannot be added; empty where at least one can, and the others are there."""
        words = self._view.words
        for symbol in symbols:
            if symbol_error(symbol):
                return words("add.wrong")
            if self._listed and not self._is_known(symbol):
                return words("add.no_such", symbol=symbol)
        if symbols and all(symbol in self._present for symbol in symbols):
            return words("add.known", symbol=", ".join(symbols))
        return ""
