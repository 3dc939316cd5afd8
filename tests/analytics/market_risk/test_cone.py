from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import percentileofscore
from support.bars import Floats, from_closes, leaves, random_closes, real

from tuirisk.analytics.market_risk.cone import rolling_volatility, volatility_cone
from tuirisk.market.candles import Bars
from tuirisk.state import Missing

WINDOWS = (7, 14, 30, 60)
QUANTILES = {"min": 0, "p10": 10, "p25": 25, "p50": 50, "p75": 75, "p90": 90, "max": 100}


def check_against_pandas(bars: Bars, periods: int) -> None:
    returns = pd.Series(np.log(bars.close)).diff()
    cells = volatility_cone(bars, WINDOWS)
    for window in WINDOWS:
        history = (returns.rolling(window).std() * np.sqrt(periods)).dropna().to_numpy()
        cell = cells[str(window)]
        assert cell.n == history.size
        assert cell.current == pytest.approx(history[-1], rel=1e-9)
        for name, percent in QUANTILES.items():
            assert getattr(cell, name) == pytest.approx(np.percentile(history, percent), rel=1e-9)
        rank = percentileofscore(history, history[-1], kind="mean")
        assert cell.percentile == pytest.approx(rank, rel=1e-9)
        assert cell.level == ("low" if rank < 10 else "high" if rank > 90 else "normal")


@pytest.mark.parametrize(
    ("symbol", "interval", "rows", "periods"),
    [
        ("SOL", "15m", 3_072, 35_040),
        ("BTC", "15m", 3_072, 35_040),
        ("SOL", "1h", 1_536, 8_760),
        ("BNB", "1h", 1_536, 8_760),
        ("SOL", "1d", 1_536, 365),
        ("BNB", "1d", 1_536, 365),
    ],
)
def test_the_cone_of_real_candles(
    shared_data: Path, symbol: str, interval: str, rows: int, periods: int
) -> None:
    check_against_pandas(real(shared_data, symbol, interval, rows), periods)


@pytest.mark.parametrize("seed", range(5))
def test_the_cone_of_random_candles(seed: int) -> None:
    check_against_pandas(from_closes(random_closes(700, seed), "15m"), 35_040)


@given(st.floats(1e-6, 1e6), st.integers(0, 20))
def test_the_unit_of_the_price_is_no_matter(scale: float, seed: int) -> None:
    closes = random_closes(120, seed)
    one, other = (
        volatility_cone(from_closes(closes), (14,)),
        volatility_cone(from_closes(closes * scale), (14,)),
    )
    assert one["14"].current == pytest.approx(other["14"].current, rel=1e-9)
    assert one["14"].percentile == pytest.approx(other["14"].percentile)


def test_annualisation_is_of_the_bar() -> None:
    closes = random_closes(200)
    quarter, day = (volatility_cone(from_closes(closes, i), (30,))["30"] for i in ("15m", "1d"))
    assert isinstance(quarter.current, float)
    assert isinstance(day.current, float)
    assert quarter.current / day.current == pytest.approx(np.sqrt(96), rel=1e-12)


def growing(n: int) -> Floats:
    """Returns of alternating sign that grow, then shrink in the last eight bars."""
    size = np.concatenate((np.linspace(0.001, 0.02, n - 8), np.full(8, 0.0005)))
    closes: Floats = 100.0 * np.exp(np.cumsum(size * (-1.0) ** np.arange(n)))
    return closes


def test_levels() -> None:
    closes = growing(200)
    assert volatility_cone(from_closes(closes), (7,))["7"].level == "low"
    assert volatility_cone(from_closes(closes[:-8]), (7,))["7"].level == "high"


@pytest.mark.parametrize("n", [0, 1, 2, 7])
def test_too_few_bars(n: int) -> None:
    missing = Missing("few_bars", have=n, need=8)
    cell = volatility_cone(from_closes(random_closes(n)), (7,))["7"]
    assert {value for _, value in leaves(cell)} == {missing, 0}


def test_a_short_history_gives_what_it_can() -> None:
    cell = volatility_cone(from_closes(random_closes(8)), (7,))["7"]
    assert isinstance(cell.current, float)
    assert cell.percentile == cell.p50 == Missing("few_rolling_values", have=1, need=2)
    cell = volatility_cone(from_closes(random_closes(9)), (7,))["7"]
    assert isinstance(cell.percentile, float)
    assert cell.level == Missing("few_rolling_values", have=2, need=21)
    cell = volatility_cone(from_closes(random_closes(28)), (7,))["7"]
    assert cell.n == 21
    assert isinstance(cell.level, str)


def test_a_hole_in_the_window_hides_the_current_value_alone() -> None:
    closes = random_closes(100)
    cell = volatility_cone(from_closes(closes, holes=[96]), (7,))["7"]
    assert cell.current == cell.percentile == cell.level
    assert cell.current == Missing("hole_in_last_bars", need=8)
    assert isinstance(cell.p50, float)
    assert cell.n == 93 - 4
    cell = volatility_cone(from_closes(closes, holes=[50]), (7,))["7"]
    whole = volatility_cone(from_closes(closes), (7,))["7"]
    assert cell.current == pytest.approx(whole.current, rel=1e-9)
    assert cell.n == 93 - 7


def test_a_hole_is_not_a_return() -> None:
    quiet = np.concatenate((np.full(50, 100.0), np.full(50, 50.0)))
    quiet *= 1.0 + 1e-4 * (-1.0) ** np.arange(100)
    assert np.nanmax(rolling_volatility(from_closes(quiet, holes=[50]), 7)) < 0.01


@pytest.mark.parametrize("growth", [1.0, 1.001, 0.99])
def test_a_price_that_stands_still_or_moves_like_a_clock(growth: float) -> None:
    cell = volatility_cone(from_closes(12_345.67 * growth ** np.arange(80)), (7,))["7"]
    assert cell.current == cell.min == cell.max == 0.0
    assert cell.percentile == cell.level == Missing("zero_variance")
