"""Average true range (Wilder, "New Concepts in Technical Trading Systems", 1978)."""

from __future__ import annotations

import numpy as np

from tuirisk.analytics.market_risk.returns import insufficient, neighbours, number, prices
from tuirisk.market.candles import Bars
from tuirisk.state import Missing, Number

PERIODS = 14


def average_true_range(bars: Bars, periods: int = PERIODS) -> Number:
    """Wilder's ATR at the newest bar, in the unit of the price.

    True range = max(high − low, |high − previous close|, |low − previous close|); the mean of
    the first ``periods`` of them starts the recursion (n − 1)/n · ATR + TR/n. Only the bars after
    the last hole (or invalid price) are used; it needs ``periods`` + 1 of them.
    """
    high, low, close = prices(bars.high), prices(bars.low), prices(bars.close)
    ranges = np.fmax(high[1:], close[:-1]) - np.fmin(low[1:], close[:-1])
    valid = neighbours(bars) & np.isfinite(high[1:] + low[1:] + close[:-1])
    broken = np.flatnonzero(~valid)
    ranges = ranges[int(broken[-1]) + 1 if broken.size else 0 :]
    if ranges.size < periods:
        if len(bars) > periods:
            return Missing("hole_in_last_bars", need=periods + 1)
        return insufficient(len(bars), periods + 1)
    average = float(ranges[:periods].mean())
    for true_range in ranges[periods:].tolist():
        average += (true_range - average) / periods
    return number(average)
