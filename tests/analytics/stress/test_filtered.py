"""Past bars at the volatility of the forecast."""

from __future__ import annotations

import numpy as np
import pytest

from tuirisk.analytics.stress.filtered import DAY_STEPS, filtered_moves
from tuirisk.analytics.stress.return_models import BarMoves

RNG = np.random.default_rng(3)


def bars(returns: np.typing.NDArray[np.float64]) -> BarMoves:
    spread = np.abs(returns)
    return BarMoves(returns, -0.5 * spread, 0.25 * spread)


def test_a_day_of_the_bars_has_the_forecast_volatility() -> None:
    returns = RNG.normal(0.0, 1.0, (2, 3_000)) * [[0.001], [0.004]]
    found = filtered_moves(bars(returns), np.array([0.05, 0.02]))
    assert found.returns.shape == (2, 3_000 - DAY_STEPS)
    day = found.returns.std(axis=1) * np.sqrt(DAY_STEPS)
    np.testing.assert_allclose(day, [0.05, 0.02], rtol=0.02)


def test_lows_and_highs_are_scaled_with_their_return() -> None:
    moves = bars(RNG.normal(0.0, 0.003, (1, 1_000)))
    found = filtered_moves(moves, np.array([0.03]))
    np.testing.assert_allclose(found.low, -0.5 * np.abs(found.returns))
    np.testing.assert_allclose(found.high, 0.25 * np.abs(found.returns))


def test_each_bar_is_divided_by_what_was_known_before_it() -> None:
    """Calm and storm become alike, and a later bar changes no earlier one's shape."""
    returns = RNG.normal(0.0, 0.001, (1, 2_000))
    returns[:, 1_000:] *= 8.0
    found = filtered_moves(bars(returns), np.array([0.03])).returns[0]
    calm, storm = found[: 1_000 - DAY_STEPS].std(), found[-800:].std()
    assert storm / calm == pytest.approx(1.0, abs=0.15)
    changed = returns.copy()
    changed[0, -1] *= -1.5
    again = filtered_moves(bars(changed), np.array([0.03])).returns[0]
    np.testing.assert_allclose(again[:-1] / again[0], found[:-1] / found[0], rtol=1e-9)


def test_a_price_that_stood_still_for_days_gives_finite_moves() -> None:
    returns = RNG.normal(0.0, 0.002, (1, 1_500))
    returns[:, 200:900] = 0.0
    found = filtered_moves(bars(returns), np.array([0.03])).returns
    assert np.isfinite(found).all()
    assert np.abs(found).max() < 0.3
