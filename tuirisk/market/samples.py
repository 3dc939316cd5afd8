"""Spread and depth of the last seven days, sampled for their percentiles.

The last day has a sample every five seconds, the six days before it one every five minutes.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from mmap import ACCESS_COPY, mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuirisk.events.intervals import MINUTE_NS, SECOND_NS
from tuirisk.market.book import BookSide, OrderBook

SAMPLE_NS = 5_000_000_000
SAMPLES = 17_280
"""A day of samples."""
THINNED_S = 300
THINNED = 1_728
"""Six days of one sample every five minutes."""
KEPT_S = 7 * 86_400
BAND = 0.001
MINUTES = 1_440


def _room(dtype: type[np.generic], *shape: int) -> NDArray[Any]:
    """Zeros that take no memory until they are written: it is a day until all of them are."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    return np.frombuffer(mmap(-1, size, access=ACCESS_COPY), dtype).reshape(shape)


def notional_within(side: BookSide, limit: float) -> float:
    """Notional (quote asset) of the levels up to and including the price ``limit``."""
    first = bisect_left(side.keys, side.sign * limit)
    keys, quantities = np.frombuffer(side.keys[first:]), np.frombuffer(side.quantities[first:])
    running = np.add.accumulate((side.sign * keys * quantities)[::-1])
    return float(running[-1]) if running.size else 0.0


class _Samples:
    """Room for so many samples: spread (bps) and depth (quote asset), and the second of each.

    Four bytes a number: a rank among seven days does not need more than seven digits.
    """

    def __init__(self, count: int) -> None:
        self.values: NDArray[np.float32] = _room(np.float32, 2, count)
        self.seconds: NDArray[np.uint32] = _room(np.uint32, count)


class BookSamples:
    """Spread (bps) and notional within ±0.1 % of mid (both sides) of the last seven days.

    ``version`` counts the samples ever taken.
    """

    def __init__(self) -> None:
        self.version = 0
        self._fine = _Samples(SAMPLES)
        self._older = _Samples(THINNED)
        self._older_count = 0
        self._sums: NDArray[np.float64] = _room(np.float64, 3, MINUTES)
        self._minutes: NDArray[np.int64] = _room(np.int64, MINUTES)
        """Minutes since the epoch; 0 where there is none yet."""
        self._due = 0

    def __len__(self) -> int:
        return min(self.version, SAMPLES)

    def kept(self) -> NDArray[np.float64]:
        """The samples of the last seven days, in no order of time; shape ``(3, n)``.

        The rows are spreads, depths, and how many seconds each stands for.
        """
        fine, older = len(self), min(self._older_count, THINNED)
        taken = np.concatenate((self._fine.seconds[:fine], self._older.seconds[:older]))
        found = np.empty((3, taken.size))
        np.concatenate((self._fine.values[:, :fine], self._older.values[:, :older]), 1, found[:2])
        found[2, :fine], found[2, fine:] = SAMPLE_NS / 1e9, THINNED_S
        there = taken.astype(np.int64) > int(taken[:fine].max(initial=0)) - KEPT_S
        return found if there.all() else found[:, there]

    @property
    def newest(self) -> tuple[float, float] | None:
        """(spread, depth) of the newest sample, as :meth:`kept` has them."""
        if not self.version:
            return None
        spread, depth = self._fine.values[:, (self.version - 1) % SAMPLES].tolist()
        return spread, depth

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
        slot = self.version % SAMPLES
        if self.version >= SAMPLES:
            self._thin(slot)
        self._fine.values[:, slot] = spread, depth
        self._fine.seconds[slot] = now_ns // SECOND_NS
        self.version += 1
        self._add_to_minute(now_ns // MINUTE_NS, spread, depth)

    def _thin(self, slot: int) -> None:
        """Keep the sample of ``slot`` if it is the first of its five minutes."""
        second, older = int(self._fine.seconds[slot]), self._older
        last = int(older.seconds[(self._older_count - 1) % THINNED]) if self._older_count else -1
        if second // THINNED_S > last // THINNED_S:
            place = self._older_count % THINNED
            older.values[:, place], older.seconds[place] = self._fine.values[:, slot], second
            self._older_count += 1

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
        rows = np.flatnonzero((self._minutes > 0) & (self._minutes > newest - MINUTES))
        rows = rows[np.argsort(self._minutes[rows])]
        return self._minutes[rows], self._sums[:, rows]
