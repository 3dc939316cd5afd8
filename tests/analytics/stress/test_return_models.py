"""Random walks: what they are drawn from, and against closed forms within their own error."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from arch.bootstrap import optimal_block_length
from scipy import optimize, stats

from tuirisk.analytics.stress.block_length import DEFAULT, expected_block, optimal_block
from tuirisk.analytics.stress.return_models import (
    BarMoves,
    MakeWalk,
    blocks,
    fit_degrees,
    gaussian,
    student_t,
)

Floats = np.typing.NDArray[np.float64]


def played(make: MakeWalk, paths: int, steps: int, symbols: int = 1, seed: int = 1) -> Floats:
    """Prices from 1, shape (steps, symbols, paths)."""
    walk = make(np.random.default_rng(seed), paths, steps)
    prices = np.ones((symbols, paths))
    out = np.empty((steps, symbols, paths))
    for row in out:
        walk.advance(prices)
        row[:] = prices
    return out


def drawn(expected: float, bars: int, paths: int, steps: int) -> np.typing.NDArray[np.int64]:
    """The bars a block walk draws, shape (steps, paths): each bar's growth tells its number."""
    numbers = np.arange(1.0, bars + 1.0)
    moves = BarMoves.of_closes(np.log(numbers)[np.newaxis])
    prices = played(blocks(moves, expected), paths, steps)[:, 0]
    growth = np.divide(prices, np.vstack((np.ones(paths), prices[:-1]))) * numbers.mean()
    found: np.typing.NDArray[np.int64] = np.rint(growth).astype(np.int64) - 1
    return found


@pytest.mark.parametrize("expected", [1.0, 4.0, 30.0])
def test_blocks_run_on_and_end_with_one_probability(expected: float) -> None:
    bars, paths, steps = 50, 2_000, 120
    index = drawn(expected, bars, paths, steps)
    assert index.min() == 0
    assert index.max() == bars - 1
    runs_on = (index[1:] - index[:-1]) % bars == 1
    # A block also seems to run on where the next one happens to begin there.
    chance = 1 - 1 / expected + 1 / expected / bars
    error = sqrt(chance * (1 - chance) / runs_on.size) if chance < 1 else 0.0
    assert runs_on.mean() == pytest.approx(chance, abs=4.5 * error + 1e-12)
    counts = np.bincount(index.ravel(), minlength=bars)
    spread = counts.std() / counts.mean()
    assert spread < 5 * sqrt(bars * expected / index.size)


def test_each_bar_is_as_likely_at_every_step() -> None:
    index = drawn(8.0, 20, 20_000, 100)
    for step in (0, 1, 50, 95, 96, 97, 99):
        assert stats.chisquare(np.bincount(index[step], minlength=20)).pvalue > 1e-4


def test_blocks_are_the_same_for_every_symbol() -> None:
    rng = np.random.default_rng(3)
    one = rng.normal(0, 0.01, 500)
    returns = np.vstack((one, 2 * one, -one))
    prices = played(blocks(BarMoves.of_closes(returns), 10.0), 50, 200, symbols=3)
    steps = np.arange(1.0, 201.0)[:, np.newaxis]
    first, second, third = (
        np.log(prices[:, row]) + steps * np.log(np.exp(returns[row]).mean()) for row in range(3)
    )
    np.testing.assert_allclose(second, 2 * first, atol=1e-12)
    np.testing.assert_allclose(third, -first, atol=1e-12)


def test_volatility_clusters_survive_the_blocks() -> None:
    """The variance of a sum of autocorrelated returns, which resampling one by one would lose."""
    rng = np.random.default_rng(5)
    series = rng.normal(0, 0.01, 20_000)
    for i in range(1, series.size):
        series[i] += 0.6 * series[i - 1]
    true = np.var([series[i : i + 24].sum() for i in range(0, series.size - 24, 24)])
    moves = BarMoves.of_closes(series[np.newaxis])
    single = np.log(played(blocks(moves, 1.0), 20_000, 24)[-1, 0]).var()
    blocked = np.log(played(blocks(moves, 40.0), 20_000, 24)[-1, 0]).var()
    assert single < 0.5 * true
    assert blocked == pytest.approx(true, rel=0.15)


def test_a_trend_of_the_past_is_no_forecast() -> None:
    """Growth factors have a mean of 1, whatever the mean of the returns is."""
    rng = np.random.default_rng(9)
    returns = rng.normal(0.002, 0.01, (1, 2_000))
    for make in (blocks(BarMoves.of_closes(returns), 1.0), gaussian(returns)):
        last = played(make, 40_000, 96)[-1, 0]
        assert last.mean() == pytest.approx(1.0, abs=5 * last.std() / sqrt(last.size))


def test_each_bars_low_and_high_are_drawn_with_its_return() -> None:
    rng = np.random.default_rng(4)
    returns = rng.normal(0.0, 0.01, (2, 300))
    spread = np.abs(returns)
    walk = blocks(BarMoves(returns, -0.5 * spread, 2.0 * spread), 8.0)(rng, 100, 60)
    prices = np.ones((2, 100))
    drift = np.log(np.exp(returns).mean(axis=1))
    for _ in range(60):
        before = prices.copy()
        walk.advance(prices)
        for row in (0, 1):
            moved = np.abs(np.log(prices[row] / before[row]) + drift[row])
            low = walk.low(row, prices[row]).copy()
            np.testing.assert_allclose(np.log(low / prices[row]), -0.5 * moved, atol=1e-12)
            high = walk.high(row, prices[row])
            np.testing.assert_allclose(np.log(high / prices[row]), 2.0 * moved, atol=1e-12)


def moments() -> Floats:
    """Two correlated series of returns."""
    rng = np.random.default_rng(11)
    base = rng.normal(0.0, 1.0, (2, 3_000))
    base[1] = 0.8 * base[0] + 0.6 * base[1]
    found: Floats = base * [[0.002], [0.004]] + [[1e-5], [-2e-5]]
    return found


@pytest.mark.parametrize("make", [gaussian, lambda r: student_t(r, 6.0)], ids=["normal", "t"])
def test_covariances_are_those_of_the_returns_and_there_is_no_drift(make) -> None:  # type: ignore[no-untyped-def]
    returns, paths = moments(), 200_000
    steps = np.log(played(make(returns), paths, 1, symbols=2)[0])
    deviation = returns.std(axis=1, ddof=1)
    error = deviation / sqrt(paths)
    np.testing.assert_allclose(steps.mean(axis=1), -(deviation**2) / 2, atol=5 * error.max())
    if make is gaussian:
        np.testing.assert_allclose(np.exp(steps).mean(axis=1), 1.0, atol=5 * error.max())
    np.testing.assert_allclose(np.cov(steps), np.cov(returns), rtol=0.03)


@pytest.mark.parametrize("degrees", [3.0, 8.0])
def test_student_t_quantiles_within_their_own_error(degrees: float) -> None:
    returns, paths = moments()[:1], 200_000
    step = np.log(played(student_t(returns, degrees), paths, 1)[0, 0])
    scale = returns.std(ddof=1) * sqrt((degrees - 2) / degrees)
    for probability in (0.001, 0.01, 0.05, 0.5, 0.95, 0.99):
        exact = stats.t(degrees, -returns.var(ddof=1) / 2, scale)
        below = float((step <= exact.ppf(probability)).mean())
        error = sqrt(probability * (1 - probability) / paths)
        assert below == pytest.approx(probability, abs=4 * error)
    result = stats.kstest(step[:20_000], exact.cdf)
    assert result.pvalue > 1e-4


def test_both_symbols_jump_together_under_student_t() -> None:
    """One χ² for all symbols: the largest moves coincide, as they do in a crash."""
    returns = moments() * [[1.0], [1.0]]
    steps = np.abs(np.log(played(student_t(returns, 3.0), 100_000, 1, symbols=2)[0]))
    normal = np.abs(np.log(played(gaussian(returns), 100_000, 1, symbols=2)[0]))

    def together(moves: Floats) -> float:
        limits = np.quantile(moves, 0.99, axis=1)
        return float((moves > limits[:, np.newaxis]).all(axis=0).mean() / 0.01)

    assert together(steps) > together(normal) + 0.05


@pytest.mark.parametrize("degrees", [2.5, 4.0, 10.0, 60.0])
def test_degrees_are_the_most_likely_ones(degrees: float) -> None:
    sample = stats.t(degrees).rvs(4_000, random_state=np.random.default_rng(2))[np.newaxis]
    z = (sample - sample.mean()) / sample.std()

    def loss(nu: float) -> float:
        return -float(stats.t(nu, 0.0, sqrt((nu - 2) / nu)).logpdf(z).sum())

    best = optimize.minimize_scalar(
        loss, bounds=(2.1, 100.0), method="bounded", options={"xatol": 1e-8}
    )
    assert fit_degrees(sample) == pytest.approx(best.x, rel=1e-3)
    assert fit_degrees(1e-6 * sample + 5.0) == pytest.approx(best.x, rel=1e-3)


def test_block_length_is_that_of_arch() -> None:
    rng = np.random.default_rng(4)
    for n in (40, 200, 1_000, 3_000):
        noise = rng.standard_t(3, n)
        smooth = noise.copy()
        for i in range(1, n):
            smooth[i] += 0.7 * smooth[i - 1]
        for series in (noise, smooth, np.abs(smooth), np.cumsum(noise)):
            expected = optimal_block_length(series)["stationary"].iloc[0]
            assert optimal_block(series) == pytest.approx(expected, rel=1e-9)


def test_the_longest_block_length_is_used() -> None:
    rng = np.random.default_rng(8)
    calm = np.exp(np.cumsum(rng.normal(0, 0.1, 3_000)))
    clustered = rng.normal(0, 1, 3_000) * calm / calm.mean()
    quiet = rng.normal(0, 1, 3_000)
    both = expected_block(np.vstack((quiet, clustered)))
    lengths = [optimal_block(s) for s in (quiet, np.abs(quiet), clustered, np.abs(clustered))]
    assert both == max(length for length in lengths if length is not None)
    assert both > 10


@pytest.mark.parametrize("series", [np.zeros(500), np.zeros(0), np.ones(3)])
def test_nothing_to_choose_a_block_from(series: Floats) -> None:
    assert optimal_block(series) is None
    assert expected_block(series[np.newaxis]) == DEFAULT
