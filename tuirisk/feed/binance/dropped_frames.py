"""Counts of the frames that were dropped, by reason."""

from __future__ import annotations

from tuirisk.events.intervals import MINUTE_NS
from tuirisk.language.reason import Reason

SHOWN_NS = MINUTE_NS
"""How long after the last one dropped frames are told of."""


class DroppedFrames:
    """``count`` is of all since the start."""

    def __init__(self) -> None:
        self.count = 0
        self._by_reason: dict[Reason, tuple[int, int]] = {}
        """Reason → (how many, receive time in ns of the newest)."""

    def add(self, reason: Reason, received: int) -> None:
        self.count += 1
        count, _ = self._by_reason.get(reason, (0, 0))
        self._by_reason[reason] = count + 1, received

    def reasons(self, now: int) -> tuple[Reason, ...]:
        """One sentence for each reason that frames were dropped for in the last minute."""
        return tuple(
            Reason("frames_dropped", count=count, reason=reason)
            for reason, (count, newest) in self._by_reason.items()
            if now - newest <= SHOWN_NS
        )
