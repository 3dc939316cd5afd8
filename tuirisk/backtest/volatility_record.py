"""The record of the 24 h volatility forecast, beside that of taking yesterday's volatility."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tuirisk.backtest.scoring import Estimate, mean_by_day, qlike, rank_correlation
from tuirisk.backtest.symbol_rows import VolatilityRow


@dataclass(frozen=True, slots=True)
class VolatilityRecord:
    """σ of the next 24 h, forecast and realised (of 15m returns)."""

    forecasts: int
    rank_correlation: float
    """Spearman's, of forecast and realised."""
    rank_correlation_before: float
    """The same of the volatility of the 24 h before."""
    qlike: Estimate
    """Mean loss of the variance forecast, 0 of a perfect one."""
    qlike_before: Estimate
    ratio: Estimate
    """Mean of the realised variance over the forecast one: 1 without bias."""


def volatility_record(rows: Sequence[VolatilityRow]) -> VolatilityRecord | None:
    """The record of ``rows``; None of none."""
    rows = [row for row in rows if row.forecast > 0.0 and row.before > 0.0]
    if not rows:
        return None
    table = np.array(rows, dtype=float)
    times = np.array([row.time_ms for row in rows], np.int64)
    _, forecast, outcome, before = table.T
    return VolatilityRecord(
        len(rows),
        rank_correlation(forecast, outcome),
        rank_correlation(before, outcome),
        mean_by_day(qlike(forecast, outcome), times),
        mean_by_day(qlike(before, outcome), times),
        mean_by_day(np.square(outcome / forecast), times),
    )
