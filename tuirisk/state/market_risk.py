"""Market risk of one symbol: what its candles say."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass

from tuirisk.state.codes import ConeLevel, Grade, RegimeName, TrafficLight
from tuirisk.state.judgement import Judgements, judged
from tuirisk.state.number import (
    NOT_YET,
    MaybeByName,
    MaybeCount,
    MaybeMatrix,
    MaybeText,
    Missing,
    Number,
    published_later,
    screen_only,
)


@dataclass(frozen=True, slots=True)
class ConeCell:
    """Annualised rolling volatility of one timeframe and window against its own history.

    Volatilities are fractions a year; ``percentile`` is the rank of ``current``, 0–100; ``n``
    counts the values.
    """

    current: Number
    percentile: Number
    min: Number
    p10: Number
    p25: Number
    p50: Number
    p75: Number
    p90: Number
    max: Number
    level: ConeLevel | Missing
    n: int
    levels: Judgements = judged()


@dataclass(frozen=True, slots=True)
class RangeEstimators:
    """Annualised range-based volatilities (fractions) of one timeframe, by window (bars)."""

    parkinson: MaybeByName
    garman_klass: MaybeByName
    rogers_satchell: MaybeByName
    yang_zhang: MaybeByName


@dataclass(frozen=True, slots=True)
class Regime:
    """Volatility regime of the 15m bars; ``since`` is an ISO time.

    ``percentile_30d`` is the rank of the volatility in 30 days, 0–100; ``divergence``: a new
    high of 96 bars on falling volatility.
    """

    state: RegimeName | Missing
    percentile_30d: Number
    since: MaybeText
    divergence: bool | Missing


@dataclass(frozen=True, slots=True)
class Volatility:
    """Volatility of a symbol: cone, range estimators and regime."""

    cone: Mapping[str, Mapping[str, ConeCell]]
    """Timeframe → window (bars) → cell."""
    estimators: Mapping[str, RangeEstimators]
    """Timeframe → range-based volatilities."""
    regime: Regime
    spark: tuple[Number, ...] = screen_only(())
    """Annualised 60-bar volatility at each closed 15m bar of the last 7 days, newest last, for
    pictures of the regime; fewer where there is less history, and gaps are Missing."""
    regimes: tuple[str, ...] = screen_only(())
    """The regime at each bar of ``spark``; empty text where there was none."""


@dataclass(frozen=True, slots=True)
class DrawdownWindow:
    """Drawdown of the closes over one window; fractions, 0 or below."""

    current: Number
    max: Number
    bars_under_water: MaybeCount
    """Bars since the last high."""
    severity: Number = screen_only(NOT_YET)
    """|current| / ``severe``, capped at 1."""
    severe: Number = screen_only(NOT_YET)
    """95th percentile of the drawdown's own history, a positive fraction."""
    path: Sequence[float] = screen_only(array("d"))
    """The drawdown at each bar of the window, newest last."""


@dataclass(frozen=True, slots=True)
class Divergence:
    """Two timeframes whose trends contradict each other."""

    pair: tuple[str, str]
    strength: float
    """0–1."""


@dataclass(frozen=True, slots=True)
class Timeframes:
    """Agreement of the timeframes ``labels``; matrices follow their order."""

    labels: tuple[str, ...]
    correlation: MaybeMatrix
    """Pearson's, −1 to 1."""
    random_walk: MaybeMatrix
    """The correlation that independent returns would give."""
    trend: MaybeByName
    """Timeframe → mean / standard deviation · √24 of the last 24 log returns."""
    divergence: tuple[Divergence, ...]
    interval_low: MaybeMatrix = screen_only(NOT_YET)
    """Lower end of where 95 % of the correlations of independent returns fall, −1 to 1 …"""
    interval_high: MaybeMatrix = screen_only(NOT_YET)
    """… and its upper end."""
    shortfall: MaybeMatrix = screen_only(NOT_YET)
    """How far each correlation lies below its interval: 0 inside it, 1 at no correlation."""


@dataclass(frozen=True, slots=True)
class Performance:
    """Performance of holding the symbol (or of being short) on closed daily bars."""

    sharpe: Number
    """Annualised."""
    sortino: Number
    """Annualised."""
    calmar: Number
    """CAGR over the maximum drawdown."""
    cagr: Number
    """A fraction a year."""
    max_drawdown: Number
    """A fraction, 0 or below."""
    volatility: Number
    """A fraction a year."""
    grades: Mapping[str, Grade | Missing]
    n: int
    """Daily returns used."""
    sharpe_error: Number = screen_only(NOT_YET)
    """Standard error of ``sharpe``."""


@dataclass(frozen=True, slots=True)
class Backtest:
    """The record of one-day VaR over at most 250 days."""

    exceptions: MaybeCount
    """Days whose loss exceeded the forecast."""
    observations: MaybeCount
    """Days with a forecast."""
    kupiec_p: Number
    """p-value of the proportion-of-failures test."""
    independence_p: Number
    """p-value of Christoffersen's independence test."""
    light: TrafficLight | Missing
    """``green``, ``yellow`` or ``red``."""
    _: KW_ONLY
    levels: Judgements = judged()


NO_BACKTEST = Backtest(NOT_YET, NOT_YET, NOT_YET, NOT_YET, NOT_YET)


@dataclass(frozen=True, slots=True)
class ValueAtRisk:
    """One-day VaR and expected shortfall as positive losses (fractions)."""

    historical_95: Number
    historical_99: Number
    normal_95: Number
    normal_99: Number
    cornish_fisher_95: Number
    filtered_95: Number
    es_historical_95: Number
    es_historical_99: Number
    backtest_95: Backtest
    """The record of the historical method."""
    blended_95: Number = published_later(NOT_YET)
    """Geometric mean of the historical and the filtered one: what sizing and the budget use."""
    backtest_filtered_95: Backtest = screen_only(NO_BACKTEST)
    es_normal_95: Number = screen_only(NOT_YET)
    es_cornish_fisher_95: Number = screen_only(NOT_YET)
    es_filtered_95: Number = screen_only(NOT_YET)
