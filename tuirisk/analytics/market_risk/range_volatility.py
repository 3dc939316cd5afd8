"""Range-based volatility estimators: what a bar's open, high, low and close say together.

All are annualised fractions over the last w bars, with o, h, l, c the logarithms of a bar's
prices and c₋ of the close before it; flat bars (high = low) give 0:

* Parkinson (1980): variance = mean (h - l)² / (4 ln 2)
* Garman–Klass (1980): mean [½ (h - l)² - (2 ln 2 - 1)(c - o)²]
* Rogers–Satchell (1991): mean [(h - c)(h - o) + (l - c)(l - o)]
* Yang–Zhang (2000): var(o - c₋) + k var(c - o) + (1 - k) Rogers–Satchell, ddof 1,
  k = 0.34 / (1.34 + (w + 1)/(w - 1))
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log, sqrt

import numpy as np

from tuirisk.analytics.market_risk.returns import broken, periods_per_year, prices
from tuirisk.market.candles import Bars, Column
from tuirisk.state import Number, RangeEstimators

ESTIMATORS = ("parkinson", "garman_klass", "rogers_satchell", "yang_zhang")


def range_volatility(bars: Bars, windows: Sequence[int]) -> RangeEstimators:
    """The four estimators over each window of ``windows`` (bars, each ≥ 2), keyed ``"7"``.

    Missing where the bars of the window are too few, not contiguous, or where one of them has an
    invalid price or a high and low that do not enclose its open and close. Yang–Zhang also needs
    the close before the window.
    """
    tail = _tail(bars, max(windows, default=0) + 1)
    tables: dict[str, dict[str, Number]] = {name: {} for name in ESTIMATORS}
    for window in windows:
        for name, value in zip(ESTIMATORS, _estimates(bars, tail, window), strict=True):
            tables[name][str(window)] = value
    return RangeEstimators(**tables)


def _tail(bars: Bars, size: int) -> Column:
    """Logarithms of open, high, low, close, shape (4, ≤ size): the usable bars at the end."""
    columns = (bars.open, bars.high, bars.low, bars.close)
    logs = np.log(prices(np.stack([column[-size:] for column in columns])))
    opened, high, low, close = logs
    sound = (low <= np.minimum(opened, close)) & (high >= np.maximum(opened, close))
    gaps = np.diff(bars.open_time[-size:]) != bars.interval_ms
    ends = np.concatenate((np.flatnonzero(~sound) + 1, np.flatnonzero(gaps) + 1))
    return logs[:, ends.max(initial=0) :]


def _estimates(bars: Bars, tail: Column, window: int) -> tuple[Number, ...]:
    usable = tail.shape[1]
    if usable < window:
        return (broken(bars, window),) * len(ESTIMATORS)
    opened, high, low, close = tail[:, -window:]
    body, width = close - opened, high - low
    squared_width, squared_body = float(width @ width), float(body @ body)
    inside = float((high - close) @ (high - opened) + (low - close) @ (low - opened)) / window
    rogers_satchell = max(inside, 0.0)
    scale = sqrt(periods_per_year(bars.interval_ms))
    plain = (
        sqrt(squared_width / (4.0 * log(2.0) * window)) * scale,
        sqrt((0.5 * squared_width - (2.0 * log(2.0) - 1.0) * squared_body) / window) * scale,
        sqrt(rogers_satchell) * scale,
    )
    if usable < window + 1:
        return (*plain, broken(bars, window + 1))
    jump = opened - tail[3, -window - 1 : -1]
    k = 0.34 / (1.34 + (window + 1) / (window - 1))
    yang_zhang = _variance(jump) + k * _variance(body) + (1.0 - k) * rogers_satchell
    return (*plain, sqrt(yang_zhang) * scale)


def _variance(values: Column) -> float:
    centred = values - values.sum() / values.size
    return float(centred @ centred) / (values.size - 1)
