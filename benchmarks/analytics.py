"""The candle metrics against pandas and quantstats, and the cost of a tick: one run, same numbers.

    python -m benchmarks.analytics

Each line: our time, the peer's time, the ratio. Every comparison first checks that both give the
same numbers to 1e-9 relative; one that does not ends the run with an error. Times are the best of
many runs in this process, on seeded random walks of the length the monitor keeps.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import quantstats.stats as qs
from numpy.typing import NDArray

from benchmarks import pandas_version as peer
from benchmarks.candle_metrics import WINDOWS, CandleMetrics, flat, walk
from benchmarks.tick import tick
from tuirisk.analytics.market_risk.cone import volatility_cone
from tuirisk.analytics.market_risk.performance import performance_state
from tuirisk.analytics.market_risk.returns import simple_returns
from tuirisk.analytics.market_risk.value_at_risk import normal_var
from tuirisk.market.candles import Bars

Floats = NDArray[np.float64]
RUN_SECONDS = 1.0
DAY = {("15m",): 72, ("15m", "1h"): 23, ("15m", "1h", "1d"): 1}
"""The timeframes that close together, and how often a day."""


def frames(bars: dict[str, Bars]) -> peer.Frames:
    names = ("open", "high", "low", "close")
    return {
        interval: pd.DataFrame({name: getattr(rows, name) for name in names})
        for interval, rows in bars.items()
    }


def cones(bars: dict[str, Bars]) -> Floats:
    """Current, percentile and quantiles, shape (timeframes × windows × 9,)."""
    return np.array(
        [
            (c.current, c.percentile, c.min, c.p10, c.p25, c.p50, c.p75, c.p90, c.max)
            for series in bars.values()
            for c in volatility_cone(series, WINDOWS).values()
        ],
        dtype=np.float64,
    ).ravel()


def ratios(bars: Bars) -> Floats:
    found = performance_state(bars, 1, 0.0)
    names = ("sharpe", "sortino", "calmar", "cagr", "max_drawdown", "volatility")
    return np.array(
        [*(getattr(found, name) for name in names), normal_var(simple_returns(bars), 0.95)],
        dtype=np.float64,
    )


def ratios_of_quantstats(bars: Bars) -> Floats:
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


def best(work: Callable[[], object], seconds: float = RUN_SECONDS) -> float:
    """The shortest time of ``work`` in runs over about ``seconds``, seconds."""
    work()
    shortest, end = float("inf"), time.perf_counter() + seconds
    while (begun := time.perf_counter()) < end:
        work()
        shortest = min(shortest, time.perf_counter() - begun)
    return shortest


def line(name: str, ours: float, theirs: float) -> None:
    print(f"{name:<52}{ours * 1e3:9.3f} ms{theirs * 1e3:9.3f} ms{theirs / ours:9.1f} x")


def after_closed_bars(bars: dict[str, Bars]) -> None:
    """All numbers brought up to date when bars close, against pandas computing them."""
    tables = frames(bars)
    theirs = best(lambda: peer.everything(tables))
    spent = 0.0
    for closed, times_a_day in DAY.items():
        known = CandleMetrics.of({i: walk(i, 9) if i in closed else bars[i] for i in bars})
        found = known.after(bars, closed)
        np.testing.assert_allclose(flat(found, bars), peer.everything(tables), rtol=1e-9)
        mine = best(lambda known=known, closed=closed: known.after(bars, closed))  # type: ignore[misc]
        spent += times_a_day * mine
        line(f"every number, {' + '.join(closed)} closed: pandas", mine, theirs)
    line("  the mean of a day's 96 closes", spent / 96, theirs)
    mine = best(lambda: CandleMetrics.of(bars))
    np.testing.assert_allclose(
        flat(CandleMetrics.of(bars), bars), peer.everything(tables), rtol=1e-9
    )
    line("  from nothing (once a start): pandas", mine, theirs)


def main() -> None:
    bars = {interval: walk(interval, seed) for seed, interval in enumerate(peer.PERIODS)}
    tables, day = frames(bars), bars["1d"]
    print(f"{'':<52}{'tuirisk':>12}{'peer':>12}{'ratio':>11}")
    after_closed_bars(bars)
    np.testing.assert_allclose(cones(bars), peer.cone(tables), rtol=1e-9)
    line("  of it the volatility cone: pandas", best(lambda: cones(bars)),
         best(lambda: peer.cone(tables)))  # fmt: skip
    np.testing.assert_allclose(ratios(day), ratios_of_quantstats(day), rtol=1e-9)
    line(
        "seven ratios: quantstats",
        best(lambda: ratios(day)),
        best(lambda: ratios_of_quantstats(day)),
    )
    tick()


if __name__ == "__main__":
    main()
