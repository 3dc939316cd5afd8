"""The record of P(liquidation): scores, skill against simpler forecasts, reliability, surprises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tuirisk.backtest.climatology import sample_rates
from tuirisk.backtest.liquidation import HORIZON_MS
from tuirisk.backtest.scoring import (
    Band,
    Estimate,
    brier,
    log_loss,
    mean_by_day,
    reliability,
    skill,
)
from tuirisk.backtest.symbol_rows import ChanceRow
from tuirisk.events.intervals import DAY_MS
from tuirisk.market.candles import Column
from tuirisk.market.series import Times

MODERATE = 25
"""Leverages up to this one count among the liquidations that came as a surprise."""
SURPRISES = (0.01, 0.05)


@dataclass(frozen=True, slots=True)
class ForecastScore:
    """Brier score and logarithmic loss of one forecaster, each the lower the better."""

    brier: Estimate
    log_loss: Estimate


@dataclass(frozen=True, slots=True)
class ByLeverage:
    """Mean forecast and rate of liquidation at one leverage, both sides."""

    leverage: int
    forecasts: int
    mean: float
    brownian: float
    realised: float
    error: float
    """Standard error of ``realised`` by day."""


@dataclass(frozen=True, slots=True)
class ChanceRecord:
    """P(liquidation) within one horizon: forecasts against what happened."""

    horizon: str
    forecasts: int
    days: int
    liquidated: Estimate
    mark_share: float
    """Share of the forecasts that are judged by the mark price, the others by the last price."""
    scores: dict[str, ForecastScore]
    """By forecaster: ``tuirisk``, ``brownian`` (HAR σ), ``climatology_known_before`` (over the
    forecasts that have one), ``climatology_in_sample``."""
    skill: dict[str, Estimate]
    """1 − Brier score / that of each other forecaster, over the forecasts that both have."""
    log_loss_gain: dict[str, Estimate]
    """Logarithmic loss of each other forecaster less that of ``tuirisk``."""
    bands: tuple[Band, ...]
    by_leverage: tuple[ByLeverage, ...]
    surprises: dict[str, float]
    """Share of the liquidations at up to 25x with a forecast below ``0.01`` and ``0.05``."""
    surprise_base: int
    """How many liquidations at leverages up to 25 there are."""


def chance_record(horizon: str, rows: Sequence[ChanceRow], known: Column) -> ChanceRecord | None:
    """The record of the ``rows`` of ``horizon``, whose own rates are those in sample; None of none.

    ``known`` is the rate known before each of ``rows``.
    """
    places = [place for place, row in enumerate(rows) if row.horizon == horizon]
    if not places:
        return None
    rows, known = [rows[place] for place in places], known[places]
    times = np.array([row.time_ms for row in rows], np.int64)
    outcome = np.array([row.outcome for row in rows])
    forecast = np.array([row.forecast for row in rows])
    others = {
        "brownian": np.array([row.brownian for row in rows]),
        "climatology_known_before": known,
        "climatology_in_sample": sample_rates(rows),
    }
    overlap = HORIZON_MS[horizon] // DAY_MS
    squared, logarithmic = brier(forecast, outcome), log_loss(forecast, outcome)
    scores = {"tuirisk": _score(forecast, outcome, times, overlap)}
    gains, skills = {}, {}
    for name, column in others.items():
        there = np.isfinite(column)
        if not there.any():
            continue
        scores[name] = _score(column[there], outcome[there], times[there], overlap)
        skills[name] = skill(squared[there], brier(column, outcome)[there], times[there], overlap)
        gain = (log_loss(column, outcome) - logarithmic)[there]
        gains[name] = mean_by_day(gain, times[there], overlap)
    leverage = np.array([row.leverage for row in rows])
    lost = forecast[(outcome > 0.5) & (leverage <= MODERATE)]
    return ChanceRecord(
        horizon,
        len(rows),
        int(np.unique(times).size),
        mean_by_day(outcome, times, overlap),
        float(np.mean([row.basis == "mark" for row in rows])),
        scores,
        skills,
        gains,
        reliability(forecast, outcome, times, overlap),
        tuple(
            ByLeverage(
                value,
                int(at.sum()),
                float(forecast[at].mean()),
                float(others["brownian"][at].mean()),
                *mean_by_day(outcome[at], times[at], overlap),
            )
            for value in sorted(set(leverage.tolist()))
            for at in (leverage == value,)
        ),
        {f"{most:g}": float((lost < most).mean()) if lost.size else np.nan for most in SURPRISES},
        int(lost.size),
    )


def _score(forecast: Column, outcome: Column, times: Times, overlap: int) -> ForecastScore:
    return ForecastScore(
        mean_by_day(brier(forecast, outcome), times, overlap),
        mean_by_day(log_loss(forecast, outcome), times, overlap),
    )
