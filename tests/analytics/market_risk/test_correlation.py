from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.bars import Floats, cut, from_closes, random_closes, real

from tuirisk.analytics.market_risk.correlation import watchlist_state
from tuirisk.market.candles import Bars
from tuirisk.state import MaybeMatrix, Missing, WatchlistState

HOUR = 3_600_000


def matrix(value: MaybeMatrix) -> Floats:
    assert not isinstance(value, Missing)
    return np.array(value, dtype=np.float64)


def by_pandas(series: dict[str, Bars]) -> Floats:
    """DataFrame.corr of the hourly log returns of the 30 days before the newest bar."""
    newest = max(int(bars.open_time[-1]) for bars in series.values())
    grid = newest - HOUR * np.arange(721)[::-1]
    logs = pd.DataFrame({n: pd.Series(np.log(b.close), b.open_time) for n, b in series.items()})
    return logs.reindex(grid).diff()[1:].corr(min_periods=168).to_numpy()


def check_against_pandas(series: dict[str, Bars]) -> WatchlistState:
    found = watchlist_state(series)
    expected = by_pandas(series)
    np.testing.assert_allclose(matrix(found.correlation), expected, rtol=1e-9)
    above = expected[np.triu_indices_from(expected, 1)]
    assert found.mean_correlation == pytest.approx(above.mean(), rel=1e-9)
    shares = np.linalg.eigvalsh(expected) / len(series)
    assert found.effective_bets == pytest.approx(1 / np.sum(shares**2), rel=1e-9)
    assert found.symbols == tuple(series)
    return found


def related(count: int, n: int = 900, seed: int = 0) -> dict[str, Bars]:
    rng = np.random.default_rng(seed)
    common = rng.standard_normal(n)
    own = rng.standard_normal((count, n))
    paths = 100.0 * np.exp(np.cumsum(0.004 * (common + own), axis=1))
    return {f"S{i}USDT": from_closes(path, "1h") for i, path in enumerate(paths)}


def test_real_candles(shared_data: Path) -> None:
    series = {name: real(shared_data, name, "1h") for name in ("SOL", "BNB")}
    assert series["SOL"].open_time[-1] != series["BNB"].open_time[-1]
    found = check_against_pandas(series)
    assert isinstance(found.mean_correlation, float)
    assert 0.7 < found.mean_correlation < 1.0


@pytest.mark.parametrize("count", [2, 5, 12])
def test_random_candles(count: int) -> None:
    check_against_pandas(related(count))


def test_holes_late_starts_and_bad_prices_are_pairwise() -> None:
    series = related(5)
    series["S0USDT"] = cut(series["S0USDT"], np.arange(900) != 700)
    series["S1USDT"] = cut(series["S1USDT"], slice(500, None))
    series["S2USDT"] = cut(series["S2USDT"], slice(None, 890))
    bad = series["S3USDT"].close.copy()
    bad[[600, 601, 750]] = np.nan, 0.0, -1.0
    series["S3USDT"] = from_closes(bad, "1h")
    reference = dict(series)
    nan = np.where(bad > 0.0, bad, np.nan)
    reference["S3USDT"] = from_closes(nan, "1h")
    np.testing.assert_allclose(
        matrix(watchlist_state(series).correlation), by_pandas(reference), rtol=1e-9
    )


def test_series_are_aligned_by_time_not_by_row() -> None:
    closes = random_closes(900)
    whole, late = from_closes(closes, "1h"), from_closes(closes[100:], "1h")
    late.open_time[:] += 100 * HOUR
    found = watchlist_state({"A": whole, "B": late})
    np.testing.assert_allclose(matrix(found.correlation), 1.0, rtol=1e-9)
    assert found.effective_bets == pytest.approx(1.0)
    shifted = from_closes(closes[:-1], "1h")
    shifted.open_time[:] += HOUR
    found = watchlist_state({"A": whole, "B": shifted})
    assert isinstance(found.mean_correlation, float)
    assert abs(found.mean_correlation) < 0.2


def test_independent_symbols_are_as_many_bets() -> None:
    series = {str(i): from_closes(random_closes(900, i), "1h") for i in range(6)}
    found = watchlist_state(series)
    assert isinstance(found.effective_bets, float)
    assert 5.8 < found.effective_bets <= 6.0


def test_none_and_one() -> None:
    missing = Missing("no_symbols")
    assert watchlist_state({}) == WatchlistState((), missing, missing, missing)
    found = watchlist_state({"A": from_closes(random_closes(300), "1h")})
    assert found == WatchlistState(("A",), ((1.0,),), Missing("one_symbol"), 1.0, 1)


@pytest.mark.parametrize("n", [0, 1, 2, 168])
def test_a_symbol_with_little_history_has_no_cells(n: int) -> None:
    series = related(3) | {"NEW": from_closes(random_closes(n), "1h")}
    series["NEW"].open_time[:] += (900 - n) * HOUR
    found = watchlist_state(series)
    assert not isinstance(found.correlation, Missing)
    missing = Missing("few_bars", have=max(n - 1, 0), need=168)
    assert [row[3] for row in found.correlation] == [missing] * 4
    assert found.mean_correlation == pytest.approx(watchlist_state(related(3)).mean_correlation)
    assert found.effective_bets == pytest.approx(watchlist_state(related(3)).effective_bets)


@pytest.mark.parametrize("growth", [1.0, 1.0001])
def test_a_price_that_stands_still_has_no_correlation(growth: float) -> None:
    still = from_closes(100.0 * growth ** np.arange(900), "1h")
    found = watchlist_state(related(2) | {"STILL": still})
    assert not isinstance(found.correlation, Missing)
    assert found.correlation[2] == (Missing("zero_variance"),) * 3
    assert found.effective_bets == watchlist_state(related(2)).effective_bets


def test_nothing_anywhere() -> None:
    empty = from_closes([], "1h")
    found = watchlist_state({"A": empty, "B": empty})
    assert found.mean_correlation == Missing("no_correlated_pair")
    assert found.effective_bets == Missing("no_correlated_pair")


def test_bets_are_of_the_symbols_whose_pairs_are_all_known() -> None:
    series = related(6)
    for name, rows in (("S1USDT", slice(None, 400)), ("S4USDT", slice(400, None))):
        series[name] = cut(series[name], rows)
    expected = by_pandas(series)
    assert np.isnan(expected[1, 4])
    assert np.isnan(expected).sum(axis=1).tolist() == [0, 1, 0, 0, 1, 0]
    kept = [0, 2, 3, 4, 5]
    shares = np.linalg.eigvalsh(expected[np.ix_(kept, kept)]) / len(kept)
    found = watchlist_state(series)
    assert found.effective_bets == pytest.approx(1 / np.sum(shares**2), rel=1e-9)
    assert found.bets_symbols == 5


@given(st.integers(0, 30), st.floats(1e-6, 1e6))
def test_properties(seed: int, scale: float) -> None:
    series = related(4, 300, seed)
    found = watchlist_state(series)
    correlation = matrix(found.correlation)
    np.testing.assert_array_equal(correlation, correlation.T)
    assert (np.abs(correlation) <= 1.0).all()
    assert isinstance(found.effective_bets, float)
    assert 1.0 <= found.effective_bets <= 4.0 + 1e-12
    series["S0USDT"] = from_closes(series["S0USDT"].close * scale, "1h")
    np.testing.assert_allclose(matrix(watchlist_state(series).correlation), correlation, rtol=1e-6)
    backwards = watchlist_state(dict(reversed(series.items())))
    assert backwards.effective_bets == pytest.approx(found.effective_bets, rel=1e-6)


def test_only_thirty_days_count() -> None:
    series = related(3, 1_500)
    recent = {name: cut(bars, slice(-721, None)) for name, bars in series.items()}
    assert watchlist_state(series).mean_correlation == pytest.approx(
        watchlist_state(recent).mean_correlation, rel=1e-9
    )
