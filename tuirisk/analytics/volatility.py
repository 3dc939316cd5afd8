"""The volatility family of one symbol: cone, range estimators, regime."""

from __future__ import annotations

from collections.abc import Mapping

from tuirisk.analytics.cone import cone, rolling_volatility
from tuirisk.analytics.range_volatility import range_volatility
from tuirisk.analytics.regime import WINDOW as REGIME_WINDOW
from tuirisk.analytics.regime import regime
from tuirisk.market.candles import Bars
from tuirisk.state import Missing, Number, Volatility

SPARK = 96
GAP = Missing("hole in the bars")


def volatility(bars: Mapping[str, Bars], windows: tuple[int, ...]) -> Volatility:
    """Volatility of the closed ``bars`` (keyed by timeframe; ``"15m"`` must be one of them).

    Cone and estimators are given for each timeframe and each window of ``windows`` (bars);
    regime and ``spark`` (annualised 60-bar volatility of the last 96 bars) are of the 15m bars.
    """
    rolling = rolling_volatility(bars["15m"], REGIME_WINDOW)
    return Volatility(
        cone={timeframe: cone(rows, windows) for timeframe, rows in bars.items()},
        estimators={timeframe: range_volatility(rows, windows) for timeframe, rows in bars.items()},
        regime=regime(bars["15m"], rolling),
        spark=tuple(_or_gap(value) for value in rolling[-SPARK:].tolist()),
    )


def _or_gap(value: float) -> Number:
    return value if value == value else GAP
