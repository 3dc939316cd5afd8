"""Whether an escalation rings. Pure: times come from the log, never from a clock."""

from __future__ import annotations

from collections.abc import Sequence

from tuirisk.config import AlertsConfig
from tuirisk.state import LogEntry


class BellGate:
    """At most one bell a symbol per ``bell_cooldown`` seconds."""

    def __init__(self, config: AlertsConfig) -> None:
        self._config = config
        self._rung: dict[str, int] = {}
        """Symbol → time (ms) of the last escalation that rang."""

    def rings(self, previous_log: Sequence[LogEntry], log: Sequence[LogEntry], muted: bool) -> bool:
        """Whether an escalation that ``previous_log`` does not have rings the bell.

        An escalation that does not ring (muted, no bell configured) starts no cooldown.
        """
        escalations = [entry for entry in new_entries(previous_log, log) if entry.escalation]
        if muted or not self._config.bell:
            return False
        rings = False
        for entry in escalations:
            last = self._rung.get(entry.symbol)
            # A time before the last bell means a replay went back: that is no cooldown.
            quiet = last is not None and 0 <= entry.time_ms - last < self._cooldown_ms
            if not quiet:
                self._rung[entry.symbol] = entry.time_ms
                rings = True
        return rings

    @property
    def _cooldown_ms(self) -> float:
        return self._config.bell_cooldown * 1000


def new_entries(previous: Sequence[LogEntry], log: Sequence[LogEntry]) -> list[LogEntry]:
    """Entries of ``log`` (oldest first, perhaps shortened at its start) not in ``previous``."""
    if previous is log:
        return []
    known = set(previous)
    return [entry for entry in log if entry not in known]
