"""Make the figures that forecasts use before a symbol's own history is long enough.

    python .ci/forecast_calibration.py 2023-01-01 2024-01-01 BTCUSDT=bars.csv.gz ETHUSDT=… \
        > tuirisk/analytics/forecast/calibration.json

Each file holds 15m bars with the columns ``open_time_ms,open,high,low,close,volume``; those from
the first to before the last date are used. The weekend's weight is the ratio of the mean variances
of weekend days and weekdays, each day's taken over the mean of the seven days around it. The
extremes are 200 quantiles of the pooled days' (and overlapping weeks') moves over the σ that the
pooled model forecast for them.
"""

from __future__ import annotations

import gzip
import json
import sys
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from tuirisk.analytics.forecast.calendar import is_weekend, next_week_weight, weights
from tuirisk.analytics.forecast.daily_variance import daily_variances
from tuirisk.analytics.forecast.har import HarModel, fit_rows, har_regressors
from tuirisk.events.intervals import DAY_MS, INTERVAL_MS
from tuirisk.market.candles import Bars

Floats = NDArray[np.float64]
QUANTILES = 200
WEEK = 7


def read(path: str, first_ms: int, last_ms: int) -> Bars:
    """The 15m bars of ``path`` that open from ``first_ms`` to before ``last_ms``."""
    with gzip.open(path) as file:
        table = np.loadtxt(file, delimiter=",", skiprows=1)
    table = table[(table[:, 0] >= first_ms) & (table[:, 0] < last_ms)]
    times = table[:, 0].astype(np.int64)
    opened, high, low, close, volume = np.ascontiguousarray(table[:, 1:6].T)
    return Bars(INTERVAL_MS["15m"], times, opened, high, low, close, volume, volume * close)


def days_of(bars: Bars) -> Bars:
    """Daily bars of complete UTC days of ``bars``."""
    days, first = np.unique(bars.open_time // DAY_MS, return_index=True)
    ends = np.append(first[1:], len(bars))
    whole = ends - first == DAY_MS // bars.interval_ms
    days, first, ends = days[whole], first[whole], ends[whole]
    high = np.array([bars.high[a:b].max() for a, b in zip(first, ends, strict=True)])
    low = np.array([bars.low[a:b].min() for a, b in zip(first, ends, strict=True)])
    ones = np.ones(days.size)
    return Bars(
        DAY_MS, days * DAY_MS, bars.open[first], high, low, bars.close[ends - 1], ones, ones
    )


def weekend_weight(symbols: list[Bars]) -> float:
    """Mean relative variance of Saturdays and Sundays over that of the other days."""
    weekend, weekday = [], []
    for bars in symbols:
        history = daily_variances(bars, days_of(bars), 1.0)
        around = np.convolve(history.variance, np.ones(WEEK) / WEEK, "valid")
        relative = history.variance[3:-3] / around
        ends = is_weekend(history.days()[3:-3])
        weekend.append(relative[ends])
        weekday.append(relative[~ends])
    return float(np.nanmean(np.concatenate(weekend)) / np.nanmean(np.concatenate(weekday)))


def pooled_model(symbols: list[Bars], weekend: float) -> HarModel:
    """The model fitted on the days of all symbols."""
    rows, targets = [], []
    for bars in symbols:
        variance = daily_variances(bars, days_of(bars), weekend).variance
        regressors, target = har_regressors(variance)[:-1], np.log(variance)
        known = np.isfinite(target) & np.isfinite(regressors).all(axis=1)
        rows.append(regressors[known])
        targets.append(target[known])
    return fit_rows(np.concatenate(rows), np.concatenate(targets))


def standardised(
    symbols: list[Bars], model: HarModel, weekend: float, days: int
) -> tuple[Floats, Floats]:
    """Falls and rises of each run of ``days`` days in units of the σ forecast for it."""
    falls, rises = [], []
    for bars in symbols:
        daily = days_of(bars)
        history = daily_variances(bars, daily, weekend)
        expected = model.variances(har_regressors(history.variance))[:-1]
        weight = weights(daily.open_time, weekend) if days == 1 else next_week_weight(weekend)
        sigma = np.sqrt(expected * weight * days)
        for row in range(1, len(daily) - days + 1):
            run = slice(row, row + days)
            if np.isfinite(sigma[row]):
                before = daily.close[row - 1]
                falls.append(max(np.log(before / daily.low[run].min()), 0.0) / sigma[row])
                rises.append(max(np.log(daily.high[run].max() / before), 0.0) / sigma[row])
    return np.array(falls), np.array(rises)


def quantiles(moves: Floats) -> list[float]:
    places = (np.arange(QUANTILES) + 0.5) / QUANTILES
    return [round(value, 4) for value in np.quantile(moves, places).tolist()]


def main(first: str, last: str, *files: str) -> None:
    first_ms, last_ms = (
        int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)
        for day in (first, last)
    )
    paths = dict(file.split("=", 1) for file in files)
    symbols = [read(path, first_ms, last_ms) for path in paths.values()]
    weekend = round(weekend_weight(symbols), 3)
    model = pooled_model(symbols, weekend)
    (day_down, day_up), (week_down, week_up) = (
        standardised(symbols, model, weekend, days) for days in (1, WEEK)
    )
    coefficients = (model.constant, model.day, model.week, model.month, model.smearing)
    figures = {
        "symbols": list(paths),
        "first_day": first,
        "last_day": last,
        "weekend": weekend,
        "har": [round(value, 4) for value in coefficients],
        "moves": {
            "day_down": quantiles(day_down),
            "day_up": quantiles(day_up),
            "week_down": quantiles(week_down),
            "week_up": quantiles(week_up),
        },
    }
    json.dump(figures, sys.stdout)
    print()


if __name__ == "__main__":
    main(*sys.argv[1:])
