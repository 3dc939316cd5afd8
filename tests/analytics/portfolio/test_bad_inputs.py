"""What is not known of a leg may make the account look worse, never safer; the rest is valued."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from support.build import LIVE, NOW_NS, assess_market, keep_bars, ready_market

from tuirisk import events as ev
from tuirisk.analytics.assess import assess
from tuirisk.analytics.leverage.open_positions import open_positions
from tuirisk.analytics.portfolio.account_inputs import account_inputs
from tuirisk.analytics.portfolio.hedge import Hedges, hedge_candidates
from tuirisk.analytics.portfolio.simulation import simulate_account
from tuirisk.config.model import AccountConfig, Config, PositionConfig, RiskConfig
from tuirisk.market.market import Market
from tuirisk.state import AccountState, RiskState

BTC, ETH = "BTCUSDT", "ETHUSDT"
LONG = PositionConfig(BTC, "long", 0.5, 67_000.0, 20.0, "cross", 6_000.0)
ALT = PositionConfig(ETH, "long", 3.0, 3_500.0, 20.0, "cross", 6_000.0)
LATER = NOW_NS + 30_000_000_000


def config_of(*held: PositionConfig) -> Config:
    risk = RiskConfig(var_budget=0.5)
    return Config(
        symbols=(BTC, ETH), account=AccountConfig(equity=6_000.0), positions=held, risk=risk
    )


def assessed(market: Market, *held: PositionConfig, now: int = NOW_NS) -> RiskState:
    config = config_of(*held)
    inputs = account_inputs(market, open_positions(None, config), config, now)
    simulated = simulate_account(inputs, 300)
    return assess(market, config, now, connection=LIVE, source="simulator", simulated=simulated)


def account_of(state: RiskState) -> AccountState:
    assert state.account is not None
    return state.account


@cache
def known() -> AccountState:
    return account_of(assessed(ready_market((BTC, ETH)), LONG, ALT))


def not_calmer(account: AccountState) -> None:
    for name in ("p_liquidation_24h", "p_liquidation_7d", "p_any_liquidation_24h"):
        assert getattr(account, name) >= getattr(known(), name) - 0.01
    assert account.reverse_stress.sigmas <= known().reverse_stress.sigmas + 0.01  # type: ignore[operator]


def test_a_leg_without_candles_falls_with_the_rest_and_is_named() -> None:
    market = ready_market((BTC, ETH))
    for interval in ("15m", "1d"):
        keep_bars(market, ETH, interval, slice(0, 0))
    account = account_of(assessed(market, LONG, ALT))
    not_calmer(account)
    assert ETH in account.guessed
    assert "var_1d_95" not in account.levels
    assert account.severity.level != "ok"


def test_a_short_leg_without_candles_is_no_hedge() -> None:
    market = ready_market((BTC, ETH))
    for interval in ("15m", "1d"):
        keep_bars(market, ETH, interval, slice(0, 0))
    alone = account_of(assessed(market, LONG))
    hedged = account_of(assessed(market, LONG, replace(ALT, side="short")))
    for name in ("p_liquidation_24h", "p_liquidation_7d"):
        assert getattr(hedged, name) >= getattr(alone, name) - 1e-6
    assert hedged.reverse_stress.sigmas <= alone.reverse_stress.sigmas  # type: ignore[operator]
    assert hedged.reverse_stress.btc_down >= alone.reverse_stress.btc_down  # type: ignore[operator]


@pytest.mark.parametrize("symbol", ["NOUSDT", "ETHBTC", "ETHUSDC"])
def test_a_leg_that_nothing_is_known_of_is_named_and_the_rest_is_valued(symbol: str) -> None:
    odd = PositionConfig(symbol, "long", 3.0, 3_500.0, 20.0, "cross", 6_000.0)
    account = account_of(assessed(ready_market((BTC, ETH)), LONG, odd))
    not_calmer(account)
    assert symbol in account.guessed
    assert account.severity.level != "ok"


def test_a_late_mark_price_is_replaced_by_a_worse_one_and_nothing_falls_to_ok() -> None:
    market = ready_market((BTC, ETH))
    market.apply(
        ev.Trade(BTC, LATER - 1_000_000, 9_999, LATER // 1_000_000 - 1, 61_000.0, 1.0, True)
    )
    account = account_of(assessed(market, LONG, ALT, now=LATER))
    not_calmer(account)
    assert account.recommendation is not None
    assert not all(rule.known for rule in account.recommendation.rules)


def test_a_quantity_of_a_million_times_too_much_is_a_liquidation_that_is_due() -> None:
    state = assessed(ready_market((BTC, ETH)), replace(LONG, quantity=5e5))
    account = account_of(state)
    assert account.p_liquidation_24h == 1.0
    assert account.severity.level == "critical"
    tiny = account_of(assessed(ready_market((BTC, ETH)), replace(LONG, quantity=5e-7)))
    assert tiny.p_liquidation_24h == pytest.approx(0.0, abs=1e-3)


def hedges_of(market: Market, *held: PositionConfig) -> Hedges:
    config = config_of(*held)
    positions, state = open_positions(None, config), assess_market(market, config=config)
    return hedge_candidates(
        market, positions, config, state.symbols, NOW_NS, lambda *order: 0.0003, 300
    )


def test_what_is_not_known_is_never_within_the_limits() -> None:
    market = ready_market((BTC, ETH))
    small = replace(LONG, quantity=0.001)
    assert hedges_of(market, small).within
    odd = PositionConfig("NOUSDT", "long", 0.001, 10.0, 20.0, "cross", 6_000.0)
    found = hedges_of(market, small, odd)
    assert not found.within
    assert not any(one.ok for one in found.candidates if one.action == "add_margin")


@pytest.mark.slow
def test_two_hundred_positions_have_a_table_of_a_few() -> None:
    many = [
        replace(LONG, quantity=0.005, entry_price=67_000.0 + n, side=("long", "short")[n % 3 == 0])
        for n in range(200)
    ]
    found = hedges_of(ready_market((BTC, ETH)), *many)
    assert len(found.candidates) <= 25
