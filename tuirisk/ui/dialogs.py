"""Help, and the question for a symbol to add."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tuirisk.ui import format as fmt
from tuirisk.ui import glyphs
from tuirisk.ui.canvas import Canvas
from tuirisk.ui.commands import COMMANDS
from tuirisk.ui.lines import Line, Row
from tuirisk.ui.view import View
from tuirisk.ui.words import Words


class HelpCanvas(Canvas):
    """Every key from the bindings, and the signs; in two columns where one is too long."""

    panel_title = "help.title"

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        full = _rows(len(COMMANDS)) + 2
        return full if full <= viewport.height else _rows(-(-len(COMMANDS) // 2))

    def draw(self, view: View, width: int, height: int) -> list[Line]:
        words = view.words
        rows = [self.heading(view, width)]
        keys = [(_keys(c.keys), words(f"command.{c.name}")) for c in COMMANDS]
        if _rows(len(keys)) + 2 <= height:
            rows += [_pair(words, [pair], width) for pair in keys]
            rows += [
                Row(width).line(),
                Row(width, "title").add(f" {words('help.marks')}", "title").line(),
            ]
        else:
            half = -(-len(keys) // 2)
            rows += [_pair(words, [a, *keys[half + i : half + i + 1]], width)
                     for i, a in enumerate(keys[:half])]  # fmt: skip
        for mark, text, role in _signs():
            row = Row(width).cell(mark, 4, role).add("  ")
            rows.append(row.add(words(text), "text").line())
        return [*rows[: height - 1], Row(width).add(f" {words('help.close')}", "faint").line()]


def _rows(keys: int) -> int:
    """Rows of the help with ``keys`` rows of keys: title, keys, signs, last row."""
    return 1 + keys + len(_signs()) + 1


def _keys(keys: str) -> str:
    names = {"question_mark": "?", "ctrl+p": "^p", "space": "Space", "tab": "Tab", "enter": "Enter",
             "down": "Down", "up": "Up", "left": "Left", "right": "Right"}  # fmt: skip
    return " ".join(names.get(key, key) for key in keys.split(","))


def _signs() -> list[tuple[str, str, str]]:
    signs = [(mark, f"severity.{severity}", severity) for severity, mark in glyphs.MARKS.items()]
    return [
        *signs,
        (glyphs.STALE, "help.stale", "stale"),
        (fmt.DASH, "help.missing", "quiet"),
        (">1.2", "help.thin", "critical"),
    ]


def _pair(words: Words, pairs: list[tuple[str, str]], width: int) -> Line:
    row = Row(width)
    for index, (keys, text) in enumerate(pairs):
        row.to(index * (width // 2)).add(" ").cell(keys, max(13, cell_len(keys)), "key", "<")
        row.add(" ").add(text)
    return row.line()


class HelpScreen(ModalScreen[None]):
    """The keys and the signs."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter,space", "dismiss", show=False)
    ]

    def __init__(self, view: View) -> None:
        super().__init__()
        self._view = view

    def compose(self) -> ComposeResult:
        yield HelpCanvas(id="help")

    def on_mount(self) -> None:
        self.query_one(HelpCanvas).show(self._view)


class AddScreen(ModalScreen[str]):
    """Asks for a symbol; gives it back in capitals, or an empty string."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss('')", show=False)]

    def __init__(self, view: View) -> None:
        super().__init__()
        self._view = view

    def compose(self) -> ComposeResult:
        words = self._view.words
        with Vertical(id="question"):
            yield Static(words("add.title"))
            yield Input(placeholder="LTCUSDT", max_length=24)
            yield Static(words("add.hint"), id="hint")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        symbol = event.value.strip().upper()
        hint = self.query_one("#hint", Static)
        if not symbol.isalnum():
            hint.update(self._view.words("add.wrong"))
        elif symbol in self._view.symbols:
            hint.update(self._view.words("add.known", symbol=symbol))
        else:
            self.dismiss(symbol)
