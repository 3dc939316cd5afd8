"""The candle metrics against the libraries people use for them: same data, same numbers.

    python -m benchmarks.analytics

Each line: our time, the peer's time, the ratio. Every comparison first checks that both give the
same numbers to 1e-9 relative; one that does not ends the run with an error. Times are the best of
several runs in this process, on a seeded random walk of the length the monitor keeps.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import quantstats.stats as qs
from numpy.typing import NDArray

from tuirisk.analytics.cone import cone
from tuirisk.analytics.drawdown import drawdown
from tuirisk.analytics.performance import performance
from tuirisk.analytics.returns import simple_returns
from tuirisk.analytics.timeframes import timeframes
from tuirisk.analytics.value_at_risk import normal_var, value_at_risk
from tuirisk.analytics.volatility import volatility
from tuirisk.market.candles import CAPACITY, INTERVAL_MS, Bars

WINDOWS = (7, 14, 30, 60)
QUANTILES = [0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0]
PERIODS = {"15m": 35_040, "1h": 8_760, "1d": 365}
START = 1_767_225_600_000


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


def cones(bars: dict[str, Bars]) -> NDArray[np.float64]:
    """Current, percentile and quantiles, shape (timeframes, windows, 9)."""
    rows = []
    for series in bars.values():
        for c in cone(series, WINDOWS).values():
            rows.append((c.current, c.percentile, c.min, c.p10, c.p25, c.p50, c.p75, c.p90, c.max))
    return np.array(rows, dtype=np.float64)


def cones_of_pandas(bars: dict[str, Bars]) -> NDArray[np.float64]:
    rows = []
    for interval, series in bars.items():
        returns = pd.Series(np.log(series.close)).diff()
        for window in WINDOWS:
            rolling = (returns.rolling(window).std() * np.sqrt(PERIODS[interval])).dropna()
            # A rank counts the value itself, percentileofscore(kind="mean") half of it.
            percentile = (rolling.rank().iloc[-1] - 0.5) / len(rolling) * 100
            rows.append((rolling.iloc[-1], percentile, *rolling.quantile(QUANTILES)))
    return np.array(rows, dtype=np.float64)


def ratios(bars: Bars) -> NDArray[np.float64]:
    found = performance(bars, 1, 0.0)
    names = ("sharpe", "sortino", "calmar", "cagr", "max_drawdown", "volatility")
    return np.array(
        [*(getattr(found, name) for name in names), normal_var(simple_returns(bars), 0.95)],
        dtype=np.float64,
    )


def ratios_of_quantstats(bars: Bars) -> NDArray[np.float64]:
    returns = pd.Series(bars.close, pd.to_datetime(bars.open_time, unit="ms")).pct_change().dropna()
    return np.array(
        [
            qs.sharpe(returns, periods=365),
            qs.sortino(returns, periods=365),
            qs.calmar(returns, periods=365),
            qs.cagr(returns, periods=365),
            qs.max_drawdown(returns),
            qs.volatility(returns, periods=365),
            -qs.value_at_risk(returns),
        ],
        dtype=np.float64,
    )


def best(work: Callable[[], object], seconds: float = 1.0) -> float:
    """The shortest time of ``work`` in runs over about ``seconds``, seconds."""
    work()
    shortest, end = float("inf"), time.perf_counter() + seconds
    while (begun := time.perf_counter()) < end:
        work()
        shortest = min(shortest, time.perf_counter() - begun)
    return shortest


def compare(
    name: str, ours: Callable[[], NDArray[np.float64]], theirs: Callable[[], NDArray[np.float64]]
) -> None:
    np.testing.assert_allclose(ours(), theirs(), rtol=1e-9)
    mine, peer = best(ours), best(theirs)
    print(f"{name:<44}{mine * 1e3:9.3f} ms{peer * 1e3:9.3f} ms{peer / mine:9.1f} ×")


def main() -> None:
    bars = {interval: walk(interval, seed) for seed, interval in enumerate(PERIODS)}
    print(f"{'':<44}{'tuirisk':>12}{'peer':>12}{'ratio':>11}")
    compare(
        "volatility cone, 3 timeframes: pandas", lambda: cones(bars), lambda: cones_of_pandas(bars)
    )
    day = bars["1d"]
    compare(
        "seven ratios: quantstats",
        lambda: ratios(day),
        lambda: ratios_of_quantstats(day),
    )

    def everything() -> None:
        volatility(bars, WINDOWS)
        drawdown(bars)
        timeframes(bars["15m"], bars)
        performance(day, 1, 0.0)
        value_at_risk(day)

    print(f"{'every candle metric of one symbol':<44}{best(everything) * 1e3:9.3f} ms")


if __name__ == "__main__":
    main()
