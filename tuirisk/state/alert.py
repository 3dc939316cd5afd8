"""What happened and who must know: entries of the log, alerts and messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from tuirisk.language.reason import Reason
from tuirisk.language.reason_codes import ReasonCode
from tuirisk.state.codes import AlertCause
from tuirisk.state.number import MOMENT, NOT_APPLICABLE, Number, screen_only
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
ACCOUNT_NAME = "account"
"""In place of a symbol: what concerns the account as a whole. No contract has this name."""
ALERTS = 200
"""Alerts that the state publishes at most."""
TOGETHER_MS = 10_000
"""Symbols that rise within this time of each other are one alert."""
SAME_ALERT_MS = 10_000
"""Two programs that watch a symbol log the same alert within this time of each other."""


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
    cause: AlertCause = ""
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
    """Time of the first of several swings (ms). Of a position's event that happened while nothing
    ran: after when. Else 0."""
    symbols: tuple[str, ...] = screen_only(())
    """The symbols that rose together, the first one first."""
    pnl: Number = screen_only(NOT_APPLICABLE)
    """Of a position's event: profit (loss below 0) that it realised, quote asset."""
    quantity: Number = screen_only(NOT_APPLICABLE)
    """Of a position's event: base asset that was opened or closed."""
    price: Number = screen_only(NOT_APPLICABLE)
    """Of a position's event: at which price, quote asset."""
    alerted_ms: int = screen_only(0)
    """When it last alerted (ms), where that was not when it happened first; else 0."""
    repeats: int = screen_only(0)
    """How often it was repeated for want of an acknowledgement."""

    @property
    def first_ms(self) -> int:
        """When it happened first (ms): this does not change while swings are counted."""
        return self.since_ms or self.time_ms

    @property
    def alert_ms(self) -> int:
        """When it last alerted (ms)."""
        return self.alerted_ms or self.first_ms

    @property
    def occurrence(self) -> tuple[object, ...]:
        """What tells its alerts apart: a repetition is another, a higher count is not."""
        swings = self.kind == "severity"
        what = self.after if self.kind == "condition" else self.before
        detail = () if swings else (what, self.cause, self.symbols)
        return (self.first_ms, self.symbol, self.kind, detail, self.alert_ms)

    @property
    def change(self) -> tuple[object, ...]:
        """What tells apart what it says: of one that swings also the level and the count."""
        return (self.occurrence, self.after, self.count)


def rise_of(log: Sequence[LogEntry], shared: LogEntry, symbol: str) -> LogEntry | None:
    """The entry of ``symbol`` whose rise the alert ``shared`` of several symbols counts."""
    for entry in reversed(log):
        near = abs(entry.first_ms - shared.time_ms) <= TOGETHER_MS
        if entry.kind == "severity" and entry.symbol == symbol and near:
            return entry
    return None


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Which alert somebody has seen."""

    symbol: str
    kind: AlertKind
    first_ms: int
    before: str
    after: str
    count: int
    """Later swings of the same entry are not covered."""

    @classmethod
    def of(cls, entry: LogEntry) -> Acknowledgement:
        """The acknowledgement of ``entry`` as it is now."""
        return cls(entry.symbol, entry.kind, entry.first_ms, entry.before, entry.after, entry.count)

    def covers(self, entry: LogEntry) -> bool:
        """Whether ``entry`` is meant, as this program or another one logged it."""
        if (entry.symbol, entry.kind) != (self.symbol, self.kind) or entry.count > self.count:
            return False
        if entry.first_ms == self.first_ms and entry.kind == "severity":
            return True
        near = abs(entry.first_ms - self.first_ms) <= SAME_ALERT_MS
        return near and (entry.before, entry.after) == (self.before, self.after)


@dataclass(frozen=True, slots=True)
class Sight:
    """Whether data of a symbol with a position come, or of the account; UTC milliseconds."""

    seen_ms: int
    """Time of the newest data; of the first state where none ever came."""
    blind_since_ms: int | None = None
    """Time of the last data before the alert that none come; None while there is no such alert."""
    back_ms: int | None = None
    """Since when data come again; None while they do not."""


@dataclass(frozen=True, slots=True)
class Message:
    """A line that says what is wrong or incomplete."""

    code: ReasonCode
    text: str
    """English."""
    symbol: str | None
    """None where it concerns no single symbol."""
    level: Severity
    reason: Reason | None = screen_only(None)
    """The same as a reason, which every language can say."""
