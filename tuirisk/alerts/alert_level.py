"""How grave an alert is, for ways that have a least level."""

from __future__ import annotations

from tuirisk.state import SEVERITIES, LogEntry, Severity
from tuirisk.state.position_text import forced_by_exchange


def alert_level(entry: LogEntry) -> Severity:
    """Of a rise its severity; critical where the exchange forced it or data are missing.

    That data come again is as grave as that they were missing, so that the same people are told.
    What else happened to a position, and a condition of the user's own, is a warning.
    """
    if entry.kind == "severity":
        return next((level for level in SEVERITIES if level == entry.after), "unknown")
    if forced_by_exchange(entry) or entry.kind in ("blind", "sighted"):
        return "critical"
    return "warning"


def reaches(entry: LogEntry, least: Severity) -> bool:
    """Whether an alert is sent to who wants those from the level ``least`` on."""
    return SEVERITIES.index(alert_level(entry)) >= SEVERITIES.index(least)
