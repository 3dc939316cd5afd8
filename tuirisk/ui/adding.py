"""The question for symbols to add, completed from what the exchange lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tuirisk.ui import glyphs
from tuirisk.ui.canvas import Canvas
from tuirisk.ui.lines import Line, Row
from tuirisk.ui.view import View

SHOWN = 8
LONGEST = 400


def completions(typed: str, listed: Sequence[str], watched: Sequence[str]) -> tuple[str, ...]:
    """Symbols that begin with ``typed``, then those that hold it, without those watched."""
    typed = typed.upper()
    free = [name for name in listed if name not in watched]
    starts = [name for name in free if name.startswith(typed)]
    return (*starts, *(name for name in free if typed in name and not name.startswith(typed)))


def parts_of(text: str) -> list[str]:
    """The symbols of a comma- or blank-separated list, in capitals, each once."""
    return list(dict.fromkeys(part for part in text.upper().replace(",", " ").split() if part))


class Suggestions(Canvas):
    """What completes the last word typed."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.names: tuple[str, ...] = ()
        self.at = 0

    def draw(self, view: View, width: int, height: int) -> list[Line]:
        rows = []
        first = max(0, min(self.at - height // 2, len(self.names) - height))
        for index, name in enumerate(self.names[first : first + height], first):
            row = Row(width, "chosen" if index == self.at else "")
            row.add(f"{glyphs.POINTER if index == self.at else ' '} ", "accent")
            rows.append(row.add(name, "strong" if index == self.at else "text").line())
        return rows


class AddScreen(ModalScreen[tuple[str, ...]]):
    """Gives back symbols to watch; empty for none."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(())", show=False),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("tab", "complete", show=False, priority=True),
    ]

    def __init__(self, view: View) -> None:
        super().__init__()
        self._view = view
        self._listed = () if view.state is None else view.state.listed

    def compose(self) -> ComposeResult:
        words = self._view.words
        with Vertical(id="question"):
            yield Static(words("add.title"))
            yield Input(placeholder="LTCUSDT, DOGEUSDT", max_length=LONGEST)
            yield Suggestions(id="suggestions")
            yield Static(words("add.hint" if self._listed else "add.unlisted"), id="hint")

    def on_mount(self) -> None:
        suggestions = self.query_one(Suggestions)
        suggestions.styles.height = SHOWN if self._listed else 0
        suggestions.show(self._view)
        self._suggest("")

    def on_input_changed(self, event: Input.Changed) -> None:
        self._suggest(event.value)

    def _suggest(self, text: str) -> None:
        word = "" if text.endswith((",", " ")) else (parts_of(text) or [""])[-1]
        suggestions = self.query_one(Suggestions)
        suggestions.names = completions(word, self._listed, self._view.watched)
        suggestions.at = 0
        suggestions.redraw()

    def action_move(self, step: int) -> None:
        suggestions = self.query_one(Suggestions)
        if suggestions.names:
            suggestions.at = (suggestions.at + step) % len(suggestions.names)
            suggestions.redraw()

    def action_complete(self) -> None:
        """Put the suggestion in the place of the last word."""
        field, suggestions = self.query_one(Input), self.query_one(Suggestions)
        if suggestions.names:
            done = parts_of(field.value)
            if not field.value.endswith((",", " ")):
                done = done[:-1]
            field.value = ", ".join([*done, suggestions.names[suggestions.at]]) + ", "
            field.cursor_position = len(field.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        symbols = parts_of(event.value)
        suggestions = self.query_one(Suggestions)
        if symbols and self._listed and symbols[-1] not in self._listed and suggestions.names:
            # Enter takes what is marked in the list.
            symbols[-1] = suggestions.names[suggestions.at]
        elif not symbols and suggestions.at and suggestions.names:
            symbols = [suggestions.names[suggestions.at]]
        wrong = self._wrong(symbols)
        if wrong:
            self.query_one("#hint", Static).update(wrong)
        else:
            self.dismiss(tuple(symbols))

    def _wrong(self, symbols: Sequence[str]) -> str:
        """Why they cannot be added; empty where they can."""
        words = self._view.words
        for symbol in symbols:
            if not symbol.replace("_", "").isalnum():
                return words("add.wrong")
            if symbol in self._view.watched:
                return words("add.known", symbol=symbol)
            if self._listed and symbol not in self._listed:
                return words("add.no_such", symbol=symbol)
        return ""
