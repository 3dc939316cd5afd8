from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import percentileofscore
from support.bars import Floats, random_closes, real
from support.examples import examples

from tuirisk.analytics.market_risk.returns import log_returns
from tuirisk.analytics.market_risk.rolling import (
    percentile_rank,
    quantile,
    quantiles,
    rolling_percentile_rank,
    rolling_std,
)

WINDOWS = (7, 14, 30, 60)
SMALL = st.floats(-1.0, 1.0, allow_subnormal=False).map(lambda x: round(x, 6))


def direct(values: Floats, window: int) -> Floats:
    return np.array(
        [np.std(values[i : i + window], ddof=1) for i in range(values.size - window + 1)]
    )


def test_rolling_std_of_real_candles_is_that_of_pandas(shared_data: Path) -> None:
    for symbol, interval in (("SOL", "15m"), ("BTC", "15m"), ("SOL", "1h"), ("SOL", "1d")):
        returns = log_returns(real(shared_data, symbol, interval, 3_072))
        for window in WINDOWS:
            expected = pd.Series(returns).rolling(window).std().to_numpy()[window - 1 :]
            np.testing.assert_allclose(rolling_std(returns, window), expected, rtol=1e-9)


@pytest.mark.parametrize("scale", [1e-2, 1e-6, 1e-12])
@pytest.mark.parametrize("drift", [0.0, 1e-3])
def test_rolling_std_of_small_variance(scale: float, drift: float) -> None:
    values = drift + scale * np.random.default_rng(7).standard_normal(3_000)
    for window in WINDOWS:
        rtol = max(1e-9, 1e-16 * drift / scale * 100)
        np.testing.assert_allclose(rolling_std(values, window), direct(values, window), rtol=rtol)


def test_a_calm_stretch_beside_a_wild_one_keeps_its_precision() -> None:
    rng = np.random.default_rng(3)
    values = rng.standard_normal(3_000) * 0.05
    values[1_000:2_000] *= 1e-6
    values[2_500:2_600] = 0.001
    result = rolling_std(values, 30)
    np.testing.assert_allclose(result[:2_471], direct(values, 30)[:2_471], rtol=1e-9)
    assert (result[2_500:2_571] == 0.0).all()


@pytest.mark.parametrize("n", [0, 1, 6, 7, 8])
def test_rolling_std_has_one_value_a_whole_window(n: int) -> None:
    assert rolling_std(np.arange(n, dtype=np.float64) ** 2, 7).size == max(n - 6, 0)


def test_a_window_that_holds_nan_has_no_value() -> None:
    values = np.arange(20.0) ** 1.5
    values[8] = np.nan
    result = rolling_std(values, 5)
    assert np.isnan(result).nonzero()[0].tolist() == [4, 5, 6, 7, 8]
    np.testing.assert_allclose(result[9:], direct(values[9:], 5), rtol=1e-9)
    assert np.isnan(rolling_std(np.full(9, np.nan), 5)).all()


@examples(50)
@given(arrays(np.float64, st.integers(2, 200), elements=SMALL), st.integers(2, 20))
def test_rolling_std_is_the_std_of_each_window(values: Floats, window: int) -> None:
    if values.size >= window:
        np.testing.assert_allclose(
            rolling_std(values, window), direct(values, window), rtol=1e-9, atol=1e-15
        )


@examples(50)
@given(arrays(np.float64, st.integers(1, 60), elements=SMALL), st.data())
def test_order_statistics_are_those_of_numpy_and_scipy(values: Floats, data: st.DataObject) -> None:
    ordered = np.sort(values)
    probabilities = np.array([0.0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0])
    np.testing.assert_allclose(
        quantiles(ordered, probabilities),
        np.quantile(values, probabilities),
        rtol=1e-12,
        atol=1e-16,
    )
    assert quantile(ordered, 0.5) == pytest.approx(np.median(values), rel=1e-12, abs=1e-16)
    value = data.draw(st.sampled_from(values.tolist()) | SMALL)
    assert percentile_rank(ordered, value) == percentileofscore(values, value, kind="mean")


def test_rolling_percentile_rank_is_scipy_in_each_window() -> None:
    values = np.round(random_closes(400), 0)
    values[150:155] = np.nan
    window, minimum = 100, 20
    result = rolling_percentile_rank(values, window, minimum)
    for i, value in enumerate(values):
        known = values[max(i - window + 1, 0) : i + 1]
        known = known[np.isfinite(known)]
        if np.isnan(value) or known.size < minimum:
            assert np.isnan(result[i])
        else:
            assert result[i] == percentileofscore(known, value, kind="mean")


def test_equal_values_have_no_rank_among_themselves() -> None:
    assert np.isnan(rolling_percentile_rank(np.ones(50), 30, 10)).all()
