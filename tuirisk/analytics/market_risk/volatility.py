"""The volatility family of one symbol: cone, range estimators, regime."""

from __future__ import annotations

from collections.abc import Mapping

from tuirisk.analytics.market_risk.cone import cone_of, rolling_volatilities, rolling_volatility
from tuirisk.analytics.market_risk.range_volatility import range_volatility
from tuirisk.analytics.market_risk.regime import WINDOW as REGIME_WINDOW
from tuirisk.analytics.market_risk.regime import VolatilityRanks, regime_state
from tuirisk.analytics.market_risk.regime_history import regime_history
from tuirisk.market.candles import Bars, Column
from tuirisk.state import Missing, Number, Volatility

SPARK = 672
"""Seven days: in 60 bars (15 h) the volatility cannot move enough to say something in one."""
GAP = Missing("hole_in_bars")


def volatility_state(
    bars: Mapping[str, Bars], windows: tuple[int, ...], previous: Volatility | None = None
) -> Volatility:
    """Volatility of the closed ``bars``, keyed by timeframe.

    Cone and estimators are given for each timeframe and each window of ``windows`` (bars);
    regime and ``spark`` (annualised 60-bar volatility at the last 672 bars) are of the 15m bars.
    Timeframes that are not in ``bars`` are taken from ``previous``; without it
    ``"15m"`` must be one.
    """
    rolling = {timeframe: rolling_volatilities(rows, windows) for timeframe, rows in bars.items()}
    cones = dict(previous.cone) if previous is not None else {}
    estimators = dict(previous.estimators) if previous is not None else {}
    for timeframe, rows in bars.items():
        cones[timeframe] = cone_of(rows, windows, rolling[timeframe])
        estimators[timeframe] = range_volatility(rows, windows)
    if previous is not None and "15m" not in bars:
        return Volatility(cones, estimators, previous.regime, previous.spark, previous.regimes)
    if REGIME_WINDOW in windows:
        last = rolling["15m"][windows.index(REGIME_WINDOW)]
    else:
        last = rolling_volatility(bars["15m"], REGIME_WINDOW)
    ranks = VolatilityRanks(last)
    return Volatility(
        cone=cones,
        estimators=estimators,
        regime=regime_state(bars["15m"], last, ranks),
        spark=_spark(last),
        regimes=regime_history(ranks, SPARK),
    )


def _spark(rolling: Column) -> tuple[Number, ...]:
    return tuple(value if value == value else GAP for value in rolling[-SPARK:].tolist())
