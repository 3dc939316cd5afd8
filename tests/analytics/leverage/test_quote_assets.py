"""Money has a unit: positions and settings beside symbols whose money is not USDT."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.build import NOW_NS, assess_market, events_of

from tuirisk import events as ev
from tuirisk.analytics.asset_prices import asset_prices, in_quote_asset, price_of
from tuirisk.analytics.leverage.account import account_state
from tuirisk.analytics.leverage.liquidation import liquidation_of
from tuirisk.analytics.leverage.open_positions import open_positions
from tuirisk.analytics.leverage.portfolio import Contract, Portfolio
from tuirisk.config.model import AccountConfig, Config, PositionConfig, RiskConfig
from tuirisk.events import Bracket
from tuirisk.explain.node import Node, in_asset
from tuirisk.market.candles import CandleRing
from tuirisk.market.market import Market
from tuirisk.state import Missing

BTC = 77_000.0
MARK = 0.03
BRACKETS = (Bracket(0.0, 1e9, 0.005, 0.0, 50.0),)
NAME = "ETHBTC"
HELD = PositionConfig(NAME, "long", 30.0, 0.029, 5.0, "cross")
CONFIG = Config(symbols=(NAME,), account=AccountConfig(50_000.0), positions=(HELD,))


def portfolio(config: Config = CONFIG, **prices: float) -> Portfolio:
    contract = Contract(MARK, BRACKETS, "account")
    return Portfolio(open_positions(None, config, prices), {NAME: contract}, None)


def test_totals_of_a_position_in_another_asset_are_in_usdt() -> None:
    state = account_state(portfolio(BTC=BTC), RiskConfig(), {NAME: CandleRing("1d").bars()})
    assert state is not None
    assert state.unrealised_pnl == pytest.approx(30 * 0.001 * BTC)
    assert state.margin_balance == pytest.approx(50_000 + 30 * 0.001 * BTC)
    assert state.maintenance_margin == pytest.approx(30 * MARK * 0.005 * BTC)


def test_the_one_wallet_of_the_configuration_stands_behind_it_at_its_price() -> None:
    known = portfolio(BTC=BTC)
    (held,) = known.open_positions.positions
    near = liquidation_of(held, known).near
    assert isinstance(near, float)
    left = 50_000 / BTC + 30 * (near - 0.029)
    assert left == pytest.approx(30 * near * 0.005)


def test_a_wallet_named_in_its_asset_stands_behind_it_alone() -> None:
    own = replace(CONFIG, positions=(replace(HELD, wallet_balance=0.2),))
    known = portfolio(own, BTC=BTC)
    (held,) = known.open_positions.positions
    assert known.open_positions.wallets == {"": 50_000.0, "BTC": 0.2}
    near = liquidation_of(held, known).near
    assert isinstance(near, float)
    assert 0.2 + 30 * (near - 0.029) == pytest.approx(30 * near * 0.005)


def test_nothing_is_told_in_usdt_where_nothing_tells_the_price() -> None:
    market = Market()
    for event in events_of(NAME):
        market.apply(event)
    state = assess_market(market, config=CONFIG)
    symbol, account = state.symbols[NAME], state.account
    assert account is not None
    unknown = Missing("asset_without_price", name="BTC")
    assert symbol.position is not None
    assert symbol.position.notional == unknown
    assert account.within_budget is None or isinstance(account.within_budget, Missing)
    assert isinstance(account.var_1d_95, Missing)
    assert symbol.liquidity.curve == ()
    watched = assess_market(market, config=replace(CONFIG, positions=())).symbols[NAME]
    assert watched.liquidity.impact.sell.slippage == unknown
    assert watched.score.coverage < symbol.score.coverage
    assert [m.code for m in state.messages if m.symbol == NAME] == ["asset_without_price"]
    assert symbol.severity.level != "ok"
    market.apply(ev.AssetPrices("", NOW_NS, {"BTC": BTC}))
    known = assess_market(market, config=CONFIG)
    account = known.account
    assert account is not None
    assert isinstance(account.var_1d_95, float)
    assert not [m for m in known.messages if m.symbol == NAME]


def test_the_settings_amounts_are_worth_the_same_in_the_quote_asset() -> None:
    risk = in_quote_asset(RiskConfig(), BTC)
    assert risk.reference_notional * BTC == pytest.approx(RiskConfig().reference_notional)
    assert risk.impact_ladder[0] * BTC == pytest.approx(RiskConfig().impact_ladder[0])
    assert in_quote_asset(RiskConfig(), 1.0) == RiskConfig()


def test_an_asset_has_its_index_price_else_its_contracts_mark_else_par_if_a_dollar() -> None:
    market = Market()
    for event in events_of("BTCUSDT"):
        market.apply(event)
    mark = market.symbols["BTCUSDT"].derivatives.mark
    assert mark is not None
    assert asset_prices(market)["BTC"] == mark.mark
    market.apply(ev.AssetPrices("", NOW_NS, {"BTC": BTC, "USDC": 1.01}))
    prices = asset_prices(market)
    assert [price_of(name, prices) for name in ("BTC", "USDC", "FDUSD", "USDT")] == [
        BTC,
        1.01,
        1.0,
        1.0,
    ]
    assert price_of("DOGE", prices) is None


def test_an_explanation_names_the_asset_of_the_symbols_amounts_alone() -> None:
    order, rule = Node("order", 0.9, "money"), Node("rule", 1_700.0, "money", threshold=1_000.0)
    named = in_asset(Node("symbol", NAME, "text", children=(order, rule)), "BTC")
    assert [child.asset for child in named.children] == ["BTC", ""]
