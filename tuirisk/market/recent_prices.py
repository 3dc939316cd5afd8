"""The prices of the last 80 minutes, five seconds apart: finer than bars."""

from __future__ import annotations

from tuirisk.events.intervals import MINUTE_MS
from tuirisk.market.tape import TimedColumn

SPAN_MS = 80 * MINUTE_MS
"""An hour, and how far before it a point of open interest may stand in for a missing one."""
STEP_MS = 5_000
TOLERANCE_MS = MINUTE_MS
"""A price this much older than a moment is still the price of that moment."""


class PriceSeries:
    """One kind of price: the first of every five seconds, and the newest of all."""

    __slots__ = ("_due_ms", "_newest", "_samples", "newest_ms")

    def __init__(self) -> None:
        self.newest_ms = 0
        self._newest = 0.0
        self._samples = TimedColumn(SPAN_MS)
        self._due_ms = 0

    def record(self, time_ms: int, price: float) -> None:
        """Add a price (quote asset) at exchange time ``time_ms``; an older one changes nothing."""
        if time_ms < self.newest_ms:
            return
        self.newest_ms, self._newest = time_ms, price
        if time_ms >= self._due_ms:
            self._samples.append(time_ms, price)
            self._due_ms = time_ms - time_ms % STEP_MS + STEP_MS

    def at(self, time_ms: float) -> float | None:
        """The newest price known at ``time_ms``; None where that is more than a minute older."""
        if time_ms >= self.newest_ms:
            return self._newest if time_ms - self.newest_ms <= TOLERANCE_MS else None
        return self._samples.newest_before(int(time_ms), TOLERANCE_MS)


class RecentPrices:
    """The last price (of trades, or the forming 15m bar) and the mark price."""

    __slots__ = ("last", "mark")

    def __init__(self) -> None:
        self.last = PriceSeries()
        self.mark = PriceSeries()

    def ratio(self, from_ms: float, to_ms: float) -> float | None:
        """Price at ``to_ms`` over that at ``from_ms`` (exchange ms): of the last price where both
        are known, else of the mark price, else None.
        """
        for series in (self.last, self.mark):
            before, after = series.at(from_ms), series.at(to_ms)
            if before is not None and after is not None and before > 0:
                return after / before
        return None
