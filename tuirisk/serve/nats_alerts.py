"""Alerts on their way to the stream: numbered, so that several servers send each of them once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Literal

import msgspec

from tuirisk.alerts.event import Venue, alert_event
from tuirisk.alerts.new_alerts import AlertReader
from tuirisk.state import LogEntry, RiskState

SAME_ALERT_MS = 10_000
TAKEOVER_S = 60.0
"""For how long alerts are kept for the case that the leader has not sent them."""
MOST_WAITING_ALERTS = 1_000
_log = logging.getLogger(__name__)
Audience = Literal["market", "account"]


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert on its way: ``number`` tells it from others, ``made`` is monotonic seconds."""

    subject: str
    event: bytes
    number: str
    made: float
    late: bool = False
    """Whether the leader before may have sent it too."""

    @property
    def of_account(self) -> bool:
        return self.subject.startswith("tuirisk.alerts.account.")

    @property
    def headers(self) -> dict[str, str]:
        number = {"Nats-Msg-Id": self.number}
        return number | {"Tuirisk-After-Takeover": "1"} if self.late else number


class NatsAlerts:
    """The alerts of the states published here that are not on the stream yet.

    Those of the account are for the leader to send. Where this server does not lead they are kept
    for a while: it may lead soon, and the leader before may not have sent them.
    """

    def __init__(self, venue: Venue, monotonic: Callable[[], float]) -> None:
        self._venue = venue
        self._monotonic = monotonic
        self._readers: dict[Audience, AlertReader] = {
            "market": AlertReader(),
            "account": AlertReader(),
        }
        self.dropped = 0
        """Alerts that were not passed on because too many waited."""
        self._waiting: list[Alert] = []
        self._kept: list[Alert] = []

    def add(self, state: RiskState, audience: Audience) -> None:
        """Queue the alerts of ``state`` that were in none before; for ``account`` those about the
        account and what it holds. Call it with every state.
        """
        held = symbols_with_position(state)
        for entry in self._readers[audience].read(state):
            if audience == "market" or _concerns(entry, held):
                subject = f"tuirisk.alerts.{audience}.{entry.symbol or '_'}"
                event = msgspec.json.encode(alert_event(entry, state, self._venue))
                number = _number(entry, audience)
                self._waiting.append(Alert(subject, event, number, self._monotonic()))
        beyond = len(self._waiting) - MOST_WAITING_ALERTS
        if beyond > 0:
            self.dropped += beyond
            del self._waiting[:beyond]
            _log.warning("NATS: %d alerts were not passed on, too many wait", self.dropped)

    def remove_due(self, *, leads: bool) -> list[Alert]:
        """What is to be sent now. Where this server ``leads``, first what the leader before may not
        have sent: the stream drops those that it has by their numbers.
        """
        oldest = self._monotonic() - TAKEOVER_S
        kept = [alert for alert in self._kept if alert.made >= oldest]
        waiting, self._waiting = self._waiting, []
        if leads:
            self._kept = []
            return [replace(alert, late=True) for alert in kept] + waiting
        kept += [alert for alert in waiting if alert.of_account]
        self._kept = kept[-MOST_WAITING_ALERTS:]
        return [alert for alert in waiting if not alert.of_account]

    def put_back(self, alerts: list[Alert]) -> None:
        """Queue again what could not be sent, before all else."""
        self._waiting = alerts + self._waiting


def symbols_with_position(state: RiskState) -> list[str]:
    """Symbols with a position."""
    return [name for name, symbol in state.symbols.items() if symbol.legs]


def _concerns(entry: LogEntry, held: Collection[str]) -> bool:
    """Whether an alert is about the account or something that it holds."""
    if entry.kind not in ("severity", "condition"):
        return True
    names = entry.symbols or (entry.symbol,)
    return any(name in held for name in names)


def _number(entry: LogEntry, audience: str) -> str:
    """The same for the same alert at two servers, unless they saw it on either side of a step."""
    when = entry.alert_ms // SAME_ALERT_MS
    what: tuple[Any, ...] = (audience, when, entry.symbol, entry.kind, entry.before, entry.after)
    return sha256(repr((*what, entry.symbols)).encode()).hexdigest()[:32]
