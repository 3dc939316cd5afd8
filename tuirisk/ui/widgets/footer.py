"""The last row: keys and what they do, drawn from the bindings; a click does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual import events

from tuirisk.ui.render.rows import Row, Span, blank, measure
from tuirisk.ui.view.commands import COMMANDS, Command
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.canvas import Canvas, Drawn, Hit


class Footer(Canvas):
    """The keys of the commands that work here."""

    commands: tuple[Command, ...] = COMMANDS

    def draw(self, view: View, width: int, height: int) -> Drawn:
        """The commands that fit; each is a hit whose target is its action."""
        bound = {command.name: command for command in view.commands}
        offered = [bound.get(command.name, command) for command in self.commands]
        offered = [command for command in offered if command.shown and command.when(view)]
        focused = self.screen.focused if self.is_attached else None
        hits = []
        lines = []
        for y, fitted in enumerate(
            fitting(view, width, height, offered, (focused and focused.id) or "")
        ):
            row = Row(width, "title")
            for command in fitted:
                start = row.used
                row.extend(_entry(view, command))
                hits.append(Hit(y, start, row.used, command.action))
            lines.append(row.line())
        lines += [blank(width, "title")] * (height - len(lines))
        return Drawn(lines, tuple(hits))

    async def on_click(self, event: events.Click) -> None:
        action = self.drawn.target_at(event.x, event.y)
        if action is not None:
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
    fitted: set[str] = set()
    for command in sorted(commands, key=lambda c: (c.rank > 1 and c.panel != panel, c.rank)):
        names = fitted | {command.name}
        tried = _rows([c for c in commands if c.name in names], sizes, width)
        if len(tried) <= height and sizes[command.name] <= width:
            rows, fitted = tried, names
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
