"""The forecast σ of the next 24 h: days, weekends, regression, rank."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import exp, log, nan, sqrt

import numpy as np
import pandas as pd
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st
from support.bars import START, cut, from_closes, from_columns, random_closes

from tuirisk.analytics.forecast.calendar import (
    is_weekend,
    next_day_weight,
    next_week_weight,
    weights,
)
from tuirisk.analytics.forecast.calibration import calibration, pooled_har
from tuirisk.analytics.forecast.daily_variance import daily_variances, recent_variance
from tuirisk.analytics.forecast.har import fit_har, har_regressors
from tuirisk.analytics.forecast.volatility_forecast import volatility_forecast
from tuirisk.events.intervals import DAY_MS
from tuirisk.market.candles import Bars
from tuirisk.state import Missing

WEEKEND = calibration().weekend
NO_DAYS = from_closes(np.empty(0))
NO_QUARTERS = from_closes(np.empty(0), "15m")
SIGMA = 0.03


def quarters(days: int, seed: int = 1, sigma: float = SIGMA) -> Bars:
    """15m bars of a Gaussian walk with a daily σ of ``sigma`` on weekdays, less at weekends."""
    times = START + np.arange(days * 96) * 900_000
    scale = sigma / sqrt(96) * np.sqrt(weights(times, WEEKEND))
    steps = np.random.default_rng(seed).standard_normal(days * 96) * scale
    return from_closes(100.0 * np.exp(np.cumsum(steps)), "15m")


def days_of(bars: Bars) -> Bars:
    """Daily bars of whole days of 15m ``bars``."""
    shape = (len(bars) // 96, 96)
    return from_columns(
        bars.open.reshape(shape)[:, 0],
        bars.high.reshape(shape).max(axis=1),
        bars.low.reshape(shape).min(axis=1),
        bars.close.reshape(shape)[:, -1],
    )


def known(value: float | Missing) -> float:
    assert not isinstance(value, Missing), value
    return value


@given(st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_the_weekend_is_that_of_the_calendar(moment: datetime) -> None:
    day = int(moment.timestamp()) * 1000 // DAY_MS
    assert bool(is_weekend(np.array([day]))[0]) == (moment.weekday() >= 5)
    ahead = [moment + timedelta(minutes=15 * i) for i in range(96)]
    mean = sum(0.4 if t.weekday() >= 5 else 1.0 for t in ahead) / 96
    assert next_day_weight(int(moment.timestamp() * 1000), 0.4) == pytest.approx(mean, abs=0.02)


def test_a_week_has_five_weekdays() -> None:
    times = START + np.arange(7 * 24) * 3_600_000
    assert next_week_weight(0.4) == pytest.approx(float(weights(times, 0.4).mean()))


def test_a_days_variance_is_the_sum_of_its_squared_returns() -> None:
    bars = quarters(12)
    found = daily_variances(bars, NO_DAYS, WEEKEND)
    returns = pd.Series(np.log(bars.close), pd.to_datetime(bars.open_time, unit="ms")).diff()
    sums = returns.pow(2).groupby(returns.index.date).sum()  # type: ignore[attr-defined]
    scale = np.where([d.weekday() >= 5 for d in sums.index], WEEKEND, 1.0)
    np.testing.assert_allclose(found.variance[1:], (sums.to_numpy() / scale)[1:])
    # The first return of the series is missing; its day counts by the mean of the others.
    assert found.variance[0] == pytest.approx(sums.iloc[0] / scale[0] * 96 / 95)
    assert found.first_day == START // DAY_MS


def test_days_before_the_quarters_come_from_the_daily_bars_on_the_same_scale() -> None:
    bars = quarters(40)
    whole, late = daily_variances(bars, NO_DAYS, WEEKEND), cut(bars, slice(20 * 96, None))
    mixed = daily_variances(late, days_of(bars), WEEKEND)
    assert mixed.first_day == whole.first_day
    np.testing.assert_allclose(mixed.variance[21:], whole.variance[21:])
    assert mixed.variance[:20].mean() == pytest.approx(whole.variance[:20].mean(), rel=0.35)


def test_a_day_that_has_not_ended_or_has_holes_has_no_variance() -> None:
    bars = quarters(5)
    running = daily_variances(cut(bars, slice(0, 4 * 96 + 95)), NO_DAYS, WEEKEND)
    assert running.variance.size == 5 - 1
    there = np.ones(len(bars), dtype=np.bool_)
    there[2 * 96 + 10 : 2 * 96 + 40] = False
    holed = daily_variances(cut(bars, there), NO_DAYS, WEEKEND)
    assert np.isnan(holed.variance).tolist() == [False, False, True, False, False]
    still = daily_variances(from_closes(np.full(500, 5.0), "15m"), NO_DAYS, WEEKEND)
    assert np.isnan(still.variance).all()
    assert daily_variances(NO_QUARTERS, NO_DAYS, WEEKEND).variance.size == 0


def test_the_last_days_count_back_from_the_newest_bar() -> None:
    bars = cut(quarters(9), slice(0, 8 * 96 + 40))
    squares = np.diff(np.log(bars.close)) ** 2 / weights(bars.open_time[1:], WEEKEND)
    for days in (1, 7):
        expected = squares[-days * 96 :].mean() * 96
        assert recent_variance(bars, days, WEEKEND) == pytest.approx(expected)
    assert np.isnan(recent_variance(bars, 32, WEEKEND))
    assert np.isnan(recent_variance(NO_QUARTERS, 1, WEEKEND))


def test_the_regressors_are_means_of_the_days_before() -> None:
    variance = np.exp(np.random.default_rng(3).standard_normal(100))
    variance[[20, 50, 51, 52]] = nan
    found = har_regressors(variance)
    series = pd.Series(np.append(variance, nan)).shift(1)
    for column, (days, least) in enumerate(((1, 1), (7, 5), (32, 8))):
        means = series.rolling(days, min_periods=1).mean()
        count = series.rolling(days, min_periods=1).count()
        expected = np.where(count >= least, np.log(means), nan)
        np.testing.assert_allclose(found[:, column], expected)


def test_the_fit_is_least_squares_and_finds_the_process_again() -> None:
    rng = np.random.default_rng(2)
    variance = np.full(4_000, 1e-4)
    for t in range(32, 4_000):
        day, week, month = (log(variance[t - n : t].mean()) for n in (1, 7, 32))
        noise = 0.5 * rng.standard_normal()
        variance[t] = exp(-1.4 + 0.4 * day + 0.3 * week + 0.15 * month + noise)
    regressors = har_regressors(variance)
    model = fit_har(variance, regressors)
    assert model is not None
    rows, target = regressors[8:-1], np.log(variance[8:])
    design = np.column_stack((np.ones(target.size), rows))
    expected = scipy.linalg.lstsq(design, target)[0]
    np.testing.assert_allclose(
        [model.constant, model.day, model.week, model.month], expected, rtol=1e-9
    )
    assert model.day == pytest.approx(0.4, abs=0.06)
    assert model.week == pytest.approx(0.3, abs=0.08)
    assert model.smearing == pytest.approx(exp(0.125), rel=0.05)
    assert fit_har(variance[:200], har_regressors(variance[:200])) is None
    values = model.variances(np.log([[1e-4, 2e-4, 3e-4]]))
    assert values[0] == pytest.approx(model.variance(1e-4, 2e-4, 3e-4))


def test_a_steady_market_is_forecast_as_it_is() -> None:
    bars = quarters(400)
    forecast = volatility_forecast(cut(bars, slice(-3_072, None)), days_of(bars))
    assert forecast.model == "har"
    weight = next_day_weight(int(bars.open_time[-1]) + 900_000, WEEKEND)
    assert known(forecast.sigma_24h) == pytest.approx(SIGMA * sqrt(weight), rel=0.1)
    week = SIGMA * sqrt(7 * next_week_weight(WEEKEND))
    assert known(forecast.sigma_7d) == pytest.approx(week, rel=0.1)


def test_a_coin_with_a_month_of_history_uses_pooled_coefficients() -> None:
    forecast = volatility_forecast(quarters(32), NO_DAYS)
    assert forecast.model == "har_pooled"
    assert 0.5 * SIGMA < known(forecast.sigma_24h) < 1.5 * SIGMA
    assert isinstance(forecast.rank_1y, Missing)
    assert 0.0 < sum((pooled_har().day, pooled_har().week, pooled_har().month)) < 1.0


def test_the_forecast_for_a_weekend_is_lower_than_for_a_weekday() -> None:
    bars = quarters(60)
    weekday = datetime.fromtimestamp(START / 1000, UTC).weekday()
    friday = 4 - weekday + 7 * 7
    forecasts = [
        known(volatility_forecast(cut(bars, slice(0, (friday + n) * 96)), NO_DAYS).sigma_24h)
        for n in (0, 1)
    ]
    assert forecasts[1] < 0.85 * forecasts[0]


def test_louder_markets_have_a_higher_forecast_and_rank() -> None:
    calm, loud = quarters(100, sigma=0.02), quarters(3, seed=4, sigma=0.08)
    after = np.concatenate((calm.close, calm.close[-1] * loud.close / 100.0))
    bars = from_closes(after, "15m")
    before = volatility_forecast(calm, days_of(calm))
    now = volatility_forecast(bars, days_of(bars))
    assert known(now.sigma_24h) > 1.8 * known(before.sigma_24h)
    assert known(now.rank_1y) > 95.0
    assert 0.0 <= known(before.rank_1y) <= 100.0


@pytest.mark.parametrize("days", [240, 300])
def test_no_forecast_uses_later_data(days: int) -> None:
    bars = quarters(320)
    earlier = cut(bars, slice(0, days * 96))
    changed = np.concatenate((earlier.close, quarters(320, seed=9, sigma=0.2).close[days * 96 :]))
    other = from_closes(changed, "15m")
    for whole in (bars, other):
        seen = cut(whole, slice(0, days * 96))
        found = volatility_forecast(seen, days_of(seen))
        expected = volatility_forecast(earlier, days_of(earlier))
        assert (found.sigma_24h, found.rank_1y) == (expected.sigma_24h, expected.rank_1y)


@pytest.mark.parametrize(
    ("fine", "coarse"),
    [
        (NO_QUARTERS, NO_DAYS),
        (quarters(5), NO_DAYS),
        (from_closes(np.full(3_000, 7.0), "15m"), from_closes(np.full(300, 7.0))),
        (NO_QUARTERS, from_closes(random_closes(6))),
    ],
)
def test_too_few_days_give_a_reason(fine: Bars, coarse: Bars) -> None:
    forecast = volatility_forecast(fine, coarse)
    assert forecast.sigma_24h == forecast.sigma_7d == forecast.rank_1y == forecast.model
    assert isinstance(forecast.sigma_24h, Missing)
    assert forecast.sigma_24h.code == "few_days_of_variance"


def test_daily_bars_alone_give_a_forecast() -> None:
    forecast = volatility_forecast(NO_QUARTERS, from_closes(random_closes(400)))
    assert forecast.model == "har"
    assert known(forecast.sigma_24h) > 0.0
    assert forecast.past.sigma.size == 401
