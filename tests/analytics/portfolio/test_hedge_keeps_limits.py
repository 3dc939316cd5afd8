"""Any account that ``hedge`` says is within its limits afterwards is, once the monitor assesses it.

Random accounts: cross, isolated, both sides of a symbol, USDC beside USDT, all assets together.
"""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.build import NOW_NS, assess_market, ready_market

from tuirisk.analytics.account_assessment import assessed_account
from tuirisk.analytics.leverage.account import account_state
from tuirisk.analytics.leverage.brackets import brackets_of, largest_notional
from tuirisk.analytics.leverage.open_positions import OpenPosition, OpenPositions, Side
from tuirisk.analytics.leverage.portfolio import portfolio_of
from tuirisk.analytics.portfolio.account_inputs import account_inputs
from tuirisk.analytics.portfolio.hedge import Candidate, hedge_candidates
from tuirisk.analytics.portfolio.hedge_actions import least_notional
from tuirisk.analytics.portfolio.simulation import simulate_account
from tuirisk.config.model import Config
from tuirisk.events import MarginAsset
from tuirisk.market.market import Market
from tuirisk.state import AccountState, RiskState

SYMBOLS = ("BTCUSDT", "ETHUSDT", "ETHUSDC")
CONFIG = Config(symbols=SYMBOLS)
PATHS = 400


@cache
def market() -> Market:
    return ready_market(SYMBOLS)


@cache
def watched() -> RiskState:
    return assess_market(market(), config=CONFIG)


def mark_of(symbol: str) -> float:
    mark = market().symbols[symbol].derivatives.mark
    assert mark is not None
    return mark.mark


@st.composite
def accounts(draw: st.DrawFn) -> OpenPositions:
    hedge_mode = draw(st.booleans())
    together = draw(st.booleans())
    chosen = draw(st.lists(st.sampled_from(SYMBOLS), min_size=1, max_size=3, unique=True))
    wallet = draw(st.floats(300.0, 30_000.0))
    held = []
    for symbol in chosen:
        isolated = draw(st.integers(0, 3)) == 0
        leverage = draw(st.sampled_from([3.0, 10.0, 20.0, 50.0]))
        several = hedge_mode and draw(st.booleans())
        sides: list[Side] = (
            ["long", "short"] if several else [draw(st.sampled_from(["long", "short"]))]
        )
        for side in sides:
            mark = mark_of(symbol)
            quantity = round(draw(st.floats(500.0, 60_000.0)) / mark, 3)
            entry = mark * draw(st.floats(0.92, 1.08))
            margin = quantity * entry / leverage if isolated else 0.0
            held.append(
                OpenPosition(symbol, side, quantity, entry, leverage, isolated, margin, symbol[-4:])
            )
    coins = draw(st.floats(0.0, 20_000.0))
    assets = (
        MarginAsset("USDT", wallet, 1.0, 1.0, 1.0),
        MarginAsset("USDC", coins, 1.0, 0.99, 1.01),
        *([MarginAsset("BTC", coins / 67_000.0, 67_000.0, 63_650.0, 70_350.0)] if together else []),
    )
    return OpenPositions(
        "account", wallet, None, hedge_mode, tuple(held),
        mode="multi_assets" if together else "single_asset", assets=assets,
    )  # fmt: skip


def assessed(positions: OpenPositions) -> AccountState:
    """The account as the monitor assesses it."""
    portfolio = portfolio_of(market(), positions)
    account = account_state(portfolio, CONFIG.risk, portfolio.daily_bars)
    simulated = None
    if positions.positions:
        simulated = simulate_account(account_inputs(market(), positions, CONFIG, NOW_NS), PATHS)
    found, _ = assessed_account(
        account, market(), portfolio, watched().symbols, simulated, None, CONFIG,
        NOW_NS // 1_000_000,
    )  # fmt: skip
    assert found is not None
    return found


def check(positions: OpenPositions) -> None:
    found = hedge_candidates(
        market(), positions, CONFIG, watched().symbols, NOW_NS, lambda *order: 0.0003, PATHS
    )
    for one in [one for one in found.candidates if one.ok][:2]:
        after = assessed(one.positions)
        assert {name: j.level for name, j in after.levels.items() if j.level != "ok"} == {}
        assert after.severity.level == "ok" or not one.positions.positions
    for one in found.candidates:
        check_order(one, positions)


def check_order(one: Candidate, before: OpenPositions) -> None:
    if one.action == "add_margin":
        assert one.quantity > 0.0
        return
    mark = mark_of(one.symbol)
    assert one.notional == pytest.approx(one.quantity * mark)
    held = [p for p in before.of(one.symbol) if p.side == one.side]
    whole = one.action == "cut" and one.quantity == held[0].quantity
    assert whole or one.quantity * 1e3 == pytest.approx(round(one.quantity * 1e3), abs=1e-6)
    if one.action == "cut":
        assert one.quantity <= held[0].quantity
        return
    assert one.notional >= least_notional(market(), one.symbol)
    assert not any(position.isolated for position in before.of(one.symbol))
    assert before.hedge_mode or all(p.side == one.side for p in before.of(one.symbol))
    after = one.positions.of(one.symbol)
    opened = next(position for position in after if position.side == one.side)
    brackets, _ = brackets_of(one.symbol, ())
    assert sum(p.quantity for p in after) * mark <= largest_notional(brackets, opened.leverage)


@settings(max_examples=4)
@given(accounts())
def test_what_is_within_all_limits_is_so_once_it_is_held(positions: OpenPositions) -> None:
    check(positions)


@pytest.mark.slow
@settings(max_examples=400)
@given(accounts())
def test_the_same_of_many_accounts(positions: OpenPositions) -> None:
    check(positions)
