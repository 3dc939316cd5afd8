"""Where a function of one argument first falls to 0 or below, outwards from where it is above."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tuirisk.market.candles import Column

PARTS = 32
ROUNDS = 10
"""Each divides the interval by :data:`PARTS`: 10 leave no digit of a float."""


def first_crossing(function: Callable[[Column], Column], grid: Column) -> float | None:
    """The first argument at which ``function`` is ≤ 0, looked for on ``grid`` and refined.

    None where it is above 0 on the whole grid; the first of the grid where it is not above there.
    """
    gone = np.flatnonzero(function(grid) <= 0.0)
    if not gone.size:
        return None
    place = int(gone[0])
    dead = float(grid[place])
    if not place:
        return dead
    alive = float(grid[place - 1])
    for _ in range(ROUNDS):
        points = np.linspace(alive, dead, PARTS + 1)[1:]
        first = int(np.argmax(function(points) <= 0.0))
        alive, dead = (alive if first == 0 else float(points[first - 1])), float(points[first])
    return dead
