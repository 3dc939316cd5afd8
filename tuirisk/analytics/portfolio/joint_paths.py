"""Paths of all symbols at once: which bars are drawn, the same ones for every symbol.

The stationary bootstrap (Politis & Romano, JASA 89, 1994) in blocks of bars; the draws are kept,
so that another account can be walked along the very same paths.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuirisk.market.candles import Column

Drawn = NDArray[np.int16]
PATHS = 10_000
WEEK_STRIDE = 4
"""15m bars of a step of the paths of 7 d; the bridge sees between them."""
LONGEST = 16_384
"""Bars that are drawn from at most, the newest: their places fit into two bytes."""


@dataclass(frozen=True, slots=True)
class JointPaths:
    """Drawn bars, and what each does to every symbol.

    ``growth`` (symbols, bars) are factors over a step of ``stride`` bars that begins with the bar,
    of mean 1; ``spread`` the σ of the log price within it. ``drawn`` has shape (steps, paths).
    """

    growth: Column
    spread: Column
    drawn: Drawn
    stride: int

    def prices(
        self, marks: Column, rows: NDArray[np.int64] | None = None
    ) -> Iterator[tuple[int, Column]]:
        """(step from 1, prices of shape (symbols, paths)), the same array each time."""
        growth = self.growth if rows is None else self.growth[rows]
        prices = np.repeat(marks[:, np.newaxis], self.drawn.shape[1], axis=1)
        factor = np.empty(self.drawn.shape[1])
        for step, drawn in enumerate(self.drawn, start=1):
            for row, price in zip(growth, prices, strict=True):
                np.take(row, drawn, out=factor, mode="clip")
                price *= factor
            yield step, prices


def joint_paths(
    returns: Column,
    spread: Column,
    expected: float,
    seed: tuple[int, ...],
    *,
    steps: int,
    paths: int = PATHS,
    stride: int = 1,
) -> JointPaths:
    """``paths`` paths of ``steps`` steps from the bars of ``returns``, (symbols, bars).

    Blocks have a mean of ``expected`` bars. The same arguments give the same bits.
    """
    returns, spread = returns[:, -LONGEST:], spread[:, -LONGEST:]
    summed, squares = returns.copy(), np.square(spread)
    for lag in range(1, stride):
        summed += np.roll(returns, -lag, axis=1)
        squares += np.roll(np.square(spread), -lag, axis=1)
    growth = np.exp(summed)
    growth /= growth.mean(axis=1, keepdims=True)
    drawn = _drawn(returns.shape[1], expected, np.random.default_rng(seed), steps, paths, stride)
    return JointPaths(growth, np.sqrt(squares), drawn, stride)


def _drawn(
    bars: int, expected: float, rng: np.random.Generator, steps: int, paths: int, stride: int
) -> Drawn:
    drawn = np.empty((steps, paths), np.int16)
    now = rng.integers(bars, size=paths)
    ends = 1.0 - (1.0 - 1.0 / max(expected, 1.0)) ** stride
    for step in range(steps):
        if step:
            now += stride
            now[now >= bars] -= bars
            ended = np.flatnonzero(rng.random(paths) < ends)
            now[ended] = rng.integers(bars, size=ended.size)
        drawn[step] = now
    return drawn
