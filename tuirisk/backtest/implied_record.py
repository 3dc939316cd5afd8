"""The record of what options implied, beside the forecast of the same days.

Over 24 h both are a σ of the same horizon: what options imply is of 30 days, and a day's part of it
is 1/√365 of a year's. Over its own 30 days it stands beside the volatility of the 30 days before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tuirisk.backtest.scoring import Estimate, mean_by_day, qlike, rank_correlation
from tuirisk.backtest.symbol_rows import SymbolRows, VolatilityRow
from tuirisk.events.intervals import DAY_MS
from tuirisk.market.series import Column, Times
from tuirisk.state.external import DAYS_A_YEAR

MONTH = 30
"""Days that an implied volatility is of."""
LEAST_MONTHS = 90
"""Overlapping months below which there is no record of them: their errors have 30 lags."""


@dataclass(frozen=True, slots=True)
class MonthRecord:
    """The variance of the next 30 days, against what was implied and that of the 30 days before."""

    forecasts: int
    rank_correlation: float
    rank_correlation_before: float
    qlike: Estimate
    qlike_before: Estimate
    premium: Estimate
    """Mean of implied less realised volatility, fractions a year."""


@dataclass(frozen=True, slots=True)
class ImpliedRecord:
    """Volatility that options implied, against what followed, and the forecasts of these days."""

    sources: tuple[str, ...]
    forecasts: int
    rank_correlation: float
    """Spearman's, of implied and realised volatility of 24 h."""
    rank_correlation_forecast: float
    """The same of tuirisk's forecast."""
    qlike: Estimate
    """Mean loss of the implied variance, 0 of a perfect one."""
    qlike_forecast: Estimate
    ratio: Estimate
    """Mean of the realised variance over the implied one."""
    month: MonthRecord | None
    """None where fewer than 90 months can be judged."""


def implied_record(symbols: Sequence[SymbolRows]) -> ImpliedRecord | None:
    """The record of all days of ``symbols``; None where nothing was implied on any."""
    rows = [row for symbol in symbols for row in symbol.implied]
    if not rows:
        return None
    times = np.array([row.time_ms for row in rows], np.int64)
    table = np.array([(row.implied, row.forecast, row.outcome) for row in rows])
    implied, forecast, outcome = table.T
    return ImpliedRecord(
        tuple(sorted({row.source for row in rows})),
        len(rows),
        rank_correlation(implied, outcome),
        rank_correlation(forecast, outcome),
        mean_by_day(qlike(implied, outcome), times),
        mean_by_day(qlike(forecast, outcome), times),
        mean_by_day(np.square(outcome / implied), times),
        _month_record([month for symbol in symbols for month in _months(symbol)]),
    )


class _Month(NamedTuple):
    """σ of 30 days: implied, realised in those after, realised in those before."""

    time_ms: int
    implied: float
    after: float
    before: float


def _months(symbol: SymbolRows) -> Iterator[_Month]:
    realised = _month_sigmas(symbol.volatility)
    for row in symbol.implied:
        after = realised.get(row.time_ms)
        before = realised.get(row.time_ms - MONTH * DAY_MS)
        if after is not None and before is not None:
            yield _Month(row.time_ms, row.implied * MONTH**0.5, after, before)


def _month_record(months: Sequence[_Month]) -> MonthRecord | None:
    if len(months) < LEAST_MONTHS:
        return None
    times: Times = np.array([month.time_ms for month in months], np.int64)
    implied, after, before = np.array([month[1:] for month in months]).T
    premium: Column = (DAYS_A_YEAR / MONTH) ** 0.5 * (implied - after)
    return MonthRecord(
        len(months),
        rank_correlation(implied, after),
        rank_correlation(before, after),
        mean_by_day(qlike(implied, after), times, MONTH),
        mean_by_day(qlike(before, after), times, MONTH),
        mean_by_day(premium, times, MONTH),
    )


def _month_sigmas(realised: Sequence[VolatilityRow]) -> dict[int, float]:
    """Midnight → σ of the 30 days from it, where all of them are known."""
    days = {row.time_ms: row.outcome**2 for row in realised}
    found = {}
    for time_ms in days:
        month = [days.get(time_ms + i * DAY_MS) for i in range(MONTH)]
        known = [variance for variance in month if variance is not None]
        if len(known) == MONTH:
            found[time_ms] = sum(known) ** 0.5
    return found
