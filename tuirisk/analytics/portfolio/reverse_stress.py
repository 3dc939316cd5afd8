"""The most likely move that liquidates a cross account, and the move of Bitcoin alone that does.

min mᵀΣ⁻¹m subject to excess(m) ≤ 0, m being the simple returns of the symbols and Σ their daily
covariance. Where the excess is linear the move is −Σw·E/(wᵀΣw), w being its slopes (a fraction of
each price); maintenance margins make it concave and piecewise linear, and the brackets are those
at the move: they are iterated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, exp, gamma, sqrt

import numpy as np

from tuirisk.analytics.leverage.brackets import bracket_at
from tuirisk.analytics.portfolio.excess import PoolExcess
from tuirisk.analytics.portfolio.first_crossing import first_crossing
from tuirisk.analytics.portfolio.legs import MarginPool, marks_of
from tuirisk.market.candles import Column

ITERATIONS = 30
GRID = 400
"""Steps of Bitcoin's price in which a liquidation is looked for on either side."""
HIGHEST = 10.0
"""The rise of Bitcoin, a fraction, up to which it is."""


@dataclass(frozen=True, slots=True)
class DeadlyMove:
    """``sigmas`` is its Mahalanobis length; ``moves`` are fractions, rows as the symbols'."""

    sigmas: float
    moves: Column


def deadly_move(pool: MarginPool, symbols: Sequence[str], covariance: Column) -> DeadlyMove | None:
    """The most likely move that liquidates ``pool``; None where no move does.

    ``covariance`` of daily returns has a row for each of ``symbols``, which are the pool's.
    """
    rows = {name: row for row, name in enumerate(symbols)}
    best: DeadlyMove | None = None
    for start in (np.zeros(len(symbols)), *_extreme_starts(pool, rows, covariance)):
        found = _iterated(pool, rows, covariance, start)
        if found is not None and (best is None or found.sigmas < best.sigmas):
            best = found
    return best


def _extreme_starts(
    pool: MarginPool, rows: dict[str, int], covariance: Column
) -> tuple[Column, ...]:
    """Moves of three σ either way along the account's own direction."""
    weights, _ = _linear(pool, rows, np.zeros(len(rows)))
    direction = covariance @ weights
    length = sqrt(max(float(weights @ direction), 0.0))
    if not length > 0.0:
        return ()
    return tuple(np.maximum(3.0 * side * direction / length, -0.99) for side in (-1.0, 1.0))


def _iterated(
    pool: MarginPool, rows: dict[str, int], covariance: Column, start: Column
) -> DeadlyMove | None:
    move = start
    for _ in range(ITERATIONS):
        weights, level = _linear(pool, rows, move)
        after = _least(weights, level, covariance)
        if after is None:
            return None
        if np.allclose(after, move, rtol=1e-12, atol=1e-15):
            break
        move = after
    length = _length(move, covariance)
    return None if length is None else DeadlyMove(length, move)


def _linear(pool: MarginPool, rows: dict[str, int], move: Column) -> tuple[Column, float]:
    """Slopes and level of the excess in the brackets at ``move``."""
    weights, level = np.zeros(len(rows)), pool.wallet
    for leg in pool.legs:
        row = rows[leg.symbol]
        bracket = bracket_at(leg.brackets, leg.quantity * leg.mark * (1.0 + float(move[row])))
        slope = leg.exposure * leg.mark - bracket.maintenance_rate * leg.notional
        weights[row] += slope
        level += leg.profit - bracket.maintenance_rate * leg.notional
        level += bracket.cumulative * leg.rate
    return weights, level


def _least(weights: Column, level: float, covariance: Column) -> Column | None:
    """The shortest move with weights·m = −level and no price below 0; 0 where level ≤ 0."""
    if level <= 0.0:
        return np.zeros(weights.size)
    fixed: list[int] = []
    for _ in range(weights.size + 1):
        rows = [weights, *(np.eye(weights.size)[row] for row in fixed)]
        conditions = np.array(rows)
        target = np.array([-level, *(-1.0 for _ in fixed)])
        inner = conditions @ covariance @ conditions.T
        weighed, *_ = np.linalg.lstsq(inner, target, rcond=1e-13)
        move: Column = covariance @ conditions.T @ weighed
        if not np.allclose(conditions @ move, target, rtol=1e-6, atol=1e-9 * level):
            return None
        below = [int(row) for row in np.flatnonzero(move < -1.0 - 1e-9) if row not in fixed]
        if not below:
            return np.maximum(move, -1.0)
        fixed += below
    return None


def _length(move: Column, covariance: Column) -> float | None:
    """√(mᵀΣ⁻¹m), Σ⁻¹ being the pseudo-inverse."""
    weighed, *_ = np.linalg.lstsq(covariance, move, rcond=1e-13)
    square = float(move @ weighed)
    return sqrt(square) if square >= 0.0 else None


def chance_beyond(sigmas: float, symbols: int) -> float:
    """The chance that ``symbols`` Gaussian returns are farther out than ``sigmas``: χ's tail."""
    half = sigmas * sigmas / 2.0
    if symbols % 2 == 0:
        term, total = 1.0, 1.0
        for k in range(1, symbols // 2):
            term *= half / k
            total += term
        return min(1.0, exp(-half) * total)
    total = erfc(sqrt(half))
    for k in range(1, (symbols - 1) // 2 + 1):
        total += half ** (k - 0.5) * exp(-half) / gamma(k + 0.5)
    return min(1.0, total)


def bitcoin_moves(
    pool: MarginPool, symbols: Sequence[str], betas: Column
) -> tuple[float | None, float | None]:
    """The fall and the rise of Bitcoin, fractions, that liquidate ``pool``; None where none does.

    Each symbol moves by its β; no price falls below 0.
    """
    rows = {name: row for row, name in enumerate(symbols)}
    marks = marks_of((pool,))
    mark = np.array([marks[name] for name in symbols])
    excess = PoolExcess(pool, rows, np.inf)

    def at(moves: Column) -> Column:
        return excess(mark[:, np.newaxis] * factors(betas, moves))

    down = first_crossing(at, -np.linspace(0.0, 1.0, GRID + 1))
    up = first_crossing(at, np.linspace(0.0, HIGHEST**0.5, GRID * 2 + 1) ** 2)
    return down, up


def factors(betas: Column, moves: Column) -> Column:
    """Price factors (symbols, moves) of moves of Bitcoin, none below 0."""
    return np.maximum(1.0 + betas[:, np.newaxis] * moves, 0.0)
