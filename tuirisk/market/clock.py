"""How far the exchange's clock is from ours, from the times it stamps on its messages."""

from __future__ import annotations

WINDOW_NS = 60_000_000_000


class ClockOffset:
    """Exchange time minus local time, milliseconds.

    A message stamped ``event_time`` and received at ``received`` gives ``offset − latency``, so
    the largest difference of the last one to two minutes is nearest the truth.
    """

    def __init__(self) -> None:
        self._best: float | None = None
        self._previous: float | None = None
        self._window_end = 0

    @property
    def ms(self) -> float:
        offsets = [value for value in (self._best, self._previous) if value is not None]
        return max(offsets, default=0.0)

    def observe(self, event_time_ms: int, received_ns: int) -> None:
        difference = event_time_ms - received_ns / 1e6
        if received_ns >= self._window_end:
            self._previous, self._best = self._best, difference
            self._window_end = received_ns + WINDOW_NS
        elif self._best is None or difference > self._best:
            self._best = difference

    def exchange_ms(self, now_ns: int) -> float:
        """The exchange's time at local time ``now_ns``."""
        return now_ns / 1e6 + self.ms
