"""One-day value at risk and expected shortfall of holding the symbol.

The methods take simple daily returns without NaN (times -1 for a short) and a confidence such as
0.95, and give a positive loss as a fraction; a negative one is a gain even in the tail. They do
not judge whether the history suffices: :func:`value_at_risk` does.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, pi, sqrt
from statistics import NormalDist

import numpy as np

from tuirisk.analytics.market_risk.cornish_fisher import cornish_fisher_es, cornish_fisher_var
from tuirisk.analytics.market_risk.ewma import BURN_IN, ewma_volatility, standardised
from tuirisk.analytics.market_risk.returns import (
    ZERO_VARIANCE,
    finite,
    no_variance,
    number,
    simple_returns,
)
from tuirisk.analytics.market_risk.rolling import quantile
from tuirisk.analytics.market_risk.var_backtest import backtest
from tuirisk.market.candles import Bars, Column
from tuirisk.state import Missing, Number, ValueAtRisk, mapped

MINIMUM = {0.95: 100, 0.99: 250}
"""Returns needed by confidence: the tail holds five, or two and a half as in Basel's year."""


@np.errstate(over="ignore", invalid="ignore")
def value_at_risk_state(bars_1d: Bars) -> ValueAtRisk:
    """One-day VaR and ES of a long holding from all ``bars_1d``, as positive losses.

    The returns that exist are used, in their order: a hole or an invalid price leaves its
    returns out. Missing below 100 returns at 95 % and 250 at 99 %, and for a constant series.
    ``backtest_95`` and ``backtest_filtered_95`` are the records of the two methods.
    """
    returns = finite(simple_returns(bars_1d))
    constant = returns.size > 0 and no_variance(returns, float(returns.std()))

    def measure(method: Callable[[Column, float], Number], level: float, extra: int = 0) -> Number:
        need = MINIMUM[level] + extra
        if returns.size < need:
            return Missing("few_returns", have=returns.size, need=need)
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
        es_normal_95=measure(normal_es, 0.95),
        es_cornish_fisher_95=measure(cornish_fisher_es, 0.95),
        es_filtered_95=measure(filtered_es, 0.95, BURN_IN),
        backtest_95=backtest(returns),
        backtest_filtered_95=backtest(returns, "filtered"),
        blended_95=measure(blended_var, 0.95),
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
    z = NormalDist().inv_cdf(1.0 - confidence)
    return number(0.0 - (returns.mean() + z * returns.std(ddof=1)))


def normal_es(returns: Column, confidence: float) -> Number:
    """-(μ - σ φ(z)/α), α = 1 - confidence, σ with ddof 1: the mean of a normal below its quantile.

    McNeil, Frey & Embrechts, "Quantitative Risk Management", 2015, example 2.14.
    """
    tail = 1.0 - confidence
    density = exp(-0.5 * NormalDist().inv_cdf(tail) ** 2) / sqrt(2.0 * pi)
    return number(0.0 - (returns.mean() - density / tail * returns.std(ddof=1)))


def filtered_var(returns: Column, confidence: float) -> Number:
    """Filtered historical simulation: quantile of rₜ/σₜ times the σ forecast for tomorrow.

    σ is the EWMA volatility (λ 0.94); the first 30 returns start it and are not in the quantile.
    """
    return _scaled(historical_var, returns, confidence)


def blended_var(returns: Column, confidence: float) -> Number:
    """The geometric mean of the historical and the filtered one.

    The historical one errs in a storm and the filtered one overreacts to it; their mean has the
    smaller tick loss. Where one is no loss it is the larger of them, and the historical one alone
    where the filtered one cannot be had.
    """
    historical = historical_var(returns, confidence)
    if returns.size < MINIMUM[confidence] + BURN_IN:
        return historical
    filtered = filtered_var(returns, confidence)
    if isinstance(historical, Missing) or isinstance(filtered, Missing):
        return historical
    return blended(historical, filtered)


def blended_es(returns: Column, confidence: float) -> Number:
    """The same of the expected shortfalls; at least the VaR, as each of the two is."""
    historical = historical_es(returns, confidence)
    if returns.size < MINIMUM[confidence] + BURN_IN:
        return historical
    filtered = filtered_es(returns, confidence)
    if isinstance(historical, Missing) or isinstance(filtered, Missing):
        return historical
    return blended(historical, filtered)


def blended(historical: float, filtered: float) -> float:
    """The geometric mean of two losses (VaR or ES); where one is no loss the larger of them."""
    if historical > 0.0 and filtered > 0.0:
        return sqrt(historical * filtered)
    return max(historical, filtered)


def filtered_es(returns: Column, confidence: float) -> Number:
    """Mean of the worst rₜ/σₜ, as :func:`historical_es`, times the σ forecast for tomorrow."""
    return _scaled(historical_es, returns, confidence)


def _scaled(
    method: Callable[[Column, float], Number], returns: Column, confidence: float
) -> Number:
    volatility = ewma_volatility(returns)
    residuals = finite(standardised(returns, volatility))
    if residuals.size < MINIMUM[confidence] or not volatility[-1] > 0.0:
        return ZERO_VARIANCE
    return mapped(number, method(residuals, confidence) * float(volatility[-1]))
