"""Alerts that were acknowledged, and critical ones that were not: they are repeated."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from tuirisk.analytics.score.escalation import rises
from tuirisk.state import (
    ACCOUNT_NAME,
    ALERTS,
    Acknowledgement,
    LogEntry,
    Severity,
    SymbolState,
    rise_of,
)
from tuirisk.state.position_text import forced_by_exchange

Log = tuple[LogEntry, ...]


def acknowledged(log: Log, acknowledgements: Collection[Acknowledgement]) -> Log:
    """``log`` with the entries acknowledged that are meant; the same object where none changes.

    An alert of several symbols is acknowledged too when the entry of each of them is.
    """
    if not acknowledgements:
        return log
    changed = False
    entries = []
    for entry in log:
        covered = _is_unseen(entry) and any(one.covers(entry) for one in acknowledgements)
        changed = changed or covered
        entries.append(replace(entry, acknowledged=True) if covered else entry)
    if not changed:
        return log
    for place, entry in enumerate(entries):
        if entry.kind == "severity" and entry.symbols and not entry.acknowledged:
            own = (rise_of(entries, entry, name) for name in entry.symbols)
            if all(one is not None and one.acknowledged for one in own):
                entries[place] = replace(entry, acknowledged=True)
    return tuple(entries)


def _is_unseen(entry: LogEntry) -> bool:
    """Whether ``entry`` can be acknowledged: an alert, or a rise that a shared alert counts."""
    return not entry.acknowledged and (entry.escalation or rises(entry))


def alerts(log: Log, history_entries: int) -> Log:
    """The newest 200 alerts of ``log``: all of this run, of earlier runs those nobody has seen.

    The first ``history_entries`` are of earlier runs.
    """
    found = (
        entry
        for place, entry in enumerate(log)
        if entry.escalation and (place >= history_entries or not entry.acknowledged)
    )
    return tuple(found)[-ALERTS:]


def alerting(entry: LogEntry) -> LogEntry:
    """``entry``, as an alert where it is a first severity that is critical."""
    first = entry.kind == "severity" and not entry.before and entry.after == "critical"
    return replace(entry, escalation=True) if first else entry


def just_ready(past: Mapping[str, SymbolState], symbols: Mapping[str, SymbolState]) -> list[str]:
    """Symbols that were warming in ``past``, or not there, and are not now."""
    return [
        name
        for name, symbol in symbols.items()
        if symbol.status != "warming" and (name not in past or past[name].status == "warming")
    ]


def repeated(
    log: Log,
    symbols: Mapping[str, SymbolState],
    time_ms: int,
    repeat_ms: float,
    at_once: Collection[str] = (),
    account: Severity | None = None,
) -> Log:
    """``log`` with the alerts repeated that are due; the same object where none is.

    ``account`` is the severity of the account as a whole, None without one.

    Due is the newest alert of a symbol that is critical still, of its severity or of what the
    exchange did to its position, when nobody acknowledged it within ``repeat_ms`` of its last
    time; of the symbols ``at_once`` without that wait. While a symbol is warming nothing is known
    of it, so it is not repeated.
    """
    due: dict[int, None] = {}
    critical = [
        name
        for name, symbol in symbols.items()
        if symbol.severity.level == "critical" and symbol.status != "warming"
    ]
    for name in critical + ([ACCOUNT_NAME] if account == "critical" else []):
        place = _newest(log, name)
        if place is None:
            continue
        entry = log[place]
        waited = time_ms - entry.alert_ms >= repeat_ms
        if not entry.acknowledged and (waited or (name in at_once and entry.alert_ms < time_ms)):
            due[place] = None
    if not due:
        return log
    entries = list(log)
    for place in due:
        entry = entries[place]
        entries[place] = replace(entry, alerted_ms=time_ms, repeats=entry.repeats + 1)
    return tuple(entries)


def _newest(log: Log, name: str) -> int | None:
    """Index of the newest entry of ``name`` that is of its severity or of what the exchange did to
    its position; None unless it is a critical alert."""
    for place in range(len(log) - 1, -1, -1):
        entry = log[place]
        if forced_by_exchange(entry) and entry.symbol == name:
            return place
        if entry.kind == "severity" and (entry.symbol == name or name in entry.symbols):
            own = rise_of(log, entry, name) if entry.symbols else None
            if own is not None and own.acknowledged:
                return None
            return place if entry.escalation and entry.after == "critical" else None
    return None
