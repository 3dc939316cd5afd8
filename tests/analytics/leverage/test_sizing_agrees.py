"""What sizing allows, held, is ok by every rule on the position: over random accounts."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support.build import assess_market, ready_market
from support.positions import BTC, ETH

from tuirisk.analytics.leverage.open_positions import OpenPosition, Side, open_positions
from tuirisk.analytics.leverage.portfolio import contract_of, portfolio_of
from tuirisk.analytics.leverage.position_limits import sizing_inputs
from tuirisk.analytics.leverage.sizing import SizeLimit, largest_size
from tuirisk.config.model import AccountConfig, Config, PositionConfig
from tuirisk.state import Missing

SOL = "SOLUSDT"
MARKET = ready_market((BTC, ETH, SOL))
PRICE = {BTC: 67_000.0, ETH: 3_500.0, SOL: 67_000.0}
Mode = Literal["isolated", "cross"]
MARGIN_MODE: st.SearchStrategy[Mode] = st.sampled_from(["isolated", "cross"])
SIDE: st.SearchStrategy[Side] = st.sampled_from(["long", "short"])


def sized(config: Config, symbol: str, side: Side, leverage: float, mode: Mode) -> SizeLimit:
    portfolio = portfolio_of(MARKET, open_positions(None, config))
    contract, market = contract_of(MARKET, symbol), MARKET.symbols[symbol]
    template = OpenPosition(symbol, side, 1.0, 1.0, leverage, mode == "isolated", 1.0)
    daily = assess_market(MARKET, config=config).symbols[symbol].daily
    inputs = sizing_inputs(template, contract, market, portfolio, daily, config.risk)
    return largest_size(inputs, market.book, None)


@st.composite
def held(draw: st.DrawFn, symbol: str, equity: float) -> PositionConfig:
    share = draw(st.floats(0.01, 1.5))
    entry = PRICE[symbol] * draw(st.floats(0.95, 1.05))
    quantity = round(equity * share / entry, 6) or 1e-6
    return PositionConfig(
        symbol, draw(SIDE), quantity, entry, draw(st.sampled_from([2.0, 5.0])), draw(MARGIN_MODE)
    )


@st.composite
def accounts(draw: st.DrawFn) -> Config:
    equity = draw(st.floats(1e3, 1e6))
    symbols = draw(st.lists(st.sampled_from([ETH, SOL]), unique=True, max_size=2))
    positions = tuple(draw(held(symbol, equity)) for symbol in symbols)
    return Config(account=AccountConfig(equity=equity), positions=positions)


@settings(max_examples=40, deadline=None)
@given(
    config=accounts(),
    side=SIDE,
    leverage=st.sampled_from([1.0, 2.0, 5.0, 10.0, 20.0, 50.0]),
    mode=MARGIN_MODE,
    budget=st.sampled_from([0.02, 0.1, 0.5]),
)
def test_no_rule_on_the_position_holds_of_what_sizing_allows(
    config: Config, side: Side, leverage: float, mode: Mode, budget: float
) -> None:
    config = replace(config, risk=replace(config.risk, var_budget=budget))
    found = sized(config, BTC, side, leverage, mode)
    assert not isinstance(found.quantity, Missing)
    assume(found.quantity > 0)
    mark = contract_of(MARKET, BTC).mark
    assert not isinstance(mark, Missing)
    opened = PositionConfig(BTC, side, found.quantity, mark, leverage, mode)
    made = assess_market(MARKET, config=replace(config, positions=(*config.positions, opened)))
    symbol, account = made.symbols[BTC], made.account
    (position,) = symbol.positions
    assert not position.liquidation_due
    assert (position.distance_sigmas or 9.0) <= -2.0 or (position.distance_sigmas or 9.0) >= 2.0
    assert (position.p_liquidation_24h or 0.0) <= 0.01
    assert (position.p_liquidation_7d or 0.0) <= 0.20
    assert account is not None
    assert account.within_budget is True
    assert (symbol.score.components.liquidity or 0.0) <= config.risk.thresholds.reduce_size
    deciding = {"liquidation_due", "add_margin_or_reduce", "watch_margin", "account_over_budget"}
    holding = {rule.code for rule in symbol.recommendation.rules if rule.holds}
    assert not holding & {*deciding, "reduce_size", "liquidation_over_1_percent"}


def test_five_positions_at_their_largest_sizes_share_one_budget() -> None:
    """Each is sized with the others held: the last ones find less."""
    config = Config(account=AccountConfig(equity=1e4))
    for symbol in (BTC, ETH, SOL):
        found = sized(config, symbol, "long", 5.0, "isolated")
        assert not isinstance(found.quantity, Missing)
        price = contract_of(MARKET, symbol).mark or 0.0
        if found.quantity > 0:
            opened = PositionConfig(symbol, "long", found.quantity, price, 5.0)
            config = replace(config, positions=(*config.positions, opened))
    account = assess_market(MARKET, config=config).account
    assert account is not None
    assert account.within_budget is True
