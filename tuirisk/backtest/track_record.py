"""A backtest's record as it is kept and shown beside the forecasts."""

from __future__ import annotations

from collections.abc import Sequence

from tuirisk.backtest.result import BacktestResult
from tuirisk.backtest.score_record import ScoreRecord
from tuirisk.backtest.scoring import Band
from tuirisk.state.track_record import (
    ChanceBand,
    ScoreOutcome,
    TrackRecord,
    TrackRecordSource,
)


def record_of(found: BacktestResult, source: TrackRecordSource) -> TrackRecord:
    """What of ``found`` is shown beside forecasts: its pooled record."""
    pooled = found.pooled
    bands = {horizon: _bands(record.bands) for horizon, record in pooled.liquidation.items()}
    return TrackRecord(
        source,
        tuple(name for name, symbol in found.symbols.items() if symbol.days),
        pooled.first_day,
        pooled.last_day,
        bands.get("24h", ()),
        bands.get("7d", ()),
        () if pooled.score is None else _outcomes(pooled.score),
    )


def _bands(bands: Sequence[Band]) -> tuple[ChanceBand, ...]:
    return tuple(ChanceBand(b.low, b.high, b.forecasts, b.days, b.mean, b.realised) for b in bands)


def _outcomes(score: ScoreRecord) -> tuple[ScoreOutcome, ...]:
    fallen = score.falls.value * score.hours
    return tuple(
        ScoreOutcome(
            band.low,
            band.high,
            band.hours,
            band.share,
            band.falls.value,
            (fallen - band.falls.value * band.hours) / max(score.hours - band.hours, 1),
            band.volatility,
        )
        for band in score.bands
    )
