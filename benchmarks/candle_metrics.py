"""Every candle metric of one symbol, kept up to date as the monitor does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.pandas_version import PERIODS
from tuirisk.analytics.market_risk.drawdown import drawdowns
from tuirisk.analytics.market_risk.performance import performance_state
from tuirisk.analytics.market_risk.regime import WINDOW as REGIME_WINDOW
from tuirisk.analytics.market_risk.timeframes import timeframes_state
from tuirisk.analytics.market_risk.value_at_risk import value_at_risk_state
from tuirisk.analytics.market_risk.volatility import volatility_state
from tuirisk.events.intervals import INTERVAL_MS
from tuirisk.market.candles import CAPACITY, Bars
from tuirisk.state import Backtest, DrawdownWindow, Performance, Timeframes, ValueAtRisk, Volatility
from tuirisk.state.codec import milliseconds

Floats = NDArray[np.float64]
WINDOWS = (7, 14, 30, 60)
START = 1_767_225_600_000
STATES = ("compression", "normal", "expansion")
LIGHTS = ("green", "yellow", "red")


def walk(interval: str, seed: int) -> Bars:
    """A Student-t random walk of as many bars as the monitor keeps."""
    n, step = CAPACITY[interval], INTERVAL_MS[interval]
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(rng.standard_t(4, n) * 0.5 / np.sqrt(2 * PERIODS[interval])))
    opened = np.concatenate((close[:1], close[:-1]))
    reach = 1.0 + np.abs(rng.standard_normal(n)) * 0.001
    high, low = np.maximum(opened, close) * reach, np.minimum(opened, close) / reach
    times = START + step * np.arange(n, dtype=np.int64)
    volume = np.ones(n)
    return Bars(step, times, opened, high, low, close, volume, volume * close)


@dataclass(frozen=True)
class CandleMetrics:
    """The parts of a symbol's state that rest on closed bars alone."""

    volatility: Volatility
    drawdown: Mapping[str, DrawdownWindow]
    timeframes: Timeframes
    performance: Performance
    value_at_risk: ValueAtRisk

    @classmethod
    def of(cls, bars: dict[str, Bars]) -> CandleMetrics:
        """All of them, from nothing."""
        return cls(
            volatility_state(bars, WINDOWS),
            drawdowns(bars),
            timeframes_state(bars["15m"], bars),
            performance_state(bars["1d"], 1, 0.0),
            value_at_risk_state(bars["1d"]),
        )

    def after(self, bars: dict[str, Bars], closed: tuple[str, ...]) -> CandleMetrics:
        """All of them when a bar of each timeframe in ``closed`` is new, as ``symbol_state``."""
        fresh = {interval: bars[interval] for interval in closed}
        longer = "1h" in closed or "1d" in closed
        daily = "1d" in closed
        return CandleMetrics(
            volatility_state(fresh, WINDOWS, self.volatility),
            drawdowns(bars) if longer else self.drawdown,
            timeframes_state(bars["15m"], bars),
            performance_state(bars["1d"], 1, 0.0) if daily else self.performance,
            value_at_risk_state(bars["1d"]) if daily else self.value_at_risk,
        )


def flat(found: CandleMetrics, bars: dict[str, Bars]) -> Floats:
    """The numbers in the order of ``pandas_version.everything``."""
    numbers: list[Any] = []
    for row in found.volatility.cone.values():
        for c in row.values():
            numbers += [c.current, c.percentile, c.min, c.p10, c.p25, c.p50, c.p75, c.p90, c.max]
    for table in found.volatility.estimators.values():
        for window in map(str, WINDOWS):
            numbers += [
                table.parkinson[window],
                table.garman_klass[window],
                table.rogers_satchell[window],
                table.yang_zhang[window],
            ]
    numbers += _regime(found.volatility, bars["15m"])
    for fall in found.drawdown.values():
        numbers += [fall.current, fall.max, fall.bars_under_water, fall.severity]
    times = found.timeframes
    numbers += (
        np.array([times.correlation, times.interval_low, times.interval_high]).ravel().tolist()
    )
    numbers += times.trend.values()
    ratios = found.performance
    numbers += [ratios.sharpe, ratios.sharpe_error, ratios.sortino, ratios.calmar, ratios.cagr]
    numbers += [ratios.max_drawdown, ratios.volatility]
    risk = found.value_at_risk
    numbers += [risk.historical_95, risk.historical_99, risk.normal_95, risk.normal_99]
    numbers += [risk.cornish_fisher_95, risk.filtered_95]
    numbers += [risk.es_historical_95, risk.es_historical_99]
    numbers += [*_record(risk.backtest_95), *_record(risk.backtest_filtered_95)]
    return np.array(numbers, dtype=np.float64)


def _regime(found: Volatility, bars: Bars) -> list[Any]:
    regime = found.regime
    assert isinstance(regime.state, str)
    assert isinstance(regime.since, str)
    row = (milliseconds(regime.since) - int(bars.open_time[0])) // bars.interval_ms
    began = row - 1 - REGIME_WINDOW
    return [regime.percentile_30d, STATES.index(regime.state), began, bool(regime.divergence)]


def _record(record: Backtest) -> list[Any]:
    assert isinstance(record.light, str)
    light = LIGHTS.index(record.light)
    counts = [record.exceptions, record.observations]
    return [*counts, record.kupiec_p, record.independence_p, light]
