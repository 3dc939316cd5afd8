"""Scores of forecasts against scipy and closed forms."""

from __future__ import annotations

from math import isnan, log, sqrt

import numpy as np
import pytest
from scipy.stats import mannwhitneyu, spearmanr

from tuirisk.backtest.chance_record import chance_record
from tuirisk.backtest.climatology import known_rates, sample_rates
from tuirisk.backtest.report import report_lines
from tuirisk.backtest.result import backtest_result
from tuirisk.backtest.scoring import (
    area_under_curve,
    brier,
    fz_loss,
    log_loss,
    mean_by_day,
    qlike,
    rank_correlation,
    ratio_by_day,
    reliability,
    skill,
    tick_loss,
)
from tuirisk.backtest.symbol_rows import ChanceRow, OutcomeRow, Period, SymbolRows
from tuirisk.events.intervals import DAY_MS

RNG = np.random.default_rng(4)
DAYS = np.repeat(np.arange(400), 14) * DAY_MS


def test_brier_and_log_loss_are_those_of_the_definition() -> None:
    forecast, outcome = np.array([0.2, 0.9, 0.0]), np.array([0.0, 1.0, 1.0])
    np.testing.assert_allclose(brier(forecast, outcome), [0.04, 0.01, 1.0])
    np.testing.assert_allclose(log_loss(forecast, outcome), [-log(0.8), -log(0.9), -log(1e-6)])


def test_the_day_is_the_unit_of_a_standard_error() -> None:
    by_day = RNG.normal(0.0, 1.0, 400)
    found = mean_by_day(np.repeat(by_day, 14), DAYS)
    assert found.value == pytest.approx(by_day.mean())
    assert found.error == pytest.approx(by_day.std(ddof=1) / sqrt(400), rel=1e-9)
    alone = mean_by_day(RNG.normal(0.0, 1.0, 5_600), DAYS)
    assert alone.error == pytest.approx(1 / sqrt(5_600), rel=0.15)


def test_windows_that_overlap_have_a_larger_error() -> None:
    """The mean of a moving sum of 7 independent days has 7 times the variance of its steps."""
    steps = RNG.normal(0.0, 1.0, 4_006)
    values = np.convolve(steps, np.ones(7), "valid")
    times = np.arange(4_000) * DAY_MS
    naive, right = mean_by_day(values, times), mean_by_day(values, times, 7)
    assert naive.error == pytest.approx(sqrt(7 / 4_000), rel=0.1)
    assert right.error == pytest.approx(7 / sqrt(4_000), rel=0.25)


def test_skill_is_one_less_the_ratio_of_the_losses() -> None:
    outcome = (RNG.random(5_600) < 0.3).astype(float)
    perfect, naive = brier(outcome, outcome), brier(np.full(5_600, 0.3), outcome)
    assert skill(perfect, naive, DAYS).value == 1.0
    none = skill(naive, naive, DAYS)
    assert none == pytest.approx((0.0, 0.0))
    some = ratio_by_day(np.array([1.0, 3.0]), np.array([2.0, 2.0]), np.array([0, DAY_MS]))
    assert some == pytest.approx((1.0, sqrt(2.0 * 2.0) / 4.0))


def test_forecasts_that_are_right_are_reliable() -> None:
    forecast = RNG.beta(0.5, 1.5, 5_600)
    outcome = (RNG.random(5_600) < forecast).astype(float)
    bands = reliability(forecast, outcome, DAYS)
    assert sum(band.forecasts for band in bands) == 5_600
    for band in bands:
        assert band.low <= band.mean < band.high
        assert abs(band.realised - band.mean) < 4 * band.error + 0.005


def test_rank_correlation_and_area_are_those_of_scipy() -> None:
    one, two = RNG.integers(0, 30, 500).astype(float), RNG.normal(0.0, 1.0, 500)
    two += 0.05 * one
    assert rank_correlation(one, two) == pytest.approx(spearmanr(one, two).statistic)
    event = (two > 1.0).astype(float)
    u = mannwhitneyu(one[event > 0], one[event == 0]).statistic
    assert area_under_curve(one, event) == pytest.approx(u / (event.sum() * (1 - event).sum()))
    assert isnan(area_under_curve(one, np.zeros(500)))
    assert isnan(rank_correlation(one, np.full(500, 2.0)))


def test_losses_are_least_at_the_truth() -> None:
    loss = RNG.normal(0.0, 0.02, 200_000)
    var = float(np.quantile(loss, 0.95))
    es = float(loss[loss >= var].mean())
    level = np.full(loss.size, var)
    for wrong in (0.8, 1.25):
        assert tick_loss(level, loss, 0.05).mean() < tick_loss(level * wrong, loss, 0.05).mean()
        right = fz_loss(level, np.full(loss.size, es), loss, 0.05).mean()
        other = fz_loss(level, np.full(loss.size, es * wrong), loss, 0.05)
        assert right < other.mean()
    np.testing.assert_allclose(qlike(np.array([0.02, 0.02]), np.array([0.02, 0.04]))[0], 0.0)


def rows_of(outcomes: dict[int, float], leverage: int = 10) -> list[OutcomeRow]:
    return [OutcomeRow(day * DAY_MS, "24h", leverage, value) for day, value in outcomes.items()]


def chance(day: int, forecast: float, outcome: float = 0.0) -> ChanceRow:
    return ChanceRow(day * DAY_MS, "24h", "long", 10, forecast, 0.1, outcome, "mark")


def test_rates_known_before_use_no_outcome_that_had_not_ended() -> None:
    calm = dict.fromkeys(range(100), 0.0) | dict.fromkeys(range(100, 300), 1.0)
    outcomes = {"A": rows_of(calm), "B": rows_of({120: 1.0})}
    fixed = known_rates([("A", chance(100, 0.1)), ("A", chance(250, 0.1))], outcomes, 100 * DAY_MS)
    np.testing.assert_allclose(fixed, 0.5 / 101)
    growing = known_rates([("A", chance(d, 0.1)) for d in (50, 101, 102)], outcomes, 0)
    assert isnan(growing[0]), "fewer than 90 days"
    np.testing.assert_allclose(growing[1:], [1.5 / 102, 2.5 / 103])
    young = known_rates([("B", chance(121, 0.1))], outcomes, 0)
    np.testing.assert_allclose(young, (20 + 2 + 0.5) / 123)


def test_a_record_counts_liquidations_that_came_as_a_surprise() -> None:
    rows = [chance(d, f, o) for d, f, o in ((1, 0.005, 1.0), (2, 0.03, 1.0), (3, 0.6, 1.0))]
    rows += [chance(d, 0.5, 0.0) for d in range(4, 9)]
    np.testing.assert_allclose(sample_rates(rows), 3 / 8)
    found = chance_record("24h", rows, np.full(8, np.nan))
    assert found is not None
    assert found.surprises == {"0.01": pytest.approx(1 / 3), "0.05": pytest.approx(2 / 3)}
    assert found.surprise_base == 3
    assert "climatology_known_before" not in found.scores
    assert found.by_leverage[0].realised == 3 / 8
    assert chance_record("7d", rows, np.full(8, np.nan)) is None


def test_a_figure_of_one_day_has_no_error_and_the_report_says_so() -> None:
    rows = SymbolRows("BTCUSDT", "none", chances=[chance(1, 0.2), chance(1, 0.3, 1.0)])
    lines = list(report_lines(backtest_result([rows], Period(0, DAY_MS * 9)), ascii_only=True))
    assert not [line for line in lines if "nan" in line]
    assert "±      -" in "\n".join(lines)
