"""The largest size: each limit alone, the one that binds, and by trying."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import inf
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.build import depth_snapshot

from tuirisk.analytics.forecast.daily_extremes import p_touch_brownian
from tuirisk.analytics.leverage.brackets import brackets_of
from tuirisk.analytics.leverage.margin import liquidation_barriers
from tuirisk.analytics.leverage.open_positions import OpenPosition, OpenPositions, Side
from tuirisk.analytics.leverage.portfolio import Contract, Portfolio
from tuirisk.analytics.leverage.safe_distance import largest_quantity, safe_distances
from tuirisk.analytics.leverage.size_limits import SizingInputs, exit_limit
from tuirisk.analytics.leverage.sizing import largest_size, passes
from tuirisk.analytics.liquidity.book_walk import Levels, walk
from tuirisk.analytics.liquidity.slippage_points import SLIPPAGE_CURVE, slippage_at
from tuirisk.analytics.score import levels as level_rules_
from tuirisk.config.model import RiskConfig, Thresholds
from tuirisk.market.book import OrderBook
from tuirisk.state import DailyRisk, Missing, Number

NAME = "XUSDT"
BTC, _ = brackets_of("BTCUSDT", ())
NOWHERE = Missing("not_computed_yet")
CALM = DailyRisk(0.01, "cone", NOWHERE, NOWHERE, NOWHERE)


def template(side: Side = "long", leverage: float = 10.0, isolated: bool = True) -> OpenPosition:
    return OpenPosition(NAME, side, 1.0, 100.0, leverage, isolated, 10.0)


def portfolio(
    price: Number = 100.0, wallet: float = 10_000.0, source: str = "account"
) -> Portfolio:
    held = OpenPositions("config", wallet, wallet, False, ())
    return Portfolio(held, {NAME: Contract(price, BTC, source)}, None)


def losing(share: float) -> Callable[[float], float]:
    """The VaR of an account that holds nothing else: ``share`` of the value."""
    return lambda quantity: share * quantity * 100.0


TERMS = SizingInputs(
    position=template(),
    portfolio=portfolio(),
    daily=CALM,
    thresholds=Thresholds(),
    var=losing(0.04),
    budget=200.0,
    free=10_000.0,
)
RICH = replace(TERMS, budget=1e9, free=1e9)


def book(levels: int = 50, quantity: float = 10_000.0) -> OrderBook:
    made = OrderBook()
    bids = [(99.95 - 0.1 * i, quantity) for i in range(levels)]
    asks = [(100.05 + 0.1 * i, quantity) for i in range(levels)]
    made.reset(depth_snapshot("X", bids, asks))
    return made


def test_the_var_budget_binds() -> None:
    found = largest_size(TERMS, book(), None)
    assert found.quantity == pytest.approx(200.0 / 0.04 / 100.0)
    assert found.limit == "var_budget"
    assert found.limits["leverage_bracket"] == pytest.approx(2.3e8 / 100.0)
    assert found.limits["margin"] == pytest.approx(1_000.0)
    assert next(iter(found.limits)) == "var_budget"
    numbers = [limit for limit in found.limits.values() if isinstance(limit, float)]
    assert numbers == sorted(numbers)


def test_a_budget_that_is_used_up_leaves_nothing_and_says_how_much_is_used() -> None:
    found = largest_size(replace(TERMS, var=lambda q: 960.0 - 10.0 * q), book(), None)
    assert (found.quantity, found.limit) == (0.0, "var_budget")
    assert found.budget_used == pytest.approx(4.8)


def test_a_hedge_is_sized_up_to_the_first_size_over_the_budget() -> None:
    found = largest_size(replace(TERMS, var=lambda q: abs(150.0 - 10.0 * q)), book(), None)
    assert found.quantity == pytest.approx(35.0)


def test_the_margin_binds() -> None:
    found = largest_size(replace(TERMS, budget=1e6), book(), None)
    assert found.quantity == pytest.approx(1_000.0)
    assert found.limit == "margin"
    broke = largest_size(replace(TERMS, free=-5.0), book(), None)
    assert (broke.quantity, broke.limit) == (0.0, "margin")


def test_the_exit_binds() -> None:
    made = book()
    found = largest_size(RICH, made, None)
    assert found.limit == "exit_slippage"
    assert not isinstance(found.quantity, Missing)
    levels = Levels.of_pairs(1, made.bids.levels())
    at = walk(levels, 100.0, quantity=found.quantity).slippage
    assert at == pytest.approx(0.004, rel=1e-6)
    beyond = walk(levels, 100.0, quantity=found.quantity * 1.001).slippage
    assert not isinstance(beyond, Missing)
    assert beyond > 0.004


def test_the_end_of_the_book_binds() -> None:
    found = largest_size(RICH, book(levels=3), None)
    assert (found.quantity, found.limit) == (30_000.0, "book_depth")


def test_the_bracket_binds() -> None:
    still = replace(CALM, sigma=0.0005)
    found = largest_size(
        replace(RICH, position=template(leverage=125.0), daily=still), book(), None
    )
    assert (found.quantity, found.limit) == (500.0, "leverage_bracket")
    over = replace(RICH, position=template(leverage=126.0), daily=still)
    assert largest_size(over, book(), None).quantity == 0.0


@pytest.mark.parametrize("side", ["long", "short"])
@pytest.mark.parametrize("isolated", [True, False])
@pytest.mark.parametrize("leverage", [3.0, 10.0, 20.0])
@pytest.mark.parametrize("sigma", [0.01, 0.02, 0.05])
def test_liquidation_stays_as_far_as_the_rules_ask(
    side: Side, isolated: bool, leverage: float, sigma: float
) -> None:
    """Against the barriers themselves and the reflection principle, by trying."""
    daily = replace(CALM, sigma=sigma)
    inputs = replace(
        RICH, position=template(side, leverage, isolated), daily=daily, var=losing(0.0)
    )
    found = largest_size(inputs, book(quantity=1e9), None)

    def clear(quantity: float) -> bool:
        wallet = quantity * 100.0 / leverage if isolated else 10_000.0
        sized = replace(inputs.position, quantity=quantity)
        barriers = liquidation_barriers((sized,), BTC, wallet, 100.0)
        near = barriers.nearest(100.0)
        if near is None:
            return not barriers.due
        away = near / 100.0 - 1.0
        week = p_touch_brownian(away, sigma * 7**0.5)
        return abs(away) >= 2 * sigma and p_touch_brownian(away, sigma) <= 0.01 and week <= 0.2

    assert not isinstance(found.quantity, Missing)
    assert found.quantity == 0.0 or clear(found.quantity)
    more = found.quantity * 1.001 + 1e-6
    if found.limit in ("liquidation_distance", "p_liquidation_24h", "p_liquidation_7d"):
        assert not clear(more)
    else:
        assert found.limit == "leverage_bracket"


@given(
    left=st.floats(0.0, 1e6),
    gain=st.floats(-10.0, 10.0),
    price=st.floats(1.0, 200.0),
    share=st.floats(0.0, 0.999),
)
def test_the_largest_quantity_is_where_the_excess_ends(
    left: float, gain: float, price: float, share: float
) -> None:
    def excess(quantity: float) -> float:
        notional = quantity * price
        bracket = next((b for b in BTC if notional <= b.notional_cap), BTC[-1])
        kept = notional * bracket.maintenance_rate - bracket.cumulative
        return left + quantity * gain - kept

    found = largest_quantity(left, gain, price, BTC)
    slack = 1e-9 * (1.0 + left)
    if found == inf:
        assert excess(1e12) >= -slack
        return
    assert excess(share * found) >= -slack
    assert excess(found * 1.01 + 1e-3) <= slack


def test_the_thresholds_are_those_of_the_rules() -> None:
    rules = level_rules_.level_rules(RiskConfig())
    assert dict(rules["distance_sigmas"].steps)["warning"] == 2.0
    assert dict(rules["p_liquidation_24h"].steps)["warning"] == 0.01
    assert dict(rules["p_liquidation_7d"].steps)["warning"] == 0.20
    at, points = zip(*SLIPPAGE_CURVE, strict=True)
    most = Thresholds().reduce_size
    assert float(np.interp(slippage_at(most), at, points)) == pytest.approx(most)
    safe = safe_distances(1, CALM, Thresholds())
    assert safe.sigmas == pytest.approx(0.02)
    assert p_touch_brownian(-(safe.day or 0.0), 0.01) == pytest.approx(0.01)
    assert p_touch_brownian(-(safe.week or 0.0), 0.01 * 7**0.5) == pytest.approx(0.2)


def test_a_loss_that_is_none_is_no_limit() -> None:
    found = largest_size(replace(TERMS, var=losing(0.0)), book(), None)
    assert "var_budget" not in found.limits
    assert found.limit == "margin"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"var": Missing.from_text("insufficient history")}, "insufficient history"),
        ({"portfolio": portfolio(Missing.from_text("no mark"))}, "no mark"),
        ({"budget": Missing.from_text("no equity")}, "no equity"),
        ({"free": Missing.from_text("no equity")}, "no equity"),
        ({"daily": replace(CALM, sigma=Missing.from_text("no sigma"))}, "no sigma"),
    ],
)
def test_a_limit_that_is_not_known_leaves_no_size(change: dict[str, Any], reason: str) -> None:
    found = largest_size(replace(TERMS, **change), book(), None)
    assert found.quantity == found.limit == Missing.from_text(reason)


def test_unknown_brackets_leave_no_size() -> None:
    found = largest_size(replace(TERMS, portfolio=portfolio(source="none")), book(), None)
    assert isinstance(found.quantity, Missing)
    assert found.quantity.code == "brackets_unknown"


def test_a_book_that_cannot_be_used_leaves_no_size() -> None:
    reason = Missing.from_text("order book not received yet")
    assert largest_size(TERMS, OrderBook(), reason).quantity == reason


def test_sizes_are_whole_lots() -> None:
    lots = replace(TERMS, var=losing(0.039999))
    for step, quantity in ((0.3, 49.8), (0.1, 50.0), (100.0, 0.0)):
        found = largest_size(replace(lots, step=step), book(), None)
        assert found.quantity == pytest.approx(quantity)


def test_what_is_allowed_passes_and_what_is_forbidden_does_not() -> None:
    assert passes(TERMS, 0.0)
    assert passes(TERMS, 49.0)
    assert not passes(TERMS, 51.0)
    assert not passes(replace(RICH, position=template(leverage=60.0)), 1.0)


@given(
    st.lists(st.tuples(st.floats(0.001, 2.0), st.floats(0.01, 1e4)), min_size=1, max_size=30),
    st.sampled_from([1, -1]),
    st.floats(0.0005, 0.02),
)
def test_the_exit_limit_is_where_the_walk_costs_that_much(
    steps: list[tuple[float, float]], sign: int, slippage: float
) -> None:
    gaps = np.cumsum([gap for gap, _ in steps])
    levels = [
        (100.0 - sign * 0.3 * float(gap), quantity)
        for gap, (_, quantity) in zip(gaps, steps, strict=True)
    ]
    made = OrderBook()
    other = [(100.0 + sign * 0.01, 1.0)]
    sides = (levels, other) if sign > 0 else (other, levels)
    made.reset(depth_snapshot("X", *sides))
    side = made.bids if sign > 0 else made.asks
    quantity, ended = exit_limit(side, 0.0 if sign > 0 else float("inf"), 100.0, slippage)
    walked = Levels.of_pairs(sign, side.levels())
    if quantity > 0:
        cost = walk(walked, 100.0, quantity=quantity).slippage
        assert not isinstance(cost, Missing)
        assert cost <= slippage * (1 + 1e-9)
    if ended:
        assert quantity == pytest.approx(sum(q for _, q in levels))
    else:
        more = walk(walked, 100.0, quantity=quantity * 1.01 + 1e-6).slippage
        assert more >= slippage * (1 - 1e-6)  # type: ignore[operator]
