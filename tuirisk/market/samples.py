"""Spread and depth sampled every five seconds, for their percentiles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tuirisk.events.intervals import MINUTE_NS
from tuirisk.market.book import BookSide, OrderBook

SAMPLE_NS = 5_000_000_000
SAMPLES = 17_280
"""A day of samples."""
BAND = 0.001
MINUTES = 1_440


def notional_within(side: BookSide, limit: float) -> float:
    """Notional (quote asset) of the levels up to and including the price ``limit``."""
    total = 0.0
    bound = side.sign * limit
    for price, quantity in side.levels():
        if side.sign * price < bound:
            break
        total += price * quantity
    return total


class BookSamples:
    """Spread (bps) and notional within ±0.1 % of mid (both sides), every five seconds for a day.

    ``version`` counts the samples ever taken.
    """

    def __init__(self) -> None:
        self.version = 0
        self._columns = np.empty((2, SAMPLES), dtype=np.float64)
        self._sums = np.zeros((3, MINUTES), dtype=np.float64)
        self._minutes = np.full(MINUTES, -1, dtype=np.int64)
        self._due = 0

    def __len__(self) -> int:
        return min(self.version, SAMPLES)

    @property
    def spreads(self) -> NDArray[np.float64]:
        """The sampled spreads, in no order of time."""
        return self._columns[0, : len(self)]

    @property
    def depths(self) -> NDArray[np.float64]:
        """The sampled depths, in the order of ``spreads``."""
        return self._columns[1, : len(self)]

    @property
    def newest(self) -> tuple[float, float] | None:
        """(spread, depth) of the newest sample."""
        if not self.version:
            return None
        spread, depth = self._columns[:, (self.version - 1) % SAMPLES]
        return float(spread), float(depth)

    def sample(self, book: OrderBook, now_ns: int) -> None:
        """Sample the book if five seconds have passed; a book that is not live gives no sample."""
        if now_ns < self._due:
            return
        self._due = now_ns - now_ns % SAMPLE_NS + SAMPLE_NS
        bid, ask = book.bids.best(), book.asks.best()
        if not book.live or bid is None or ask is None or bid >= ask:
            return
        mid = (bid + ask) / 2
        depth = notional_within(book.bids, mid * (1 - BAND))
        depth += notional_within(book.asks, mid * (1 + BAND))
        spread = (ask - bid) / mid * 1e4
        self._columns[:, self.version % SAMPLES] = spread, depth
        self.version += 1
        self._add_to_minute(now_ns // MINUTE_NS, spread, depth)

    def _add_to_minute(self, minute: int, spread: float, depth: float) -> None:
        slot = minute % MINUTES
        if self._minutes[slot] != minute:
            self._minutes[slot] = minute
            self._sums[:, slot] = 0.0
        self._sums[:, slot] += 1.0, spread, depth

    def minutes(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The minutes (since the epoch) of the last day that have samples, in time order, and for
        each (columns): how many, the sum of their spreads, the sum of their depths.
        """
        newest = int(self._minutes.max())
        rows = np.flatnonzero((self._minutes >= 0) & (self._minutes > newest - MINUTES))
        rows = rows[np.argsort(self._minutes[rows])]
        return self._minutes[rows], self._sums[:, rows]
