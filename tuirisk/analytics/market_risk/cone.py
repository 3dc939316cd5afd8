"""The volatility cone: rolling close-to-close volatility against its own history."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np

from tuirisk.analytics.market_risk.returns import (
    ROUNDING,
    ZERO_VARIANCE,
    broken,
    finite,
    log_returns,
    periods_per_year,
)
from tuirisk.analytics.market_risk.rolling import percentile_rank, quantiles, rolling_stds
from tuirisk.market.candles import Bars, Column
from tuirisk.state import ConeCell, LevelRule, Missing, Number
from tuirisk.state.codes import ConeLevel

CONE_HIGH = LevelRule("cone_high", (("warning", 90.0),))
CONE_LOW = LevelRule("cone_low", (("ok", 10.0),), "below")
"""Low volatility is no danger: it has a name and the level ``ok``."""
LOW, HIGH = CONE_LOW.threshold("ok"), CONE_HIGH.threshold("warning")
PROBABILITIES = np.array([0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0])
WINDOWS_FOR_A_LEVEL = 3


def rolling_volatility(bars: Bars, window: int) -> Column:
    """Annualised std (ddof 1) of the last ``window`` log returns at each bar, a fraction.

    Shape ``(max(n - window, 0),)``, the last element belonging to the last bar. NaN where the
    window holds a hole or an invalid price; what is rounding alone is 0.
    """
    return rolling_volatilities(bars, (window,))[0]


def rolling_volatilities(bars: Bars, windows: Sequence[int]) -> list[Column]:
    """:func:`rolling_volatility` for each of ``windows``."""
    scale = sqrt(periods_per_year(bars.interval_ms))
    deviations = rolling_stds(log_returns(bars), windows)
    for deviation in deviations:
        deviation[deviation < ROUNDING] = 0.0
        deviation *= scale
    return deviations


def volatility_cone(bars: Bars, windows: Sequence[int]) -> dict[str, ConeCell]:
    """One cell a window of ``windows`` (bars, each ≥ 2), keyed by its number: ``"7"``.

    Volatilities are annualised fractions (std with ddof 1 of log returns × √periods per year),
    the percentile is 0–100. ``current`` needs ``window + 1`` usable bars; quantiles and
    percentile need two rolling values, the percentile also needs them to differ; the level
    needs ``3·window`` of them. ``n`` counts the rolling values of the history; as they overlap
    they are worth n / window independent ones.

    Burghardt & Lane, "How to Tell if Options Are Cheap", Journal of Portfolio Management, 1990.
    """
    return cone_of(bars, windows, rolling_volatilities(bars, windows))


def cone_of(bars: Bars, windows: Sequence[int], rolling: Sequence[Column]) -> dict[str, ConeCell]:
    """:func:`cone` where the rolling volatility of each of ``windows`` is at hand."""
    return {str(w): _cell(bars, r, w) for w, r in zip(windows, rolling, strict=True)}


def _cell(bars: Bars, rolling: Column, window: int) -> ConeCell:
    there = rolling.size > 0 and bool(np.isfinite(rolling[-1]))
    current: Number = float(rolling[-1]) if there else broken(bars, window + 1)
    history = np.sort(finite(rolling))
    n = int(history.size)
    if n < 2:
        few = Missing("few_rolling_values", have=n, need=2)
        reason = few if n else broken(bars, window + 1)
        return ConeCell(
            current, reason, reason, reason, reason, reason, reason, reason, reason, reason, n
        )
    low, p10, p25, p50, p75, p90, high = quantiles(history, PROBABILITIES).tolist()
    percentile, level = _place(history, current, window)
    levels = {}
    if not isinstance(percentile, Missing) and not isinstance(level, Missing):
        levels["percentile"] = CONE_HIGH.judge(percentile)
    return ConeCell(
        current, percentile, low, p10, p25, p50, p75, p90, high, level, n, levels=levels
    )


def _place(history: Column, current: Number, window: int) -> tuple[Number, ConeLevel | Missing]:
    """Percentile and level of ``current`` in its ascending history."""
    if isinstance(current, Missing):
        return current, current
    if history[0] == history[-1]:
        return ZERO_VARIANCE, ZERO_VARIANCE
    percentile = percentile_rank(history, current)
    need = WINDOWS_FOR_A_LEVEL * window
    if history.size < need:
        return percentile, Missing("few_rolling_values", have=history.size, need=need)
    if percentile < LOW:
        return percentile, "low"
    return percentile, "high" if percentile > HIGH else "normal"
