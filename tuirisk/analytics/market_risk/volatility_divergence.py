"""Volatility divergence: price makes new highs on ever less volatility."""

from __future__ import annotations

import numpy as np

from tuirisk.analytics.market_risk.returns import broken, prices
from tuirisk.analytics.market_risk.rolling import rolling_max
from tuirisk.market.candles import Bars, Column
from tuirisk.state import Missing

HIGH_WINDOW = 96


def volatility_divergence(bars: Bars, rolling: Column) -> bool | Missing:
    """Whether the last close is a new 96-bar high on volatility that is lower and falling.

    A high is a close above the 95 closes before it. True when the last close is one, and the
    volatility there is below that at the high before it and below that of the bar before it:
    the trend tires. ``rolling`` is one volatility a bar, the last belonging to the last bar.
    Missing where the last 96 bars hold a hole or an invalid price, where there is no volatility
    at the last two bars, and where there is no earlier high to compare with.
    """
    recent = prices(bars.close[-HIGH_WINDOW:])
    contiguous = np.all(np.diff(bars.open_time[-HIGH_WINDOW:]) == bars.interval_ms)
    if recent.size < HIGH_WINDOW or not contiguous or np.isnan(recent).any():
        return broken(bars, HIGH_WINDOW)
    if recent[-1] <= recent[:-1].max():
        return False
    if rolling.size < 2 or not np.isfinite(rolling[-2:]).all():
        return Missing("no_volatility")
    earlier = _volatility_at_earlier_high(bars, rolling)
    if earlier is None:
        return Missing("no_earlier_high", bars=HIGH_WINDOW)
    return bool(rolling[-1] < earlier and rolling[-1] < rolling[-2])


def _volatility_at_earlier_high(bars: Bars, rolling: Column) -> float | None:
    """The volatility at the newest high before the last bar; None where there is none."""
    close = prices(bars.close)[:-1]
    if close.size < HIGH_WINDOW:
        return None
    high = close[HIGH_WINDOW - 1 :] > rolling_max(close, HIGH_WINDOW - 1)[:-1]
    past = rolling[:-1]
    size = min(high.size, past.size)
    there = np.flatnonzero(high[high.size - size :] & np.isfinite(past[past.size - size :]))
    return float(past[past.size - size + there[-1]]) if there.size else None
