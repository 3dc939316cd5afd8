"""Help, a choice from a list, and questions that one line answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tuirisk.ui import format as fmt
from tuirisk.ui import glyphs
from tuirisk.ui.canvas import Canvas
from tuirisk.ui.commands import Command, display
from tuirisk.ui.lines import Line, Row
from tuirisk.ui.view import View
from tuirisk.ui.words import Words


class HelpCanvas(Canvas):
    """Every key from the bindings, and the signs; in two columns where one is too long."""

    panel_title = "help.title"

    def __init__(self, commands: Sequence[Command], *, id: str) -> None:
        super().__init__(id=id)
        self._commands = commands

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        full = _rows(len(self._commands)) + 2
        return full if full <= viewport.height else _rows(-(-len(self._commands) // 2))

    def draw(self, view: View, width: int, height: int) -> list[Line]:
        words = view.words
        rows = [self.heading(view, width)]
        keys = [(_keys(c.keys), words(f"command.{c.name}")) for c in self._commands]
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
    return " ".join(display(key) for key in keys.split(",") if key)


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

    def __init__(self, view: View, commands: Sequence[Command] = ()) -> None:
        """``commands``: those of the screen it was asked for on, beside the program's."""
        super().__init__()
        self._view = view
        self._commands = (*commands, *view.commands)

    def compose(self) -> ComposeResult:
        yield HelpCanvas(self._commands, id="help")

    def on_mount(self) -> None:
        self.query_one(HelpCanvas).show(self._view)


class ChoiceCanvas(Canvas, can_focus=True):
    """A list with a cursor."""

    def __init__(self, title: str, names: Sequence[str], at: int, *, id: str) -> None:
        super().__init__(id=id)
        self._title = title
        self.names = names
        self.at = at

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return min(len(self.names) + 2, viewport.height)

    def draw(self, view: View, width: int, height: int) -> list[Line]:
        rows = [Row(width, "title").add(f" {self._title}", "title").line()]
        room = max(1, height - 2)
        first = max(0, min(self.at - room // 2, len(self.names) - room))
        for index, name in enumerate(self.names[first : first + room], first):
            row = Row(width, "chosen" if index == self.at else "")
            row.add(f" {glyphs.POINTER if index == self.at else ' '} ", "accent")
            rows.append(row.add(name, "strong" if index == self.at else "text").line())
        return [*rows, Row(width).add(f" {view.words('choice.hint')}", "faint").line()]


class ChoiceScreen(ModalScreen[str | None]):
    """Gives back the name chosen, or None; ``show`` is told each name the cursor reaches."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", show=False),
        Binding("enter,space", "choose", show=False),
        Binding("j,down,t", "move(1)", show=False),
        Binding("k,up", "move(-1)", show=False),
    ]

    def __init__(
        self,
        view: View,
        title: str,
        names: Sequence[str],
        chosen: str,
        show: Callable[[str], None],
    ) -> None:
        super().__init__()
        self._view = view
        self._show = show
        at = names.index(chosen) if chosen in names else 0
        self._list = ChoiceCanvas(title, names, at, id="choice")

    def compose(self) -> ComposeResult:
        yield self._list

    def on_mount(self) -> None:
        self._list.show(self._view)

    def action_move(self, step: int) -> None:
        self._list.at = (self._list.at + step) % len(self._list.names)
        self._list.redraw()
        self._show(self._list.names[self._list.at])

    def action_choose(self) -> None:
        self.dismiss(self._list.names[self._list.at])

    def on_click(self, event: events.Click) -> None:
        index = event.screen_y - self._list.region.y - 1
        if self._list.region.contains(event.screen_x, event.screen_y) and (
            0 <= index < len(self._list.names)
        ):
            self.dismiss(self._list.names[index])


class FilterScreen(ModalScreen[None]):
    """A row at the bottom; ``show`` is told what it holds as it is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "clear", show=False)]

    def __init__(self, view: View, show: Callable[[str], None]) -> None:
        super().__init__()
        self._view = view
        self._show = show

    def compose(self) -> ComposeResult:
        words = self._view.words
        with Horizontal(id="filter"):
            yield Static(f" {words('filter.title')} ")
            yield Input(self._view.filter, placeholder=words("filter.hint"), max_length=60)

    def on_input_changed(self, event: Input.Changed) -> None:
        self._show(event.value.strip())

    def on_input_submitted(self) -> None:
        self.dismiss()

    def action_clear(self) -> None:
        self._show("")
        self.dismiss()


class NameScreen(ModalScreen[str | None]):
    """Asks for a name."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", show=False)]

    def __init__(self, title: str, hint: str) -> None:
        super().__init__()
        self._title = title
        self._hint = hint

    def compose(self) -> ComposeResult:
        with Vertical(id="question"):
            yield Static(self._title)
            yield Input(max_length=24)
            yield Static(self._hint, id="hint")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self.dismiss(event.value.strip())
