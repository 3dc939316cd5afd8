"""Changes of severity and events of the feed, newest first."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType

from tuirisk.state import SEVERITIES, LogEntry, Missing
from tuirisk.ui import format as fmt
from tuirisk.ui import glyphs
from tuirisk.ui.canvas import Canvas
from tuirisk.ui.lines import Line, Row, Span, fit, measure
from tuirisk.ui.view import View

_CODE_SEVERITY = {
    "add_margin_or_reduce": "critical",
    "reduce_or_hedge": "critical",
    "no_new_positions": "warning",
    "funding_extreme": "caution",
    "reduce_size": "caution",
    "under_control": "ok",
}


class Log(Canvas, can_focus=True):
    DEFAULT_CLASSES = "panel"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pagedown", "scroll_log(1)", show=False),
        Binding("pageup", "scroll_log(-1)", show=False),
        Binding("home", "scroll_log(-10000)", show=False),
        Binding("end", "scroll_log(10000)", show=False),
    ]
    panel_title = "log.title"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.top = 0
        """How many of the newest entries are scrolled away."""

    def draw(self, view: View, width: int, height: int) -> list[Line]:
        entries = filtered(view)
        shown = max(1, height - 1)
        self.top = max(0, min(self.top, len(entries) - shown))
        below = len(entries) - self.top - shown
        rows = [self.heading(view, width, *_tail(view, self.top, below))]
        if not entries:
            whole = view.state is None or not view.state.log
            text = view.words("log.empty" if whole else "log.empty_filter")
            return [*rows, Row(width).add(f" {fit(text, width - 2)}", "quiet").line()]
        name = max(cell_len(entry.symbol) for entry, _ in entries)
        newest = entries[::-1][self.top : self.top + shown]
        rows += [_entry(view, entry, before, name, width) for entry, before in newest]
        return rows

    def action_scroll_log(self, pages: int) -> None:
        self.scroll_rows(pages * max(1, self.size.height - 2))

    def scroll_rows(self, rows: int) -> None:
        self.top = max(0, self.top + rows)
        self.redraw()

    def on_mouse_scroll_down(self) -> None:
        self.scroll_rows(2)

    def on_mouse_scroll_up(self) -> None:
        self.scroll_rows(-2)


def filtered(view: View) -> list[tuple[LogEntry, bool]]:
    """(entry, whether it is of an earlier run) of those the filter leaves, oldest first."""
    state = view.state
    if state is None:
        return []
    entries = [(entry, i < state.earlier) for i, entry in enumerate(state.log)]
    if view.log_filter == "escalations":
        return [pair for pair in entries if pair[0].escalation]
    if view.log_filter == "chosen":
        return [pair for pair in entries if pair[0].symbol == view.chosen]
    if view.log_filter == "this_run":
        return [pair for pair in entries if not pair[1]]
    return entries


def _tail(view: View, above: int, below: int) -> tuple[Span, ...]:
    words, unread = view.words, len(view.unread())
    parts = []
    if above or below > 0:
        parts.append(Span(words("log.more", value=above + max(0, below)) + "  ", "faint"))
    if view.log_filter != "all":
        text = words(f"log_filter.{view.log_filter}", symbol=view.chosen)
        parts.append(Span(f"[{text}]  ", "accent"))
    if unread:
        parts.append(Span(words("log.unread", value=unread), "critical"))
    return tuple(parts)


def _entry(view: View, entry: LogEntry, before: bool, name: int, width: int) -> Line:
    unread = not before and view.is_unread(entry)
    role = _CODE_SEVERITY.get(entry.after, entry.after)
    known = role in SEVERITIES
    quiet = before or (entry.escalation and not unread)
    row = Row(width).cell(glyphs.MARKS[role] if known else "", 3, role if known else "quiet")
    row.add(" ").add(_time(view, entry), "strong" if unread else "quiet").add("  ")
    row.cell(entry.symbol, name, "strong" if unread else "text", "<").add("  ")
    tail = _score(view, entry, before)
    room = row.room - 2
    what = fit(_what(view, entry), room)
    row.add(what, "quiet" if quiet else role if known else "text")
    why = _why(view, entry)
    left = row.room - measure(tail) - 4
    if why and left >= min(cell_len(why), 12):
        row.add("  ").add(fit(why, left), "quiet")
    return row.right(*tail, margin=1).line() if tail else row.line()


def _time(view: View, entry: LogEntry) -> str:
    """The time of day; of another day, the date before it."""
    utc = view.config.ui.utc
    text = fmt.clock(entry.time_ms, utc)
    same = fmt.day(entry.time_ms, utc) == fmt.day(view.time_ms, utc)
    return text if same else f"{fmt.day(entry.time_ms, utc)} {text}"


def _score(view: View, entry: LogEntry, before: bool) -> tuple[Span, ...]:
    parts = []
    if before:
        parts.append(Span(f"{view.words('log.earlier')}  ", "faint"))
    if not isinstance(entry.score, Missing):
        parts.append(Span(view.words("log.score", value=fmt.score(entry.score)), "quiet"))
    return tuple(parts)


def _why(view: View, entry: LogEntry) -> str:
    """The rule that decided, and what weighs most in the score."""
    words = view.words
    rule = words.code("code", entry.rule) if entry.rule else ""
    part = words.code("component", entry.component) if entry.component else ""
    return ": ".join(text for text in (part, rule) if text)


def _what(view: View, entry: LogEntry) -> str:
    """``CAUTION > WARNING``; an event of the feed with its kind before it."""
    before, after = _word(view, entry.before), _word(view, entry.after)
    change = f"{before} > {after}" if before and after else after or before
    if entry.after in SEVERITIES or entry.after in _CODE_SEVERITY:
        return change
    return f"{view.words.code('kind', entry.kind)}: {change}" if change else entry.kind


def _word(view: View, code: str) -> str:
    for family in ("severity", "code", "status", "connection"):
        if code and view.words.has(f"{family}.{code}"):
            return view.words(f"{family}.{code}")
    return code
