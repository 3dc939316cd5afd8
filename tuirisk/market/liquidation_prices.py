"""The prices at which positions were liquidated, at whichever exchange it was seen."""

from __future__ import annotations

from collections import Counter, deque
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tuirisk.events.intervals import DAY_MS, HOUR_MS, MINUTE_MS

SPAN_MS = 7 * DAY_MS + HOUR_MS
"""An hour more than is read, so that nothing which is read is forgotten between two steps."""
MOST_ROWS = 20_000
FORGOTTEN_AT_ONCE = 2_000
STEP_MS = 15 * MINUTE_MS


class LiquidationPrices:
    """(time ms, price, signed notional) of the last 7 days; above 0 where a long was liquidated."""

    def __init__(self) -> None:
        self._rows: deque[tuple[int, float, float]] = deque()
        self._received = 0
        self._by_step: Counter[int] = Counter()

    def __len__(self) -> int:
        return len(self._rows)

    def add(
        self, time_ms: int, side: Literal["long", "short"], price: float, notional: float
    ) -> None:
        """Add a liquidated position of ``side``; ``notional`` in the quote asset."""
        if not (price > 0 and notional > 0):
            return
        while self._rows and self._rows[0][0] < time_ms - SPAN_MS:
            self._rows.popleft()
        if len(self._rows) >= MOST_ROWS:
            # Some at once: each forgotten one is a new version.
            for _ in range(FORGOTTEN_AT_ONCE):
                self._rows.popleft()
            self._received += 1
        self._rows.append((time_ms, price, notional if side == "long" else -notional))
        self._received += 1
        self._by_step[time_ms // STEP_MS] += 1
        while len(self._by_step) > SPAN_MS // STEP_MS + 2:
            del self._by_step[min(self._by_step)]

    def version_before(self, end_ms: int) -> int:
        """A number that changes when a liquidation before ``end_ms`` (a full 15 min) is added."""
        later = (n for step, n in self._by_step.items() if step >= end_ms // STEP_MS)
        return self._received - sum(later)

    def before(self, end_ms: int) -> NDArray[np.float64]:
        """The rows before ``end_ms`` as a table (n, 3), in an order that is theirs alone."""
        rows = sorted(row for row in self._rows if row[0] < end_ms)
        return np.array(rows, dtype=np.float64).reshape(-1, 3)
