from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.bars import Floats, cut, from_closes, random_closes, real
from support.examples import examples

from tuirisk.analytics.market_risk.timeframes import divergences, timeframes_state, trend_z
from tuirisk.events.intervals import INTERVALS
from tuirisk.market.candles import Bars
from tuirisk.state import Divergence, MaybeMatrix, Missing, Number, Timeframes

OFF = ~np.eye(3, dtype=bool)


def matrix(value: MaybeMatrix) -> Floats:
    assert not isinstance(value, Missing)
    return np.array(value, dtype=np.float64)


def of(bars_15m: Bars) -> Timeframes:
    return timeframes_state(bars_15m, dict.fromkeys(INTERVALS, bars_15m))


def expected_correlation(closes: Floats) -> Floats:
    logs = pd.Series(np.log(closes))
    rows = np.array([logs.diff(k).to_numpy()[-672:] for k in (1, 4, 96)])
    correlation: Floats = np.corrcoef(rows)
    return correlation


@pytest.mark.parametrize("symbol", ["SOL", "BTC"])
def test_correlation_of_real_candles(shared_data: Path, symbol: str) -> None:
    bars = real(shared_data, symbol, "15m", 3_072)
    found = of(bars)
    np.testing.assert_allclose(matrix(found.correlation), expected_correlation(bars.close), 1e-9)
    assert found.labels == INTERVALS


@pytest.mark.parametrize("seed", range(4))
def test_correlation_of_random_candles(seed: int) -> None:
    closes = random_closes(768, seed)
    found = matrix(of(from_closes(closes, "15m")).correlation)
    np.testing.assert_allclose(found, expected_correlation(closes), 1e-9)
    assert (np.diag(found) == 1.0).all()


def test_a_random_walk_falls_in_its_interval_about_as_often_as_it_says() -> None:
    inside = np.zeros((3, 3))
    rng = np.random.default_rng(5)
    runs = 200
    for _ in range(runs):
        closes = np.exp(np.cumsum(rng.standard_normal(768) * 0.002))
        found = of(from_closes(closes, "15m"))
        correlation = matrix(found.correlation)
        low, high = matrix(found.interval_low), matrix(found.interval_high)
        inside += (low <= correlation) & (correlation <= high)
    assert (inside[OFF] / runs > 0.90).all()
    assert (inside[OFF] / runs < 0.99).all()


def test_the_interval_surrounds_the_random_walk() -> None:
    found = of(from_closes(random_closes(768), "15m"))
    walk = np.array([[1, 1 / 4, 1 / 96], [1 / 4, 1, 4 / 96], [1 / 96, 4 / 96, 1]]) ** 0.5
    np.testing.assert_allclose(matrix(found.random_walk), walk, rtol=1e-15)
    low, high = matrix(found.interval_low), matrix(found.interval_high)
    assert (low[OFF] < walk[OFF]).all()
    assert (walk[OFF] < high[OFF]).all()


def by_corrcoef(bars: Bars) -> tuple[Floats, Floats]:
    """The interval by numpy.corrcoef, one draw of signs at a time."""
    returns = np.diff(np.log(bars.close[-768:]))
    signs = 2 * np.random.default_rng(15).integers(0, 2, (400, 1_024), dtype=np.int8) - 1
    own = bars.open_time[-767:] // 900_000 % 1_024
    drawn = []
    for row in signs[:, own]:
        walk = pd.Series(np.concatenate(([0.0], np.cumsum(row * returns))))
        drawn.append(np.corrcoef([walk.diff(k).to_numpy()[-672:] for k in (1, 4, 96)]))
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
    return low, high


@pytest.mark.parametrize("symbol", ["SOL", "BTC"])
def test_the_interval_is_of_the_same_returns_with_random_signs(
    shared_data: Path, symbol: str
) -> None:
    bars = real(shared_data, symbol, "15m", 3_072)
    low, high = by_corrcoef(bars)
    found = of(bars)
    np.testing.assert_allclose(matrix(found.interval_low), low, rtol=1e-9)
    np.testing.assert_allclose(matrix(found.interval_high), high, rtol=1e-9)


def test_bursts_of_volatility_alone_are_seldom_outside_the_interval() -> None:
    """Where every walk had one interval, a fifth of these (GARCH, Student's t) fell outside."""
    rng = np.random.default_rng(9)
    runs, outside = 150, np.zeros((3, 3))
    for _ in range(runs):
        shocks = rng.standard_t(4, 1_268) / 2**0.5
        returns, variance = np.empty(1_268), 1.0
        for i, shock in enumerate(shocks):
            returns[i] = shock * variance**0.5
            variance = 0.02 + 0.12 * returns[i] ** 2 + 0.86 * variance
        found = of(from_closes(np.exp(np.cumsum(0.002 * returns[500:])), "15m"))
        value = matrix(found.correlation)
        outside += (value < matrix(found.interval_low)) | (value > matrix(found.interval_high))
    assert (outside[OFF] / runs < 0.09).all()


@pytest.mark.parametrize("n", [0, 1, 2, 767])
def test_too_few_bars(n: int) -> None:
    found = of(from_closes(random_closes(n), "15m"))
    missing = Missing("few_bars", have=n, need=768)
    assert found.correlation == found.interval_low == found.interval_high == missing
    assert not isinstance(found.random_walk, Missing)


def test_rows_that_cross_a_hole_are_left_out() -> None:
    closes = random_closes(900)
    found = of(from_closes(closes, "15m", holes=[600]))
    logs = pd.Series(np.log(closes))
    rows = np.array([logs.diff(k).to_numpy() for k in (1, 4, 96)])[:, -672:]
    keep = np.ones(672, dtype=bool)
    keep[600 - 228 : 600 - 228 + 96] = False
    np.testing.assert_allclose(matrix(found.correlation), np.corrcoef(rows[:, keep]), rtol=1e-9)
    whole = of(from_closes(closes, "15m"))
    widths = [matrix(f.interval_high) - matrix(f.interval_low) for f in (found, whole)]
    assert (widths[0][OFF] > widths[1][OFF]).all()
    many = of(from_closes(closes, "15m", holes=range(240, 900, 90)))
    assert isinstance(many.correlation, Missing)
    assert many.correlation.reason.startswith("holes leave ")


def test_a_price_that_stands_still_has_no_correlation_and_no_trend() -> None:
    found = of(from_closes([100.0] * 900, "15m"))
    assert found.correlation == Missing("zero_variance")
    assert set(found.trend.values()) == {Missing("zero_variance")}
    steady = of(from_closes(100.0 * 1.0001 ** np.arange(900), "15m"))
    assert steady.correlation == Missing("zero_variance")
    assert set(steady.trend.values()) == {Missing("zero_variance")}


def test_trend_is_of_the_last_24_returns_of_its_own_bars(shared_data: Path) -> None:
    bars = {label: real(shared_data, "SOL", label, 500) for label in INTERVALS}
    found = timeframes_state(bars["15m"], bars)
    for label in INTERVALS:
        returns = np.diff(np.log(bars[label].close[-25:]))
        z = returns.mean() / returns.std(ddof=1) * np.sqrt(24)
        assert found.trend[label] == pytest.approx(z, rel=1e-9)


@pytest.mark.parametrize("n", [0, 1, 2, 24])
def test_trend_of_too_few_bars(n: int) -> None:
    missing = Missing("few_bars", have=n, need=25)
    assert trend_z(from_closes(random_closes(n))) == missing


def test_trend_and_holes() -> None:
    closes = random_closes(60)
    assert isinstance(trend_z(from_closes(closes[:25])), float)
    assert trend_z(from_closes(closes, holes=[35])) == trend_z(from_closes(closes))
    hole = trend_z(from_closes(closes, holes=[36]))
    assert hole == Missing("hole_in_last_bars", need=25)


@pytest.mark.parametrize(
    ("trend", "found"),
    [
        ({"15m": 1.5, "1h": 0.5, "1d": -2.4}, [("15m", "1d", 0.5)]),
        ({"15m": -6.0, "1h": 1.0, "1d": 4.5}, [("15m", "1h", 1 / 3), ("15m", "1d", 1.0)]),
        ({"15m": 0.99, "1h": -3.0, "1d": 0.99}, []),
        ({"15m": 2.0, "1h": 3.0, "1d": 1.0}, []),
        ({"15m": Missing.from_text("x"), "1h": 3.0, "1d": -3.0}, [("1h", "1d", 1.0)]),
    ],
)
def test_divergences(trend: dict[str, Number], found: list[tuple[str, str, float]]) -> None:
    assert divergences(trend) == tuple(Divergence((a, b), s) for a, b, s in found)


def test_a_rise_of_the_day_within_a_falling_month() -> None:
    rng = np.random.default_rng(4)
    up = 100.0 * np.exp(np.cumsum(0.001 + 0.001 * rng.standard_normal(800)))
    down = 100.0 * np.exp(np.cumsum(-0.01 + 0.01 * rng.standard_normal(100)))
    bars = {"15m": from_closes(up, "15m"), "1h": from_closes([1.0], "1h"), "1d": from_closes(down)}
    found = timeframes_state(bars["15m"], bars)
    assert [d.pair for d in found.divergence] == [("15m", "1d")]
    assert found.divergence[0].strength == 1.0


@examples(25)
@given(st.floats(1e-6, 1e6), st.integers(0, 20))
def test_the_unit_of_the_price_is_no_matter(scale: float, seed: int) -> None:
    closes = random_closes(768, seed)
    one, other = of(from_closes(closes, "15m")), of(from_closes(closes * scale, "15m"))
    np.testing.assert_allclose(
        matrix(one.correlation), matrix(other.correlation), rtol=1e-9, atol=1e-12
    )
    assert one.trend == pytest.approx(other.trend, rel=1e-9, abs=1e-10)


def test_only_the_last_seven_days_count(shared_data: Path) -> None:
    bars = real(shared_data, "SOL", "15m", 2_000)
    assert of(bars).correlation == of(cut(bars, slice(-768, None))).correlation
