"""What happened and who must know: entries of the log, alerts and messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tuirisk.language.reason import Reason
from tuirisk.state.number import MOMENT, Missing, Number, screen_only
from tuirisk.state.severity import Severity

AlertKind = Literal[
    "severity",
    "opened",
    "increased",
    "reduced",
    "closed",
    "flipped",
    "liquidated",
    "blind",
    "sighted",
    "condition",
]
NOT_APPLICABLE = Missing("not_applicable")
ALERTS = 200
"""Alerts that the state publishes at most."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """Something that happened to a symbol; the newest is last in the log.

    An alert is an entry with ``escalation``; ``RiskState.alerts`` holds those of this run and the
    unseen ones of earlier runs.
    """

    time_ms: int = field(metadata=MOMENT)
    symbol: str
    """Empty where several symbols are meant, which ``symbols`` names."""
    kind: AlertKind
    before: str
    """Of a severity: the level, empty where none was known. Of a position: what it was."""
    after: str
    """Of a severity: the level. Of a position: what it is."""
    score: Number = screen_only(NOT_APPLICABLE)
    """Total score at that time, 0–100."""
    escalation: bool = screen_only(True)
    """Whether it is an alert: a rise of the severity, or any other kind. A fall is logged alone."""
    cause: str = ""
    """Code of what caused it: of a severity the rule that decided, of a liquidation the exchange's
    reason."""
    component: str = screen_only("")
    """Of a severity: the component of the score that rose most since the level before."""
    text: str = ""
    """One English sentence."""
    acknowledged: bool = False
    component_before: Number = screen_only(NOT_APPLICABLE)
    """Points of ``component`` when the level before was confirmed …"""
    component_after: Number = screen_only(NOT_APPLICABLE)
    """… and at this change."""
    count: int = screen_only(1)
    """How often ``before`` and ``after`` swung since ``since_ms``; 1 of what happened once."""
    since_ms: int = screen_only(0)
    """Time of the first of several swings (ms); 0 of what happened once."""
    symbols: tuple[str, ...] = screen_only(())
    """The symbols that rose together, the first one first."""
    pnl: Number = screen_only(NOT_APPLICABLE)
    """Of a position's event: profit (loss below 0) that it realised, quote asset."""
    quantity: Number = screen_only(NOT_APPLICABLE)
    """Of a position's event: base asset that was opened or closed."""
    price: Number = screen_only(NOT_APPLICABLE)
    """Of a position's event: at which price, quote asset."""


@dataclass(frozen=True, slots=True)
class Message:
    """A line that says what is wrong or incomplete."""

    code: str
    text: str
    """English."""
    symbol: str | None
    """None where it concerns no single symbol."""
    level: Severity
    reason: Reason | None = screen_only(None)
    """The same as a reason, which every language can say."""
