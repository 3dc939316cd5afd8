"""The last row: keys and what they do, drawn from the bindings; a click does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual import events

from tuirisk.ui.render.rows import Line, Row, Span, blank, measure
from tuirisk.ui.view.commands import COMMANDS, Command
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.canvas import Canvas


class Footer(Canvas):
    commands: tuple[Command, ...] = COMMANDS

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._places: list[tuple[int, int, int, str]] = []
        """(row, first column, end, action) of each entry."""

    def draw(self, view: View, width: int, height: int) -> list[Line]:
        bound = {command.name: command for command in view.commands}
        offered = [bound.get(command.name, command) for command in self.commands]
        offered = [command for command in offered if command.shown and command.when(view)]
        focused = self.screen.focused if self.is_attached else None
        self._places = []
        lines = []
        for y, kept in enumerate(
            fitting(view, width, height, offered, (focused and focused.id) or "")
        ):
            row = Row(width, "title")
            for command in kept:
                start = row.used
                row.extend(_entry(view, command))
                self._places.append((y, start, row.used, command.action))
            lines.append(row.line())
        return [*lines, *[blank(width, "title")] * (height - len(lines))]

    async def on_click(self, event: events.Click) -> None:
        for y, start, end, action in self._places:
            if y == event.y and start <= event.x < end:
                await self.app.run_action(action)


def _entry(view: View, command: Command) -> tuple[Span, ...]:
    return (
        Span(f" {command.shown}", "key"),
        Span(f" {view.words(f'short.{command.name}')} ", "quiet"),
    )


def fitting(
    view: View, width: int, height: int, commands: Sequence[Command], panel: str
) -> list[list[Command]]:
    """The commands that fit, row by row in their order: those of the focused ``panel`` are the
    first that get room, then it goes by rank."""
    sizes = {command.name: measure(_entry(view, command)) for command in commands}
    rows: list[list[Command]] = []
    kept: set[str] = set()
    for command in sorted(commands, key=lambda c: (c.rank > 1 and c.panel != panel, c.rank)):
        names = kept | {command.name}
        tried = _rows([c for c in commands if c.name in names], sizes, width)
        if len(tried) <= height and sizes[command.name] <= width:
            rows, kept = tried, names
    return rows


def _rows(commands: Sequence[Command], sizes: Mapping[str, int], width: int) -> list[list[Command]]:
    rows: list[list[Command]] = []
    room = 0
    for command in commands:
        room -= sizes[command.name]
        if room < 0:
            rows.append([])
            room = width - sizes[command.name]
        rows[-1].append(command)
    return rows
