"""Rings of closed candles as numpy columns, and the bar that is still forming."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuirisk.events import Candle

INTERVAL_MS = {"15m": 900_000, "1h": 3_600_000, "4h": 14_400_000, "1d": 86_400_000}
CAPACITY = {"15m": 3_072, "1h": 1_536, "4h": 1_536, "1d": 1_536}
"""Bars kept a timeframe: a little above what the metrics read, so that trimming is rare."""

Column = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bars:
    """Closed bars, oldest first, as read-only columns of one length.

    ``open_time`` is int64 milliseconds. Rows are strictly increasing in time but not necessarily
    contiguous: where ``open_time[i + 1] - open_time[i] != interval_ms`` there is a hole.
    """

    interval_ms: int
    open_time: NDArray[np.int64]
    open: Column
    high: Column
    low: Column
    close: Column
    volume: Column
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
        self.streaming = False
        self.forming: Candle | None = None
        self._rows: dict[int, Candle] = {}
        self._bars: Bars | None = None

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def last_open_time(self) -> int | None:
        """Open time of the newest closed bar."""
        return next(reversed(self._rows)) if self._rows else None

    def merge(self, candles: Iterable[Candle], received: int) -> None:
        """Take bars from REST; later answers win over earlier ones for the same bar."""
        changed = False
        for candle in candles:
            if not candle.closed:
                self.note_forming(candle, received)
            elif self._rows.get(candle.open_time) != candle:
                self._rows[candle.open_time] = candle
                changed = True
        if changed:
            self._rows = dict(sorted(self._rows.items()))
            self._changed()
        self.received = received

    def note_forming(self, candle: Candle, received: int) -> None:
        """Take the bar that is still forming; one older than what is known changes nothing."""
        last = self.last_open_time
        if last is not None and candle.open_time <= last:
            return
        if self.forming is None or candle.open_time >= self.forming.open_time:
            self.forming = candle
        self.received = received

    def close(self, candle: Candle, received: int) -> None:
        """Take a bar that has just closed."""
        self.received = received
        if self.forming is not None and self.forming.open_time <= candle.open_time:
            self.forming = None
        last = self.last_open_time
        if last is not None and candle.open_time <= last:
            self.merge((candle,), received)
            return
        self._rows[candle.open_time] = candle
        self._changed()

    def bars(self) -> Bars:
        """The closed bars as columns; the same object until a bar is added or mended."""
        if self._bars is None:
            rows = list(self._rows.values())
            columns = np.array(
                [(c.open, c.high, c.low, c.close, c.volume, c.quote_volume) for c in rows],
                dtype=np.float64,
            ).reshape(len(rows), 6)
            columns.flags.writeable = False
            times = np.fromiter(self._rows, dtype=np.int64, count=len(rows))
            times.flags.writeable = False
            by_name = np.ascontiguousarray(columns.T)
            by_name.flags.writeable = False
            self._bars = Bars(self.interval_ms, times, *by_name)
        return self._bars

    def holes(self) -> list[tuple[int, int]]:
        """Missing stretches as (first, last) open times between the known closed bars."""
        times = self.bars().open_time
        gaps = np.flatnonzero(np.diff(times) != self.interval_ms)
        return [
            (int(times[i]) + self.interval_ms, int(times[i + 1]) - self.interval_ms) for i in gaps
        ]

    def _changed(self) -> None:
        while len(self._rows) > self.capacity:
            del self._rows[next(iter(self._rows))]
        self._bars = None
        self.version += 1
