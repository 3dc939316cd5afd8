"""The exchange's clock, from REST's measurements of it and from nothing else."""

from __future__ import annotations

from collections import deque
from math import inf
from statistics import median

KEPT = 5
"""Measurements that are compared with each other."""
AGREEMENT_MS = 1_000.0
"""Measurements that differ by no more agree."""
AHEAD_MS = 2_000.0
"""An event may be so far ahead of the measured clock: its error, and the time to deliver."""
AHEAD_UNMEASURED_MS = 5_000.0
"""Where nothing was measured (captures of other collectors) the local clock stands in, error
included."""


class ExchangeClock:
    """Exchange time minus local time (``ms``), from the answers to ``GET /fapi/v1/time``.

    The clock follows the largest group of the last :data:`KEPT` measurements that agree, the
    group it already follows where two are equally large: a forged or delayed answer moves
    nothing alone, a clock that was really set is followed once it was measured as often as
    before. Before the first measurement the local clock counts as the exchange's.
    """

    def __init__(self) -> None:
        self.ms = 0.0
        self.steps = 0
        """How many times a measurement moved the clock by more than measurements differ."""
        self._measured: deque[float] = deque(maxlen=KEPT)

    @property
    def measured(self) -> bool:
        return bool(self._measured)

    @property
    def contradicted(self) -> bool:
        """Whether the newest measurement disagrees with the clock: measure again soon."""
        return bool(self._measured) and not _agree(self._measured[-1], self.ms)

    def measure(self, server_time_ms: int, local_ns: int) -> None:
        """Take the exchange's time at local time ``local_ns``: the middle of the round trip."""
        first = not self._measured
        self._measured.append(server_time_ms - local_ns / 1e6)
        groups = [[m for m in self._measured if _agree(m, one)] for one in self._measured]
        current = self._measured[0] if first else self.ms
        largest = max(groups, key=lambda group: (len(group), _agree(median(group), current)))
        self.steps += not first and not _agree(median(largest), self.ms)
        self.ms = median(largest)

    def exchange_ms(self, now_ns: int) -> float:
        """The exchange's time at local time ``now_ns``."""
        return now_ns / 1e6 + self.ms

    def latest_ms(self, received_ns: int) -> float:
        """The latest time that an event received at ``received_ns`` can truly have."""
        ahead = AHEAD_MS if self._measured else AHEAD_UNMEASURED_MS
        return self.exchange_ms(received_ns) + ahead

    def latest_believed_ms(self, now_ns: int) -> float:
        """The latest time that an event received by local time ``now_ns`` can have; ∞ where the
        clock was not measured. An event after it means that the clock is behind.
        """
        return self.latest_ms(now_ns) + AGREEMENT_MS if self._measured else inf


def _agree(one: float, other: float) -> bool:
    return abs(one - other) <= AGREEMENT_MS
