"""Returns of closed bars, and the words for a number that cannot be had.

A return stands for one bar. Where two neighbouring rows are more than one interval apart there is
a hole and no return crosses it; a price that is not a positive finite number gives none either.
Both are NaN inside this package and :class:`~tuirisk.state.Missing` outside of it.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tuirisk.market.candles import Bars, Column
from tuirisk.state import Missing, Number

YEAR_MS = 365 * 86_400_000
ROUNDING = 64.0 * float(np.finfo(np.float64).eps)
"""Error of a return: a logarithm of a price is good to some ten units of the precision."""
ZERO_VARIANCE = Missing("zero_variance")


def periods_per_year(interval_ms: int) -> float:
    """Bars in a year of 365 days that trades around the clock: 35 040 for 15m, 365 for 1d."""
    return YEAR_MS / interval_ms


def prices(column: Column) -> Column:
    """``column`` with NaN in place of what is not a positive finite price."""
    valid = np.isfinite(column) & (column > 0.0)
    return column if valid.all() else np.where(valid, column, np.nan)


def neighbours(bars: Bars) -> NDArray[np.bool_]:
    """For each row but the first, whether the row before it is the bar before it."""
    return np.equal(np.diff(bars.open_time), bars.interval_ms)


def log_returns(bars: Bars) -> Column:
    """ln(close / previous close), shape ``(max(n - 1, 0),)``; NaN where there is none."""
    returns: Column = np.diff(np.log(prices(bars.close)))
    whole = neighbours(bars)
    return returns if whole.all() else np.where(whole, returns, np.nan)


def last_log_returns(bars: Bars, size: int) -> Column:
    """The last ``size`` of :func:`log_returns`, or all of them where they are fewer."""
    returns: Column = np.diff(np.log(prices(bars.close[-size - 1 :])))
    whole = np.equal(np.diff(bars.open_time[-size - 1 :]), bars.interval_ms)
    return np.where(whole, returns, np.nan)


def simple_returns(bars: Bars) -> Column:
    """close / previous close - 1, shape ``(max(n - 1, 0),)``; NaN where there is none."""
    close = prices(bars.close)
    with np.errstate(over="ignore"):
        change = close[1:] / close[:-1] - 1.0
    return np.where(neighbours(bars) & np.isfinite(change), change, np.nan)


def finite(values: Column) -> Column:
    """The values that are numbers, in their order."""
    there = np.isfinite(values)
    return values if there.all() else values[there]


def no_variance(values: Column, deviation: float) -> bool:
    """Whether the ``deviation`` of the returns ``values`` is no more than rounding.

    Returns that are equal on paper (a price that grows by 0.1 % every bar) differ by about the
    machine's precision, and a ratio to that deviation would be a very large number.
    """
    largest = float(np.abs(values).max(initial=0.0))
    return deviation <= ROUNDING * (1.0 + largest)


def number(value: float) -> Number:
    """``value`` as a float, or Missing where it is NaN or infinite."""
    value = float(value)
    return value if math.isfinite(value) else Missing("not_finite")


@lru_cache(maxsize=4_096)
def insufficient(have: int, need: int) -> Missing:
    """Why there is no number: ``insufficient history: 12 of 60 bars``."""
    return Missing("few_bars", have=have, need=need)


def broken(bars: Bars, need: int) -> Missing:
    """Why there is no number from the last ``need`` bars: too few of them, or not all usable."""
    if len(bars) < need:
        return insufficient(len(bars), need)
    return Missing("hole_in_last_bars", need=need)
