"""A canvas that shows as many of its rows as fit, and the dialog over one."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tuirisk.ui.render.rows import Line
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.canvas import Canvas, Drawn, Hit, ScrollRange
from tuirisk.ui.widgets.closing import Dialog


class ScrolledCanvas(Canvas):
    """Has perhaps more rows than room: what does not fit is scrolled to. A click does what the
    cells under it are for.
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.top = 0
        """How many rows are to be scrolled away, where there are so many."""

    def scrolled(self, rows: list[Line], room: int, hits: tuple[Hit, ...] = ()) -> Drawn:
        """Those of ``rows`` that are seen, at most ``room``, with those of ``hits`` on them."""
        if len(rows) <= room:
            return Drawn(rows, hits)
        top = max(0, min(self.top, len(rows) - room))
        seen = tuple(hit for hit in moved(hits, -top) if 0 <= hit.y < room)
        return Drawn(rows[top : top + room], seen, ScrollRange(top + 1, top + room, len(rows)))

    def scroll_rows(self, rows: int) -> None:
        """Scroll down by ``rows``, up where they are negative."""
        self.top = self.drawn.top_after(rows)
        self.redraw()

    async def on_click(self, event: events.Click) -> None:
        action = self.drawn.target_at(event.x, event.y)
        if action is not None:
            await self.run_action(action)


class ScrolledDialog(Dialog[None]):
    """A text over the screen that it was asked on; any of the usual keys and a click close it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,space", "dismiss", show=False),
        Binding("down,j", "scroll_rows(1)", show=False),
        Binding("up,k", "scroll_rows(-1)", show=False),
        Binding("pagedown", "scroll_rows(10)", show=False),
        Binding("pageup", "scroll_rows(-10)", show=False),
        Binding("home", "scroll_rows(-1000)", show=False),
        Binding("end", "scroll_rows(1000)", show=False),
    ]

    def __init__(self, canvas: ScrolledCanvas, view: View) -> None:
        super().__init__()
        self._canvas = canvas
        canvas.view = view

    def compose(self) -> ComposeResult:
        yield self._canvas

    def show(self, view: View) -> None:
        """The text as it is now."""
        self._canvas.show(view)
        self._canvas.refresh(layout=True)

    def action_scroll_rows(self, rows: int) -> None:
        self._canvas.scroll_rows(rows)

    def on_mouse_scroll_down(self) -> None:
        self._canvas.scroll_rows(2)

    def on_mouse_scroll_up(self) -> None:
        self._canvas.scroll_rows(-2)

    def on_click(self) -> None:
        self.dismiss()


def moved(hits: tuple[Hit, ...], rows: int) -> tuple[Hit, ...]:
    """``hits`` so many rows further down."""
    return tuple(hit._replace(y=hit.y + rows) for hit in hits)
