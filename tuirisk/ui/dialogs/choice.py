"""A choice from a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Size

from tuirisk.ui.render import glyphs
from tuirisk.ui.render.rows import Row
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.canvas import Canvas, Drawn, Hit
from tuirisk.ui.widgets.closing import Dialog


class ChoiceCanvas(Canvas, can_focus=True):
    """A list with a cursor."""

    def __init__(
        self, title: str, names: Sequence[str], at: int, descriptions: Sequence[str], *, id: str
    ) -> None:
        super().__init__(id=id)
        self._title = title
        self.names = names
        self._descriptions = descriptions or [""] * len(names)
        self.at = at

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return min(len(self.names) + 2, viewport.height)

    def draw(self, view: View, width: int, height: int) -> Drawn:
        """The names around the cursor; each is a hit whose target is the name."""
        rows = [Row(width, "title").add(f" {self._title}", "title").line()]
        room = max(1, height - 2)
        first = max(0, min(self.at - room // 2, len(self.names) - room))
        column = max(map(cell_len, self.names)) + 5
        shown = self.names[first : first + room]
        for index, name in enumerate(shown, first):
            row = Row(width, "chosen" if index == self.at else "")
            row.add(f" {glyphs.POINTER if index == self.at else ' '} ", "accent")
            row.add(name, "strong" if index == self.at else "text")
            rows.append(row.pad_to(column).add(self._descriptions[index], "quiet").line())
        rows.append(Row(width).add(f" {view.words('choice.hint')}", "faint").line())
        return Drawn(rows, tuple(Hit(y, 0, width, name) for y, name in enumerate(shown, 1)))


class ChoiceScreen(Dialog[str | None]):
    """Returns the chosen name, or None; calls ``show`` with each name the cursor reaches."""

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
        descriptions: Sequence[str] = (),
    ) -> None:
        """``notes``: what each name stands for."""
        super().__init__()
        self._view = view
        self._show = show
        at = names.index(chosen) if chosen in names else 0
        self._list = ChoiceCanvas(title, names, at, descriptions, id="choice")

    def compose(self) -> ComposeResult:
        yield self._list

    def on_mount(self) -> None:
        self._list.show(self._view)

    def action_move(self, step: int) -> None:
        self._list.at = (self._list.at + step) % len(self._list.names)
        self._list.redraw()
        self._show(self._list.names[self._list.at])

    def on_mouse_scroll_down(self) -> None:
        self.action_move(1)

    def on_mouse_scroll_up(self) -> None:
        self.action_move(-1)

    def action_choose(self) -> None:
        self.dismiss(self._list.names[self._list.at])

    def on_click(self, event: events.Click) -> None:
        region = self._list.content_region
        name = self._list.drawn.target_at(event.screen_x - region.x, event.screen_y - region.y)
        if name is not None:
            self.dismiss(name)
