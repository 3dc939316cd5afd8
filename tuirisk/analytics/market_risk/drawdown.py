"""Drawdown of the closes below their highest, short-term (1h) and trend (1d).

Drawdowns are fractions ≤ 0: close / highest close so far - 1. The first close of the window is
the equity it starts with. They rest on prices, not on returns: a hole shortens the window in
time but does not break it, and bars with an invalid price are passed over.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping

import numpy as np

from tuirisk.analytics.market_risk.returns import finite, insufficient, prices
from tuirisk.analytics.market_risk.rolling import quantile, rolling_max
from tuirisk.market.candles import Bars, Column
from tuirisk.state import DrawdownWindow, Missing, Number

WINDOWS = {"1h": 168, "1d": 365}
SEVERE = 0.95
SEVERITY_HISTORY = 100
"""Rolling drawdowns a severity needs: five of them lie beyond the 95th percentile."""


def drawdowns(bars: Mapping[str, Bars]) -> dict[str, DrawdownWindow]:
    """Drawdown of the last 168 bars of ``bars["1h"]`` and the last 365 of ``bars["1d"]``."""
    return {timeframe: _window(bars[timeframe], size) for timeframe, size in WINDOWS.items()}


def _window(bars: Bars, size: int) -> DrawdownWindow:
    """``bars_under_water`` counts the bars since the last time the close stood at its high."""
    closes = finite(prices(bars.close))
    if closes.size < size:
        reason = insufficient(int(closes.size), size)
        return DrawdownWindow(reason, reason, reason, reason, reason)
    recent = closes[-size:]
    depths = recent / np.maximum.accumulate(recent) - 1.0
    current = float(depths[-1])
    severity, severe = _severity(closes, size, current)
    return DrawdownWindow(
        current=current,
        max=float(depths.min()),
        bars_under_water=int(np.argmax(depths[::-1] == 0.0)),
        severity=severity,
        severe=severe,
        path=array("d", depths.tobytes()),
    )


def _severity(closes: Column, size: int, current: float) -> tuple[Number, Number]:
    """|current| / 95th percentile of its own history, capped at 1; and that percentile."""
    past = closes[size - 1 :] / rolling_max(closes, size) - 1.0
    if past.size < SEVERITY_HISTORY:
        reason = insufficient(int(closes.size), size + SEVERITY_HISTORY - 1)
        return reason, reason
    severe = quantile(np.sort(-past), SEVERE)
    if severe == 0.0:
        return Missing("no_drawdown_in_history"), severe
    return min(-current / severe, 1.0), severe
