"""Every message of the state, whole: what is wrong or incomplete, as `messages` in JSON has it."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Size

from tuirisk.state import Message
from tuirisk.ui.render import glyphs
from tuirisk.ui.render.rows import Line, Row, Span, fit, wrap
from tuirisk.ui.view.view import SEVERITY_ROLES, View
from tuirisk.ui.widgets.canvas import Drawn
from tuirisk.ui.widgets.scrolled import ScrolledCanvas, ScrolledDialog

INDENT = 3
"""Cells before a sentence: the mark of its level stands there."""
WHOLE = 1_000
"""Rows that a sentence may take: all it needs."""


def message_text(view: View, message: Message) -> str:
    """The sentence in the view's language; that of another tuirisk as it came."""
    return message.text if message.reason is None else view.words.reason(message.reason)


def message_rows(view: View, width: int) -> list[Line]:
    """The messages in the order of the list, each whole over as many rows as it needs."""
    messages = () if view.state is None else view.state.messages
    if not messages:
        return [Row(width).add(f" {fit(view.words('messages.none'), width - 1)}", "quiet").line()]
    return [row for message in messages for row in _rows(view, message, width)]


def _rows(view: View, message: Message, width: int) -> list[Line]:
    text, name = message_text(view, message), message.symbol or ""
    sentence = f"{name}: {text}" if name else text
    lines = []
    for number, part in enumerate(wrap(sentence, max(1, width - INDENT - 1), WHOLE)):
        row = Row(width)
        if not number:
            role = SEVERITY_ROLES[message.level]
            row.add(" ").add(glyphs.MARKS[message.level] or " ", role)
        row.pad_to(INDENT)
        if not number and name and part.startswith(name):
            row.add(name, "strong")
            part = part.removeprefix(name)
        lines.append(row.add(part).line())
    return lines


class MessageCanvas(ScrolledCanvas):
    """The heading, the messages from ``top`` on, and how to close the list."""

    panel_title = "messages.title"
    pace_ms = 1000

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        if self.view is None:
            return viewport.height
        return min(len(message_rows(self.view, width)) + 2, viewport.height)

    def draw(self, view: View, width: int, height: int) -> Drawn:
        seen = self.scrolled(message_rows(view, width), max(1, height - 2))
        words, hint = view.words, view.words("help.close")
        count = "" if view.state is None else str(len(view.state.messages))
        spans = [Span(count, "strong")]
        if seen.scroll_range is not None:
            hint = f"{words('help.scroll')}, {hint}"
            spans.insert(0, Span(f"{seen.scroll_range.last}/{seen.scroll_range.rows}  ", "quiet"))
        bottom = Row(width).add(f" {fit(hint, width - 1)}", "faint").line()
        lines = [self.heading(view, width, *spans), *seen.lines, bottom]
        return Drawn(lines, scroll_range=seen.scroll_range)


class MessageListScreen(ScrolledDialog):
    """The messages over whatever screen they are asked for on; they change as the states do."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("M", "dismiss", show=False, id="messages"),
    ]

    def __init__(self, view: View) -> None:
        super().__init__(MessageCanvas(id="messages"), view)
