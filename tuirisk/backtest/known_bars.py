"""The bars that the monitor would hold at a time of the past."""

from __future__ import annotations

import numpy as np

from tuirisk.backtest.forecast_series import cut
from tuirisk.events.intervals import INTERVAL_MS
from tuirisk.feed.files.model import SymbolHistory
from tuirisk.market.candles import CAPACITY, Bars

NO_BARS = np.empty(0)


def empty_bars(interval: str) -> Bars:
    """No bars of ``interval``."""
    return Bars(INTERVAL_MS[interval], np.empty(0, np.int64), *(NO_BARS for _ in range(6)))


def known_bars(history: SymbolHistory, interval: str, now_ms: int) -> Bars:
    """The bars of ``interval`` that are closed at ``now_ms`` and that the monitor keeps.

    No older than its capacity reaches back: where files leave a hole of months, what stands
    before it is not taken for the last month. Daily bars reach back by their number.
    """
    bars = history.bars.get(interval)
    if bars is None:
        return empty_bars(interval)
    last = int(np.searchsorted(bars.open_time, now_ms - bars.interval_ms, side="right"))
    oldest = now_ms - CAPACITY[interval] * bars.interval_ms
    first = int(np.searchsorted(bars.open_time, oldest)) if interval != "1d" else 0
    return cut(bars, max(first, last - CAPACITY[interval]), last)


def is_current(bars: Bars, now_ms: int) -> bool:
    """Whether the newest of ``bars`` closes at ``now_ms``."""
    return len(bars) > 0 and int(bars.open_time[-1]) + bars.interval_ms == now_ms
