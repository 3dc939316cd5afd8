"""What one way of notification has to send, and when: by level, quiet hours and pace. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tuirisk.alerts.alert_level import alert_level, reaches
from tuirisk.config.alert_model import NotifyConfig
from tuirisk.config.quiet_hours import quiet_hours
from tuirisk.language.words import Words
from tuirisk.state import SEVERITIES, LogEntry, Severity

PACE_MS = 5_000
"""Least time between two messages; the alerts that come meanwhile are one message."""
LINES = 10
"""Alerts that one message has; of the others it says how many."""
LONGEST = 1_000
"""Characters of one alert."""


@dataclass(frozen=True, slots=True)
class Notification:
    """One message of a way."""

    level: Severity
    """The gravest of its alerts."""
    text: str
    alerts: int = 1
    """That it tells of, those among them that it counts only."""


class Outbox:
    """The alerts of one way that wait; times are those of the states, UTC milliseconds."""

    def __init__(self, config: NotifyConfig, words: Words) -> None:
        """``config`` has passed its rules.

        Raises:
            ValueError: it has not.
        """
        self._config = config
        self._words = words
        self._quiet = quiet_hours(config.quiet_hours)
        self._template = config.template or "{text}"
        self._waiting: list[Notification] = []
        """The gravest, in the order in which they came, at most ``LINES``."""
        self._left_out = 0
        self._held = False
        """Whether some waited for the end of quiet hours."""
        self._sent_ms: int | None = None

    def add(self, entry: LogEntry, fields: Mapping[str, object]) -> None:
        """Let ``entry`` wait to be sent, if it is grave enough; ``fields`` are those of its event.

        The text among the fields is that of the way's language.
        """
        if not reaches(entry, self._config.level):
            return
        text = self._template.format_map({name: _word(value) for name, value in fields.items()})
        self._waiting.append(Notification(alert_level(entry), text[:LONGEST]))
        if len(self._waiting) > LINES:
            least = min(self._waiting, key=_rank)
            self._waiting.remove(least)
            self._left_out += 1

    def due(self, time_ms: int) -> Notification | None:
        """The message to be sent at ``time_ms``; None while nothing waits, or none may be sent."""
        if not self._waiting:
            return None
        if self._quiet is not None and self._quiet.covers(time_ms):
            self._held = True
            return None
        # A time before the last message means that the clock was set.
        if self._sent_ms is not None and 0 <= time_ms - self._sent_ms < PACE_MS:
            return None
        self._sent_ms = time_ms
        return self._taken(time_ms)

    def rest(self, time_ms: int) -> Notification | None:
        """All that waits for its turn at the end of the run; nothing in quiet hours."""
        self._sent_ms = None
        return self.due(time_ms)

    @property
    def waiting(self) -> int:
        """Alerts that wait, those among them that a message would count only."""
        return len(self._waiting) + self._left_out

    def _taken(self, time_ms: int) -> Notification:
        lines, count = [one.text for one in self._waiting], self.waiting
        if self._held and self._quiet is not None:
            hours = self._quiet.text(time_ms)
            lines.insert(0, self._words("notify.quiet", count=count, hours=hours))
        if self._left_out:
            lines.append(self._words("notify.more", count=self._left_out))
        level = max(self._waiting, key=_rank).level
        self._waiting, self._left_out, self._held = [], 0, False
        return Notification(level, "\n".join(lines), count)


def _rank(one: Notification) -> int:
    return SEVERITIES.index(one.level)


def _word(value: object) -> str:
    """A field as text; a number that is missing is a dash."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value["text"]) if isinstance(value, dict) else str(value)
