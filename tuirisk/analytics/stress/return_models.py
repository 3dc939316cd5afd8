"""Joint random walks of several prices in 15-minute steps: resampled, Gaussian, Student-t.

All start from log returns of shape (symbols, bars), one row a symbol, columns of one time, and
none has a drift: the trend of the last month is not a forecast. A walk holds nothing but the
present step of each path, so its memory does not grow with its length.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import lgamma, sqrt
from typing import Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tuirisk.market.candles import Column

STRIDE = 96
"""Steps whose block ends are drawn at once."""
DEGREES = (2.1, 100.0)
"""Range of fitted degrees of freedom: below 2 there is no variance, above it is a Gaussian."""
GOLDEN = (sqrt(5.0) - 1.0) / 2.0


@dataclass(frozen=True, slots=True)
class BarMoves:
    """Log moves of common bars, each of shape (symbols, bars).

    ``returns`` are close to close, ``low`` ≤ 0 and ``high`` ≥ 0 each bar's against its own close.
    """

    returns: Column
    low: Column
    high: Column

    @classmethod
    def of_closes(cls, returns: Column) -> BarMoves:
        """Bars that are known by their closes alone."""
        return cls(returns, np.zeros_like(returns), np.zeros_like(returns))


class ReturnGenerator(Protocol):
    """Random price paths of several symbols, 15 minutes a step."""

    def advance(self, prices: Column) -> None:
        """Move ``prices``, shape (symbols, paths), one step on, in place."""
        ...

    def low(self, row: int, price: Column) -> Column:
        """Lowest price of one symbol within the step that ended at ``price``."""
        ...

    def high(self, row: int, price: Column) -> Column:
        """Highest price of one symbol within the step that ended at ``price``."""
        ...


MakeWalk = Callable[[Generator, int, int], ReturnGenerator]
"""(random numbers, paths, steps) → a walk."""


def blocks(moves: BarMoves, expected: float) -> MakeWalk:
    """The stationary bootstrap: blocks of geometric length (mean ``expected``), the same ones for
    every symbol, joined end to end and wrapped around (Politis & Romano, JASA 89, 1994).

    Each bar's low and high are drawn with its return. Growth factors are divided by their mean.
    """
    growth = np.exp(moves.returns)
    growth /= growth.mean(axis=1, keepdims=True)
    low, high = np.exp(moves.low), np.exp(moves.high)
    return lambda rng, paths, steps: _Blocks(growth, low, high, expected, rng, paths, steps)


def gaussian(returns: Column) -> MakeWalk:
    """Independent normal steps with the covariances of ``returns``, a martingale."""
    mean, root = _moments(returns)
    return lambda rng, paths, steps: _Normal(mean, root, None, rng, paths)


def student_t(returns: Column, degrees: float) -> MakeWalk:
    """Independent multivariate-t steps with the covariances of ``returns``.

    Shifted as the Gaussian ones: the exponential of a Student-t has no mean to divide by.
    """
    mean, root = _moments(returns)
    scale = sqrt((degrees - 2.0) / degrees)
    return lambda rng, paths, steps: _Normal(mean, root * scale, degrees, rng, paths)


def fit_degrees(returns: Column) -> float:
    """Degrees of freedom by maximum likelihood, mean and variance being those of the sample.

    The standardised returns of all symbols are taken together; golden-section search in log ν.
    """
    spread = returns.std(axis=1, keepdims=True)
    squares = np.square((returns - returns.mean(axis=1, keepdims=True)) / spread).ravel()

    def loss(log_degrees: float) -> float:
        nu = float(np.exp(log_degrees))
        tail = 0.5 * (nu + 1.0) * float(np.log1p(squares / (nu - 2.0)).mean())
        norm = lgamma((nu + 1.0) / 2.0) - lgamma(nu / 2.0) - 0.5 * np.log(nu - 2.0)
        return tail - float(norm)

    low, high = np.log(DEGREES[0]), np.log(DEGREES[1])
    for _ in range(40):
        span = GOLDEN * (high - low)
        if loss(high - span) < loss(low + span):
            high = low + span
        else:
            low = high - span
    return float(np.exp((low + high) / 2.0))


def _moments(returns: Column) -> tuple[Column, Column]:
    """Means −σ²/2, shape (symbols, 1), and a root of the covariance matrix (ddof 1).

    With these means the prices have no drift. The root is by eigenvalues: two symbols that move as
    one have no Cholesky factor.
    """
    covariance = np.atleast_2d(np.cov(returns))
    values, vectors = np.linalg.eigh(covariance)
    root: Column = vectors * np.sqrt(np.maximum(values, 0.0))
    return -0.5 * covariance.diagonal()[:, np.newaxis], root


class _Blocks:
    """Positions in the returns: where each path's block began, less the steps before it did.

    The table repeats the returns far enough for every block to run on without a test for its
    end, and is read through a window that moves with the steps: so a step is one gather.
    """

    def __init__(
        self,
        growth: Column,
        low: Column,
        high: Column,
        expected: float,
        rng: Generator,
        paths: int,
        steps: int,
    ) -> None:
        n = growth.shape[1]
        wrapped = np.arange(-steps, n + steps) % n
        self._table = growth[:, wrapped]
        self._low, self._high = low[:, wrapped], high[:, wrapped]
        self._n, self._steps, self._step = n, steps, 0
        self._rng, self._paths = rng, paths
        self._probability = 1.0 / max(expected, 1.0)
        self._base = rng.integers(n, size=paths) + steps
        self._buffer = np.empty(paths)
        self._ends: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []

    def advance(self, prices: Column) -> None:
        step = self._step
        if step:
            ended, first = self._ended()
            self._base[ended] = first + (self._steps - step)
        for row, price in zip(self._table, prices, strict=True):
            row[step:].take(self._base, out=self._buffer, mode="clip")
            price *= self._buffer
        self._step += 1

    def low(self, row: int, price: Column) -> Column:
        return self._extreme(self._low[row], price)

    def high(self, row: int, price: Column) -> Column:
        return self._extreme(self._high[row], price)

    def _extreme(self, table: Column, price: Column) -> Column:
        """``price`` times the factor of the bar each path has just drawn; valid until the next."""
        table[self._step - 1 :].take(self._base, out=self._buffer, mode="clip")
        np.multiply(self._buffer, price, out=self._buffer)
        return self._buffer

    def _ended(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Paths whose block ends before this step, and the bar that each goes on with."""
        if not self._ends:
            ends = self._draw()
            first = self._rng.integers(self._n, size=sum(part.size for part in ends))
            places = np.cumsum([part.size for part in ends[:-1]])
            self._ends = list(zip(ends, np.split(first, places), strict=True))[::-1]
        return self._ends.pop()

    def _draw(self) -> list[NDArray[np.int64]]:
        """The ends within each of the next steps.

        Each path and step is a trial that ends the block with one probability; the gaps between
        successes are geometric, which needs one draw a block instead of one a step.
        """
        trials = STRIDE * self._paths
        mean = trials * self._probability
        gaps = [self._rng.geometric(self._probability, size=int(mean + 6 * sqrt(mean) + 16))]
        while sum(int(part.sum()) for part in gaps) < trials:
            gaps.append(self._rng.geometric(self._probability, size=int(sqrt(mean) + 16)))
        hits = np.cumsum(np.concatenate(gaps)) - 1
        cuts = np.searchsorted(hits, np.arange(STRIDE + 1) * self._paths)
        return [hits[a:b] - s * self._paths for s, (a, b) in enumerate(pairwise(cuts))]


class _Normal:
    """Correlated normal steps, divided by the root of one χ²/ν a step and path where ν is given."""

    def __init__(
        self, mean: Column, root: Column, degrees: float | None, rng: Generator, paths: int
    ) -> None:
        self._mean, self._root, self._degrees = mean, root, degrees
        self._rng, self._shape = rng, (mean.size, paths)

    def advance(self, prices: Column) -> None:
        shocks = self._root @ self._rng.standard_normal(self._shape)
        if self._degrees is not None:
            mixing = self._rng.standard_gamma(self._degrees / 2.0, self._shape[1])
            shocks *= np.sqrt(self._degrees / 2.0 / mixing)
        prices *= np.exp(shocks + self._mean)

    def low(self, row: int, price: Column) -> Column:
        return price

    def high(self, row: int, price: Column) -> Column:
        return price
