"""What would save the account: the first candidate does, once it is held."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from support.build import LIVE, NOW_NS, ready_market

from tuirisk.analytics.assess import assess
from tuirisk.analytics.leverage.open_positions import open_positions
from tuirisk.analytics.portfolio.hedge import Hedges, hedge_candidates
from tuirisk.config.model import AccountConfig, Config, PositionConfig, RiskConfig

BTC, ETH = "BTCUSDT", "ETHUSDT"
MARKET = ready_market((BTC, ETH))
LONG = PositionConfig(BTC, "long", 1.0, 67_000.0, 20.0, "cross", 4_000.0)
ALT = PositionConfig(ETH, "long", 10.0, 3_400.0, 20.0, "cross", 4_000.0)


def config_of(*held: PositionConfig, equity: float = 4_000.0, budget: float = 0.5) -> Config:
    return Config(
        account=AccountConfig(equity=equity),
        positions=held,
        risk=RiskConfig(var_budget=budget),
    )


@cache
def hedges(*held: PositionConfig) -> Hedges:
    config = config_of(*held)
    positions = open_positions(None, config)
    state = assess(MARKET, config, NOW_NS, connection=LIVE, source="simulator")
    return hedge_candidates(
        MARKET, positions, config, state.symbols, NOW_NS, lambda *order: 0.0002, 1_000
    )


@pytest.mark.parametrize("held", [(LONG,), (LONG, ALT)])
def test_the_first_candidate_brings_every_level_to_ok(held: tuple[PositionConfig, ...]) -> None:
    found = hedges(*held)
    assert found.before is not None
    assert any(level.level != "ok" for level in found.before.levels.values())
    first = found.candidates[0]
    assert first.ok
    assert {level.level for level in first.after.levels.values()} <= {"ok"}
    costs = [one.cost for one in found.candidates if one.ok]
    assert costs == sorted(costs)  # type: ignore[type-var]


def test_an_account_within_its_limits_needs_nothing() -> None:
    small = replace(LONG, quantity=0.001, wallet_balance=4_000.0)
    found = hedges(small)
    assert found.before is not None
    assert found.candidates == ()
    assert hedges() == Hedges(None, ())


def test_sizes_are_whole_lots_and_not_more_than_is_held() -> None:
    found = hedges(LONG, ALT)
    held = {BTC: 1.0, ETH: 10.0}
    for one in found.candidates:
        if one.action == "cut":
            assert 0.0 < one.quantity <= held[one.symbol]
            step = MARKET.symbols[one.symbol].listed.step_size or 1e-8
            assert one.quantity / step == pytest.approx(round(one.quantity / step), abs=1e-6)


def test_a_part_that_is_closed_leaves_its_loss_and_its_cost_in_the_account() -> None:
    losing = replace(LONG, entry_price=67_500.0)
    found = hedges(losing)
    assert found.before is not None
    (cut,) = (one for one in found.candidates if one.action == "cut")
    before, after = found.before.margin_balance, cut.after.margin_balance
    assert before - after == pytest.approx(cut.cost, rel=1e-6)


def test_a_hedge_is_found_where_the_largest_one_would_be_too_much() -> None:
    rich = replace(LONG, wallet_balance=50_000.0)
    config = replace(config_of(rich, equity=50_000.0), risk=RiskConfig(var_budget=0.02))
    state = assess(MARKET, config, NOW_NS, connection=LIVE, source="simulator")
    positions = replace(open_positions(None, config), hedge_mode=True)
    order = (MARKET, positions, config, state.symbols, NOW_NS)
    found = hedge_candidates(*order, lambda *order: 0.0002, 400)
    (hedge,) = (one for one in found.candidates if one.symbol == BTC and one.action == "hedge")
    assert hedge.ok
    assert hedge.side == "short"
    assert 0.0 < hedge.quantity < 1.0


def test_in_one_way_mode_no_hedge_opens_against_what_is_held() -> None:
    found = hedges(LONG)
    against = [one for one in found.candidates if (one.symbol, one.side) == (BTC, "short")]
    assert all(one.action != "hedge" for one in against)
