from math import sqrt
from pathlib import Path

import empyrical
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats
from support.bars import Floats, from_closes, leaves, random_closes, real

from tuirisk.analytics.market_risk.cornish_fisher import cornish_fisher_es, cornish_fisher_var
from tuirisk.analytics.market_risk.value_at_risk import (
    blended_var,
    filtered_es,
    filtered_var,
    historical_es,
    historical_var,
    normal_es,
    normal_var,
    value_at_risk_state,
)
from tuirisk.market.candles import Bars
from tuirisk.state import Backtest, Missing, ValueAtRisk


def simple(bars: Bars) -> Floats:
    return bars.close[1:] / bars.close[:-1] - 1.0


def filtered(returns: Floats, confidence: float) -> float:
    """Filtered historical simulation, day by day."""
    variance = float(np.mean(returns[:30] ** 2))
    residuals = []
    for r in returns[30:]:
        residuals.append(r / sqrt(variance))
        variance = 0.94 * variance + 0.06 * r**2
    return float(-np.percentile(residuals, 100 * (1 - confidence)) * sqrt(variance))


def check_against_oracles(found: ValueAtRisk, returns: Floats) -> None:
    import quantstats.stats  # It imports matplotlib, which no other test needs.

    series = pd.Series(returns)
    expected = {
        "filtered_95": filtered(returns, 0.95),
    }
    for level, tail in (("95", 0.05), ("99", 0.01)):
        expected[f"historical_{level}"] = -empyrical.value_at_risk(returns, tail)
        expected[f"es_historical_{level}"] = -empyrical.conditional_value_at_risk(returns, tail)
        expected[f"normal_{level}"] = -quantstats.stats.value_at_risk(
            series, confidence=1 - tail, prepare_returns=False
        )
        assert expected[f"normal_{level}"] == pytest.approx(
            -stats.norm.ppf(tail, returns.mean(), returns.std(ddof=1)), rel=1e-9
        )
    assert {name: getattr(found, name) for name in expected} == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("symbol", ["SOL", "BNB"])
def test_real_candles(shared_data: Path, symbol: str) -> None:
    bars = real(shared_data, symbol, "1d")
    check_against_oracles(value_at_risk_state(bars), simple(bars))


@pytest.mark.parametrize("seed", range(5))
def test_random_candles(seed: int) -> None:
    bars = from_closes(random_closes(700, seed))
    check_against_oracles(value_at_risk_state(bars), simple(bars))


def cornish_fisher(returns: Floats, tail: float) -> float:
    z, s, k = stats.norm.ppf(tail), stats.skew(returns), stats.kurtosis(returns)
    corrected = z + (z**2 - 1) * s / 6 + (z**3 - 3 * z) * k / 24 - (2 * z**3 - 5 * z) * s**2 / 36
    return float(-(returns.mean() + corrected * returns.std(ddof=1)))


def cubic_rises(skew: float, kurtosis: float) -> bool:
    """Whether the expansion rises over any z that matters, by trying."""
    z = np.linspace(-60, 60, 24_001)
    corrected = (
        z
        + (z**2 - 1) * skew / 6
        + (z**3 - 3 * z) * kurtosis / 24
        - (2 * z**3 - 5 * z) * skew**2 / 36
    )
    return bool((np.diff(corrected) >= 0).all())


def test_cornish_fisher_within_its_domain_and_outside() -> None:
    inside = outside = 0
    for seed in range(120):
        rng = np.random.default_rng(seed)
        returns = 0.02 * stats.johnsonsu.rvs(
            rng.uniform(-1, 1), rng.uniform(0.9, 2.5), size=400, random_state=rng
        )
        found = cornish_fisher_var(returns, 0.95)
        if cubic_rises(float(stats.skew(returns)), float(stats.kurtosis(returns))):
            inside += 1
            assert found == pytest.approx(cornish_fisher(returns, 0.05), rel=1e-9)
        else:
            outside += 1
            assert isinstance(found, Missing)
            assert found.reason.startswith("outside the monotone domain of Cornish–Fisher (skew ")
    assert inside > 20
    assert outside > 12


def test_cornish_fisher_of_real_candles(shared_data: Path) -> None:
    returns = simple(real(shared_data, "SOL", "1d"))
    found = value_at_risk_state(real(shared_data, "SOL", "1d")).cornish_fisher_95
    assert found == pytest.approx(cornish_fisher(returns, 0.05), rel=1e-9)


@pytest.mark.parametrize("n", [0, 1, 2, 100, 101, 130, 131, 250, 251, 350, 351])
def test_each_number_waits_for_its_history(n: int) -> None:
    found = value_at_risk_state(from_closes(random_closes(n)))
    have = max(n - 1, 0)
    needs = {"historical_95": 100, "normal_95": 100, "es_historical_95": 100, "filtered_95": 130}
    needs |= {"historical_99": 250, "normal_99": 250, "es_historical_99": 250}
    for name, need in needs.items():
        if have < need:
            assert getattr(found, name) == Missing("few_returns", have=have, need=need)
        else:
            assert isinstance(getattr(found, name), float)
    missing = Missing("few_returns", have=have, need=350)
    if have < 350:
        assert found.backtest_95 == Backtest(*[missing] * 5)
    else:
        assert found.backtest_95.observations == 100


@pytest.mark.parametrize("growth", [1.0, 1.001])
def test_a_constant_series_has_no_risk_to_measure(growth: float) -> None:
    found = value_at_risk_state(from_closes(100.0 * growth ** np.arange(600)))
    missing = Missing("zero_variance")
    assert {value for _, value in leaves(found)} == {missing}


def test_one_bad_price_takes_two_returns_and_nothing_else() -> None:
    closes = random_closes(600)
    whole = closes[1:] / closes[:-1] - 1.0
    closes[300] = np.nan
    check_against_oracles(value_at_risk_state(from_closes(closes)), np.delete(whole, [299, 300]))


def test_a_hole_takes_one_return() -> None:
    closes = random_closes(600)
    returns = np.delete(closes[1:] / closes[:-1] - 1.0, 299)
    check_against_oracles(value_at_risk_state(from_closes(closes, holes=[300])), returns)


def test_expected_shortfall_is_the_mean_of_var_over_the_tail() -> None:
    """ES at α is the mean of the quantiles below α, whatever the method."""
    returns = np.random.default_rng(8).standard_t(9, 2_000) * 0.02
    for var, shortfall in ((normal_var, normal_es), (cornish_fisher_var, cornish_fisher_es)):
        mean, _ = integrate.quad(lambda tail, var=var: var(returns, 1.0 - tail), 0.0, 0.05)
        assert shortfall(returns, 0.95) == pytest.approx(mean / 0.05, rel=1e-6)


def test_filtered_shortfall_day_by_day() -> None:
    returns = np.random.default_rng(9).standard_t(5, 700) * 0.02
    variance, residuals = float(np.mean(returns[:30] ** 2)), []
    for r in returns[30:]:
        residuals.append(r / sqrt(variance))
        variance = 0.94 * variance + 0.06 * r**2
    worst = np.sort(residuals)[: int(669 * 0.05) + 1].mean()
    assert filtered_es(returns, 0.95) == pytest.approx(-worst * sqrt(variance), rel=1e-9)


def test_a_storm_shows_in_the_filtered_number_first() -> None:
    calm, storm = random_closes(600, 3, 0.01), random_closes(20, 4, 0.05)
    found = value_at_risk_state(from_closes(np.concatenate((calm, storm * calm[-1] / storm[0]))))
    assert isinstance(found.filtered_95, float)
    assert isinstance(found.historical_95, float)
    assert found.filtered_95 > 1.5 * found.historical_95


def test_the_blended_number_is_the_geometric_mean_of_the_two() -> None:
    found = value_at_risk_state(from_closes(random_closes(600, 3)))
    assert isinstance(found.historical_95, float)
    assert isinstance(found.filtered_95, float)
    assert found.blended_95 == pytest.approx(sqrt(found.historical_95 * found.filtered_95))
    young = value_at_risk_state(from_closes(random_closes(120, 3)))
    assert isinstance(young.filtered_95, Missing)
    assert young.blended_95 == young.historical_95
    assert isinstance(value_at_risk_state(from_closes(random_closes(90))).blended_95, Missing)


def test_a_gain_in_one_of_the_two_leaves_the_larger() -> None:
    rising = 0.02 + 0.001 * np.random.default_rng(1).standard_normal(300)
    one, other = historical_var(rising, 0.95), filtered_var(rising, 0.95)
    assert isinstance(one, float)
    assert isinstance(other, float)
    assert max(one, other) < 0.0
    assert blended_var(rising, 0.95) == max(one, other)
    assert blended_var(np.zeros(300), 0.95) == 0.0


def test_nothing_moved_until_lately() -> None:
    returns = np.concatenate((np.zeros(500), [0.01, -0.01] * 20))
    assert filtered_var(returns, 0.95) == Missing("zero_variance")


@given(st.integers(0, 40), st.floats(0.1, 10.0))
def test_losses_scale_and_order(seed: int, scale: float) -> None:
    returns = np.random.default_rng(seed).standard_t(5, 400) * 0.02
    for method in (historical_var, historical_es, normal_var, normal_es, filtered_var, filtered_es):
        value, scaled = method(returns, 0.95), method(scale * returns, 0.95)
        assert isinstance(value, float)
        assert scaled == pytest.approx(scale * value, rel=1e-9)
        worse = method(returns, 0.99)
        assert isinstance(worse, float)
        assert worse >= value
    var, es = historical_var(returns, 0.95), historical_es(returns, 0.95)
    assert isinstance(var, float)
    assert isinstance(es, float)
    assert es >= var
