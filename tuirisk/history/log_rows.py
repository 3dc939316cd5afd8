"""A log entry as a row of the log table: the columns by schema, the checks of a row, both ways."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tuirisk.analytics.score.scale import scale_version
from tuirisk.foreign.text import printable
from tuirisk.history import sound_rows
from tuirisk.history.database import ALERT_COLUMNS
from tuirisk.state import (
    NOT_APPLICABLE,
    LogEntry,
    Missing,
    Number,
    or_none,
)

_COLUMNS_1 = (
    "time_ms", "symbol", "kind", "before", "after", "score", "reason", "escalation",
)  # fmt: skip
_COLUMNS_2 = ("rule", "component")
_COLUMNS_7 = ("score_scale",)
COLUMNS = (*_COLUMNS_1, *_COLUMNS_2, *ALERT_COLUMNS, *_COLUMNS_7)
Row = Mapping[str, Any]
OTHER_SCALE = Missing("score_on_other_scale")


def row_of(entry: LogEntry) -> dict[str, object]:
    """The columns of ``entry``, by name."""
    missing = isinstance(entry.score, Missing)
    return {
        "time_ms": entry.time_ms,
        "symbol": entry.symbol,
        "kind": entry.kind,
        "before": entry.before,
        "after": entry.after,
        "score": or_none(entry.score),
        "reason": str(entry.score) if missing else "",
        "escalation": entry.escalation,
        "rule": entry.cause,
        "component": entry.component,
        "first_ms": entry.first_ms,
        "alerted_ms": entry.alert_ms,
        "repeats": entry.repeats,
        "acknowledged": entry.acknowledged,
        "text": entry.text,
        "symbols": joined_symbols(entry),
        "count": entry.count,
        "pnl": or_none(entry.pnl),
        "quantity": or_none(entry.quantity),
        "price": or_none(entry.price),
        "component_before": or_none(entry.component_before),
        "component_after": or_none(entry.component_after),
        "score_scale": 0 if missing else scale_version(),
    }


def joined_symbols(entry: LogEntry) -> str:
    """The symbols of ``entry`` as one text, a comma between them."""
    return ",".join(entry.symbols)


def columns_of(schema: int) -> tuple[str, ...]:
    """The columns that the log table of ``schema`` has."""
    columns: tuple[str, ...] = _COLUMNS_1
    if schema > 1:
        columns += _COLUMNS_2
    if schema > 3:
        columns += tuple(ALERT_COLUMNS)
    if schema > 6:
        columns += _COLUMNS_7
    return columns


def sound(columns: Iterable[str]) -> str:
    """The SQL of a row whose ``columns`` can be true."""
    return sound_rows.all_of(_CHECKS[name](name) for name in columns)


_CHECKS = {
    **dict.fromkeys(("time_ms", "first_ms", "alerted_ms"), sound_rows.time),
    "score_scale": sound_rows.number,
    **dict.fromkeys(("escalation", "repeats", "acknowledged", "count"), sound_rows.count),
    **dict.fromkeys(
        ("score", "pnl", "quantity", "price", "component_before", "component_after"),
        sound_rows.number_or_null,
    ),
    **dict.fromkeys(
        (
            *("symbol", "kind", "before", "after", "reason", "rule", "component", "text"),
            "symbols",
        ),
        sound_rows.text,
    ),
}
"""By column: what its value must be."""


def entry_of(row: Row) -> LogEntry:
    """The log entry of a row that :func:`_select` gives."""
    row = {
        name: printable(value, most=None) if isinstance(value, str) else value
        for name, value in row.items()
    }
    score, time_ms = _score(row), row["time_ms"]
    count, first_ms = row.get("count", 1), row.get("first_ms") or time_ms
    alerted_ms = row.get("alerted_ms") or first_ms
    return LogEntry(
        time_ms=time_ms,
        symbol=row["symbol"],
        kind=row["kind"],
        before=row["before"],
        after=row["after"],
        score=score,
        escalation=bool(row["escalation"]),
        cause=row.get("rule", ""),
        component=row.get("component", ""),
        text=row.get("text", ""),
        acknowledged=bool(row.get("acknowledged", 0)),
        component_before=_number(row, "component_before"),
        component_after=_number(row, "component_after"),
        count=count,
        since_ms=first_ms if count > 1 or first_ms < time_ms else 0,
        symbols=tuple(filter(None, row.get("symbols", "").split(","))),
        pnl=_number(row, "pnl"),
        quantity=_number(row, "quantity"),
        price=_number(row, "price"),
        alerted_ms=0 if alerted_ms == first_ms else alerted_ms,
        repeats=row.get("repeats", 0),
    )


def _score(row: Row) -> Number:
    """The score, or why there was none; none where it was on another scale than that of now."""
    score = row["score"]
    if score is None:
        return Missing.from_text(row["reason"])
    return float(score) if row.get("score_scale", 0) == scale_version() else OTHER_SCALE


def _number(row: Row, name: str) -> Number:
    value = row.get(name)
    return NOT_APPLICABLE if value is None else float(value)
