import numpy as np
import pandas as pd
import pytest
from support.bars import START, from_closes, random_closes

from tuirisk.analytics.market_risk.returns import (
    broken,
    log_returns,
    no_variance,
    number,
    periods_per_year,
    simple_returns,
)
from tuirisk.events.intervals import INTERVAL_MS
from tuirisk.state import Missing


@pytest.mark.parametrize(
    ("interval", "periods"), [("15m", 35_040), ("1h", 8_760), ("4h", 2_190), ("1d", 365)]
)
def test_a_year_of_bars(interval: str, periods: float) -> None:
    assert periods_per_year(INTERVAL_MS[interval]) == periods


def test_returns_are_those_of_pandas() -> None:
    closes = random_closes(500)
    bars = from_closes(closes)
    simple = pd.Series(closes).pct_change().to_numpy()[1:]
    logs = pd.Series(np.log(closes)).diff().to_numpy()[1:]
    np.testing.assert_allclose(simple_returns(bars), simple, rtol=1e-9)
    np.testing.assert_allclose(log_returns(bars), logs, rtol=1e-9)


def test_no_return_crosses_a_hole() -> None:
    bars = from_closes([100.0, 110.0, 121.0, 133.1], holes=[2])
    assert bars.open_time[2] - bars.open_time[1] == 2 * INTERVAL_MS["1d"]
    assert bars.open_time[0] == START
    np.testing.assert_allclose(simple_returns(bars), [0.1, np.nan, 0.1])
    assert np.isnan(log_returns(bars)).tolist() == [False, True, False]


@pytest.mark.parametrize("price", [np.nan, np.inf, 0.0, -1.0])
def test_an_invalid_price_takes_its_two_returns_with_it(price: float) -> None:
    bars = from_closes([100.0, 101.0, price, 102.0, 103.0])
    assert np.isnan(simple_returns(bars)).tolist() == [False, True, True, False]
    assert np.isnan(log_returns(bars)).tolist() == [False, True, True, False]


def test_a_return_beyond_the_range_of_numbers_is_none() -> None:
    assert np.isnan(simple_returns(from_closes([1e-200, 1e200]))).all()


def test_equal_returns_have_no_variance_whatever_their_rounding() -> None:
    returns = simple_returns(from_closes(12_345.67 * 1.001 ** np.arange(400)))
    assert 0.0 < returns.std() < 1e-14
    assert no_variance(returns, float(returns.std()))
    ticks = np.array([0.0, 1e-9, 0.0, -1e-9])
    assert not no_variance(ticks, float(ticks.std()))


def test_why_there_is_no_number() -> None:
    assert number(float("nan")) == number(float("inf")) == Missing("not_finite")
    assert number(1.5) == 1.5
    assert broken(from_closes([1.0] * 12), 60).reason == "insufficient history: 12 of 60 bars"
    assert broken(from_closes([1.0] * 60), 60).reason == "hole or invalid price in the last 60 bars"
