import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.bars import Floats

from tuirisk.analytics.market_risk.ewma import ewma_volatility, standardised


def some(n: int, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).standard_t(4, n) * 0.02


def test_ewma_is_that_of_pandas() -> None:
    returns = some(600)
    volatility = ewma_volatility(returns)
    start = np.mean(returns[:30] ** 2)
    squares = pd.Series(np.concatenate(([start], returns[30:] ** 2)))
    expected = np.sqrt(squares.ewm(alpha=0.06, adjust=False).mean())
    assert volatility.size == 601
    assert np.isnan(volatility[:30]).all()
    np.testing.assert_allclose(volatility[30:], expected, rtol=1e-9)


@pytest.mark.parametrize("n", [0, 1, 2, 30])
def test_nothing_to_start_from(n: int) -> None:
    volatility = ewma_volatility(some(n))
    assert volatility.size == n + 1
    assert np.isnan(volatility[: max(n, 1)]).all()
    assert np.isnan(standardised(some(n), volatility)).all()


@given(st.integers(31, 200), st.integers(0, 50))
def test_a_forecast_uses_earlier_data_alone(day: int, seed: int) -> None:
    returns = some(201, seed)
    changed = returns.copy()
    changed[day:] *= 10.0
    before, after = ewma_volatility(returns), ewma_volatility(changed)
    np.testing.assert_array_equal(before[: day + 1], after[: day + 1])
    assert after[day + 1] > before[day + 1]


def test_residuals_are_free_of_the_scale() -> None:
    returns = some(400)
    one = standardised(returns, ewma_volatility(returns))
    other = standardised(returns * 1e-4, ewma_volatility(returns * 1e-4))
    np.testing.assert_allclose(one, other, rtol=1e-9)
    assert np.nanstd(one) == pytest.approx(1.0, abs=0.2)


def test_no_residual_without_volatility() -> None:
    returns = np.concatenate((np.zeros(35), [0.01, 0.02]))
    residuals = standardised(returns, ewma_volatility(returns))
    assert np.isnan(residuals[:36]).all()
    assert residuals[36] == pytest.approx(0.02 / np.sqrt(0.06 * 0.01**2))
