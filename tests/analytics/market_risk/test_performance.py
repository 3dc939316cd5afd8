from pathlib import Path

import empyrical
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.bars import Floats, from_closes, random_closes, real

from tuirisk.analytics.market_risk.performance import performance_state
from tuirisk.state import Missing, Performance

YEAR = 365


def check_against_empyrical(found: Performance, returns: Floats, rate: float) -> None:
    daily = (1.0 + rate) ** (1.0 / YEAR) - 1.0
    expected = {
        "sharpe": empyrical.sharpe_ratio(returns, risk_free=daily, annualization=YEAR),
        "sortino": empyrical.sortino_ratio(returns, required_return=daily, annualization=YEAR),
        "calmar": empyrical.calmar_ratio(returns, annualization=YEAR),
        "cagr": empyrical.annual_return(returns, annualization=YEAR),
        "max_drawdown": empyrical.max_drawdown(returns),
        "volatility": empyrical.annual_volatility(returns, annualization=YEAR),
    }
    assert {name: getattr(found, name) for name in expected} == pytest.approx(expected, rel=1e-9)
    assert found.n == returns.size
    per_day = expected["sharpe"] / np.sqrt(YEAR)
    error = np.sqrt((1 + per_day**2 / 2) / returns.size) * np.sqrt(YEAR)
    assert found.sharpe_error == pytest.approx(error, rel=1e-9)


@pytest.mark.parametrize("symbol", ["SOL", "BNB"])
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("rate", [0.0, 0.04])
def test_real_candles(shared_data: Path, symbol: str, sign: int, rate: float) -> None:
    bars = real(shared_data, symbol, "1d")
    returns = sign * (bars.close[1:] / bars.close[:-1] - 1.0)
    check_against_empyrical(performance_state(bars, sign, rate), returns, rate)


@pytest.mark.parametrize("seed", range(6))
def test_random_candles(seed: int) -> None:
    closes = random_closes(400, seed, scale=0.01)
    returns = closes[1:] / closes[:-1] - 1.0
    check_against_empyrical(performance_state(from_closes(closes), 1, 0.0), returns, 0.0)


def test_a_hole_leaves_its_return_out() -> None:
    closes = random_closes(100)
    returns = np.delete(closes[1:] / closes[:-1] - 1.0, 49)
    found = performance_state(from_closes(closes, holes=[50]), 1, 0.0)
    check_against_empyrical(found, returns, 0.0)


def with_returns(returns: Floats) -> Floats:
    return 100.0 * np.concatenate(([1.0], np.cumprod(1.0 + returns)))


def test_grades() -> None:
    limits = {"sharpe": (1.0, 2.0), "sortino": (2.0, 3.0), "calmar": (1.0, 2.0)}
    seen = set()
    noise = np.random.default_rng(8).standard_normal(1_000) * 0.02
    for drift in np.linspace(0.0, 0.0035, 36):
        found = performance_state(from_closes(with_returns(noise - noise.mean() + drift)), 1, 0.0)
        for name, (fair, excellent) in limits.items():
            value = getattr(found, name)
            grade = "excellent" if value > excellent else "fair" if value > fair else "poor"
            assert found.grades[name] == grade
            seen.add((name, grade))
    assert len(seen) == 9


@pytest.mark.parametrize("closes", [np.full(400, 7.0), 7.0 * 1.001 ** np.arange(400)])
def test_a_constant_series_has_no_ratios(closes: Floats) -> None:
    found = performance_state(from_closes(closes), 1, 0.0)
    missing = Missing("zero_variance")
    assert found.sharpe == found.sortino == found.calmar == found.sharpe_error == missing
    assert set(found.grades.values()) == {missing}
    assert found.cagr == pytest.approx((closes[1] / closes[0]) ** YEAR - 1.0)
    assert found.max_drawdown == 0.0
    assert found.volatility == pytest.approx(0.0, abs=1e-12)


def test_gains_alone_leave_no_downside() -> None:
    rises: Floats = np.tile([0.005, 0.015], 50)
    found = performance_state(from_closes(with_returns(rises)), 1, 0.0)
    assert isinstance(found.sharpe, float)
    assert found.sortino == Missing("no_loss")
    assert found.calmar == Missing("no_drawdown")
    assert found.grades["calmar"] == Missing("no_drawdown")


def test_a_short_that_loses_everything_does_not_come_back() -> None:
    returns = np.tile([0.01, -0.01], 50)
    returns[40] = 1.5
    found = performance_state(from_closes(with_returns(returns)), -1, 0.0)
    assert found.cagr == found.max_drawdown == found.calmar == -1.0


def test_a_price_that_falls_to_zero_gives_no_return() -> None:
    closes = random_closes(100)
    closes[60] = 0.0
    returns = np.delete(random_closes(100)[1:] / random_closes(100)[:-1] - 1.0, [59, 60])
    check_against_empyrical(performance_state(from_closes(closes), 1, 0.0), returns, 0.0)


@pytest.mark.parametrize("n", [0, 1, 2, 30])
def test_too_few_bars(n: int) -> None:
    found = performance_state(from_closes(random_closes(n)), 1, 0.0)
    missing = Missing("few_returns", have=max(n - 1, 0), need=30)
    assert found.sharpe == found.cagr == found.volatility == found.grades["sharpe"] == missing
    assert found.n == max(n - 1, 0)
    assert isinstance(performance_state(from_closes(random_closes(31)), 1, 0.0).sharpe, float)


@given(st.floats(1e-6, 1e6), st.integers(0, 30))
def test_the_unit_of_the_price_is_no_matter(scale: float, seed: int) -> None:
    closes = random_closes(100, seed)
    one = performance_state(from_closes(closes), 1, 0.0)
    other = performance_state(from_closes(closes * scale), 1, 0.0)
    for name in ("sharpe", "sortino", "calmar", "cagr", "max_drawdown", "volatility"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-6, abs=1e-9)
