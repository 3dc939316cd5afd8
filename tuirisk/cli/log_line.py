"""An entry of the log as one line of text."""

from __future__ import annotations

from tuirisk.language.words import Words
from tuirisk.state import ACCOUNT_NAME, LogEntry, Missing, Number
from tuirisk.state.account_sentence import account_sentence
from tuirisk.state.codec import iso
from tuirisk.state.condition import condition_sentence, subject_code
from tuirisk.state.position_text import POSITION_KINDS, position_sentence
from tuirisk.state.sight_text import sight_sentence


def log_line(entry: LogEntry, words: Words) -> str:
    """Time (UTC), ``!`` for an alert, symbol, change, score, and why; for a person to read."""
    score = "-" if isinstance(entry.score, Missing) else f"{entry.score:.1f}"
    mark = "!" if entry.escalation else " "
    start = f"{iso(entry.time_ms)[:-5]}Z {mark} {padded(_subject(entry, words), 14)}"
    change = f"{padded(_change(entry, words), 20)}{score:>6}"
    return f"{start}{change}  {_why(entry, words)}{_count(entry, words)}".rstrip()


def _subject(entry: LogEntry, words: Words) -> str:
    if entry.symbol == ACCOUNT_NAME:
        return words("alert.account")
    if entry.symbol:
        return entry.symbol
    if len(entry.symbols) > 1:
        return f"{entry.symbols[0]} +{len(entry.symbols) - 1}"
    return words(f"alert.{subject_code(entry)}")


def _change(entry: LogEntry, words: Words) -> str:
    if entry.kind != "severity":
        return words.code("alert", entry.kind)
    return " > ".join(
        words.code("severity", level) for level in (entry.before, entry.after) if level
    )


def _why(entry: LogEntry, words: Words) -> str:
    """What decided, after the component that rose most, with its points before and after."""
    if entry.kind in POSITION_KINDS:
        return words.reason(position_sentence(entry))
    if entry.kind != "severity":
        sentence = sight_sentence(entry) or condition_sentence(entry)
        return words.reason(sentence) or entry.text
    parts = [_component(entry, words)] if entry.component else []
    if entry.cause:
        deadly = words.reason(account_sentence(entry))
        parts.append(". ".join(filter(None, (words.code("code", entry.cause), deadly))))
    if len(entry.symbols) > 1:
        parts.append(", ".join(entry.symbols))
    return ": ".join(parts)


def _component(entry: LogEntry, words: Words) -> str:
    name = words.code("component", entry.component)
    points = [_points(entry.component_before), _points(entry.component_after)]
    return f"{name} {points[0]} > {points[1]}" if all(points) else name


def _points(value: Number) -> str:
    return "" if isinstance(value, Missing) else f"{value:.0f}"


def _count(entry: LogEntry, words: Words) -> str:
    counts = []
    if entry.count > 1:
        counts.append(words("alert.count", count=entry.count, since=iso(entry.first_ms)[11:16]))
    if entry.repeats:
        last = iso(entry.alert_ms)[11:19]
        counts.append(words("alert.repeated", count=entry.repeats, last=last))
    return "".join(f" {text}" for text in counts)


def padded(text: str, width: int) -> str:
    """``text`` with spaces up to ``width`` cells, at least one."""
    cells = len(text)
    if not text.isascii():
        from rich.cells import cell_len

        cells = cell_len(text)
    return text + " " * max(1, width - cells)
