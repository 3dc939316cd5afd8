"""Five lines of what to press, shown at the first start."""

from __future__ import annotations

from textual.geometry import Size

from tuirisk.ui.render.rows import Row, fit
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.canvas import Canvas, Drawn

LINES = ("choose", "numbers", "list", "alert", "more")
LEAST_WIDTH, LEAST_HEIGHT = 60, 22
"""Below this size they would take rows that data need: they wait for a larger terminal."""


class Welcome(Canvas):
    """A block above the footer; it takes rows of its own and covers nothing."""

    DEFAULT_CLASSES = "panel"

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Five rows where there is room for them."""
        return len(LINES) if fits(viewport) else 0

    def draw(self, view: View, width: int, height: int) -> Drawn:
        """One line a subject, its keys as they are bound now."""
        keys = {command.name: command.shown for command in view.commands}
        rows = []
        for name in LINES[:height]:
            text = view.words(f"welcome.{name}", **{k: v or "-" for k, v in keys.items()})
            rows.append(Row(width).add(f" {fit(text, width - 2)}", "key").line())
        return Drawn(rows)


def fits(size: Size) -> bool:
    """Whether a terminal of ``size`` has room for the lines."""
    return size.width >= LEAST_WIDTH and size.height >= LEAST_HEIGHT
