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
SPAN = 1_024
"""Returns at a time that the recursion is solved for: λᵗ stays well within the range of floats."""


def ewma_volatility(
    returns: Column, decay_factor: float = LAMBDA, burn_in: int = BURN_IN
) -> Column:
    """One-step forecasts, shape ``(n + 1,)``: element t is made from the returns before t.

    σ²ₜ = λ σ²ₜ₋₁ + (1 - λ) r²ₜ₋₁, means taken as zero, λ = ``decay_factor``. The first ``burn_in``
    elements are NaN, as all of them are for as many returns or fewer.
    """
    volatility = np.full(returns.size + 1, np.nan)
    if returns.size > burn_in:
        squares = np.square(returns)
        decays = decay_factor ** np.arange(1, SPAN + 1)
        variance = float(squares[:burn_in].mean())
        volatility[burn_in] = sqrt(variance)
        for first in range(burn_in, returns.size, SPAN):
            weighted = (1.0 - decay_factor) * squares[first : first + SPAN]
            decay = decays[: weighted.size]
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
