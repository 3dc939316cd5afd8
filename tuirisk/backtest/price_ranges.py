"""The price at a time of the past, and the lowest and highest price after it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

import numpy as np

from tuirisk.events.intervals import DAY_MS
from tuirisk.feed.files.model import SymbolHistory
from tuirisk.market.candles import Bars

Basis = Literal["mark", "last"]
"""Which price a liquidation is judged by."""


class PriceWindow(NamedTuple):
    """The price at the beginning of a window, and the extremes in it (quote asset)."""

    start: float
    low: float
    high: float
    basis: Basis


class PriceRanges:
    """Windows of one symbol: by the mark price where its bars cover them, else by the last price.

    Of each price the finest bars that cover a window whole; a window that none covers is not known.
    """

    def __init__(self, history: SymbolHistory) -> None:
        self._series: list[tuple[Basis, Bars]] = [
            *(("mark", bars) for bars in _finest_first(history.mark.values())),
            *(("last", bars) for bars in _finest_first(history.bars.values())),
        ]

    def window(self, begin_ms: int, end_ms: int) -> PriceWindow | None:
        """The window from ``begin_ms`` to ``end_ms``; None where no series covers it."""
        for basis, bars in self._series:
            found = _window(bars, begin_ms, end_ms)
            if found is not None:
                return PriceWindow(*found, basis)
        return None

    def first_ms(self) -> int | None:
        """The first midnight (UTC) with a price."""
        opens = [int(bars.open_time[0]) for _, bars in self._series]
        return -(-min(opens) // DAY_MS) * DAY_MS if opens else None

    def last_ms(self) -> int | None:
        """The end of the newest bar."""
        ends = [int(bars.open_time[-1]) + bars.interval_ms for _, bars in self._series]
        return max(ends, default=None)


def _finest_first(series: Iterable[Bars]) -> list[Bars]:
    found = [bars for bars in series if len(bars) > 1 and DAY_MS % bars.interval_ms == 0]
    return sorted(found, key=lambda bars: bars.interval_ms)


def _window(bars: Bars, begin_ms: int, end_ms: int) -> tuple[float, float, float] | None:
    step = bars.interval_ms
    first, last = (int(i) for i in np.searchsorted(bars.open_time, (begin_ms, end_ms)))
    count = (end_ms - begin_ms) // step
    if first == 0 or last - first != count or int(bars.open_time[first - 1]) != begin_ms - step:
        return None
    start = float(bars.close[first - 1])
    low, high = float(bars.low[first:last].min()), float(bars.high[first:last].max())
    return (start, low, high) if start > 0.0 and 0.0 < low <= high < np.inf else None
