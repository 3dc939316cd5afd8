"""Past 15m bars made comparable to the next day: filtered historical simulation.

Each return, with its bar's low and high, is divided by the EWMA volatility known before it and
multiplied by that of the forecast (Hull & White, Journal of Risk 1, 1998; Barone-Adesi,
Giannopoulos & Vosper, Journal of Futures Markets 19, 1999).
"""

from __future__ import annotations

from math import sqrt

import numpy as np

from tuirisk.analytics.market_risk.ewma import ewma_volatility
from tuirisk.analytics.stress.return_models import BarMoves
from tuirisk.market.candles import Column

DAY_STEPS = 96
DECAY = 0.5 ** (1.0 / DAY_STEPS)
"""A half-life of one day of 15m bars."""
LEAST = 0.1
"""The EWMA volatility counts as at least this share of the sample's: a price that stood still for
days would else turn its next move into a shock of its own making."""


def filtered_moves(moves: BarMoves, sigmas: Column) -> BarMoves:
    """``moves`` at the volatility of ``sigmas``, the forecast σ of the 24 h log return, a symbol.

    The first day of bars starts the filter and is left out.
    """
    scales = np.array(
        [_scales(row, sigma) for row, sigma in zip(moves.returns, sigmas, strict=True)]
    )
    scaled = (column[:, DAY_STEPS:] * scales for column in (moves.returns, moves.low, moves.high))
    return BarMoves(*scaled)


def _scales(returns: Column, sigma: float) -> Column:
    """What multiplies each return after the first day of them."""
    volatility = ewma_volatility(returns, DECAY, DAY_STEPS)[DAY_STEPS:-1]
    volatility = np.maximum(volatility, LEAST * float(returns.std()))
    residuals = returns[DAY_STEPS:] / volatility
    spread = float(residuals.std())
    scales: Column = sigma / (sqrt(DAY_STEPS) * spread * volatility)
    return scales
