"""Changes of severity and events of the feed, newest first."""

from __future__ import annotations

from rich.cells import cell_len

from tuirisk.state import SEVERITIES, LogEntry, Missing
from tuirisk.ui import format as fmt
from tuirisk.ui import glyphs
from tuirisk.ui.canvas import Canvas
from tuirisk.ui.lines import Line, Row, Span, fit
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
    panel_title = "log.title"

    def draw(self, view: View, width: int, height: int) -> list[Line]:
        unread = len(view.unread())
        tail = (Span(view.words("log.unread", value=unread), "critical"),) if unread else ()
        rows = [self.heading(view, width, *tail)]
        log = () if view.state is None else view.state.log
        if not log:
            return [*rows, Row(width).add(f" {view.words('log.empty')}", "quiet").line()]
        name = max(cell_len(entry.symbol) for entry in log)
        rows += [_entry(view, entry, name, width) for entry in reversed(log[-(height - 1) :])]
        return rows


def _entry(view: View, entry: LogEntry, name: int, width: int) -> Line:
    unread = view.is_unread(entry)
    role = _CODE_SEVERITY.get(entry.after, entry.after)
    known = role in SEVERITIES
    mark = glyphs.MARKS[role] if known else ""
    row = Row(width).cell(mark, 3, role if known else "quiet").add(" ")
    row.add(fmt.clock(entry.time_ms, view.config.ui.utc), "strong" if unread else "quiet").add("  ")
    row.cell(entry.symbol, name, "strong" if unread else "text", "<").add("  ")
    score = (
        ""
        if isinstance(entry.score, Missing)
        else view.words("log.score", value=fmt.score(entry.score))
    )
    text = fit(_what(view, entry), row.room - 1)
    row.add(text, (role if known else "text") if unread or not entry.escalation else "quiet")
    return row.right(Span(score, "quiet"), margin=1).line() if score else row.line()


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
