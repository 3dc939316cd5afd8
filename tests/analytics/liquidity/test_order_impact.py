"""An order that is asked about: walked on every book as it is, in each of its measures."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.build import assess_market, ready_market

from tuirisk.analytics.leverage.open_positions import OpenPositions, open_positions
from tuirisk.analytics.order_impact import order_impacts
from tuirisk.config.model import Config, PositionConfig
from tuirisk.language.reason import Reason
from tuirisk.market.market import Market
from tuirisk.state import Impact, Missing, OrderImpact, OrderSize, RiskState

BTC, ETH = "BTCUSDT", "ETHUSDT"
OWN = PositionConfig(BTC, "long", 0.5, 66_000.0, 20.0)
CONFIG = Config(symbols=(BTC, ETH), positions=(OWN,))


@pytest.fixture(scope="module")
def market() -> Market:
    return ready_market((BTC, ETH))


@pytest.fixture(scope="module")
def state(market: Market) -> RiskState:
    return assess_market(market, config=CONFIG)


@pytest.fixture(scope="module")
def held(market: Market) -> OpenPositions:
    return open_positions(market.account, CONFIG)


def answer(
    order: OrderSize, market: Market, held: OpenPositions, state: RiskState, name: str = BTC
) -> OrderImpact:
    return order_impacts(order, market, held, CONFIG.risk, state.symbols, None)[name]


def impact(found: OrderImpact) -> Impact:
    assert isinstance(found.impact, Impact)
    return found.impact


def test_a_rung_of_the_ladder_is_what_the_curve_says(
    market: Market, held: OpenPositions, state: RiskState
) -> None:
    for name in (BTC, ETH):
        for rung in state.symbols[name].liquidity.curve:
            found = answer(OrderSize("notional", rung.notional), market, held, state, name)
            assert found.impact == rung


def test_all_of_the_position_is_the_exit(
    market: Market, held: OpenPositions, state: RiskState
) -> None:
    found = answer(OrderSize("share", 1.0), market, held, state)
    assert found.impact == state.symbols[BTC].liquidity.impact
    assert found.quantity == 0.5
    half = answer(OrderSize("share", 0.5), market, held, state)
    same = answer(OrderSize("quantity", 0.25, BTC), market, held, state)
    assert half.impact == same.impact
    assert impact(half).sell.slippage <= impact(found).sell.slippage  # type: ignore[operator]


def test_a_share_of_nothing_says_so(market: Market, held: OpenPositions, state: RiskState) -> None:
    found = answer(OrderSize("share", 0.5), market, held, state, ETH)
    assert found.impact == Missing("no_position")


def test_a_quantity_is_an_order_of_its_symbol_alone(
    market: Market, held: OpenPositions, state: RiskState
) -> None:
    found = order_impacts(
        OrderSize("quantity", 2.0, ETH), market, held, CONFIG.risk, state.symbols, None
    )
    assert list(found) == [ETH]
    assert impact(found[ETH]).sell.filled == pytest.approx(2.0 * impact(found[ETH]).sell.vwap)


def test_more_than_the_book_holds_is_a_lower_bound(
    market: Market, held: OpenPositions, state: RiskState
) -> None:
    found = impact(answer(OrderSize("notional", 1e12), market, held, state))
    assert found.sell.exhausted is True
    assert found.sell.level == "high"


def test_a_book_that_gives_no_number_gives_none_here(held: OpenPositions) -> None:
    market = ready_market((BTC, ETH))
    market.symbols[BTC].book.invalidate(Reason.from_text("gap in the updates"))
    state = assess_market(market, config=CONFIG)
    found = answer(OrderSize("notional", 1e5), market, held, state)
    assert found.impact == Missing.from_text("gap in the updates")


def test_an_answer_stands_until_its_book_or_the_order_changes(
    market: Market, held: OpenPositions, state: RiskState
) -> None:
    order = OrderSize("notional", 250_000.0)
    first = order_impacts(order, market, held, CONFIG.risk, state.symbols, None)
    before = replace(state, order_impacts=first)
    again = order_impacts(order, market, held, CONFIG.risk, state.symbols, before)
    assert again[BTC] is first[BTC]
    symbols = dict(state.symbols)
    versions = {**symbols[BTC].versions, "book": symbols[BTC].versions["book"] + 1}
    symbols[BTC] = replace(symbols[BTC], versions=versions)
    moved = order_impacts(order, market, held, CONFIG.risk, symbols, before)
    assert moved[BTC] is not first[BTC]
    assert moved[ETH] is first[ETH]
    other = order_impacts(
        OrderSize("notional", 1.0), market, held, CONFIG.risk, state.symbols, before
    )
    assert other[BTC].order.amount == 1.0
