"""The tables of alerts: conditions, when a severity changes, and who gets the alert."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tuirisk.config.ranges import Bound, NotNegative, Positive


@dataclass(frozen=True, slots=True)
class ConditionConfig:
    """``[[alerts.when]]``: a condition of the user's own; that it begins to hold is an alert."""

    value: str
    """Name of the number: one of :data:`~tuirisk.config.condition_values.CONDITION_VALUES`, or of
    a JSON document under ``[providers]``."""
    symbol: str = "*"
    """``*`` is every perpetual for a number that the radar has, else every symbol watched."""
    above: Bound | None = None
    """It holds while the number is above this, in the number's own unit …"""
    below: Bound | None = None
    """… or below this; one of the two is given."""
    repeat: bool = False
    """Alert again every ``repeat_seconds`` while it holds, until acknowledged."""

    @property
    def bound(self) -> float:
        """What the number is compared with."""
        return next((bound for bound in (self.above, self.below) if bound is not None), 0.0)


@dataclass(frozen=True, slots=True)
class AlertsConfig:
    """``[alerts]``: when a severity changes, and who gets the alert."""

    bell: bool = True
    """Ring the terminal's bell when a severity rises."""
    confirm_seconds: NotNegative = 3.0
    """Seconds that a rise in severity must last to be confirmed."""
    release_seconds: NotNegative = 30.0
    """Seconds that a fall must last."""
    bell_cooldown: NotNegative = 60.0
    """Least seconds between two bells or notifications of a symbol."""
    blind_seconds: Positive = 30.0
    """Seconds without data of a symbol that holds a position before that is an alert."""
    repeat_seconds: Positive = 300.0
    """Seconds after which an unacknowledged critical alert is repeated."""
    desktop: bool = True
    """A desktop notification beside the bell, where the terminal has them."""
    on_escalation: tuple[str, ...] = ()
    """A command as a list; the event comes on its standard input as JSON. Empty: none."""
    webhook: str = ""
    """Address that gets the same JSON by POST. Empty: none."""
    heartbeat: str = ""
    """Address that is called once a minute while data are fresh. Empty: none."""
    when: tuple[ConditionConfig, ...] = ()


@dataclass(frozen=True, slots=True)
class NotifyConfig:
    """``[[notify]]``: a way by which alerts reach a person, an address of apprise."""

    url: str = field(repr=False)
    """Such as ``ntfy://my-topic``; a secret as a whole."""
    level: Literal["ok", "unknown", "caution", "warning", "critical"] = "warning"
    """Least level of an alert that is sent."""
    quiet_hours: str = ""
    """``23:00-07:00``, with a time zone if it is not the machine's: nothing is sent; what waited
    is sent in one message afterwards. Empty: none."""
    template: str = ""
    """The message, its fields between braces. Empty: ``{text}``."""
