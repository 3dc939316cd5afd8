from math import log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from support.bars import Floats, real

from tuirisk.analytics.market_risk.ewma import ewma_volatility, standardised
from tuirisk.analytics.market_risk.returns import simple_returns
from tuirisk.analytics.market_risk.var_backtest import (
    Method,
    backtest,
    independence_p,
    kupiec_p,
    rolling_var,
    traffic_light,
)
from tuirisk.state import Backtest, Missing

METHODS: tuple[Method, ...] = ("historical", "filtered")


def student(n: int, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).standard_t(5, n) * 0.02


def day_by_day(returns: Floats, confidence: float) -> Floats:
    forecasts = []
    for day in range(max(returns.size - 250, 0), returns.size):
        past = returns[max(day - 500, 0) : day]
        enough = past.size >= 250
        forecasts.append(-np.percentile(past, 100 * (1 - confidence)) if enough else np.nan)
    return np.array(forecasts)


@pytest.mark.parametrize("n", [0, 1, 2, 250, 251, 400, 500, 501, 749, 750, 751, 1_200])
@pytest.mark.parametrize("confidence", [0.95, 0.99])
def test_forecasts_are_made_of_the_returns_before_their_day(n: int, confidence: float) -> None:
    returns = student(n)
    np.testing.assert_allclose(
        rolling_var(returns, "historical", confidence), day_by_day(returns, confidence), rtol=1e-9
    )


def test_forecasts_on_real_candles(shared_data: Path) -> None:
    for symbol in ("SOL", "BNB"):
        returns = simple_returns(real(shared_data, symbol, "1d"))
        found = rolling_var(returns, "historical", 0.95)
        np.testing.assert_allclose(found, day_by_day(returns, 0.95), rtol=1e-9)
        record = backtest(returns)
        assert record.observations == 250
        assert record.exceptions == int((returns[-250:] < -day_by_day(returns, 0.95)).sum())


@pytest.mark.parametrize("n", [300, 520, 1_000])
def test_filtered_forecasts_day_by_day(n: int) -> None:
    returns = student(n)
    volatility = ewma_volatility(returns)
    residuals = standardised(returns, volatility)
    expected = []
    for day in range(n - min(n, 250), n):
        past = residuals[max(day - 500, 0) : day]
        past = past[np.isfinite(past)]
        quantile = np.percentile(past, 5) if past.size >= 250 else np.nan
        expected.append(-quantile * volatility[day])
    np.testing.assert_allclose(rolling_var(returns, "filtered", 0.95), expected, rtol=1e-9)


@given(st.integers(501, 749), st.integers(0, 20), st.sampled_from(METHODS))
def test_no_forecast_sees_its_own_day(day: int, seed: int, method: Method) -> None:
    returns = student(750, seed)
    changed = returns.copy()
    changed[day:] = -0.5
    before, after = rolling_var(returns, method, 0.95), rolling_var(changed, method, 0.95)
    np.testing.assert_array_equal(before[: day - 499], after[: day - 499])


def likelihood_ratio(exceptions: int, observations: int, p: float) -> float:
    """Kupiec's statistic from binomial log-likelihoods."""
    free = stats.binom.logpmf(exceptions, observations, exceptions / observations)
    return float(2 * (free - stats.binom.logpmf(exceptions, observations, p)))


@pytest.mark.parametrize("exceptions", [0, 1, 5, 12, 13, 25, 100, 249, 250])
@pytest.mark.parametrize("p", [0.05, 0.01])
def test_kupiec(exceptions: int, p: float) -> None:
    expected = stats.chi2.sf(likelihood_ratio(exceptions, 250, p), 1)
    assert kupiec_p(exceptions, 250, p) == pytest.approx(expected, rel=1e-9)


def test_kupiec_at_its_extremes() -> None:
    assert kupiec_p(0, 250, 0.05) == pytest.approx(stats.chi2.sf(-500 * np.log(0.95), 1), rel=1e-9)
    assert 0.0 <= kupiec_p(250, 250, 0.05) < 1e-100
    assert kupiec_p(5, 100, 0.05) == 1.0


def chain(flags: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.array([flag == "x" for flag in flags])


def christoffersen(flags: str) -> float:
    """The p-value from the counts of pairs, with 0·ln 0 = 0."""
    pairs = [flags[i : i + 2] for i in range(len(flags) - 1)]
    n00, n01, n10, n11 = (pairs.count(pair) for pair in ("..", ".x", "x.", "xx"))

    def part(calm: int, hit: int, share: float) -> float:
        return sum(n * log(q) for n, q in ((calm, 1 - share), (hit, share)) if n)

    free = part(n00, n01, n01 / (n00 + n01)) + part(n10, n11, n11 / (n10 + n11))
    null = part(n00 + n10, n01 + n11, (n01 + n11) / len(pairs))
    return float(stats.chi2.sf(2 * (free - null), 1))


@pytest.mark.parametrize(
    "flags",
    ["." * 100 + "x" + "." * 149, ".x" * 125, "." * 200 + "x" * 12 + "." * 38, "x.." * 80]
    + ["".join(np.random.default_rng(s).choice(list("." * 19 + "x"), 250)) for s in range(5)],
)
def test_christoffersen(flags: str) -> None:
    assert independence_p(chain(flags)) == pytest.approx(christoffersen(flags), rel=1e-9)


def test_christoffersen_sees_clusters_and_nothing_in_scatter() -> None:
    clustered = independence_p(chain("." * 200 + "x" * 12 + "." * 38))
    scattered = independence_p(chain(("." * 19 + "x") * 12 + "." * 10))
    assert isinstance(clustered, float)
    assert isinstance(scattered, float)
    assert clustered < 1e-6
    assert scattered > 0.1


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        ("." * 250, "no day after an exception"),
        ("." * 249 + "x", "no day after an exception"),
        ("x" * 250, "no day without an exception"),
        ("x" * 249 + ".", "no day without an exception"),
    ],
)
def test_christoffersen_needs_both_kinds_of_days(flags: str, reason: str) -> None:
    assert str(independence_p(chain(flags))) == reason


@pytest.mark.parametrize(
    ("p", "yellow", "red"), [(0.01, 5, 10), (0.05, 18, 27)], ids=["Basel's own", "scaled"]
)
def test_traffic_light(p: float, yellow: int, red: int) -> None:
    lights = [traffic_light(x, 250, p) for x in range(251)]
    assert lights.index("yellow") == yellow
    assert lights.index("red") == red
    assert lights == sorted(lights, key=["green", "yellow", "red"].index)
    assert stats.binom.cdf(yellow - 1, 250, p) < 0.95 <= stats.binom.cdf(yellow, 250, p)


def test_a_record_without_and_with_nothing_but_exceptions() -> None:
    rising = np.linspace(-0.05, 0.05, 750)
    record = backtest(rising)
    assert (record.exceptions, record.observations, record.light) == (0, 250, "green")
    assert record.kupiec_p == pytest.approx(kupiec_p(0, 250, 0.05))
    assert record.independence_p == Missing("no_day_after_exception")
    record = backtest(rising[::-1])
    assert (record.exceptions, record.observations, record.light) == (250, 250, "red")
    assert record.independence_p == Missing("no_day_without_exception")


def test_short_and_constant_records() -> None:
    missing = Missing("few_returns", have=349, need=350)
    assert backtest(student(349)) == Backtest(*[missing] * 5)
    assert backtest(student(350)).observations == 100
    assert backtest(student(350), "filtered").observations == Missing(
        "few_returns", have=350, need=380
    )
    assert backtest(np.zeros(800)) == Backtest(*[Missing("zero_variance")] * 5)


def garch(n: int, seed: int) -> Floats:
    """GARCH(1,1) with normal shocks, persistence 0.98."""
    shocks = np.random.default_rng(seed).standard_normal(n)
    variance, returns = 1.0, np.empty(n)
    for i, shock in enumerate(shocks):
        returns[i] = np.sqrt(variance) * shock
        variance = 0.02 + 0.15 * returns[i] ** 2 + 0.83 * variance
    return returns * 0.02


def rejections(series: list[Floats], method: Method) -> tuple[int, int]:
    """How many records fail Kupiec's and Christoffersen's test at 5 %."""
    records = [backtest(returns, method) for returns in series]
    kupiec = sum(isinstance(r.kupiec_p, float) and r.kupiec_p < 0.05 for r in records)
    clusters = sum(isinstance(r.independence_p, float) and r.independence_p < 0.05 for r in records)
    return kupiec, clusters


def test_independent_returns_are_covered_by_either_method() -> None:
    series = [student(800, seed) for seed in range(40)]
    for method in METHODS:
        kupiec, clusters = rejections(series, method)
        assert kupiec <= 7
        assert clusters <= 7


def test_clustered_volatility_breaks_the_historical_method_more_than_the_filtered() -> None:
    series = [garch(800, seed) for seed in range(40)]
    historical, filtered = rejections(series, "historical"), rejections(series, "filtered")
    assert sum(filtered) < sum(historical) / 2
    assert filtered[0] <= 7
