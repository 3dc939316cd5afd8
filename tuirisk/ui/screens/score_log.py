"""The log's entries on a score's history: marks on the time axis, and the rows below it."""

from __future__ import annotations

from collections.abc import Sequence

from tuirisk.state import SEVERITIES, LogEntry
from tuirisk.ui.charts.axes import LABEL
from tuirisk.ui.render import glyphs
from tuirisk.ui.render.rows import Line, Span
from tuirisk.ui.screens.chart_blocks import padded
from tuirisk.ui.screens.layout import Page, heading, paragraph
from tuirisk.ui.screens.score_columns import Columns, joined_spans, row_head, score_word
from tuirisk.ui.view.view import SEVERITY_ROLES
from tuirisk.ui.widgets.canvas import Hit
from tuirisk.ui.widgets.log_items import Item
from tuirisk.ui.widgets.log_row import LogColumns, log_line

ENTRY, ALERT, CHOSEN = "·", "▼", "■"
"""Marks of the log's entries on the time axis."""


class EntryRows:
    """The entries, newest first, and the chosen one of them."""

    def __init__(
        self, page: Page, entries: Sequence[LogEntry], chosen: int, *, limited: bool
    ) -> None:
        """``limited``: part of what was logged cannot be known."""
        self.page, self.entries, self.chosen, self.limited = page, entries, chosen, limited

    def marks(self, y: int, columns: Columns) -> tuple[Line, tuple[Hit, ...]]:
        """The row of marks, row ``y``: of several in one column the chosen one, else the worst."""
        page, chosen = self.page, self.chosen
        signs: dict[int, tuple[int, Span]] = {}
        hits = []
        for place, entry in enumerate(self.entries):
            column = columns.place(entry.time_ms)
            if column is None:
                continue
            rank, span = _mark(entry, place == chosen)
            if column not in signs or rank > signs[column][0]:
                signs[column] = rank, span
                x = LABEL + column
                hits.append(Hit(y, x, x + 1, f"screen.show_entry({place})"))
        line = [Span(row_head(page, "log"), "quiet")]
        line += [signs[x][1] if x in signs else Span(" ") for x in range(columns.width)]
        return padded(page, [joined_spans(line)])[0], tuple(reversed(hits))

    def log_title(self) -> Line:
        """Which of how many entries is chosen."""
        page, entries = self.page, self.entries
        count = f"{self.chosen + 1}/{len(entries)}" if entries else ""
        return heading(
            page, score_word(page, "entries", symbol=page.view.chosen), Span(count, "quiet")
        )

    def log(self, rows: int) -> list[Line]:
        """At most ``rows`` of the entries around the chosen one, newest first."""
        page, chosen = self.page, self.chosen
        if not self.entries:
            return paragraph(page, score_word(page, "none_known" if self.limited else "no_entries"))
        shown = self._shown(rows)
        layout = LogColumns.of(page.view, [self.entries[place] for place in shown], page.width - 2)
        return [
            (
                Span(f"{glyphs.POINTER} " if place == chosen else "  ", "strong"),
                *log_line(page.view, Item(self.entries[place]), layout, page.width - 2),
            )
            for place in shown
        ]

    def log_hits(self, y: int, rows: int) -> tuple[Hit, ...]:
        """What a click on one of ``rows`` of the log means, of which the first is row ``y``."""
        shown = self._shown(rows) if self.entries else range(0)
        return tuple(
            Hit(y + row, 0, self.page.width, f"screen.show_entry({place})")
            for row, place in enumerate(shown)
        )

    def _shown(self, rows: int) -> range:
        """Places of the entries that are listed."""
        count = len(self.entries)
        first = max(0, min(self.chosen - rows // 2, count - rows))
        return range(first, min(count, first + rows))


def _mark(entry: LogEntry, chosen: bool) -> tuple[int, Span]:
    """How important a mark is, and its sign in the colour of the severity."""
    severity: str = entry.after if entry.kind == "severity" else ""
    role = SEVERITY_ROLES.get(severity, "strong")
    if chosen:
        return 99, Span(CHOSEN, role)
    if not entry.escalation:
        return 0, Span(ENTRY, role)
    ranks: dict[str, int] = {level: rank for rank, level in enumerate(SEVERITIES, 1)}
    return ranks.get(severity, 1), Span(ALERT, role)
