"""How old a stream's newest event had become when the next one came, over the last seconds."""

from __future__ import annotations

from collections import deque

from tuirisk.events.intervals import SECOND_NS

WINDOW_NS = 5 * SECOND_NS
"""Ages are remembered for so long."""


class RecentAges:
    """The ages that the events of one stream reached lately.

    ``lag_ms`` is the age of the newest event when it was received: by how much the line is late.
    """

    def __init__(self) -> None:
        self.lag_ms = 0.0
        self._peaks: deque[tuple[int, float]] = deque()
        """(received ns, age ms), from the oldest and highest to the newest."""

    def record(self, event_ms: int, previous_ms: int, received: int, exchange_ms: float) -> None:
        """An event of time ``event_ms`` was received at ``received`` (ns), when the exchange's
        clock said ``exchange_ms``; the event before was of ``previous_ms``. 0 is no time.
        """
        self.lag_ms = exchange_ms - event_ms if event_ms else 0.0
        age_ms = exchange_ms - (previous_ms or event_ms)
        peaks = self._peaks
        while peaks and peaks[0][0] < received - WINDOW_NS:
            peaks.popleft()
        while peaks and peaks[-1][1] <= age_ms:
            peaks.pop()
        peaks.append((received, age_ms))

    def highest_ms(self, now: int) -> float:
        """The highest age within the last seconds before ``now`` (ns); 0 without an event."""
        return next((age for at, age in self._peaks if at >= now - WINDOW_NS), 0.0)
