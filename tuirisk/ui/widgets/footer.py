"""The last row: keys and what they do, drawn from the bindings; a click does it."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events

from tuirisk.ui.canvas import Canvas
from tuirisk.ui.commands import COMMANDS, Command
from tuirisk.ui.lines import Line, Row, Span, measure
from tuirisk.ui.view import View


class Footer(Canvas):
    commands: tuple[Command, ...] = COMMANDS

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._places: list[tuple[int, int, str]] = []

    def draw(self, view: View, width: int, height: int) -> list[Line]:
        bound = {command.name: command for command in view.commands}
        offered = [bound.get(command.name, command) for command in self.commands]
        offered = [command for command in offered if command.shown and command.when(view)]
        kept = _fitting(view, width, offered)
        self._places = []
        row = Row(width, "title")
        for command in kept:
            start = row.used
            row.extend(_entry(view, command))
            self._places.append((start, row.used, command.action))
        return [row.line()]

    async def on_click(self, event: events.Click) -> None:
        for start, end, action in self._places:
            if start <= event.x < end:
                await self.app.run_action(action)


def _entry(view: View, command: Command) -> tuple[Span, ...]:
    return (
        Span(f" {command.shown}", "key"),
        Span(f" {view.words(f'short.{command.name}')} ", "quiet"),
    )


def _fitting(view: View, width: int, commands: Sequence[Command]) -> list[Command]:
    """The commands that fit, best ranks first, in their order."""
    kept: list[Command] = []
    room = width
    for command in sorted(commands, key=lambda c: c.rank):
        size = measure(_entry(view, command))
        if size <= room:
            room -= size
            kept.append(command)
    return [command for command in commands if command in kept]
