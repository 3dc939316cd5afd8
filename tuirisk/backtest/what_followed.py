"""What the 24 hours after each closed 15m bar brought: volatility, fall, and return."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tuirisk.analytics.market_risk.returns import log_returns, prices
from tuirisk.market.candles import Bars, Column
from tuirisk.market.series import Times

DAY_STEPS = 96
"""15m bars of a day."""


class WhatFollowed:
    """Columns of one row for each 15m bar; NaN where the 96 bars after it are not whole.

    ``time`` is its close (UTC ms), when the forecast is made. ``volatility`` is the root of the sum
    of the squared log returns of the next 24 h, ``volatility_before`` that of the last 24 h;
    ``fall`` the distance of the lowest price below the close, ``rise`` of the highest above it, and
    ``change`` the simple return, all fractions.
    """

    def __init__(self, bars: Bars) -> None:
        count = len(bars)
        self.time: Times = bars.open_time + bars.interval_ms
        nothing = np.full(count, np.nan)
        self.volatility, self.volatility_before = nothing.copy(), nothing.copy()
        self.fall, self.rise, self.change = nothing.copy(), nothing.copy(), nothing.copy()
        size = count - DAY_STEPS
        if size <= 0:
            return
        squares = np.square(log_returns(bars))
        known = np.concatenate(([0], np.cumsum(np.isfinite(squares))))
        total = np.concatenate(([0.0], np.cumsum(np.nan_to_num(squares))))
        whole = known[DAY_STEPS:] - known[:-DAY_STEPS] == DAY_STEPS
        day: Column = np.sqrt(np.maximum(total[DAY_STEPS:] - total[:-DAY_STEPS], 0.0))
        self.volatility[:size] = np.where(whole, day, np.nan)
        self.volatility_before[DAY_STEPS:] = np.where(whole, day, np.nan)
        close = prices(bars.close)
        low = sliding_window_view(prices(bars.low)[1:], DAY_STEPS).min(axis=1)
        high = sliding_window_view(prices(bars.high)[1:], DAY_STEPS).max(axis=1)
        start = np.where(whole, close[:size], np.nan)
        self.fall[:size] = np.maximum(1.0 - low / start, 0.0)
        self.rise[:size] = np.maximum(high / start - 1.0, 0.0)
        self.change[:size] = close[DAY_STEPS:] / start - 1.0

    def rows(self, times: Times) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        """The row of each of ``times``; −1 where no bar closes then."""
        place = np.minimum(np.searchsorted(self.time, times), max(self.time.size - 1, 0))
        if not self.time.size:
            return np.full(times.size, -1)
        return np.where(self.time[place] == times, place, -1)

    def at(self, column: Column, times: Times) -> Column:
        """``column`` at each of ``times``; NaN where no bar closes then."""
        found = np.full(times.size, np.nan)
        rows = self.rows(times)
        found[rows >= 0] = column[rows[rows >= 0]]
        return found
