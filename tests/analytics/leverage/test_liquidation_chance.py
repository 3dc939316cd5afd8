"""Which estimates P(liquidation) is made of, and when the closed form stands alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.bars import from_closes, random_closes

from tuirisk.analytics.forecast.daily_extremes import daily_extremes, p_touch, p_touch_brownian
from tuirisk.analytics.forecast.volatility_forecast import volatility_forecast
from tuirisk.analytics.leverage.brackets import brackets_of
from tuirisk.analytics.leverage.liquidation_chance import (
    NO_LIQUIDATION,
    NO_OTHER,
    Barriers,
    LiquidationChance,
    closed_form,
    liquidation_chance,
)
from tuirisk.analytics.leverage.open_positions import OpenPosition, OpenPositions
from tuirisk.analytics.leverage.portfolio import Contract, Portfolio
from tuirisk.analytics.leverage.stress_result import AccountStress, StressResult
from tuirisk.state import NO_DAILY_RISK, NO_EXTREMES, SIMULATING, DailyRisk, Missing, Number

BTC, ETH = "BTCUSDT", "ETHUSDT"
LONG = OpenPosition(BTC, "long", 1.0, 100.0, 10.0, True, 10.0)
CROSS = replace(LONG, isolated=False, wallet=0.0)
OTHER = replace(CROSS, symbol=ETH)
BARS_1D = from_closes(random_closes(400))
FORECAST = volatility_forecast(from_closes(np.empty(0), "15m"), BARS_1D)
EXTREMES = daily_extremes(BARS_1D, FORECAST)
DAILY = replace(NO_DAILY_RISK, sigma=0.02, extremes=EXTREMES)
BELOW = Barriers(90.0, NO_OTHER, False)
TIME_MS = 1_763_812_800_000


def book_of(*positions: OpenPosition) -> OpenPositions:
    return OpenPositions("account", 10.0, None, False, positions)


def simulated(positions: OpenPositions, day: Number = 0.03, week: Number = 0.4) -> StressResult:
    account = AccountStress({}, SIMULATING, (SIMULATING, SIMULATING), ())
    chances = dict.fromkeys(positions.positions, (day, week))
    return StressResult(TIME_MS, positions, chances, {}, account, dict.fromkeys((BTC, ETH), 100.0))


def chance(
    result: StressResult | None,
    mark: Number = 100.0,
    barriers: Barriers = BELOW,
    positions: tuple[OpenPosition, ...] = (LONG,),
    daily: DailyRisk = DAILY,
) -> LiquidationChance:
    brackets, source = brackets_of(BTC, ())
    contracts = {name: Contract(mark, brackets, source) for name in (BTC, ETH)}
    return liquidation_chance(
        positions[0], Portfolio(book_of(*positions), contracts, result), daily, barriers
    )


def by_extremes(distance: float) -> tuple[float, float]:
    sigma, longer = EXTREMES.sigma, EXTREMES.week_sigma
    assert isinstance(sigma, float)
    assert isinstance(longer, float)
    moves = EXTREMES.day_down if distance < 0 else EXTREMES.day_up
    weeks = EXTREMES.week_down if distance < 0 else EXTREMES.week_up
    return p_touch(distance, sigma, moves), p_touch(distance, longer, weeks)


def test_the_closed_form_stands_alone_until_the_simulation_has_run() -> None:
    found = chance(None)
    assert (found.day, found.week) == pytest.approx(by_extremes(-0.1))
    assert (found.model, found.time) == ("daily_extremes", SIMULATING)


def test_the_mean_of_both_within_24_hours_and_the_simulation_within_7_days() -> None:
    found = chance(simulated(book_of(LONG)))
    assert found.day == pytest.approx((0.03 + by_extremes(-0.1)[0]) / 2)
    assert found.week == 0.4
    assert found.model == "simulation_and_extremes"
    assert found.time == "2025-11-22T12:00:00.000Z"


def test_a_mark_that_moved_by_a_quarter_of_the_distance_leaves_the_closed_form_alone() -> None:
    result = simulated(book_of(LONG))
    for mark, alone in ((97.6, False), (102.4, False), (97.4, True), (102.6, True)):
        found = chance(result, mark)
        assert (found.model == "daily_extremes") is alone
        assert found.time == "2025-11-22T12:00:00.000Z", "when the newest one ran"
        if alone:
            assert (found.day, found.week) == pytest.approx(by_extremes(90.0 / mark - 1.0))


def test_the_simulation_of_other_positions_is_not_counted() -> None:
    result = simulated(book_of(replace(LONG, quantity=2.0)))
    assert chance(result).model == "daily_extremes"


def test_positions_that_cannot_be_simulated_have_the_closed_form_and_the_reason() -> None:
    few = Missing("few_15m_returns", have=3, need=672)
    found = chance(simulated(book_of(LONG), few, few))
    assert (found.day, found.week) == pytest.approx(by_extremes(-0.1))
    assert (found.model, found.time) == ("daily_extremes", few)


def test_margin_shared_by_several_symbols_is_the_simulations_alone() -> None:
    both = (CROSS, OTHER)
    found = chance(simulated(book_of(*both)), positions=both)
    assert (found.day, found.week, found.model) == (0.03, 0.4, "simulation")
    assert chance(None, positions=both).model == "daily_extremes"


def test_due_is_certain_and_no_liquidation_price_is_impossible() -> None:
    none, due = Barriers(NO_LIQUIDATION, NO_OTHER, False), Barriers(90.0, NO_OTHER, True)
    for result in (None, simulated(book_of(LONG))):
        found = chance(result, barriers=due)
        assert (found.day, found.week) == (1.0, 1.0)
    assert closed_form(100.0, DAILY, none)[:2] == (0.0, 0.0)
    assert closed_form(100.0, NO_DAILY_RISK, none)[:2] == (0.0, 0.0)


def test_a_hedge_can_be_liquidated_on_either_side() -> None:
    day, week, _ = closed_form(100.0, DAILY, Barriers(95.0, 107.0, False))
    (down, down_week), (up, up_week) = by_extremes(-0.05), by_extremes(0.07)
    assert day == pytest.approx(down + up)
    assert week == pytest.approx(min(1.0, down_week + up_week))


def test_a_short_history_has_brownian_reflection() -> None:
    young = replace(DAILY, extremes=NO_EXTREMES)
    day, week, model = closed_form(100.0, young, BELOW)
    assert model == "brownian"
    assert day == pytest.approx(p_touch_brownian(-0.1, 0.02))
    assert week == pytest.approx(p_touch_brownian(-0.1, 0.02 * 7**0.5))
    still = closed_form(100.0, replace(young, sigma=Missing("no_volatility_in_cone")), BELOW)
    assert still[0] == Missing("no_volatility_in_cone")


def test_without_a_mark_price_the_reason_stands() -> None:
    none = Missing("not_received_yet", thing="mark_price")
    found = chance(None, none, Barriers(none, none, False))
    assert found.day == found.week == found.model == none
