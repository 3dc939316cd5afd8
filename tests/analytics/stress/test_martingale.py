"""The walks whose numbers are published are martingales: no trend of the past is forecast."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from tuirisk.analytics.stress.return_models import BarMoves
from tuirisk.analytics.stress.simulate import bootstrap_walks

PATHS = 20_000


@pytest.mark.parametrize("trend", [-3e-4, 3e-4])
def test_the_mean_of_the_paths_stays_where_they_began(trend: float) -> None:
    """Within 3 standard errors, of bars that fell or rose by a third within ten days."""
    rng = np.random.default_rng(21)
    returns = trend + rng.standard_t(5, (1, 1_000)) * 0.002
    spread = np.abs(returns)
    moves = BarMoves(returns, -spread, spread)
    for walk, horizons in bootstrap_walks(moves, np.array([0.03]), 12.0):
        (steps,) = horizons.values()
        made = walk(np.random.default_rng(5), PATHS, steps)
        prices = np.ones((1, PATHS))
        for step in range(1, steps + 1):
            made.advance(prices)
            if step in (1, steps // 2, steps):
                error = prices.std() / sqrt(PATHS)
                assert abs(prices.mean() - 1.0) < 3.0 * error, (horizons, step)
