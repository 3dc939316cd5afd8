"""Counts of the frames, rows and trades that were dropped, by reason."""

from __future__ import annotations

from tuirisk.events.intervals import MINUTE_NS
from tuirisk.language.reason import Reason

SHOWN_NS = MINUTE_NS
"""How long after the last one dropped frames are told of."""
MOST_REASONS = 1_000
"""That are counted apart; the one that is longest ago is forgotten."""
MOST_TOLD = 10


class DroppedFrames:
    """``count`` is of all since the start."""

    def __init__(self) -> None:
        self.count = 0
        self._by_reason: dict[Reason, tuple[int, int]] = {}
        """Reason → (how many, receive time in ns of the newest)."""

    def add(self, reason: Reason, received: int, count: int = 1) -> None:
        self.count += count
        before, _ = self._by_reason.pop(reason, (0, 0))
        self._by_reason[reason] = before + count, received
        if len(self._by_reason) > MOST_REASONS:
            del self._by_reason[next(iter(self._by_reason))]

    def reasons(self, now: int) -> tuple[Reason, ...]:
        """One sentence for each reason that frames were dropped for in the last minute; beyond
        :data:`MOST_TOLD` of them the rest is one number."""
        recent = [
            (reason, count)
            for reason, (count, newest) in self._by_reason.items()
            if now - newest <= SHOWN_NS
        ]
        told = [
            Reason("frames_dropped", count=count, reason=reason)
            for reason, count in recent[:MOST_TOLD]
        ]
        rest = sum(count for _, count in recent[MOST_TOLD:])
        return (*told, Reason("more_frames_dropped", count=rest)) if rest else tuple(told)
