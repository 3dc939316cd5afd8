"""The share of past days that went as far as a level, in the σ known before each."""

from __future__ import annotations

from math import erf, exp, sqrt

import numpy as np
import pytest
from support.bars import cut, from_closes, from_columns, random_closes

from tuirisk.analytics.market_risk.daily_extremes import (
    daily_extremes,
    p_touch,
    p_touch_brownian,
    sigma_forecasts,
    standardised_moves,
)
from tuirisk.analytics.market_risk.returns import log_returns
from tuirisk.state import NO_EXTREMES

BARS = from_closes(random_closes(400))


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
    extremes = daily_extremes(BARS)
    assert isinstance(extremes.sigma, float)
    for moves, sign in ((extremes.day_down, -1), (extremes.week_up, 1)):
        chances = [
            p_touch(sign * distance, extremes.sigma, moves)
            for distance in np.linspace(0.0, 0.6, 500)
        ]
        assert chances[0] == 1.0
        assert (np.diff(chances) <= 0.0).all()
        assert chances[-1] > 0.0


def test_each_day_is_measured_by_what_was_known_before_it() -> None:
    whole = daily_extremes(BARS)
    forecast = sigma_forecasts(log_returns(BARS))
    expected = []
    for t in range(30, 399):
        sigma = forecast[t]
        if t > 30:
            np.testing.assert_allclose(sigma, sigma_forecasts(log_returns(BARS)[:t])[-1])
        expected.append(max(np.log(BARS.close[t] / BARS.low[t + 1]), 0.0) / sigma)
    np.testing.assert_allclose(whole.day_down.values, sorted(expected))
    assert whole.sigma == forecast[-1]


def test_weeks_overlap_and_never_cross_a_hole() -> None:
    whole = daily_extremes(BARS)
    assert len(whole.day_up.values) == 369
    assert len(whole.week_up.values) == 363
    there = np.ones(400, dtype=np.bool_)
    there[200] = False
    holed = daily_extremes(cut(BARS, there))
    assert len(holed.day_up.values) == 367
    assert len(holed.week_up.values) == 363 - 8
    high = max(BARS.high[31:38]) / BARS.close[30]
    week = max(np.log(high), 0.0) / (sigma_forecasts(log_returns(BARS))[30] * sqrt(7))
    assert week in [pytest.approx(value) for value in whole.week_up.values]


def test_a_short_history_or_a_price_that_stands_still_has_no_share() -> None:
    assert daily_extremes(cut(BARS, slice(0, 130))) == NO_EXTREMES
    assert daily_extremes(from_closes(np.full(400, 5.0))) == NO_EXTREMES
    assert daily_extremes(cut(BARS, slice(0, 1))) == NO_EXTREMES
    assert daily_extremes(cut(BARS, slice(0, 0))) == NO_EXTREMES


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
    found = daily_extremes(mended)
    assert len(found.day_down.values) == 368
    assert np.isfinite(found.week_down.values).all()
