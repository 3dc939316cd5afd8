"""How late messages come from a machine whose clock is another."""

from __future__ import annotations

from math import inf

PERIOD_S = 300.0


class Transit:
    """Against the quickest message of the last minutes."""

    def __init__(self) -> None:
        self._bests = (inf, inf)
        """The smallest difference of the clocks in this period, and in the one before."""
        self._period = 0

    def lateness(self, difference: float, now: float) -> float:
        """By how many seconds a message is later than the quickest.

        ``difference`` is the time ``now`` of receipt less the sender's on sending, each by its own
        clock. Clocks drift apart, so that only one to two times :data:`PERIOD_S` are looked back.
        """
        period = int(now // PERIOD_S)
        if period != self._period:
            self._bests = (inf, self._bests[0] if period == self._period + 1 else inf)
            self._period = period
        self._bests = (min(self._bests[0], difference), self._bests[1])
        return difference - min(self._bests)
