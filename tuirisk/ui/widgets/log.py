"""The log: what happened, newest first, of this run and of earlier ones."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType

from tuirisk.events.playback import PlaybackCommand
from tuirisk.state import LogEntry
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Row, Span, fit
from tuirisk.ui.view.messages import MomentClicked
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.canvas import Drawn, Hit, ScrollRange
from tuirisk.ui.widgets.log_items import Anchor, Item, items
from tuirisk.ui.widgets.log_row import LogColumns, log_line, subject
from tuirisk.ui.widgets.watchlist import SymbolCanvas


class Log(SymbolCanvas, can_focus=True):
    """The panel LOG: what happened, the newest last."""

    DEFAULT_CLASSES = "panel"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_rows(-1)", show=False),
        Binding("down", "scroll_rows(1)", show=False),
        Binding("home", "scroll_log(-10000)", show=False),
        Binding("end", "scroll_log(10000)", show=False),
    ]
    panel_title = "log.title"
    help_topic = "log"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._anchor: Anchor | None = None
        """What stays in its row when newer entries come; None while at the newest."""
        self._drawn_key: tuple[object, ...] = ()

    def show(self, view: View) -> None:
        """Most states bring nothing new to the log: those are not even drawn."""
        state = view.state
        key = (
            () if state is None else (state.log, state.history_entries, state.absence),
            view.log_filter, view.log_filter == "chosen" and view.chosen, view.acknowledged,
            fmt.day(view.time_ms, view.config.ui.utc), view.words.language, view.theme,
        )  # fmt: skip
        if key != self._drawn_key:
            if self._drawn_key and key[1:3] != self._drawn_key[1:3]:
                self._anchor = None
            self._drawn_key = key
            super().show(view)

    def draw(self, view: View, width: int, height: int) -> Drawn:
        """The rows from the anchor on; an entry's row is a hit whose target is its symbol."""
        rows = items(view)
        shown = max(1, height - 1)
        top = 0 if self._anchor is None else self._anchor.top(rows)
        top = max(0, min(top, len(rows) - shown))
        newer, older = rows[:top], rows[top + shown :]
        lines = [self.heading(view, width, *_tail(view, _count(newer), _count(older)))]
        if not rows:
            whole = view.state is None or not view.state.log
            text = view.words("log.empty" if whole else "log.empty_filter")
            return Drawn([*lines, Row(width).add(f" {fit(text, width - 2)}", "quiet").line()])
        visible = rows[top : top + shown]
        columns = LogColumns.of(
            view, [row.entry for row in visible if row.entry is not None], width
        )
        lines += [log_line(view, row, columns, width) for row in visible]
        hits = tuple(
            Hit(y, 0, width, subject(row.entry))
            for y, row in enumerate(visible, 1)
            if row.entry is not None and subject(row.entry)
        )
        scrolls = newer or older
        return Drawn(
            lines, hits, ScrollRange(top + 1, top + len(visible), len(rows)) if scrolls else None
        )

    def entry_at(self, y: int) -> LogEntry | None:
        """The entry that was drawn in row ``y``."""
        if self.view is None:
            return None
        rows, shown = items(self.view), self.drawn.scroll_range
        place = y - 1 + (0 if shown is None else shown.first - 1)
        return rows[place].entry if y >= 1 and 0 <= place < len(rows) else None

    def on_click(self, event: events.Click) -> None:
        """A replay goes to the moment of the entry; elsewhere the click chooses its symbol."""
        entry = self.entry_at(event.y)
        if entry is None or self.view is None or self.view.playback is None:
            return
        event.prevent_default()
        command = PlaybackCommand("seek", entry.time_ms)
        self.post_message(MomentClicked(command, subject(entry)))

    def action_scroll_log(self, pages: int) -> None:
        self.scroll_rows(pages * max(1, self.size.height - 2))

    def action_scroll_rows(self, rows: int) -> None:
        self.scroll_rows(rows)

    def scroll_rows(self, rows: int) -> None:
        """Scroll to older entries, to newer ones where ``rows`` is negative."""
        if self.view is not None:
            top = self.drawn.top_after(rows)
            self._anchor = Anchor.at(items(self.view), top) if top else None
            self.redraw()

    def on_mouse_scroll_down(self) -> None:
        self.scroll_rows(2)

    def on_mouse_scroll_up(self) -> None:
        self.scroll_rows(-2)


def _count(rows: list[Item]) -> int:
    return sum(row.entry is not None for row in rows)


def _tail(view: View, newer: int, older: int) -> tuple[Span, ...]:
    words, alerts = view.words, len(view.unacknowledged())
    parts = []
    for key, value in (("newer", newer), ("older", older)):
        if value:
            parts.append(Span(words(f"log.{key}", value=value) + "  ", "faint"))
    if view.log_filter != "all":
        text = words(f"log_filter.{view.log_filter}", symbol=view.chosen)
        parts.append(Span(f"[{text}]  ", "accent"))
    if alerts:
        parts.append(Span(words("header.alerts", value=alerts), "critical"))
    return tuple(parts)
