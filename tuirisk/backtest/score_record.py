"""The record of the score: what followed it within 24 h, by its components and by its bands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tuirisk.backtest.scoring import (
    Estimate,
    area_under_curve,
    mean_by_day,
    rank_correlation,
)
from tuirisk.events.intervals import DAY_MS
from tuirisk.market.candles import Column
from tuirisk.market.series import Times
from tuirisk.state.track_record import SCORE_BANDS

FALL = 0.05
"""A fall within 24 h that counts as one."""
TOTAL = "total"


@dataclass(frozen=True, slots=True)
class ScoreRows:
    """Hours of one symbol or of several: the score's parts (0–100), and what followed (fractions).

    ``parts`` has ``total``, ``raw`` and each component; NaN where an hour has no number.
    """

    time_ms: Times
    parts: Mapping[str, Column]
    volatility: Column
    """Realised, of the next 24 h."""
    fall: Column
    """Of the lowest price of the next 24 h below the price of the hour."""


@dataclass(frozen=True, slots=True)
class PartRecord:
    """How one part of the score orders the hours by what followed."""

    hours: int
    volatility: float
    """Rank correlation with the volatility that followed."""
    fall: float
    """Rank correlation with the fall that followed."""
    area: float
    """Area under the ROC curve for a fall of 5 % or more: ½ of no information."""


@dataclass(frozen=True, slots=True)
class ScoreBand:
    """The hours with a total from ``low`` to below ``high``, and what followed them."""

    low: float
    high: float
    hours: int
    share: float
    """Of all hours."""
    falls: Estimate
    """Share of the hours that a fall of 5 % or more followed."""
    volatility: float
    """Mean realised volatility of the next 24 h."""
    fall: float
    """Mean fall."""


@dataclass(frozen=True, slots=True)
class ScoreRecord:
    """The score of past hours against the 24 h after each."""

    hours: int
    falls: Estimate
    """Share of all hours that a fall of 5 % or more followed."""
    parts: dict[str, PartRecord]
    bands: tuple[ScoreBand, ...]


def score_record(rows: ScoreRows) -> ScoreRecord | None:
    """The record of ``rows``; None where no hour has a total and a day after it."""
    if TOTAL not in rows.parts:
        return None
    known = np.isfinite(rows.parts[TOTAL]) & np.isfinite(rows.volatility)
    if not known.any():
        return None
    falls = (rows.fall >= FALL).astype(float)
    falls[~np.isfinite(rows.fall)] = np.nan
    total, times = rows.parts[TOTAL][known], rows.time_ms[known]
    volatility, fall, fell = rows.volatility[known], rows.fall[known], falls[known]
    place = np.clip(np.searchsorted(SCORE_BANDS, total, side="right") - 1, 0, len(SCORE_BANDS) - 2)
    bands = []
    for number in range(len(SCORE_BANDS) - 1):
        at = place == number
        if at.any():
            bands.append(
                ScoreBand(
                    SCORE_BANDS[number],
                    SCORE_BANDS[number + 1],
                    int(at.sum()),
                    float(at.mean()),
                    mean_by_day(fell[at], times[at], 2),
                    float(volatility[at].mean()),
                    float(fall[at].mean()),
                )
            )
    return ScoreRecord(
        int(known.sum()),
        mean_by_day(fell, times, 2),
        {name: _part(column, rows, falls) for name, column in rows.parts.items()},
        tuple(bands),
    )


def joined(rows: list[ScoreRows]) -> ScoreRows | None:
    """The hours of all symbols; None of none."""
    if not rows:
        return None
    return ScoreRows(
        np.concatenate([row.time_ms for row in rows]),
        {
            name: np.concatenate(
                [row.parts.get(name, np.full(row.time_ms.size, np.nan)) for row in rows]
            )
            for name in dict.fromkeys(name for row in rows for name in row.parts)
        },
        np.concatenate([row.volatility for row in rows]),
        np.concatenate([row.fall for row in rows]),
    )


def _part(column: Column, rows: ScoreRows, falls: Column) -> PartRecord:
    known = np.isfinite(column) & np.isfinite(rows.volatility)
    return PartRecord(
        int(known.sum()),
        rank_correlation(column, rows.volatility),
        rank_correlation(column, rows.fall),
        area_under_curve(column, falls),
    )


def hours_of(begin_ms: int, end_ms: int) -> Times:
    """The full hours from ``begin_ms`` to before ``end_ms``."""
    hour = DAY_MS // 24
    return np.arange(-(-begin_ms // hour) * hour, end_ms, hour, dtype=np.int64)
