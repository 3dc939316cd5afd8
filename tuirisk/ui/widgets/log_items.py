"""The rows of the log: which entries it has, and the lines between those of different times."""

from __future__ import annotations

from typing import NamedTuple

from tuirisk.state import AbsenceSummary, LogEntry
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Span
from tuirisk.ui.view.view import View

NAMED = 3
"""Symbols whose highest score while nobody looked is named."""


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


def items(view: View) -> list[Item]:
    """What the filter leaves, newest first."""
    state = view.state
    if state is None:
        return []
    missed = view.visible_entries
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
    if view.log_filter == "alerts":
        return entry.escalation
    return view.log_filter != "chosen" or view.chosen in (entry.symbol, *entry.symbols)


def _while_away(view: View, away: AbsenceSummary) -> tuple[Span, ...]:
    """How long nobody looked, and the highest scores meanwhile."""
    words = view.words
    lasted = fmt.duration(away.until_ms - away.since_ms)
    spans = [Span(words("log.away", age=lasted), "accent")]
    for i, peak in enumerate(away.peaks[:NAMED]):
        at = moment(view, peak.time_ms)
        text = words("log.peak", symbol=peak.symbol, score=fmt.score(peak.score), time=at)
        lead = ", " if i else words("log.peaks")
        spans.append(Span(lead + text, view.role_of(peak.score, "text")))
    return tuple(spans)


def _before(view: View, away: AbsenceSummary, watched: bool) -> tuple[Span, ...]:
    lasted = away.until_ms - away.since_ms
    text = view.words("log.before", time=moment(view, away.since_ms))
    if not watched and lasted >= 60_000:
        text = view.words(
            "log.unwatched", time=moment(view, away.since_ms), age=fmt.duration(lasted)
        )
    return (Span(text, "quiet"),)


def moment(view: View, time_ms: int) -> str:
    """A time of day to the minute; of another day than the view's, the date before it."""
    return dated(view, time_ms, fmt.minute(time_ms, view.config.ui.utc))


def dated(view: View, time_ms: int, text: str) -> str:
    """``text`` with the date before it where that is not the view's."""
    day = fmt.day(time_ms, view.config.ui.utc)
    return text if day == fmt.day(view.time_ms, view.config.ui.utc) else f"{day} {text}"
