"""Which alerts of a log are new: each once, and again each time it is repeated."""

from __future__ import annotations

from collections.abc import Sequence

from tuirisk.state import LogEntry, RiskState


def new_alerts(previous: Sequence[LogEntry], log: Sequence[LogEntry]) -> list[LogEntry]:
    """Alerts of ``log`` (oldest first, perhaps shortened at its start) not in ``previous``.

    One that was repeated since is new; one that was acknowledged or counted on is not.
    """
    if previous is log:
        return []
    logged = {entry.occurrence for entry in previous}
    return [entry for entry in log if entry.escalation and entry.occurrence not in logged]


class AlertReader:
    """Gives the new alerts of a run's states; those of earlier runs only when repeated."""

    def __init__(self) -> None:
        self._log: Sequence[LogEntry] | None = None

    def read(self, state: RiskState) -> list[LogEntry]:
        """The alerts of ``state`` that were in none before; call it with every state."""
        previous = self._log
        if previous is None:
            previous = state.log[: state.history_entries]
        self._log = state.log
        return new_alerts(previous, state.log)
