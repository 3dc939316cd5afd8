"""One entry of the log as a row: when, which symbol, what, and why.

What is essential (the symbol, what happened, the level) is never cut; it has shorter forms for
narrow rows. Why it happened takes the room that is left.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from rich.cells import cell_len

from tuirisk.language.words import Words
from tuirisk.state import ACCOUNT_NAME, NOT_APPLICABLE, SEVERITIES, LogEntry, Missing
from tuirisk.state.account_sentence import account_sentence
from tuirisk.state.condition import condition_sentence, subject_code
from tuirisk.state.position_text import POSITION_KINDS, forced_by_exchange, position_sentence
from tuirisk.state.sight_text import sight_sentence
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render import glyphs
from tuirisk.ui.render.rows import Line, Row, Span, fit, measure
from tuirisk.ui.view.view import SEVERITY_ROLES, View
from tuirisk.ui.widgets.log_items import Item, dated, moment
from tuirisk.ui.widgets.table import short_name

MARKS = 5
"""Cells of the severity's mark and of the mark of an alert nobody acknowledged."""
SPACIOUS = 100
"""Least cells for the word before a score."""
LEAST_REASON = 12
"""Cells from which on the beginning of a reason is shown without its end."""
LEAST_CUT = 8
"""… and after the time since when something swings."""


class LogForm(NamedTuple):
    """How spacious the columns are."""

    seconds: bool
    """Whether times are to the second; else those of another day are its date alone."""
    whole: bool
    """Whether a change has the level before it: ``OK > WARNING``, else ``> WARNING``."""
    aligned: bool
    """Whether all changes take as many cells as the widest, so that the reasons line up."""
    names: bool
    """Whether symbols have their whole names, and P&L all its digits."""
    gap: int
    """Blanks between the columns."""


FORMS = (
    LogForm(seconds=True, whole=True, aligned=True, names=True, gap=2),
    LogForm(seconds=True, whole=True, aligned=False, names=True, gap=2),
    LogForm(seconds=True, whole=False, aligned=False, names=True, gap=2),
    LogForm(seconds=False, whole=False, aligned=False, names=True, gap=1),
    LogForm(seconds=False, whole=False, aligned=False, names=False, gap=1),
)


class LogColumns(NamedTuple):
    """The form of the rows shown, and the cells of the columns that line up."""

    form: LogForm
    time: int
    name: int
    change: int

    @classmethod
    def of(cls, view: View, entries: list[LogEntry], width: int) -> LogColumns:
        """The most spacious columns that leave all that is essential whole in ``width`` cells."""
        for form in FORMS:
            changes = [_change(view.words, entry, whole=form.whole) for entry in entries]
            columns = cls(
                form,
                _widest(_time(view, entry, form) for entry in entries),
                _widest(_name(view.words, entry, form) for entry in entries),
                _widest(changes) if form.aligned else 0,
            )
            fixed = MARKS + columns.time + columns.name + 2 * form.gap
            ends = [cell_len(_profit(entry, form)) for entry in entries]
            sizes = [
                max(columns.change, cell_len(change)) + (end and end + 2)
                for change, end in zip(changes, ends, strict=True)
            ]
            if fixed + max(sizes, default=0) <= width:
                return columns
        return columns


def subject(entry: LogEntry) -> str:
    """The symbol that an entry is about, the first of several; empty for the account."""
    return entry.symbol or next(iter(entry.symbols), "")


def log_line(view: View, item: Item, columns: LogColumns, width: int) -> Line:
    """The row of an entry, or a line between those of different times."""
    if item.entry is None:
        return _rule(item.line, width)
    entry, words = item.entry, view.words
    alert = not item.old and view.is_unacknowledged(entry)
    level = _level(entry)
    role = SEVERITY_ROLES.get(level, "text")
    row = Row(width).cell(glyphs.MARKS[level] if level else "", 3, role)
    row.add("* " if alert else "  ", "strong")
    weight, form = "strong" if alert else "quiet", columns.form
    gap = " " * form.gap
    row.cell(_time(view, entry, form), columns.time, weight).add(gap)
    row.cell(_name(words, entry, form), columns.name, "strong" if alert else "text", "<").add(gap)
    quiet = item.old or (entry.escalation and not alert)
    change = _change(words, entry, whole=form.whole)
    row.cell(change, max(columns.change, cell_len(change)), "quiet" if quiet else role, "<")
    tail = _tail(view, entry, form, width)
    if measure(tail) + 2 > row.room:
        tail = ()
    why = _why(view, entry, row.room - (measure(tail) + 1 if tail else 0) - 3)
    if why:
        row.add("  ").add(why, "quiet")
    return row.right(*tail, margin=1).line() if tail else row.line()


def _widest(texts: Iterable[str]) -> int:
    return max(map(cell_len, texts), default=0)


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


def _time(view: View, entry: LogEntry, form: LogForm) -> str:
    """The time of day; of another day, the date before it, or alone where there is little room."""
    time, utc = entry.time_ms, view.config.ui.utc
    if form.seconds:
        return dated(view, time, fmt.clock(time, utc))
    return moment(view, time).split()[0]


def _name(words: Words, entry: LogEntry, form: LogForm) -> str:
    """The symbol, how many there are, or the account."""
    if entry.symbol == ACCOUNT_NAME:
        return words("alert.account")
    if entry.symbol:
        return entry.symbol if form.names else short_name(entry.symbol)
    if entry.symbols:
        return words("log.symbols", count=len(entry.symbols))
    return words(f"alert.{subject_code(entry)}")


def _level(entry: LogEntry) -> str:
    """The severity that the entry is shown as; empty for none."""
    if entry.kind == "severity":
        return entry.after if entry.after in SEVERITIES else ""
    return "critical" if forced_by_exchange(entry) else ""


def _change(words: Words, entry: LogEntry, *, whole: bool) -> str:
    """``CAUTION > WARNING ×12``; of another kind its name."""
    if entry.kind != "severity":
        return words.code("alert", entry.kind)
    after = words.code("severity", entry.after)
    count = f" ×{entry.count}" if entry.count > 1 else ""
    if not entry.before:
        return f"{after}{count}"
    before = f"{words.code('severity', entry.before)} " if whole else ""
    return f"{before}> {after}{count}"


def _profit(entry: LogEntry, form: LogForm) -> str:
    """What a position's event realised; empty of another entry."""
    if isinstance(entry.pnl, Missing):
        return ""
    return f"{entry.pnl:+,.2f}" if form.names else fmt.compact(entry.pnl, signed=True)


def _tail(view: View, entry: LogEntry, form: LogForm, width: int) -> tuple[Span, ...]:
    """The score; of a position's event what it realised."""
    if not isinstance(entry.pnl, Missing):
        return (Span(_profit(entry, form), "text"),)
    if isinstance(entry.score, Missing):
        return ()
    number = fmt.score(entry.score)
    return (Span(number if width < SPACIOUS else view.words("log.score", value=number), "quiet"),)


def _why(view: View, entry: LogEntry, room: int) -> str:
    """What happened or decided, in the longest form that fits; cut where none does."""
    forms = _forms(view, entry, room)
    whole = next((form for form in forms if form and cell_len(form) <= room), "")
    if whole or room < LEAST_REASON or entry.kind in POSITION_KINDS:
        return whole
    return fit(forms[-1], room)


def _forms(view: View, entry: LogEntry, room: int) -> list[str]:
    """Texts on an entry, the longest first."""
    words = view.words
    if entry.kind in POSITION_KINDS:
        return _position_forms(words, entry)
    if entry.kind == "condition":
        sentence = words.reason(condition_sentence(entry)) or entry.text
        return [f"{_times(view, entry)}{sentence}", sentence]
    if entry.kind != "severity":
        return _sight_forms(words, entry, room)
    rule = words.code("code", entry.cause) if entry.cause else ""
    times = _times(view, entry)
    if entry.symbols:
        names = _names(words, entry.symbols, room)
        return [f"{names}: {rule}", names]
    part = words.code("component", entry.component) if entry.component else ""
    rose = [entry.component_before, entry.component_after]
    points = " > ".join(fmt.score(value) for value in rose if not isinstance(value, Missing))
    forms = [f"{part} {points}: {rule}"] if part and points else []
    forms += [f"{part}: {rule}"] if part else []
    deadly = words.reason(account_sentence(entry))
    forms += [f"{rule}. {deadly}", deadly] if deadly else []
    forms = [f"{times}{form}" for form in (*forms, rule)]
    room -= cell_len(times)
    cut = f"{times}{fit(rule, room)}" if times and room >= LEAST_CUT else ""
    return [*forms, cut, rule]


def _times(view: View, entry: LogEntry) -> str:
    """Since when it swings, and how often it was repeated: ``since 05:39Z, repeated ×3: ``."""
    words, parts = view.words, []
    if entry.count > 1:
        parts.append(words("log.since", time=moment(view, entry.first_ms)))
    if entry.repeats:
        parts.append(words("log.repeated", count=entry.repeats))
    return ", ".join(parts) + ": " if parts else ""


def _position_forms(words: Words, entry: LogEntry) -> list[str]:
    """The sentence without the P&L, which ends the row; without the price; the position alone."""
    entry = replace(entry, pnl=NOT_APPLICABLE)
    without_price = replace(entry, price=NOT_APPLICABLE)
    position = " > ".join(_position(words, text) for text in (entry.before, entry.after) if text)
    return [
        words.reason(position_sentence(entry)),
        words.reason(position_sentence(without_price)),
        position,
        _position(words, entry.before or entry.after),
    ]


def _position(words: Words, text: str) -> str:
    """``long 0.52`` in the screen's language."""
    side, _, quantity = text.partition(" ")
    return f"{words.code('side', side)} {quantity}"


def _sight_forms(words: Words, entry: LogEntry, room: int) -> list[str]:
    """The sentence on data that stopped or came again; the symbols alone; how long alone."""
    sentence = sight_sentence(entry)
    if sentence is None:
        return [entry.text]
    seconds = f"{dict(sentence.args)['count']} s"
    names = _listed(entry.symbols, room - len(seconds) - 1)
    return [words.reason(sentence), f"{names} {seconds}" if names else "", seconds]


def _names(words: Words, symbols: tuple[str, ...], room: int) -> str:
    """``rose: ETHUSDT, SOLUSDT``; empty where not one name fits."""
    names = _listed(symbols, room - cell_len(words("log.rose", names="")))
    return words("log.rose", names=names) if names else ""


def _listed(symbols: tuple[str, ...], room: int) -> str:
    """``ETHUSDT, SOLUSDT``: all of them, else as many as fit by their base asset: ``ETH +4``."""
    bases = [short_name(symbol) for symbol in symbols]
    forms = [", ".join(symbols), ", ".join(bases)]
    forms += [
        f"{', '.join(bases[:count])} +{len(bases) - count}"
        for count in range(len(bases) - 1, 0, -1)
    ]
    return next((form for form in forms if cell_len(form) <= room), "")
