"""Rings of closed candles as numpy columns, and the bar that is still forming."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from tuirisk.events import Candle
from tuirisk.events.columnar import ColumnarSequence
from tuirisk.events.intervals import INTERVAL_MS
from tuirisk.market.series import Column, Table, Times, columns, newest, united

CAPACITY = {"15m": 3_072, "1h": 1_536, "4h": 1_536, "1d": 1_536}
"""Bars kept a timeframe: a little above what the metrics read, so that trimming is rare."""

_NUMBERS = (2, 3, 4, 5, 7)
"""Places of the prices and the quote volume among the fields of a candle."""

__all__ = ["CAPACITY", "Bars", "CandleRing", "Column"]


@dataclass(frozen=True, slots=True)
class Bars:
    """Closed bars, oldest first, as read-only columns of one length.

    ``open_time`` is int64 milliseconds. Rows are strictly increasing in time but not necessarily
    contiguous: where ``open_time[i + 1] - open_time[i] != interval_ms`` there is a hole.
    """

    interval_ms: int
    open_time: Times
    open: Column
    high: Column
    low: Column
    close: Column
    volume: Column | None
    """Base asset; None in the bars of a :class:`CandleRing`, for no metric reads it."""
    quote_volume: Column

    def __len__(self) -> int:
        return int(self.close.size)


class CandleRing:
    """The closed bars of one timeframe, kept in time order and free of duplicates.

    ``version`` rises whenever the closed bars change; ``received`` is the receive time (ns) of
    the newest word about this timeframe, forming bar included.
    """

    def __init__(self, interval: str, capacity: int | None = None) -> None:
        self.interval = interval
        self.interval_ms = INTERVAL_MS[interval]
        self.capacity = capacity or CAPACITY[interval]
        self.version = 0
        self.received: int | None = None
        self.answered = False
        """Whether REST has answered for this timeframe in this run."""
        self.forming: Candle | None = None
        self.cached_until: int | None = None
        """Open time of the newest bar of an earlier run, until the exchange has answered."""
        self._times, self._table = _columns(())
        self._last_open_time: int | None = None
        self._bars: Bars | None = None

    def __len__(self) -> int:
        return int(self._times.size)

    @property
    def last_open_time(self) -> int | None:
        """Open time of the newest closed bar."""
        return self._last_open_time

    def preload(self, candles: Sequence[Candle]) -> None:
        """Take closed bars of an earlier run (oldest first); ignored once anything is known."""
        if len(self) or self.received is not None or not candles:
            return
        self.cached_until = candles[-1].open_time
        self._set(*_columns(candles))

    def merge(self, candles: Iterable[Candle], received: int) -> None:
        """Take bars from REST; later answers win over earlier ones for the same bar.

        The first answer decides on preloaded bars: they stay only if they agree with it and
        no bar is missing between the two.
        """
        self.answered = True
        if isinstance(candles, ColumnarSequence) and self.cached_until is None:
            # Closed bars alone: nothing to look at one by one.
            self._merge_closed(candles, received)
            return
        answer = tuple(candles)
        if self.cached_until is not None:
            self._judge_preloaded(answer, self.cached_until)
        self._merge_closed([candle for candle in answer if candle.closed], received)
        for candle in answer:
            if not candle.closed:
                self._reopen(candle.open_time)
                self.set_forming(candle, received)

    def _reopen(self, open_time: int) -> None:
        """The bar of ``open_time`` is the newest, and forming: a wrong clock took it for closed."""
        if self.forming is not None and self.forming.open_time > open_time:
            self.forming = None
        before = int(np.searchsorted(self._times, open_time))
        if before < len(self):
            self._set(self._times[:before], self._table[:, :before])

    def _judge_preloaded(self, answer: tuple[Candle, ...], until: int) -> None:
        self.cached_until = None
        old = [candle for candle in answer if candle.open_time <= until]
        reaches = any(candle.open_time <= until + self.interval_ms for candle in answer)
        times, table = _columns(old)
        row = np.searchsorted(self._times, times)
        shared = self._times[np.minimum(row, len(self) - 1)] == times
        agrees = np.array_equal(self._table[:, row[shared]], table[:, shared])
        closed = all(candle.closed for candle in old)
        if not (reaches and agrees and closed):
            newer = self._times > until
            self._set(self._times[newer], self._table[:, newer])

    def _merge_closed(self, closed: Sequence[Candle], received: int) -> None:
        self.received = received
        if not closed:
            return
        times, table = united(self._times, self._table, *_columns(closed), self.capacity)
        if not (np.array_equal(times, self._times) and np.array_equal(table, self._table)):
            self._set(times, table)

    def set_forming(self, candle: Candle, received: int) -> None:
        """Take the bar that is still forming; one older than what is known changes nothing."""
        last = self.last_open_time
        if last is not None and candle.open_time <= last:
            return
        if self.forming is None or candle.open_time >= self.forming.open_time:
            self.forming = candle
        self.received = received

    def close(self, candle: Candle, received: int) -> None:
        """Take a bar that has just closed."""
        if self.forming is not None and self.forming.open_time <= candle.open_time:
            self.forming = None
        last = self.last_open_time
        if last is not None and candle.open_time <= last:
            self._merge_closed((candle,), received)
            return
        self.received = received
        times, table = _columns((candle,))
        self._set(np.append(self._times, times), np.append(self._table, table, axis=1))

    def bars(self) -> Bars:
        """The closed bars as columns; the same object until a bar is added or mended."""
        if self._bars is None:
            opened, high, low, close, quote = self._table
            self._bars = Bars(self.interval_ms, self._times, opened, high, low, close, None, quote)
        return self._bars

    def holes(self) -> list[tuple[int, int]]:
        """Missing stretches as (first, last) open times between the known closed bars."""
        times = self._times
        gaps = np.flatnonzero(np.diff(times) != self.interval_ms)
        return [
            (int(times[i]) + self.interval_ms, int(times[i + 1]) - self.interval_ms) for i in gaps
        ]

    def _set(self, times: Times, table: Table) -> None:
        """Hold these bars from now on, the newest ``capacity`` of them."""
        self._times, self._table = newest(times, table, self.capacity)
        self._last_open_time = int(self._times[-1]) if self._times.size else None
        self._bars = None
        self.version += 1


def _columns(bars: Sequence[Candle]) -> tuple[Times, Table]:
    if isinstance(bars, ColumnarSequence) and len(bars):
        table = np.stack([np.asarray(bars.column(place), np.float64) for place in _NUMBERS])
        return np.asarray(bars.column(0), np.int64), table
    times = [bar.open_time for bar in bars]
    rows = [(b.open, b.high, b.low, b.close, b.quote_volume) for b in bars]
    return columns(times, rows, 5)
