"""EWMA volatility (RiskMetrics, λ = 0.94) and the returns it filters.

Barone-Adesi, Giannopoulos & Vosper, "VaR without correlations for portfolios of derivative
securities", 1999; J.P. Morgan, RiskMetrics Technical Document, 1996.
"""

from __future__ import annotations

from math import sqrt

import numpy as np

from tuirisk.market.candles import Column

LAMBDA = 0.94
BURN_IN = 30
"""Returns whose mean square starts the recursion; they are not filtered themselves."""
DECAY = LAMBDA ** np.arange(1, 1_025)
"""λᵗ; the recursion is solved this many days at a time, well within the range of floats."""


def ewma_volatility(returns: Column) -> Column:
    """One-step forecasts, shape ``(n + 1,)``: element t is made from the returns before t.

    σ²ₜ = λ σ²ₜ₋₁ + (1 - λ) r²ₜ₋₁, means taken as zero. The first 30 elements are NaN, as all of
    them are for 30 returns or fewer.
    """
    volatility = np.full(returns.size + 1, np.nan)
    if returns.size > BURN_IN:
        squares = np.square(returns)
        variance = float(squares[:BURN_IN].mean())
        volatility[BURN_IN] = sqrt(variance)
        for first in range(BURN_IN, returns.size, DECAY.size):
            weighted = (1.0 - LAMBDA) * squares[first : first + DECAY.size]
            decay = DECAY[: weighted.size]
            path = decay * (variance + np.cumsum(weighted / decay))
            volatility[first + 1 : first + 1 + path.size] = np.sqrt(path)
            variance = float(path[-1])
    return volatility


def standardised(returns: Column, volatility: Column) -> Column:
    """Returns over the volatility forecast for them; NaN where that is NaN or zero."""
    forecast = volatility[:-1]
    filtered = np.full(returns.size, np.nan)
    np.divide(returns, forecast, out=filtered, where=forecast > 0.0)
    return filtered
