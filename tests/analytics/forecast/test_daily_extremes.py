"""The share of past days that went as far as a level, in the σ known before each."""

from __future__ import annotations

from math import erf, exp, sqrt

import numpy as np
import pytest
from support.bars import cut, from_closes, from_columns, random_closes

from tuirisk.analytics.forecast.calibration import calibration
from tuirisk.analytics.forecast.daily_extremes import (
    PRIOR_DAYS,
    daily_extremes,
    p_touch,
    p_touch_brownian,
    standardised_moves,
)
from tuirisk.analytics.forecast.volatility_forecast import volatility_forecast
from tuirisk.market.candles import Bars
from tuirisk.state import NO_EXTREMES, DailyExtremes

BARS = from_closes(random_closes(400))
NONE = from_closes(np.empty(0), "15m")


def extremes_of(bars: Bars) -> DailyExtremes:
    return daily_extremes(bars, volatility_forecast(NONE, bars))


def test_the_chance_is_the_share_of_past_moves_that_went_as_far() -> None:
    moves = standardised_moves(np.arange(1.0, 201.0), np.full(200, 2.0))
    for reach in (0.5, 10.0, 49.9, 50.0, 94.0):
        share = np.mean(np.array(moves.values) >= reach)
        for sign in (-1.0, 1.0):
            distance = exp(sign * reach * 0.01) - 1.0
            assert p_touch(distance, 0.01, moves) == pytest.approx(share, abs=0.0051)
    assert p_touch(-1.0, 0.01, moves) == 0.0, "a price of 0 is infinitely far"


def test_beyond_the_95th_percentile_stands_a_pareto_tail() -> None:
    rng = np.random.default_rng(5)
    sample = rng.pareto(3.0, 20_000) + 1.0
    moves = standardised_moves(sample, np.ones(sample.size))
    assert moves.tail == pytest.approx(1 / 3, rel=0.1)
    for reach in (4.0, 10.0, 30.0):
        chance = p_touch(exp(reach * 0.02) - 1.0, 0.02, moves)
        assert chance == pytest.approx(reach**-3.0, rel=0.35)
    largest = float(sample.max())
    assert 0.0 < p_touch(exp(2 * largest * 0.01) - 1, 0.01, moves) < 1e-4


def test_the_chance_never_rises_with_the_distance() -> None:
    extremes = extremes_of(BARS)
    assert isinstance(extremes.sigma, float)
    for moves, sign in ((extremes.day_down, -1), (extremes.week_up, 1)):
        chances = [
            p_touch(sign * distance, extremes.sigma, moves)
            for distance in np.linspace(0.0, 0.6, 500)
        ]
        assert chances[0] == 1.0
        assert (np.diff(chances) <= 0.0).all()
        assert chances[-1] > 0.0


def test_each_day_is_measured_by_the_forecast_made_before_it() -> None:
    forecast = volatility_forecast(NONE, BARS)
    moves = extremes_of(BARS).day_down
    expected = [
        max(np.log(BARS.close[t - 1] / BARS.low[t]), 0.0) / forecast.past.sigma[t]
        for t in range(1, 400)
        if np.isfinite(forecast.past.sigma[t])
    ]
    pooled = calibration().moves.day_down
    np.testing.assert_allclose(moves.values, sorted([*expected, *pooled]))
    assert moves.share[0] == pytest.approx(1.0)
    own = sum(value >= 1.0 for value in expected)
    prior = PRIOR_DAYS * np.mean(np.array(pooled) >= 1.0)
    share = (own + prior) / (len(expected) + PRIOR_DAYS)
    assert p_touch(exp(-0.01) - 1.0, 0.01, moves) == pytest.approx(share)


def test_weeks_overlap_and_never_cross_a_hole() -> None:
    forecast = volatility_forecast(NONE, BARS)
    pooled = len(calibration().moves.week_up)
    days = int(np.isfinite(forecast.past.sigma[1:400]).sum())
    whole = extremes_of(BARS)
    assert len(whole.day_up.values) == days + pooled
    assert len(whole.week_up.values) == days - 6 + pooled
    there = np.ones(400, dtype=np.bool_)
    there[200] = False
    holed = daily_extremes(cut(BARS, there), forecast)
    assert len(holed.day_up.values) == days - 2 + pooled
    assert len(holed.week_up.values) == days - 6 - 8 + pooled
    high = max(BARS.high[31:38]) / BARS.close[30]
    week = max(np.log(high), 0.0) / forecast.past.week_sigma[31]
    assert week in [pytest.approx(value) for value in whole.week_up.values]


def test_a_coin_with_little_history_has_the_pooled_extremes() -> None:
    young = extremes_of(cut(BARS, slice(0, 12)))
    assert isinstance(young.sigma, float)
    own = [v for v in young.day_down.values if v not in calibration().moves.day_down]
    assert len(own) < 6
    assert 0.0 < p_touch(-4 * young.sigma, young.sigma, young.day_down) < 0.03


def test_without_a_forecast_there_is_no_share() -> None:
    assert extremes_of(cut(BARS, slice(0, 8))) == NO_EXTREMES
    assert extremes_of(from_closes(np.full(400, 5.0))) == NO_EXTREMES
    assert extremes_of(cut(BARS, slice(0, 0))) == NO_EXTREMES


def test_brownian_reflection() -> None:
    for reach in (0.0, 0.5, 1.0, 2.5):
        beyond = 1.0 - 0.5 * (1.0 + erf(reach / sqrt(2.0)))
        for sign in (-1.0, 1.0):
            distance = exp(sign * reach * 0.03) - 1.0
            assert p_touch_brownian(distance, 0.03) == pytest.approx(2.0 * beyond)
    assert p_touch_brownian(-1.0, 0.03) == 0.0


def test_a_price_that_is_not_one_leaves_its_days_out() -> None:
    low = BARS.low.copy()
    low[100] = 0.0
    mended = from_columns(BARS.open, BARS.high, low, BARS.close)
    found = extremes_of(mended)
    assert len(found.day_down.values) == len(extremes_of(BARS).day_down.values) - 2
    assert np.isfinite(found.week_down.values).all()
