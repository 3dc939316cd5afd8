"""Changes of severity, newest first: this run's, those while nobody looked, and older ones."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from textual.binding import Binding, BindingType

from tuirisk.state import SEVERITIES, AbsenceSummary, LogEntry, Missing
from tuirisk.state.position_text import POSITION_KINDS, forced_by_exchange, position_sentence
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render import glyphs
from tuirisk.ui.render.rows import Line, Row, Span, fit, measure
from tuirisk.ui.view.view import SEVERITY_ROLES, View
from tuirisk.ui.widgets.canvas import Drawn, Hit, ScrollRange
from tuirisk.ui.widgets.watchlist import SymbolCanvas

NAMED = 3
"""Symbols whose highest score while nobody looked is told."""
SPACIOUS = 100
"""Least cells for the word before a score."""


class Item(NamedTuple):
    """A row of the log: an entry, or the line under which those of an earlier time stand."""

    entry: LogEntry | None
    line: tuple[Span, ...] = ()
    old: bool = False
    """Of an earlier run, and on the screen before."""


class Anchor(NamedTuple):
    """What the first row seen is told by while rows come above it and go below it."""

    entry: LogEntry | None
    """The first entry from that row on, else the last one above it."""
    offset: int
    """How many rows the entry stands below the first row seen."""

    @classmethod
    def at(cls, rows: list[Item], top: int) -> Anchor:
        """The anchor while ``rows[top]`` is the first row seen."""
        for place in (*range(top, len(rows)), *range(top - 1, -1, -1)):
            entry = rows[place].entry
            if entry is not None:
                return cls(entry, place - top)
        return cls(None, 0)

    def top(self, rows: list[Item]) -> int:
        """Index of the first row to see; past the end where the entry is no longer kept."""
        places = (place for place, row in enumerate(rows) if row.entry == self.entry)
        return next((place - self.offset for place in places), len(rows))


class Log(SymbolCanvas, can_focus=True):
    DEFAULT_CLASSES = "panel"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_rows(-1)", show=False),
        Binding("down", "scroll_rows(1)", show=False),
        Binding("home", "scroll_log(-10000)", show=False),
        Binding("end", "scroll_log(10000)", show=False),
    ]
    panel_title = "log.title"

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
        seen = rows[top : top + shown]
        columns = _Columns.of(view, [row.entry for row in seen if row.entry is not None])
        lines += [_line(view, row, columns, width) for row in seen]
        hits = tuple(
            Hit(y, 0, width, row.entry.symbol)
            for y, row in enumerate(seen, 1)
            if row.entry is not None
        )
        scrolls = newer or older
        return Drawn(
            lines, hits, ScrollRange(top + 1, top + len(seen), len(rows)) if scrolls else None
        )

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


def items(view: View) -> list[Item]:
    """What the filter leaves, newest first."""
    state = view.state
    if state is None:
        return []
    missed = view.seen_entries
    rows = [Item(entry) for entry in state.log[state.history_entries :] if _passes(view, entry)]
    if view.log_filter == "this_run":
        return rows[::-1]
    away = [
        Item(entry) for entry in state.log[missed : state.history_entries] if _passes(view, entry)
    ]
    old = [Item(entry, old=True) for entry in state.log[:missed] if _passes(view, entry)]
    if state.absence is None:
        line = (Span(view.words("log.earlier"), "quiet"),)
        return [*rows[::-1], *([Item(None, line)] if old else []), *old[::-1]]
    watched = bool(away or state.absence.peaks)
    if watched:
        rows = [*away, Item(None, _while_away(view, state.absence)), *rows]
    if old or not watched:
        old.append(Item(None, _before(view, state.absence, watched)))
    return [*rows[::-1], *old[::-1]]


def _passes(view: View, entry: LogEntry) -> bool:
    if view.log_filter == "escalations":
        return entry.escalation
    return view.log_filter != "chosen" or entry.symbol == view.chosen


def _while_away(view: View, away: AbsenceSummary) -> tuple[Span, ...]:
    """How long nobody looked, and the highest scores meanwhile."""
    words = view.words
    lasted = fmt.duration(away.until_ms - away.since_ms)
    spans = [Span(words("log.away", age=lasted), "accent")]
    for i, peak in enumerate(away.peaks[:NAMED]):
        at = _moment(view, peak.time_ms)
        text = words("log.peak", symbol=peak.symbol, score=fmt.score(peak.score), time=at)
        lead = ", " if i else words("log.peaks")
        spans.append(Span(lead + text, view.role_of(peak.score, "text")))
    return tuple(spans)


def _before(view: View, away: AbsenceSummary, watched: bool) -> tuple[Span, ...]:
    lasted = away.until_ms - away.since_ms
    text = view.words("log.before", time=_moment(view, away.since_ms))
    if not watched and lasted >= 60_000:
        text = view.words(
            "log.unwatched", time=_moment(view, away.since_ms), age=fmt.duration(lasted)
        )
    return (Span(text, "quiet"),)


def _count(rows: list[Item]) -> int:
    return sum(row.entry is not None for row in rows)


def _tail(view: View, newer: int, older: int) -> tuple[Span, ...]:
    words, unread = view.words, len(view.unread())
    parts = []
    for key, value in (("newer", newer), ("older", older)):
        if value:
            parts.append(Span(words(f"log.{key}", value=value) + "  ", "faint"))
    if view.log_filter != "all":
        text = words(f"log_filter.{view.log_filter}", symbol=view.chosen)
        parts.append(Span(f"[{text}]  ", "accent"))
    if unread:
        parts.append(Span(words("log.unread", value=unread), "critical"))
    return tuple(parts)


class _Columns(NamedTuple):
    """Cells that the columns take, so that all rows shown line up."""

    time: int
    name: int
    change: int

    @classmethod
    def of(cls, view: View, entries: list[LogEntry]) -> _Columns:
        return cls(
            max((cell_len(_time(view, entry)) for entry in entries), default=0),
            max((cell_len(entry.symbol) for entry in entries), default=0),
            max((cell_len(_change(view, entry)) for entry in entries), default=0),
        )


def _line(view: View, item: Item, columns: _Columns, width: int) -> Line:
    if item.entry is None:
        return _rule(item.line, width)
    entry = item.entry
    unread = not item.old and view.is_unread(entry)
    level = _level(entry)
    role = SEVERITY_ROLES.get(level, "text")
    row = Row(width).cell(glyphs.MARKS[level] if level else "", 3, role)
    row.add("* " if unread else "  ", "strong")
    row.cell(_time(view, entry), columns.time, "strong" if unread else "quiet").add("  ")
    row.cell(entry.symbol, columns.name, "strong" if unread else "text", "<").add("  ")
    tail = _score(view, entry, width)
    change = _change(view, entry)
    quiet = item.old or (entry.escalation and not unread)
    if columns.change <= row.room - 2:
        row.cell(change, columns.change, "quiet" if quiet else role, "<")
    else:
        row.add(fit(change, row.room - 2), "quiet" if quiet else role)
    why = _why(view, entry, row.room - measure(tail) - 4)
    if why:
        row.add("  ").add(why, "quiet")
    return row.right(*tail, margin=1).line() if tail else row.line()


def _rule(text: tuple[Span, ...], width: int) -> Line:
    """``── text ────``, as many whole spans of it as there is room for."""
    row = Row(width).add(" ── ", "faint")
    first, *others = text
    row.add(fit(first.text, row.room - 2), first.role)
    for span in others:
        if measure([span]) + 2 > row.room:
            break
        row.add(span.text, span.role)
    return row.add(" ").add("─" * max(0, row.room - 1), "faint").line()


def _time(view: View, entry: LogEntry) -> str:
    """The time of day; of another day, the date before it."""
    return _dated(view, entry.time_ms, fmt.clock(entry.time_ms, view.config.ui.utc))


def _moment(view: View, time_ms: int) -> str:
    """As :func:`_time`, to the minute."""
    text = fmt.clock(time_ms, view.config.ui.utc)
    return _dated(view, time_ms, text[:5] + text[8:])


def _dated(view: View, time_ms: int, text: str) -> str:
    day = fmt.day(time_ms, view.config.ui.utc)
    return text if day == fmt.day(view.time_ms, view.config.ui.utc) else f"{day} {text}"


def _level(entry: LogEntry) -> str:
    """The severity that the entry is shown as; empty for none."""
    if entry.kind == "severity":
        return entry.after if entry.after in SEVERITIES else ""
    return "critical" if forced_by_exchange(entry) else ""


def _change(view: View, entry: LogEntry) -> str:
    """``CAUTION > WARNING``; of another kind its name."""
    if entry.kind != "severity":
        return view.words.code("alert", entry.kind)
    words = [view.words.code("severity", code) for code in (entry.before, entry.after) if code]
    return " > ".join(words)


def _score(view: View, entry: LogEntry, width: int) -> tuple[Span, ...]:
    """The score; of a position's event what it realised."""
    if not isinstance(entry.pnl, Missing):
        return (Span(f"{entry.pnl:+,.2f}", "text"),)
    if isinstance(entry.score, Missing):
        return ()
    number = fmt.score(entry.score)
    return (Span(number if width < SPACIOUS else view.words("log.score", value=number), "quiet"),)


def _why(view: View, entry: LogEntry, room: int) -> str:
    """What decided, and where that was the score as a whole and there is room, what weighed most
    in it; of another kind what happened. Empty where too little of it could be told.
    """
    words = view.words
    if entry.kind != "severity":
        said = entry.text
        if entry.kind in POSITION_KINDS:
            said = words.reason(position_sentence(entry))
        return fit(said, room) if room >= 12 else ""
    rule = words.code("code", entry.cause) if entry.cause else ""
    part = words.code("component", entry.component) if entry.component else ""
    whole = f"{part}: {rule}" if part else rule
    if cell_len(whole) <= room:
        return whole
    return fit(rule, room) if room >= 12 else ""
