"""The 24 h volatility forecast and its rank at many times at once.

The values are those of :mod:`tuirisk.analytics.forecast.volatility_forecast` on the bars that the
monitor would hold at each time. The days and the model fitted on them change at most four times a
day; the means of the last 24 h, 7 and 32 days change with every bar.
"""

from __future__ import annotations

from math import isfinite, sqrt

import numpy as np

from tuirisk.analytics.forecast.calendar import next_day_weight, weights
from tuirisk.analytics.forecast.calibration import calibration
from tuirisk.analytics.forecast.daily_variance import ENOUGH, STEPS
from tuirisk.analytics.forecast.volatility_forecast import (
    LEAST_RANKED,
    RECENT_DAYS,
    FittedDays,
    fitted_days,
    ranked_sigmas,
)
from tuirisk.analytics.market_risk.returns import log_returns
from tuirisk.analytics.market_risk.rolling import percentile_rank
from tuirisk.backtest.market_series import Counts
from tuirisk.events.intervals import DAY_MS
from tuirisk.market.candles import CAPACITY, Bars
from tuirisk.market.series import Column, Times


def forecasts(
    bars_15m: Bars, bars_1d: Bars, times_ms: Times, counts: Counts, day_counts: Counts
) -> tuple[Column, Column]:
    """σ of the log return of the next 24 h and its rank in its own last year, 0–100.

    ``counts`` and ``day_counts`` are the bars of 15m and of 1d that had closed at ``times_ms``
    (UTC, ascending); NaN where there is no number, and where no 15m bar closed at the time.
    """
    weekend = calibration().weekend
    sigma, rank = np.full(times_ms.size, np.nan), np.full(times_ms.size, np.nan)
    recent = np.stack([_recent_variances(bars_15m, n, weekend)[counts] for n in RECENT_DAYS])
    returns_to_day = _returns_to_day(bars_15m)
    days: FittedDays | None = None
    ranked, key = np.empty(0), (-1, -1, -1, -1)
    for row, (count, day_count) in enumerate(
        zip(counts.tolist(), day_counts.tolist(), strict=True)
    ):
        if count < 1:
            continue
        first = max(count - CAPACITY["15m"], 0)
        now = _key(bars_15m, returns_to_day, first, count, day_count)
        if days is None or now != key:
            key, first_day = now, max(day_count - CAPACITY["1d"], 0)
            days = fitted_days(cut(bars_15m, first, count), cut(bars_1d, first_day, day_count))
            ranked = ranked_sigmas(days.past)
        variance = days.variance_of(recent[:, row].tolist())
        if isfinite(variance):
            closed_ms = int(bars_15m.open_time[count - 1]) + bars_15m.interval_ms
            sigma[row] = sqrt(variance * next_day_weight(closed_ms, weekend))
            if ranked.size >= LEAST_RANKED:
                rank[row] = percentile_rank(ranked, sigma[row])
    return sigma, rank


def cut(bars: Bars, first: int, last: int) -> Bars:
    """The bars ``first`` to before ``last``."""
    return Bars(
        bars.interval_ms,
        bars.open_time[first:last],
        bars.open[first:last],
        bars.high[first:last],
        bars.low[first:last],
        bars.close[first:last],
        None if bars.volume is None else bars.volume[first:last],
        bars.quote_volume[first:last],
    )


def _key(
    bars: Bars, returns_to_day: Times, first: int, count: int, day_count: int
) -> tuple[int, int, int, int]:
    """What the complete days of the bars ``first`` to before ``count`` depend on.

    The days of the first and of the last bar, how much of the first one is kept where that is
    enough for a variance, and the daily bars.
    """
    start = int(bars.open_time[first]) // DAY_MS
    kept = int(returns_to_day[first + 1]) if first + 1 < count else 0
    end_ms = int(bars.open_time[count - 1]) + bars.interval_ms
    return start, kept if kept >= ENOUGH * STEPS else 0, end_ms // DAY_MS, day_count


def _returns_to_day(bars: Bars) -> Times:
    """For each bar the number of returns that end with it or with later bars of its UTC day."""
    known = np.concatenate(([False], np.isfinite(log_returns(bars))))
    days = bars.open_time // DAY_MS
    after = np.concatenate((np.cumsum(known[::-1])[::-1], [0]))
    following = np.searchsorted(days, days, side="right")
    left: Times = after[:-1] - after[following]
    return left


def _recent_variances(bars: Bars, days: int, weekend: float) -> Column:
    """Mean daily variance over the last ``days`` × 24 h, by the number of bars that had closed."""
    squares = np.square(log_returns(bars)) / weights(bars.open_time[1:], weekend)
    known = np.isfinite(squares)
    total = np.concatenate(([0.0, 0.0], np.cumsum(np.where(known, squares, 0.0))))[: len(bars) + 1]
    number = np.concatenate(([0, 0], np.cumsum(known)))[: len(bars) + 1]
    size = min(days * STEPS, CAPACITY["15m"] - 1)
    before = np.maximum(np.arange(len(bars) + 1) - size, min(1, len(bars)))
    have = number - number[before]
    mean = (total - total[before]) / np.maximum(have, 1) * STEPS
    found: Column = np.where((have >= ENOUGH * days * STEPS) & (mean > 0.0), mean, np.nan)
    return found
