"""Joint paths of an account: what must hold whatever the market."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from support.build import NOW_NS, ready_market

from tuirisk.analytics.leverage.brackets import bracket_at
from tuirisk.analytics.leverage.open_positions import open_positions
from tuirisk.analytics.portfolio.account_inputs import AccountInputs, account_inputs
from tuirisk.analytics.portfolio.reverse_stress import chance_beyond, deadly_move
from tuirisk.analytics.portfolio.simulation import AccountSimulation, simulate_account
from tuirisk.analytics.stress.inputs import stress_inputs
from tuirisk.analytics.stress.simulate import simulate
from tuirisk.config.model import Config, PositionConfig

BTC, ETH = "BTCUSDT", "ETHUSDT"
PATHS = 2_000
MARKET = ready_market((BTC, ETH))
LONG = PositionConfig(BTC, "long", 1.0, 67_000.0, 20.0, "cross", 4_000.0)
ALT = PositionConfig(ETH, "long", 10.0, 3_400.0, 20.0, "cross", 4_000.0)


def inputs(*held: PositionConfig) -> AccountInputs:
    config = Config(positions=held)
    return account_inputs(MARKET, open_positions(None, config), config, NOW_NS)


@cache
def simulated(*held: PositionConfig) -> AccountSimulation:
    found = simulate_account(inputs(*held), PATHS)
    assert found is not None
    return found


def day(*held: PositionConfig) -> float:
    chance = simulated(*held).cross_day
    assert chance is not None
    return chance


def test_two_identical_legs_are_one_of_double_size() -> None:
    small = replace(LONG, quantity=0.4, wallet_balance=1_000.0)
    half = replace(small, quantity=0.2)  # in the same bracket
    whole = simulate_account(inputs(small), PATHS)
    both = simulate_account(inputs(half, half), PATHS)
    assert whole is not None
    assert both is not None
    assert both.cross_day == pytest.approx(whole.cross_day, rel=1e-9)
    assert both.cross_week == pytest.approx(whole.cross_week, rel=1e-9)


def test_a_leg_and_its_opposite_leave_the_maintenance_alone() -> None:
    near = replace(LONG, wallet_balance=2_500.0)
    opposite = replace(near, side="short")
    assert day(near) > 0.01
    assert day(near, opposite) < 1e-6


def test_scaling_wallet_and_sizes_changes_no_chance() -> None:
    small = (replace(LONG, quantity=0.01, wallet_balance=40.0),)
    smaller = (replace(LONG, quantity=0.005, wallet_balance=20.0),)
    assert day(*small) == pytest.approx(day(*smaller), rel=1e-9)


def test_more_margin_never_raises_a_chance() -> None:
    chances = [day(replace(LONG, wallet_balance=money)) for money in (2_500.0, 4_000.0, 8_000.0)]
    assert chances == sorted(chances, reverse=True)
    weeks = [
        simulated(replace(LONG, wallet_balance=money)).cross_week or 0.0
        for money in (2_500.0, 4_000.0, 8_000.0)
    ]
    assert weeks == sorted(weeks, reverse=True)


def test_the_order_of_positions_changes_no_bit() -> None:
    one, other = simulated(LONG, ALT), simulated(ALT, LONG)
    assert (one.cross_day, one.cross_week, one.any_day) == (
        other.cross_day,
        other.cross_week,
        other.any_day,
    )
    assert one.shares == other.shares


def test_shares_sum_to_the_whole() -> None:
    shares = simulated(LONG, ALT).shares
    assert shares is not None
    assert sum(one.es for one in shares.values()) == pytest.approx(1.0, abs=1e-9)
    assert sum(one.var for one in shares.values()) == pytest.approx(1.0, abs=1e-9)


def test_a_hedge_has_a_negative_share() -> None:
    shares = simulated(LONG, replace(LONG, side="short", quantity=0.4)).shares
    assert shares is not None
    assert next(one.es for key, one in shares.items() if key[1] == "short") < 0.0


def test_one_leg_alone_has_the_chance_of_its_position_to_sampling_error() -> None:
    config = Config(positions=(LONG,))
    positions = open_positions(None, config)
    result = simulate(stress_inputs(MARKET, positions, config, NOW_NS), 10_000)
    (expected,) = (chance for chance, _ in result.chances.values())
    assert isinstance(expected, float)
    error = np.sqrt(expected * (1.0 - expected) / PATHS)
    assert day(LONG) == pytest.approx(expected, abs=5.0 * error + 0.02)


@pytest.mark.parametrize("side", ["long", "short"])
def test_the_deadly_move_of_one_leg_is_its_distance_in_sigmas(side: str) -> None:
    held = replace(LONG, side=side)  # type: ignore[arg-type]
    (pool,) = inputs(held).pools
    sigma = 0.03
    found = deadly_move(pool, (BTC,), np.array([[sigma * sigma]]))
    assert found is not None
    mark = pool.legs[0].mark
    price = mark * (1.0 + found.moves[0])
    bracket = bracket_at(pool.legs[0].brackets, price)
    sign = pool.legs[0].sign
    balance = pool.wallet + sign * (price - pool.legs[0].entry_price)
    assert balance == pytest.approx(bracket.maintenance_rate * price - bracket.cumulative, abs=1.0)
    assert found.sigmas == pytest.approx(abs(found.moves[0]) / sigma, rel=1e-6)


def test_the_deadly_move_is_no_longer_than_any_on_a_grid() -> None:
    (pool,) = inputs(LONG, ALT).pools
    covariance = np.array([[9e-4, 8e-4], [8e-4, 1.6e-3]])
    found = deadly_move(pool, (BTC, ETH), covariance)
    assert found is not None
    inverse = np.linalg.inv(covariance)
    angles, lengths = np.linspace(0.0, 2.0 * np.pi, 721), np.linspace(0.001, 0.5, 500)
    moves = np.array([np.outer(np.cos(angles), lengths), np.outer(np.sin(angles), lengths)])
    excess = np.full(moves.shape[1:], pool.wallet)
    for leg in pool.legs:
        price = leg.mark * (1.0 + moves[0 if leg.symbol == BTC else 1])
        notional = leg.quantity * price
        caps = [bracket.notional_cap for bracket in leg.brackets[:-1]]
        place = np.searchsorted(caps, notional)
        rates = np.array([bracket.maintenance_rate for bracket in leg.brackets])[place]
        deducted = np.array([bracket.cumulative for bracket in leg.brackets])[place]
        excess += leg.sign * leg.quantity * (price - leg.entry_price)
        excess -= rates * notional - deducted
    sigmas = np.sqrt(np.einsum("iab,ij,jab->ab", moves, inverse, moves))
    best = float(sigmas[excess <= 0.0].min())
    assert found.sigmas <= best * 1.001
    assert found.sigmas == pytest.approx(best, rel=0.02)


def test_the_chance_of_a_move_is_that_of_chi() -> None:
    stats = pytest.importorskip("scipy.stats")
    for degrees in (1, 2, 5):
        assert chance_beyond(2.0, degrees) == pytest.approx(stats.chi(degrees).sf(2.0), rel=1e-6)


def test_what_is_not_known_of_a_leg_makes_the_account_look_worse() -> None:
    unknown = PositionConfig("NOUSDT", "long", 100.0, 10.0, 10.0, "cross", 4_000.0)
    assert day(LONG, unknown) >= day(LONG)
    pools = inputs(LONG, unknown).pools
    leg = next(leg for pool in pools for leg in pool.legs if leg.symbol == "NOUSDT")
    assert leg.guessed
    assert leg.profit < 0.0


def test_a_wallet_of_nothing_and_two_hundred_positions_are_judged() -> None:
    assert day(replace(LONG, wallet_balance=0.01)) == 1.0
    many = [replace(LONG, quantity=0.005, side=("long", "short")[n % 2]) for n in range(200)]
    found = simulate_account(inputs(*many), 200)
    assert found is not None
    assert 0.0 <= (found.cross_day or 0.0) <= 1.0
