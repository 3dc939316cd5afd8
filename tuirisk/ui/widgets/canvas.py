"""A widget that repaints what changed and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tuirisk.ui.render.rows import Line, Row, Span, blank, measure, to_ascii
from tuirisk.ui.view.view import View

ROLES = (
    "text", "strong", "quiet", "faint", "title", "title-focus", "key", "accent",
    "ok", "caution", "warning", "critical", "warning-fill", "critical-fill",
    "warming", "stale", "error", "error-fill", "unknown", "unknown-fill", "notice",
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


class Hit(NamedTuple):
    """Cells of one row that a click means something on: columns ``start`` to ``end`` exclusive."""

    y: int
    start: int
    end: int
    target: str
    """What the click is for: an action or a symbol, as the widget defines it."""


class ScrollRange(NamedTuple):
    """The rows that are seen of ``rows`` in all, counted from 1."""

    first: int
    last: int
    rows: int

    def top_after(self, step: int) -> int:
        """The first row seen, counted from 0, after scrolling by ``step`` rows."""
        visible = self.last - self.first + 1
        return max(0, min(self.first - 1 + step, self.rows - visible))


@dataclass(frozen=True, slots=True)
class Drawn:
    """What one drawing of a widget has put on the screen."""

    lines: list[Line]
    hits: tuple[Hit, ...] = ()
    scroll_range: ScrollRange | None = None
    """None where all rows are seen."""

    def target_at(self, x: int, y: int) -> str | None:
        """What a click on column ``x`` of row ``y`` is for."""
        targets = (hit.target for hit in self.hits if hit.y == y and hit.start <= x < hit.end)
        return next(targets, None)

    @property
    def top(self) -> int:
        """How many rows are scrolled away above."""
        return 0 if self.scroll_range is None else self.scroll_range.first - 1

    def top_after(self, step: int) -> int:
        """``top`` after scrolling by ``step`` rows."""
        return 0 if self.scroll_range is None else self.scroll_range.top_after(step)


class Canvas(Widget):
    """Draws rows of spans. A new view redraws all rows in memory and repaints those that differ;
    which of their cells are sent is :mod:`tuirisk.ui.render.terminal_diff`'s business.
    """

    panel_title = ""
    """Key of the panel's title in the locale; empty for a widget without a title row."""
    help_topic = ""
    """Which numbers the help explains while the panel has the focus; empty for none."""
    pace_ms: ClassVar[int] = 0
    """Least time between the states of two paints, where only the data is newer; 0 paints all."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.view: View | None = None
        self.drawn = Drawn([])
        """What was drawn last: what clicks and scrolling refer to."""
        self._lines: list[Line] = []
        self._strips: dict[int, Strip] = {}
        self._styles: dict[tuple[str, str], Style] = {}
        self._drawn_for: tuple[View, int, int] | None = None
        """View, width and height of ``_lines``."""
        self._painted_ms = 0
        """Time of the state that was painted last."""
        self._skipped = False
        """Whether a newer state than the painted one waits for the pace."""

    def draw(self, view: View, width: int, height: int) -> Drawn:
        """All rows of the widget, at most ``height`` of them, each ``width`` cells wide.

        Changes nothing: the same arguments give the same result, and it may be called at any time.
        """
        raise NotImplementedError

    def help_texts(self) -> Mapping[str, str]:
        """Values that only the panel knows, by name, for the help."""
        return {}

    def after_draw(self, before: Drawn) -> None:
        """Called when ``drawn`` has taken the place of ``before``."""

    def show(self, view: View) -> None:
        """Paint ``view``; if all that is new is the data, no sooner than the pace allows.

        Paced panels are painted together with the rest. What the pace has skipped is painted with
        a later state, or by :meth:`paint_skipped` where none comes.
        """
        newer = self.view is not None and view == replace(self.view, state=view.state)
        self.view = view
        self._skipped = newer and 0 <= view.time_ms - self._painted_ms < self.pace_ms
        if not self._skipped:
            self.redraw()

    def paint_skipped(self) -> None:
        """Paint the newest view if the pace has kept it from being painted."""
        if self._skipped:
            self.redraw()

    def redraw(self) -> None:
        """Draw the newest view and repaint the rows that differ."""
        width, height = self.size
        if self.view is None or width <= 0 or height <= 0:
            return
        lines = self._draw_lines(self.view, width, height)
        regions = changed(self._lines, lines, width)
        self._lines = lines
        for region in regions:
            self._strips.pop(region.y, None)
        if regions:
            self.refresh(*regions)

    def _draw_lines(self, view: View, width: int, height: int) -> list[Line]:
        """Draw ``view``, keep what was drawn, and give its rows, ``height`` of them."""
        self._drawn_for = view, width, height
        self._painted_ms = view.time_ms
        self._skipped = False
        before, self.drawn = self.drawn, self.draw(view, width, height)
        self.after_draw(before)
        lines = self.drawn.lines[:height]
        lines += [blank(width)] * (height - len(lines))
        return [to_ascii(line) for line in lines] if view.ascii else lines

    def render_line(self, y: int) -> Strip:
        strip = self._strips.get(y)
        if strip is None:
            if not self._lines and self.view is not None:
                # The first paint comes before the widget is told its size.
                self._lines = self._draw_lines(self.view, *self.size)
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
            style = self._base_style()
            if ground:
                style += self._component(f"canvas--ground-{ground}")
            style += self._component(f"canvas--{role}")
            self._styles[role, ground] = style
        return style

    def _base_style(self) -> Style:
        """The widget's own style; Textual finds it anew, through all its parents, at each call."""
        style = self._styles.get(("", ""))
        if style is None:
            style = self._styles["", ""] = self.rich_style
        return style

    def _component(self, name: str) -> Style:
        """A component's style: the widget's own where it has that class, else the application's."""
        owner = self if name in self.COMPONENT_CLASSES else self.app
        return owner.get_component_styles(name).partial_rich_style

    def heading(self, view: View, width: int, *spans: Span) -> Line:
        """The panel's title row: its name, then ``spans`` flush right where they fit."""
        row = Row(width, "title")
        row.add(f" {view.words(self.panel_title)}", "title-focus" if self.has_focus else "title")
        shown = list(spans)
        while shown and measure(shown) + 2 > row.room:
            shown.pop(0)
        if shown:
            row.right(*shown, margin=1)
        return row.line()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.clear()
        self._strips.clear()

    def on_resize(self, event: events.Resize) -> None:
        drawn = self._drawn_for
        if drawn is not None and drawn[0] is self.view and drawn[1:] == self.size:
            # The first paint has drawn it at this size.
            return
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
