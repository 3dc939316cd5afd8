"""How the symbols of an account move together: EWMA correlation and β of daily returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from tuirisk.analytics.market_risk.ewma import LAMBDA
from tuirisk.analytics.market_risk.returns import simple_returns
from tuirisk.market.candles import Bars, Column

BETA_DECAY = 0.5 ** (1.0 / 60.0)
"""A half-life of 60 days."""
SHRINK = 1.0 / 3.0
"""How far a β is drawn to 1."""
LEAST_DAYS = 20
NO_SIDES: Mapping[str, float] = MappingProxyType({})
UNKNOWN_CORRELATION = 0.6
"""Of two symbols with fewer common days, in the direction in which both legs lose."""


def daily_correlation(
    symbols: Sequence[str], bars_1d: Mapping[str, Bars], sides: Mapping[str, float] = NO_SIDES
) -> Column:
    """EWMA correlation (λ 0.94, means taken as zero) of daily simple returns, by pairs of days.

    Pairs with fewer than 20 common days count as 0.6, with the sign by which the legs, whose signs
    are ``sides``, lose together: what is not known is no hedge. The matrix is made positive
    semidefinite by its eigenvalues.
    """
    returns = _aligned([bars_1d[name] for name in symbols])
    there = np.isfinite(returns)
    values = np.where(there, returns, 0.0)
    age = np.arange(returns.shape[1])[::-1]
    weight = LAMBDA**age
    products = (values * weight) @ values.T
    squares = (np.square(values) * weight) @ there.T.astype(float)
    days = there.astype(float) @ there.T.astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation = products / np.sqrt(squares * squares.T)
    known = (days >= LEAST_DAYS) & np.isfinite(correlation)
    signs = np.array([-1.0 if sides.get(name, 0.0) < 0.0 else 1.0 for name in symbols])
    unknown = UNKNOWN_CORRELATION * np.outer(signs, signs)
    correlation = np.where(known, np.clip(correlation, -1.0, 1.0), unknown)
    np.fill_diagonal(correlation, 1.0)
    return _positive(correlation)


def betas(
    symbols: Sequence[str],
    bars_1d: Mapping[str, Bars],
    bitcoin: Bars | None,
    sides: Mapping[str, float] = NO_SIDES,
) -> Column:
    """β of each symbol's daily returns on Bitcoin's (EWMA, half-life 60 d), shrunk to 1 by ⅓.

    1 where there are fewer than 20 common days, −1 where the leg then would be a hedge: where its
    sign in ``sides`` is another than that of all others together.
    """
    found = np.ones(len(symbols))
    if bitcoin is None:
        return found
    for row, name in enumerate(symbols):
        pair = _aligned([bars_1d[name], bitcoin])
        both = pair[:, np.isfinite(pair).all(axis=0)]
        if both.shape[1] < LEAST_DAYS:
            others = sum(side for other, side in sides.items() if other != name)
            found[row] = -1.0 if sides.get(name, 0.0) * others < 0.0 else 1.0
            continue
        weight = BETA_DECAY ** np.arange(both.shape[1])[::-1]
        variance = float((weight * both[1] * both[1]).sum())
        if variance > 0.0:
            beta = float((weight * both[0] * both[1]).sum()) / variance
            found[row] = (1.0 - SHRINK) * beta + SHRINK
    return found


def _aligned(bars: Sequence[Bars]) -> Column:
    """Daily returns on the union of the days, (symbols, days); NaN where there is none."""
    days = np.unique(np.concatenate([one.open_time[1:] for one in bars]))
    found = np.full((len(bars), days.size), np.nan)
    for row, one in enumerate(bars):
        if len(one) > 1:
            found[row, np.searchsorted(days, one.open_time[1:])] = simple_returns(one)
    return found


def _positive(correlation: Column) -> Column:
    """The nearest correlation matrix by clipped eigenvalues; itself where it is one."""
    values, vectors = np.linalg.eigh(correlation)
    if values[0] >= 0.0:
        return correlation
    clipped = (vectors * np.maximum(values, 0.0)) @ vectors.T
    spread = np.sqrt(np.diag(clipped))
    found: Column = clipped / np.outer(spread, spread)
    return found
