"""A widget that repaints what changed and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tuirisk.ui.render.rows import Line, Row, Span, blank, measure, plain
from tuirisk.ui.view.view import View

ROLES = (
    "text", "strong", "quiet", "faint", "title", "title-focus", "key", "accent",
    "ok", "caution", "warning", "critical", "warning-fill", "critical-fill",
    "warming", "stale", "error", "error-fill", "unscored", "notice",
    "up", "down", "bid", "ask", "bar", "track", "spark",
    "compression", "normal", "expansion",
    "compression-body", "normal-body", "expansion-body",
)  # fmt: skip
GROUNDS = ("title", "chosen", "tile", "track", "bid", "ask", "critical", "warning", "notice")


COMPONENTS = {f"canvas--{role}" for role in ROLES} | {
    f"canvas--ground-{ground}" for ground in GROUNDS
}
"""Component classes of the application: every canvas has its styles from there, for Textual works
out a widget's component classes for each widget, again and again.
"""


class Canvas(Widget):
    """Draws rows of spans. A new view redraws all rows in memory and repaints those that differ;
    which of their cells are sent is :mod:`tuirisk.ui.render.terminal_diff`'s business.
    """

    panel_title = ""
    """Key of the panel's title in the locale; empty for a widget without a title row."""
    pace_ms: ClassVar[int] = 0
    """Least time between the states of two paints, where only the data is newer; 0 paints all."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.view: View | None = None
        self._lines: list[Line] = []
        self._strips: dict[int, Strip] = {}
        self._styles: dict[tuple[str, str], Style] = {}
        self._painted_ms = 0
        """Time of the state that was painted last."""

    def draw(self, view: View, width: int, height: int) -> list[Line]:
        """All rows of the widget, at most ``height`` of them, each ``width`` cells wide."""
        raise NotImplementedError

    def show(self, view: View) -> None:
        """Paint ``view``; if all that is new is the data, no sooner than the pace allows.

        Paced panels are painted together with the rest: a timer would make paints of its own.
        """
        newer = self.view is not None and view == replace(self.view, state=view.state)
        self.view = view
        if not (newer and 0 <= view.time_ms - self._painted_ms < self.pace_ms):
            self._painted_ms = view.time_ms
            self.redraw()

    def redraw(self) -> None:
        width, height = self.size
        if self.view is None or width <= 0 or height <= 0:
            return
        lines = self._finished(self.view, width, height)
        regions = changed(self._lines, lines, width)
        self._lines = lines
        for region in regions:
            self._strips.pop(region.y, None)
        if regions:
            self.refresh(*regions)

    def _finished(self, view: View, width: int, height: int) -> list[Line]:
        lines = self.draw(view, width, height)[:height]
        lines += [blank(width)] * (height - len(lines))
        return [plain(line) for line in lines] if view.ascii else lines

    def render_line(self, y: int) -> Strip:
        strip = self._strips.get(y)
        if strip is None:
            if not self._lines and self.view is not None:
                # The first paint comes before the widget is told its size.
                self._lines = self._finished(self.view, *self.size)
            width = self.size.width
            line = self._lines[y] if y < len(self._lines) else ()
            strip = Strip([Segment(text, self.style_of(r, g)) for text, r, g in line])
            if strip.cell_length != width:
                strip = strip.adjust_cell_length(width, self.rich_style)
            self._strips[y] = strip
        return strip

    def style_of(self, role: str, ground: str) -> Style:
        """The Rich style of a role on a ground, from the theme."""
        style = self._styles.get((role, ground))
        if style is None:
            style = self.rich_style
            if ground:
                style += self._component(f"canvas--ground-{ground}")
            style += self._component(f"canvas--{role}")
            self._styles[role, ground] = style
        return style

    def _component(self, name: str) -> Style:
        """A component's style: the widget's own where it has that class, else the application's."""
        owner = self if name in self.COMPONENT_CLASSES else self.app
        return owner.get_component_styles(name).partial_rich_style

    def heading(self, view: View, width: int, *spans: Span) -> Line:
        """The panel's title row: its name, then ``spans`` flush right where they fit."""
        row = Row(width, "title")
        row.add(f" {view.words(self.panel_title)}", "title-focus" if self.has_focus else "title")
        kept = list(spans)
        while kept and measure(kept) + 2 > row.room:
            kept.pop(0)
        if kept:
            row.right(*kept, margin=1)
        return row.line()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.clear()
        self._strips.clear()

    def on_resize(self, event: events.Resize) -> None:
        self._lines = []
        self._strips.clear()
        self.redraw()

    def on_focus(self) -> None:
        self.redraw()

    def on_blur(self) -> None:
        self.redraw()


def changed(old: list[Line], new: list[Line], width: int) -> list[Region]:
    """One region for each row of ``new`` that differs from ``old``."""
    return [Region(0, y, width, 1) for y, line in enumerate(new) if y >= len(old) or old[y] != line]
