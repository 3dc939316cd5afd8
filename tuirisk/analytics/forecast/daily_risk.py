"""What a day may bring to one symbol: σ, average true range, and VaR on either side."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

from tuirisk.analytics.forecast.daily_extremes import daily_extremes
from tuirisk.analytics.forecast.volatility_forecast import VolatilityForecast
from tuirisk.analytics.market_risk.atr import average_true_range
from tuirisk.analytics.market_risk.returns import (
    YEAR_MS,
    ZERO_VARIANCE,
    finite,
    no_variance,
    simple_returns,
)
from tuirisk.analytics.market_risk.value_at_risk import MINIMUM, blended_var
from tuirisk.events.intervals import DAY_MS
from tuirisk.market.candles import Bars, Column
from tuirisk.state import DailyRisk, Missing, Number, Volatility

DAYS_PER_YEAR = YEAR_MS / DAY_MS
SIGMA_BARS = 30
CONFIDENCE = 0.95


def daily_risk(bars_1d: Bars, volatility: Volatility, forecast: VolatilityForecast) -> DailyRisk:
    """The forecast σ, else that of the cone; ATR(14) and blended one-day VaR at 95 %."""
    sigma, model = forecast.sigma_24h, forecast.model
    if isinstance(sigma, Missing):
        sigma = daily_sigma(volatility)
        model = sigma if isinstance(sigma, Missing) else "cone"
    returns = finite(simple_returns(bars_1d))
    return DailyRisk(
        sigma=sigma,
        model=model,
        atr=average_true_range(bars_1d),
        var_long=_var(returns),
        var_short=_var(-returns),
        rank_1y=forecast.rank_1y,
        extremes=daily_extremes(bars_1d, forecast),
    )


def daily_sigma(volatility: Volatility) -> Number:
    """Standard deviation of a day's log return.

    The cone's current volatility over the window nearest 30 daily bars; where no daily window has
    a number (a coin listed lately), the longest of the hourly and then of the 15-minute ones.
    """
    choices: tuple[tuple[str, Callable[[int], int]], ...] = (
        ("1d", lambda window: abs(window - SIGMA_BARS)),
        ("1h", lambda window: -window),
        ("15m", lambda window: -window),
    )
    for interval, order in choices:
        cells = volatility.cone.get(interval, {})
        for window in sorted((int(name) for name in cells), key=order):
            current = cells[str(window)].current
            if not isinstance(current, Missing) and current > 0:
                return current / sqrt(DAYS_PER_YEAR)
    return Missing("no_volatility_in_cone")


def _var(returns: Column) -> Number:
    need = MINIMUM[CONFIDENCE]
    if returns.size < need:
        return Missing("few_returns", have=returns.size, need=need)
    if no_variance(returns, float(returns.std())):
        return ZERO_VARIANCE
    return blended_var(returns, CONFIDENCE)
