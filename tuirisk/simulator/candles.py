"""Candles of one symbol: 15-minute bars and the longer intervals aggregated from them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce
from operator import add, attrgetter

import numpy as np
import numpy.typing as npt

from tuirisk.events.columnar import ColumnarSequence

MINUTE_MS = 60_000
DAY_MS = 86_400_000
BASE_INTERVAL = "15m"

INTERVALS: dict[str, int] = {
    "15m": 15 * MINUTE_MS,
    "30m": 30 * MINUTE_MS,
    "1h": 60 * MINUTE_MS,
    "2h": 120 * MINUTE_MS,
    "4h": 240 * MINUTE_MS,
    "6h": 360 * MINUTE_MS,
    "8h": 480 * MINUTE_MS,
    "12h": 720 * MINUTE_MS,
    "1d": DAY_MS,
}
"""Intervals the embedded exchange has, with their length in milliseconds."""


@dataclass(slots=True)
class Bar:
    """One bar: prices in ticks, quantities in steps, `quote` amounts in the quote asset.

    `first_id` is the id of its first trade; `trades` how many there were.
    """

    open_time: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    quote: float
    trades: int
    buy_volume: int
    buy_quote: float
    first_id: int


_CODES = "qqqqqqdqqdq"
_values = attrgetter(*Bar.__slots__)


def bars_of(bars: Iterable[Bar]) -> ColumnarSequence[Bar]:
    """The bars as columns; what is read from them are copies."""
    return ColumnarSequence(Bar, _CODES, map(_values, bars))


def merge(left: Bar | None, right: Bar) -> Bar:
    """The bar of two consecutive bars; `right` itself (a copy) when there is no left."""
    if left is None:
        return replace(right)
    return Bar(
        left.open_time,
        left.open,
        max(left.high, right.high),
        min(left.low, right.low),
        right.close,
        left.volume + right.volume,
        left.quote + right.quote,
        left.trades + right.trades,
        left.buy_volume + right.buy_volume,
        left.buy_quote + right.buy_quote,
        left.first_id,
    )


def aggregated(
    base: ColumnarSequence[Bar], length: int
) -> tuple[ColumnarSequence[Bar], Bar | None]:
    """Consecutive 15-minute bars as closed bars of `length` ms, and the one that is still open."""
    if not base:
        return bars_of(()), None
    columns = [np.asarray(base.column(place)) for place in range(len(Bar.__slots__))]
    times, opened, high, low, close, volume, quote, trades, buys, buy_quote, first_id = columns
    starts = np.flatnonzero(np.diff(times // length, prepend=-1))
    ends = [*(starts[1:] - 1), len(times) - 1]
    rows = zip(
        (times[starts] - times[starts] % length).tolist(),
        opened[starts].tolist(),
        np.maximum.reduceat(high, starts).tolist(),
        np.minimum.reduceat(low, starts).tolist(),
        close[ends].tolist(),
        np.add.reduceat(volume, starts).tolist(),
        _sums(quote, starts),
        np.add.reduceat(trades, starts).tolist(),
        np.add.reduceat(buys, starts).tolist(),
        _sums(buy_quote, starts),
        first_id[starts].tolist(),
        strict=True,
    )
    bars = ColumnarSequence(Bar, _CODES, rows)
    if (int(times[-1]) + INTERVALS[BASE_INTERVAL]) % length == 0:
        return bars, None
    return bars[:-1], bars[-1]


def _sums(numbers: npt.NDArray[np.float64], starts: npt.NDArray[np.intp]) -> list[float]:
    """The sum of each group, added one by one as :func:`merge` does."""
    return [reduce(add, group) for group in map(np.ndarray.tolist, np.split(numbers, starts[1:]))]


class CandleStore:
    """Closed bars and the forming one, of every interval.

    `base` are consecutive closed 15-minute bars, `older_days` the daily bars before them (whole
    days), `forming` the open 15-minute bar. Prices passed to `trade` are ticks.
    """

    def __init__(
        self, base: ColumnarSequence[Bar], older_days: ColumnarSequence[Bar], forming: Bar
    ) -> None:
        self._base = base
        self._older_days = older_days
        self._forming = forming
        self._closed: dict[str, ColumnarSequence[Bar]] = {BASE_INTERVAL: base}
        self._partial: dict[str, Bar | None] = {BASE_INTERVAL: None}
        self.changed = False

    @property
    def last(self) -> int:
        """Last traded price, in ticks."""
        return self._forming.close

    @property
    def next_trade_id(self) -> int:
        """The id the next trade gets."""
        return self._forming.first_id + self._forming.trades

    def trade(self, tick: int, volume: int, quote: float, taker_buys: bool) -> None:
        """Count one trade into the forming bar."""
        bar = self._forming
        if not bar.trades:
            # A bar opens with its first trade; until then it repeats the close before it.
            bar.open = bar.high = bar.low = tick
        bar.close = tick
        bar.high = max(bar.high, tick)
        bar.low = min(bar.low, tick)
        bar.volume += volume
        bar.quote += quote
        bar.trades += 1
        if taker_buys:
            bar.buy_volume += volume
            bar.buy_quote += quote
        self.changed = True

    def close_due_bars(self, now_ms: int) -> int | None:
        """Close the forming bar when its time has passed; the boundary crossed, if any.

        Bars without a trade are closed too, one for each interval that has passed; the boundary
        returned is the last.
        """
        length = INTERVALS[BASE_INTERVAL]
        boundary = None
        while now_ms >= self._forming.open_time + length:
            bar = self._forming
            boundary = bar.open_time + length
            self._base.append(_values(bar))
            for interval in self._closed:
                if interval != BASE_INTERVAL:
                    self._append(interval, bar)
            self._forming = Bar(
                boundary,
                *(bar.close,) * 4,
                volume=0,
                quote=0.0,
                trades=0,
                buy_volume=0,
                buy_quote=0.0,
                first_id=bar.first_id + bar.trades,
            )
            self.changed = True
        return boundary

    def forming(self, interval: str) -> Bar:
        """The open bar of an interval."""
        if interval == BASE_INTERVAL:
            return self._forming
        self._load(interval)
        return merge(self._partial[interval], self._forming)

    def closed(self, interval: str) -> ColumnarSequence[Bar]:
        """Closed bars of an interval, oldest first; not to be changed."""
        self._load(interval)
        return self._closed[interval]

    def select(self, interval: str, start: int | None, end: int | None, limit: int) -> list[Bar]:
        """Bars by open time, `start` ≤ open ≤ `end`, the forming one last if it is inside.

        With a start the first `limit`, without one the last. Times in milliseconds.
        """
        closed, forming = self.closed(interval), self.forming(interval)
        times = closed.column(0)
        first = 0 if start is None else bisect_left(times, start)
        stop = len(closed) if end is None else bisect_left(times, end + 1)
        if start is None:
            first = max(first, stop - limit)
        else:
            stop = min(stop, first + limit)
        chosen = list(closed[first:stop])
        if (start or 0) <= forming.open_time and (end is None or forming.open_time <= end):
            chosen.append(forming)
        return chosen[:limit] if start is not None else chosen[-limit:]

    def _load(self, interval: str) -> None:
        if interval in self._closed:
            return
        closed, self._partial[interval] = aggregated(self._base, INTERVALS[interval])
        self._closed[interval] = closed
        if interval == "1d":
            self._closed[interval] = bars_of([*self._older_days, *closed])

    def _append(self, interval: str, bar: Bar) -> None:
        merged = merge(self._partial[interval], bar)
        length = INTERVALS[interval]
        merged.open_time -= merged.open_time % length
        if (bar.open_time + INTERVALS[BASE_INTERVAL]) % length == 0:
            self._closed[interval].append(_values(merged))
            self._partial[interval] = None
        else:
            self._partial[interval] = merged
