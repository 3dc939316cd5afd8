"""Liquidation by the margin mode of the account, against the embedded exchange's own engine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from support.build import NOW_NS, ready_market

from tuirisk.analytics.leverage.account import (
    account_state,
    account_value_at_risk,
    available_balance,
    equity_of,
    free_equity,
)
from tuirisk.analytics.leverage.liquidation import liquidation_of
from tuirisk.analytics.leverage.margin_balance import account_margin, margin_of, worst_margin_ratio
from tuirisk.analytics.leverage.open_positions import OpenPosition, OpenPositions, open_positions
from tuirisk.analytics.leverage.portfolio import NOT_WATCHED, Contract, Portfolio, portfolio_of
from tuirisk.analytics.score.freshness import account_late
from tuirisk.analytics.stress.inputs import stress_inputs
from tuirisk.config.model import AccountConfig, Config, PositionConfig, RiskConfig
from tuirisk.events import (
    AccountPosition,
    AccountReport,
    Bracket,
    MarginAsset,
    PortfolioMargin,
)
from tuirisk.market.candles import CandleRing
from tuirisk.market.market import Market
from tuirisk.simulator.collateral import ASSET_TERMS, AccountMode
from tuirisk.simulator.instruments import CATALOGUE
from tuirisk.simulator.margin_engine import (
    ExchangePosition,
    Standing,
    brackets_of,
    positions_to_liquidate,
)
from tuirisk.state import Missing

MARKS = {"BTCUSDT": 80_000.0, "ETHUSDT": 2_500.0, "ETHUSDC": 2_500.0}
TIERS = {name: brackets_of(CATALOGUE[name.replace("USDC", "USDT")]) for name in MARKS}
ADL = 2


def asset_of(symbol: str) -> str:
    return symbol[-4:]


def brackets(symbol: str) -> tuple[Bracket, ...]:
    return tuple(
        Bracket(t.floor, t.cap, t.rate, t.cumulative, float(t.leverage)) for t in TIERS[symbol]
    )


def margin_asset(asset: str, amount: float) -> MarginAsset:
    terms = ASSET_TERMS[asset]
    price = terms.index(MARKS.__getitem__)
    rates = price, price * (1 - terms.bid_buffer), price * (1 + terms.ask_buffer)
    return MarginAsset(asset, amount, *rates)


def portfolio(
    mode: AccountMode,
    wallets: dict[str, float],
    quantities: dict[str, float],
    whole: PortfolioMargin | None = None,
    other_maintenance: float = 0.0,
) -> Portfolio:
    assets = tuple(margin_asset(name, amount) for name, amount in wallets.items())
    rates = {each.asset: each.price for each in assets}
    held = tuple(
        OpenPosition(
            name,
            "long" if quantity > 0 else "short",
            abs(quantity),
            MARKS[name],
            10.0,
            False,
            0.0,
            asset_of(name),
            rates.get(asset_of(name), 1.0),
        )
        for name, quantity in quantities.items()
    )
    wallet = wallets.get("USDT", 0.0) if whole is None else whole.equity
    positions = OpenPositions(
        "account", wallet, None, False, held, None, mode, assets, portfolio_margin=whole
    )
    contracts = {name: Contract(MARKS[name], brackets(name), "account") for name in quantities}
    return Portfolio(positions, contracts, None, other_maintenance=other_maintenance)


def falls(
    mode: AccountMode,
    wallets: dict[str, float],
    quantities: dict[str, float],
    symbol: str,
    price: float,
    loans: float = 0.0,
) -> bool:
    """Whether the exchange's engine liquidates the position in ``symbol`` at ``price``."""
    held = [
        ExchangePosition(name, "BOTH", quantity, MARKS[name], None)
        for name, quantity in quantities.items()
    ]
    marks = {**MARKS, symbol: price}
    standing = Standing(mode, wallets, asset_of, loans)
    down = positions_to_liquidate(held, standing, marks.__getitem__, TIERS.__getitem__)
    return symbol in {position.symbol for position in down}


amounts = st.floats(-3_000.0, 60_000.0)
lots = st.sampled_from([-4.0, -1.5, -0.3, 0.3, 1.5, 4.0])


@given(usdt=amounts, usdc=amounts, btc=st.floats(0.0, 0.6), one=lots, two=lots)
def test_with_multi_assets_margin_the_engine_liquidates_at_the_price_named(
    usdt: float, usdc: float, btc: float, one: float, two: float
) -> None:
    wallets = {"USDT": usdt, "USDC": usdc, "BTC": btc}
    quantities = {"BTCUSDT": one, "ETHUSDC": two}
    found = portfolio("multi_assets", wallets, quantities)
    for position in found.open_positions.positions:
        mark = MARKS[position.symbol]
        due = falls("multi_assets", wallets, quantities, position.symbol, mark)
        named = liquidation_of(position, found)
        assert named.due == due
        if due or isinstance(named.near, Missing):
            continue
        tick = 1e-7 * named.near
        beyond = tick if named.near > mark else -tick
        at = (wallets, quantities, position.symbol)
        assert falls("multi_assets", *at, named.near + beyond)
        assert not falls("multi_assets", *at, named.near - beyond)


def test_in_single_asset_mode_each_asset_has_its_own_wallet() -> None:
    wallets, quantities = {"USDT": 6_000.0, "USDC": 900.0}, {"BTCUSDT": 0.5, "ETHUSDC": -2.0}
    found = portfolio("single_asset", wallets, quantities)
    for position in found.open_positions.positions:
        near = liquidation_of(position, found).near
        assert not isinstance(near, Missing)
        beyond = 1e-7 * near * (1 if near > MARKS[position.symbol] else -1)
        at = (wallets, quantities, position.symbol)
        assert falls("single_asset", *at, near + beyond)
        assert not falls("single_asset", *at, near - beyond)
    usdc = ASSET_TERMS["USDC"].price
    assert equity_of(found) == pytest.approx(6_000.0 + 900.0 * usdc)
    margin = account_margin(found)
    assert margin.balance == pytest.approx(6_000.0 + 900.0 * usdc)
    ratios = [margin_of(position, found).ratio for position in found.open_positions.positions]
    assert worst_margin_ratio(found) == ratios[0] == pytest.approx(160.0 / 6_000.0, rel=0.1)
    assert ratios[1] == pytest.approx(20.0 / 900.0, rel=0.1)
    short = found.open_positions.positions[1]
    assert free_equity(found, short) == pytest.approx(900.0 - 500.0)


def test_portfolio_margin_is_liquidated_by_its_uni_mmr() -> None:
    quantities = {"BTCUSDT": 1.0}
    needed = 80_000.0 * TIERS["BTCUSDT"][1].rate - TIERS["BTCUSDT"][1].cumulative
    loans = 200.0
    whole = PortfolioMargin(
        9_000.0 / (needed + loans), 9_000.0, 8_200.0, needed + loans, "NORMAL", 0.0
    )
    found = portfolio("portfolio_margin", {"USDT": 9_000.0}, quantities, whole, loans)
    near = liquidation_of(found.open_positions.positions[0], found).near
    assert not isinstance(near, Missing)
    at = ({"USDT": 9_000.0}, quantities, "BTCUSDT")
    assert falls("portfolio_margin", *at, near - 0.01, loans)
    assert not falls("portfolio_margin", *at, near + 0.01, loans)
    state = account_state(found, RiskConfig(), {"BTCUSDT": CandleRing("1d").bars()})
    assert state is not None
    assert (state.equity, state.mode, state.initial_margin) == (
        9_000.0,
        "portfolio_margin",
        8_200.0,
    )
    assert state.uni_mmr == pytest.approx(whole.uni_mmr)
    assert state.margin_ratio == pytest.approx((needed + loans) / 9_000.0)


def report(*rows: AccountPosition) -> AccountReport:
    return AccountReport("", 0, 1_000.0, False, rows, 700.0)


def test_a_symbol_without_prices_has_the_exchanges_own_figures() -> None:
    row = AccountPosition(
        "GONEUSDT", "long", 10.0, 5.0, 5.0, "cross", 0.0, "USDT", 4.0, -10.0, 2.5, 1.25, ADL
    )
    found = portfolio_of(Market(), open_positions(report(row), Config()))
    contract = found.contracts["GONEUSDT"]
    assert (contract.mark, contract.by_exchange) == (4.0, True)
    named = liquidation_of(found.open_positions.positions[0], found)
    assert (named.near, named.due) == (1.25, False)
    margin = account_margin(found)
    assert (margin.balance, margin.maintenance) == (990.0, 2.5)
    assert available_balance(found) == 700.0


def test_without_any_price_the_account_says_so() -> None:
    row = AccountPosition("GONEUSDT", "long", 10.0, 5.0, 5.0, "cross", 0.0)
    found = portfolio_of(Market(), open_positions(report(row), Config()))
    assert found.contracts["GONEUSDT"].mark == NOT_WATCHED
    assert isinstance(equity_of(found), Missing)


def test_a_position_that_cannot_be_read_leaves_what_it_shares_unknown() -> None:
    rows = (
        AccountPosition("BTCUSDT", "long", 0.1, 80_000.0, 5.0, "cross", 0.0, "USDT", 80_000.0),
        AccountPosition("SOLUSDT", "long", 9.0, 90.0, 5.0, "isolated", 200.0, "USDT", 91.0),
    )
    told = AccountReport("", 0, 9_000.0, False, rows, unreadable=("ETHUSDT",))
    found = portfolio_of(Market(), open_positions(told, Config()))
    shared, own = found.open_positions.positions
    assert isinstance(liquidation_of(shared, found).near, Missing)
    assert isinstance(liquidation_of(own, found).near, float)
    assert str(equity_of(found)) == "ETHUSDT: a position that cannot be read"
    assert isinstance(account_value_at_risk(found, {}), Missing)
    market = ready_market(("BTCUSDT",))
    inputs = stress_inputs(market, open_positions(told, Config()), Config(), NOW_NS)
    assert str(inputs.refused[shared]) == str(liquidation_of(shared, found).near)
    kept = replace(told, unreadable=("BTCUSDT",))
    assert isinstance(equity_of(portfolio_of(Market(), open_positions(kept, Config()))), float)
    assert account_late(kept, 0, awaited=True)


def test_a_margin_asset_without_a_price_is_no_usdt() -> None:
    row = AccountPosition("ETHBTC", "long", 1.0, 0.03, 5.0, "cross", 0.0, "BTC", 0.031)
    told = AccountReport("", 0, 9_000.0, False, (row,), assets=(MarginAsset("USDT", 9_000.0),))
    found = portfolio_of(Market(), open_positions(told, Config()))
    assert str(equity_of(found)) == "ETHBTC: BTC, its margin asset, has no price"


def test_a_configured_isolated_position_may_state_its_margin() -> None:
    stated = PositionConfig("BTCUSDT", "long", 1.0, 80_000.0, 10.0, "isolated", 20_000.0)
    usual = PositionConfig("BTCUSDT", "long", 1.0, 80_000.0, 10.0, "isolated")
    for position, margin in ((stated, 20_000.0), (usual, 8_000.0)):
        config = Config(account=AccountConfig(equity=50_000.0), positions=(position,))
        assert open_positions(None, config).positions[0].wallet == margin
