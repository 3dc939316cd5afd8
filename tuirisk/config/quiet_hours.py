"""Quiet hours: ``23:00-07:00``, by the machine's clock or that of a named time zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, tzinfo

_FORM = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})(?:\s+(\S+))?")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A time of the day, perhaps over midnight, by the clock of ``zone``."""

    start: time
    end: time
    zone: tzinfo | None
    """None is the machine's own."""

    def covers(self, time_ms: int) -> bool:
        """Whether it is quiet at ``time_ms`` (UTC)."""
        now = self._local(time_ms).time()
        if self.start <= self.end:
            return self.start <= now < self.end
        return now >= self.start or now < self.end

    def text(self, time_ms: int) -> str:
        """``23:00-07:00 CET``, by the name that the zone has at ``time_ms`` (UTC)."""
        name = str(self.zone) if self.zone is not None else self._local(time_ms).tzname()
        return f"{self.start:%H:%M}-{self.end:%H:%M} {name}"

    def _local(self, time_ms: int) -> datetime:
        moment = datetime.fromtimestamp(time_ms / 1000, UTC)
        return moment.astimezone(self.zone)


def quiet_hours(text: str) -> QuietHours | None:
    """The hours that ``text`` writes; None of an empty one.

    Raises:
        ValueError: it writes none; the message says what is wrong with it.
    """
    if not text.strip():
        return None
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise ValueError("not quiet hours")
    first, second, third, fourth, zone = found.groups()
    try:
        start, end = time(int(first), int(second)), time(int(third), int(fourth))
    except ValueError:
        raise ValueError("no time of the day") from None
    if start == end:
        raise ValueError("they begin when they end")
    return QuietHours(start, end, None if zone is None else _zone(zone))


def _zone(name: str) -> tzinfo:
    # Imported where it is needed: hours without a zone do not pay for it.
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("no time zone of that name") from None
