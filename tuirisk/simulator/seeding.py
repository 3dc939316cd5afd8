"""Seeded randomness, one independent stream for every (seed, name, …)."""

from __future__ import annotations

import random
import zlib

import numpy as np

STEP_MS = 100
"""The simulator's step, milliseconds."""

_BLOCK = 1024


def array_generator(seed: int, *names: str) -> np.random.Generator:
    """A numpy generator for whole histories, the same for the same seed and names."""
    return np.random.default_rng([abs(seed), *(zlib.crc32(name.encode()) for name in names)])


def scalar_generator(seed: int, *names: str) -> random.Random:
    """A generator for step by step draws, where numpy costs ten times as much a number."""
    return random.Random("/".join((str(seed), *names)))


class MarketFactor:
    """The standard normal every symbol shares, addressed by step number.

    Drawn in blocks by number, so that any symbol may start at any step and see the same values.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._blocks: dict[int, list[float]] = {}

    def normal(self, step: int) -> float:
        """The factor's draw for one step."""
        block, offset = divmod(step, _BLOCK)
        values = self._blocks.get(block)
        if values is None:
            values = self._load(block)
        return values[offset]

    def normal_over(self, first: int, count: int) -> float:
        """The draws of `count` steps from `first`, summed and scaled back to unit variance."""
        if count == 1:
            return self.normal(first)
        return float(sum(self.normal(step) for step in range(first, first + count)) / count**0.5)

    def _load(self, block: int) -> list[float]:
        if len(self._blocks) > 8:
            self._blocks.clear()
        rng = array_generator(self._seed, "factor", str(block))
        values: list[float] = rng.standard_normal(_BLOCK).tolist()
        self._blocks[block] = values
        return values
