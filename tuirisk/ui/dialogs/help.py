"""The help: the numbers of the focused panel, every key, the signs and the mouse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.geometry import Size

from tuirisk.ui.dialogs.topics import TOPICS, explained
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render import glyphs
from tuirisk.ui.render.rows import Line, Row, Span, blank, fit, wrap
from tuirisk.ui.view.commands import Command
from tuirisk.ui.view.keys import display
from tuirisk.ui.view.view import SEVERITY_ROLES, View
from tuirisk.ui.widgets.canvas import Canvas, Drawn
from tuirisk.ui.widgets.cells import ESTIMATE
from tuirisk.ui.widgets.scrolled import ScrolledCanvas, ScrolledDialog


class HelpCanvas(ScrolledCanvas):
    """The numbers of the panel that had the focus, then every key, the signs and the mouse.

    Where there is room the two stand side by side; what does not fit is scrolled to.
    """

    panel_title = "help.title"
    pace_ms = 1000

    def __init__(self, commands: Sequence[Command], panel: Canvas | None, *, id: str) -> None:
        """``panel``: the one whose numbers are explained; None for the watchlist."""
        super().__init__(id=id)
        self._commands = commands
        self._panel = panel

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        if self.view is None:
            return viewport.height
        return min(len(self._rows(self.view, width, viewport.height)[0]) + 2, viewport.height)

    def draw(self, view: View, width: int, height: int) -> Drawn:
        """The heading, the rows from ``top`` on, and how to close the help."""
        rows, keys_at = self._rows(view, width, height)
        seen = self.scrolled(rows, max(1, height - 2))
        words, shown = view.words, seen.scroll_range
        hint, count = words("help.close"), []
        if shown is not None:
            hint = f"{words('help.scroll')}, {hint}"
            if keys_at is not None:
                hint = f"{words('help.keys')}, {hint}"
            count = [Span(f"{shown.last}/{shown.rows}", "quiet")]
        heading = self._heading(view, width, keys_at is not None and seen.top > keys_at, *count)
        bottom = Row(width).add(f" {fit(hint, width - 1)}", "faint").line()
        return Drawn([heading, *seen.lines, bottom], scroll_range=shown)

    def _heading(self, view: View, width: int, keys: bool, *spans: Span) -> Line:
        """The names of both parts, that of the first row marked; ``spans`` flush right."""
        words, row = view.words, Row(width, "title")
        numbers, title = words(TOPICS[self.topic].title), words(self.panel_title)
        row.add(f" {numbers}", "title" if keys else "title-focus")
        row.add("  ").add(title, "title-focus" if keys else "title")
        return row.right(*spans, margin=1).line() if spans else row.line()

    @property
    def topic(self) -> str:
        """Whose numbers are explained."""
        topic = "" if self._panel is None else self._panel.help_topic
        return topic if topic in TOPICS else "watchlist"

    def _rows(self, view: View, width: int, height: int) -> tuple[list[Line], int | None]:
        """All rows, and at which of them the keys begin; None where they stand beside."""
        own = {} if self._panel is None else self._panel.help_texts()
        if width < SIDE_BY_SIDE:
            numbers = list(explained(view, self.topic, own, width))
            title = Row(width, "title").add(f" {view.words(self.panel_title)}", "title").line()
            keys = self._keys(view, width, 1)
            if len(numbers) + 3 + len(keys) > height and width >= TWO_COLUMNS:
                keys = self._keys(view, width, 2)
            return [*numbers, title, *keys], len(numbers)
        right = KEYS_WIDTH
        left = width - right - 2
        numbers = list(explained(view, self.topic, own, left))
        title = Row(right, "title").add(f" {view.words(self.panel_title)}", "title").line()
        keys = [title, *self._keys(view, right, 1)]
        count = max(len(numbers), len(keys))
        numbers += [blank(left)] * (count - len(numbers))
        keys += [blank(right)] * (count - len(keys))
        gap = Span("  ")
        return [(*a, gap, *b) for a, b in zip(numbers, keys, strict=True)], None

    def _keys(self, view: View, width: int, columns: int) -> list[Line]:
        """The keys in so many columns, the signs, the mouse."""
        words = view.words
        keys = [(_keys(c), words(f"command.{c.name}")) for c in self._commands]
        half = -(-len(keys) // columns)
        rows = [_pair(keys[i::half] if columns > 1 else keys[i : i + 1], width)
                for i in range(half)]  # fmt: skip
        rows.append(Row(width, "title").add(f" {words('help.marks')}", "title").line())
        for mark, text, role in _signs():
            rows.append(_sign(mark, words(text), role, width))
        rows.append(Row(width, "title").add(f" {words('help.mouse')}", "title").line())
        for text in _MOUSE:
            rows += [Row(width).add(f" {part}").line() for part in wrap(words(text), width - 1, 3)]
        return rows

    def turn(self) -> None:
        """To the keys, or from there back to the numbers."""
        if self.view is None:
            return
        _, keys_at = self._rows(self.view, *self.size)
        below = keys_at is not None and self.drawn.top > keys_at
        self.top = 0 if keys_at is None or below else keys_at + 1
        self.redraw()


SIDE_BY_SIDE = 112
"""Cells from which on the keys stand beside the numbers …"""
KEYS_WIDTH = 44
"""… in a column of so many cells."""
TWO_COLUMNS = 72
"""Cells from which on the keys stand in two columns, if they must."""
_MOUSE = ("help.mouse_click", "help.mouse_keys", "help.mouse_wheel")


def unshadowed(commands: Sequence[Command]) -> list[Command]:
    """``commands`` without the keys that are the symbol view's own, where that is open."""
    own = {
        key
        for c in commands
        if c.where in ("symbol", "what_if", "account", "radar")
        for key in c.keys.split(",")
    }
    return [
        command
        if command.where in ("symbol", "what_if", "account", "radar")
        else command._replace(keys=",".join(k for k in command.keys.split(",") if k not in own))
        for command in commands
    ]


def _keys(command: Command) -> str:
    if command.name == "open_tab":
        return command.shown
    return " ".join(display(key) for key in command.keys.split(",") if key) or fmt.DASH


def _signs() -> list[tuple[str, str, str]]:
    signs = [
        (mark, f"severity.{severity}", SEVERITY_ROLES[severity])
        for severity, mark in glyphs.MARKS.items()
    ]
    return [
        *signs,
        (glyphs.STALE, "help.stale", "stale"),
        (ESTIMATE, "help.estimate", "text"),
        ("*", "help.alert", "strong"),
        (fmt.DASH, "help.missing", "quiet"),
        (">1.2", "help.thin", "critical"),
    ]


def _sign(mark: str, text: str, role: str, width: int) -> Line:
    row = Row(width).cell(mark, 4, role).add("  ")
    return row.add(fit(text, row.room), "text").line()


def _pair(pairs: Sequence[tuple[str, str]], width: int) -> Line:
    row = Row(width)
    half = width // max(1, len(pairs))
    for index, (keys, text) in enumerate(pairs):
        row.pad_to(index * half).add(" ").cell(keys, max(13, cell_len(keys)), "key", "<").add(" ")
        row.add(fit(text, (index + 1) * half - row.used))
    return row.line()


class HelpScreen(ScrolledDialog):
    """The numbers of the panel that has the focus, the keys and the signs."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "dismiss", show=False, id="help"),
        Binding("tab", "turn", show=False),
    ]

    def __init__(self, view: View, commands: Sequence[Command], panel: Canvas | None) -> None:
        """``commands``: those that work on the screen it was asked for on; ``panel``: the one
        that has the focus there.
        """
        bound = {command.name: command for command in view.commands}
        own = unshadowed([bound[c.name] for c in commands])
        self._help = HelpCanvas(own, panel, id="help")
        super().__init__(self._help, view)

    def action_turn(self) -> None:
        self._help.turn()
