"""Rings of closed candles as numpy columns, and the bar that is still forming."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
        self.cached_until: int | None = None
        """Open time of the newest bar of an earlier run, until the exchange has answered."""
        self._rows: dict[int, Candle] = {}
        self._bars: Bars | None = None

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def last_open_time(self) -> int | None:
        """Open time of the newest closed bar."""
        return next(reversed(self._rows)) if self._rows else None

    @property
    def answered(self) -> bool:
        """Whether the bars are the exchange's word in this run."""
        return self.received is not None and self.cached_until is None

    def preload(self, candles: Sequence[Candle]) -> None:
        """Take closed bars of an earlier run (oldest first); ignored once anything is known."""
        if self._rows or self.received is not None or not candles:
            return
        self._rows = {candle.open_time: candle for candle in candles}
        self.cached_until = candles[-1].open_time
        self._changed()

    def merge(self, candles: Iterable[Candle], received: int) -> None:
        """Take bars from REST; later answers win over earlier ones for the same bar.

        The first answer decides on preloaded bars: they stay only if they agree with it and
        no bar is missing between the two.
        """
        answer = tuple(candles)
        if self.cached_until is not None:
            self._judge_preloaded(answer, self.cached_until)
        self._take(answer, received)

    def _judge_preloaded(self, answer: tuple[Candle, ...], until: int) -> None:
        self.cached_until = None
        reaches = any(candle.open_time <= until + self.interval_ms for candle in answer)
        agrees = all(
            self._rows.get(candle.open_time, candle) == candle
            for candle in answer
            if candle.open_time <= until
        )
        if not (reaches and agrees):
            self._rows = {time: bar for time, bar in self._rows.items() if time > until}
            self._changed()

    def _take(self, candles: Iterable[Candle], received: int) -> None:
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
            self._take((candle,), received)
            return
        before = self._bars
        self._rows[candle.open_time] = candle
        self._changed()
        if before is not None:
            self._bars = _followed(before, candle, self.capacity)

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


def _followed(bars: Bars, candle: Candle, capacity: int) -> Bars:
    """``bars`` and the bar after them, at most ``capacity``; far cheaper than from all rows."""
    kept = slice(max(0, len(bars) + 1 - capacity), None)
    times = np.append(bars.open_time[kept], candle.open_time)
    columns = [
        np.append(column[kept], value)
        for column, value in (
            (bars.open, candle.open),
            (bars.high, candle.high),
            (bars.low, candle.low),
            (bars.close, candle.close),
            (bars.volume, candle.volume),
            (bars.quote_volume, candle.quote_volume),
        )
    ]
    for column in (times, *columns):
        column.flags.writeable = False
    return Bars(bars.interval_ms, times, *columns)
