"""One-day value at risk and expected shortfall of holding the symbol.

The methods take simple daily returns without NaN (times -1 for a short) and a confidence such as
0.95, and give a positive loss as a fraction; a negative one is a gain even in the tail. They do
not judge whether the history suffices: :func:`value_at_risk` does.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import ndtri

from tuirisk.analytics.filtered import BURN_IN, ewma_volatility, standardised
from tuirisk.analytics.returns import ZERO_VARIANCE, known, no_variance, number, simple_returns
from tuirisk.analytics.rolling import quantile
from tuirisk.analytics.var_backtest import backtest
from tuirisk.market.candles import Bars, Column
from tuirisk.state import Missing, Number, ValueAtRisk

MINIMUM = {0.95: 100, 0.99: 250}
"""Returns needed by confidence: the tail holds five, or two and a half as in Basel's year."""


@np.errstate(over="ignore", invalid="ignore")
def value_at_risk(bars_1d: Bars) -> ValueAtRisk:
    """One-day VaR and ES of a long holding from all ``bars_1d``, as positive losses.

    The returns that exist are used, in their order: a hole or an invalid price leaves its
    returns out. Missing below 100 returns at 95 % and 250 at 99 %, and for a constant series.
    ``backtest_95`` and ``backtest_filtered_95`` are the records of the two methods.
    """
    returns = known(simple_returns(bars_1d))
    constant = returns.size > 0 and no_variance(returns, float(returns.std()))

    def measure(method: Callable[[Column, float], Number], level: float, extra: int = 0) -> Number:
        need = MINIMUM[level] + extra
        if returns.size < need:
            return Missing(f"insufficient history: {returns.size} of {need} returns")
        return ZERO_VARIANCE if constant else method(returns, level)

    return ValueAtRisk(
        historical_95=measure(historical_var, 0.95),
        historical_99=measure(historical_var, 0.99),
        normal_95=measure(normal_var, 0.95),
        normal_99=measure(normal_var, 0.99),
        cornish_fisher_95=measure(cornish_fisher_var, 0.95),
        filtered_95=measure(filtered_var, 0.95, BURN_IN),
        es_historical_95=measure(historical_es, 0.95),
        es_historical_99=measure(historical_es, 0.99),
        backtest_95=backtest(returns),
        backtest_filtered_95=backtest(returns, "filtered"),
    )


def historical_var(returns: Column, confidence: float) -> Number:
    """The empirical quantile, interpolated linearly (as ``empyrical.value_at_risk``)."""
    return number(0.0 - quantile(np.sort(returns), 1.0 - confidence))


def historical_es(returns: Column, confidence: float) -> Number:
    """Mean of the ⌊(n - 1)(1 - confidence)⌋ + 1 worst returns.

    As ``empyrical.conditional_value_at_risk``: of the returns not above the historical VaR.
    """
    worst = int((returns.size - 1) * (1.0 - confidence))
    return number(0.0 - np.partition(returns, worst)[: worst + 1].mean())


def normal_var(returns: Column, confidence: float) -> Number:
    """-(μ + zσ), σ with ddof 1 (as ``quantstats.stats.value_at_risk``)."""
    return number(0.0 - (returns.mean() + ndtri(1.0 - confidence) * returns.std(ddof=1)))


def cornish_fisher_var(returns: Column, confidence: float) -> Number:
    """-(μ + z′σ) with z′ the normal quantile corrected for skewness S and excess kurtosis K.

    z′ = z + (z² - 1)S/6 + (z³ - 3z)K/24 - (2z³ - 5z)S²/36 (moments as ``scipy.stats.skew`` and
    ``kurtosis``, σ with ddof 1). The expansion is a quantile only where z′ rises with z, that is
    S²/9 ≤ 4 (K/8 - S²/6)(1 - K/8 + 5S²/36); outside of it the number would be wrong, and is
    Missing. Maillard, "A User's Guide to the Cornish Fisher Expansion", 2012.
    """
    centred = returns - returns.mean()
    squares = centred * centred
    variance = squares.mean()
    skew = float((squares @ centred) / returns.size / variance**1.5)
    kurtosis = float((squares @ squares) / returns.size / variance**2) - 3.0
    curvature = kurtosis / 8.0 - skew**2 / 6.0
    slope = 1.0 - kurtosis / 8.0 + 5.0 * skew**2 / 36.0
    if curvature < 0.0 or slope <= 0.0 or skew**2 / 9.0 > 4.0 * curvature * slope:
        moments = f"skew {skew:.2f}, excess kurtosis {kurtosis:.2f}"
        return Missing(f"outside the monotone domain of Cornish–Fisher ({moments})")
    z = float(ndtri(1.0 - confidence))
    corrected = z + (z**2 - 1.0) * skew / 6.0 + (z**3 - 3.0 * z) * kurtosis / 24.0
    corrected -= (2.0 * z**3 - 5.0 * z) * skew**2 / 36.0
    return number(0.0 - (returns.mean() + corrected * returns.std(ddof=1)))


def filtered_var(returns: Column, confidence: float) -> Number:
    """Filtered historical simulation: quantile of rₜ/σₜ times the σ forecast for tomorrow.

    σ is the EWMA volatility (λ 0.94); the first 30 returns start it and are not in the quantile.
    """
    volatility = ewma_volatility(returns)
    residuals = known(standardised(returns, volatility))
    if residuals.size < MINIMUM[confidence] or not volatility[-1] > 0.0:
        return ZERO_VARIANCE
    return number(0.0 - quantile(np.sort(residuals), 1.0 - confidence) * float(volatility[-1]))
