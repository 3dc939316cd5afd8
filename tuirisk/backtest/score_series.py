"""The score of past hours: what the monitor would have shown, from candles and settlements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tuirisk.analytics.score.scale import input_set, total_curve
from tuirisk.backtest.forecast_series import forecasts
from tuirisk.backtest.funding_series import funding_points
from tuirisk.backtest.market_series import Counts, market_points
from tuirisk.backtest.timeframe_series import correlation_points
from tuirisk.config.model import RiskConfig
from tuirisk.events.intervals import INTERVALS
from tuirisk.feed.files.model import SymbolHistory
from tuirisk.market.candles import Bars
from tuirisk.market.series import Column, Times

ROUNDING = 1e-12
DEFAULT_RISK = RiskConfig()


@dataclass(frozen=True, slots=True)
class ScoreSeries:
    """The score at each time as columns of one length, 0–100; NaN where there is no number.

    There is no order book in files: liquidity is not in the score, and its weight is the others'.
    """

    time_ms: Times
    market: Column
    funding: Column
    correlation: Column
    raw: Column
    """The components' mean by weight."""
    total: Column
    """``raw`` on the scale of a source with candles, and with funding where there is any."""
    volatility_24h: Column
    """σ of the log return of the next 24 h as forecast at the time, a fraction."""
    volatility_rank_1y: Column
    """Its percentile, 0–100, among the forecasts of its last year."""


def score_series(
    history: SymbolHistory, times_ms: Sequence[int] | Times, risk: RiskConfig = DEFAULT_RISK
) -> ScoreSeries:
    """The score of ``history`` at ``times_ms`` (UTC, ascending), from what was known at each.

    Bars count from their close on, settlements from their time on. A time at which no 15m bar has
    closed within 15 minutes has no number. ``risk`` gives weights, windows and thresholds.
    """
    times = np.asarray(times_ms, dtype=np.int64)
    bars = {interval: history.bars[interval] for interval in INTERVALS}
    counts = {interval: closed_by(rows, times) for interval, rows in bars.items()}
    sigma, rank = forecasts(bars["15m"], bars["1d"], times, counts["15m"], counts["1d"])
    columns = {
        "market": market_points(bars, counts, rank, risk.windows),
        "funding": funding_points(history.funding, times, risk),
        "correlation": correlation_points(bars, counts),
    }
    late = _late(bars["15m"], counts["15m"], times)
    for column in (columns["market"], columns["correlation"], sigma, rank):
        column[late] = np.nan
    weights = {
        "market": risk.weights.market,
        "funding": risk.weights.funding if len(history.funding) else 0.0,
        "correlation": risk.weights.correlation,
    }
    raw = weighted_mean(columns, weights, risk.thresholds.minimum_coverage)
    never = {"liquidity"} if len(history.funding) else {"liquidity", "funding"}
    knots = np.array(total_curve(input_set(never)))
    return ScoreSeries(
        times,
        columns["market"],
        columns["funding"],
        columns["correlation"],
        raw,
        np.interp(raw, knots[:, 0], knots[:, 1]),
        sigma,
        rank,
    )


def closed_by(bars: Bars, times_ms: Times) -> Counts:
    """How many of the bars had closed at each time."""
    found: Counts = np.searchsorted(bars.open_time + bars.interval_ms, times_ms, side="right")
    return found


def weighted_mean(
    columns: Mapping[str, Column], weights: Mapping[str, float], minimum_coverage: float
) -> Column:
    """Σ weight · component / Σ weight of those that have a number; NaN of too little weight."""
    everything = sum(weights.values())
    sums = np.zeros_like(columns["market"])
    present = np.zeros_like(sums)
    for name, column in columns.items():
        known = np.isfinite(column)
        sums[known] += weights[name] * column[known]
        present[known] += weights[name]
    enough = (present > 0.0) & (present > (minimum_coverage + ROUNDING) * everything)
    return np.where(enough, sums / np.where(enough, present, 1.0), np.nan)


def _late(
    bars: Bars, counts: Counts, times_ms: Times
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Where the bar that should be the newest is missing."""
    closed = np.concatenate(([-bars.interval_ms], bars.open_time + bars.interval_ms))[counts]
    return times_ms - closed >= bars.interval_ms
