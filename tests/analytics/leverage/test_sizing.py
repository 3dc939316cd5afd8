"""The largest size: each limit alone, the one that binds, and by trying."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.build import depth_snapshot

from tuirisk.analytics.leverage.brackets import brackets_of
from tuirisk.analytics.leverage.sizing import SizingInputs, exit_limit, largest_size
from tuirisk.analytics.liquidity.book_walk import Levels, walk
from tuirisk.language.reason import Reason
from tuirisk.market.book import OrderBook
from tuirisk.state import Missing, Number

BTC, _ = brackets_of("BTCUSDT", ())
TERMS = SizingInputs(
    sign=1, leverage=10.0, price=100.0, var=0.04, budget=200.0, free=10_000.0, slippage=0.005
)


def book(levels: int = 50, quantity: float = 10_000.0) -> OrderBook:
    made = OrderBook()
    bids = [(99.95 - 0.1 * i, quantity) for i in range(levels)]
    asks = [(100.05 + 0.1 * i, quantity) for i in range(levels)]
    made.reset(depth_snapshot("X", bids, asks))
    return made


def test_the_var_budget_binds() -> None:
    found = largest_size(TERMS, BTC, book(), None)
    assert found.quantity == pytest.approx(200.0 / 0.04 / 100.0)
    assert found.limit == "var_budget"
    assert found.limits == {
        "var_budget": pytest.approx(50.0),
        "exit_slippage": pytest.approx(found.limits["exit_slippage"]),
        "leverage_bracket": pytest.approx(2.3e8 / 100.0),
        "margin": pytest.approx(1_000.0),
    }


def test_the_margin_binds() -> None:
    found = largest_size(replace(TERMS, budget=1e6), BTC, book(), None)
    assert found.quantity == pytest.approx(1_000.0)
    assert found.limit == "margin"
    broke = largest_size(replace(TERMS, free=-5.0), BTC, book(), None)
    assert (broke.quantity, broke.limit) == (0.0, "margin")


def test_the_exit_binds() -> None:
    rich = replace(TERMS, budget=1e9, free=1e9)
    made = book()
    found = largest_size(rich, BTC, made, None)
    assert found.limit == "exit_slippage"
    assert not isinstance(found.quantity, Missing)
    levels = Levels(1, made.bids.levels())
    at = walk(levels, 100.0, quantity=found.quantity).slippage
    assert at == pytest.approx(0.005, rel=1e-9)
    beyond = walk(levels, 100.0, quantity=found.quantity * 1.001).slippage
    assert not isinstance(beyond, Missing)
    assert beyond > 0.005


def test_the_end_of_the_book_binds() -> None:
    rich = replace(TERMS, budget=1e9, free=1e9)
    found = largest_size(rich, BTC, book(levels=3), None)
    assert (found.quantity, found.limit) == (30_000.0, "book_depth")


def test_the_bracket_binds() -> None:
    rich = replace(TERMS, budget=1e9, free=1e9, leverage=125.0)
    found = largest_size(rich, BTC, book(), None)
    assert (found.quantity, found.limit) == (500.0, "leverage_bracket")
    assert largest_size(replace(rich, leverage=126.0), BTC, book(), None).quantity == 0.0


def test_a_loss_that_is_none_is_no_limit() -> None:
    found = largest_size(replace(TERMS, var=-0.01), BTC, book(), None)
    assert "var_budget" not in found.limits
    assert found.limit == "margin"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"var": Missing.from_text("insufficient history")}, "insufficient history"),
        ({"price": Missing.from_text("no mark")}, "no mark"),
        ({"budget": Missing.from_text("no equity")}, "no equity"),
        ({"free": Missing.from_text("no equity")}, "no equity"),
    ],
)
def test_a_limit_that_is_not_known_leaves_no_size(change: dict[str, Number], reason: str) -> None:
    found = largest_size(replace(TERMS, **change), BTC, book(), None)  # type: ignore[arg-type]
    assert found.quantity == found.limit == Missing.from_text(reason)


def test_a_book_that_cannot_be_used_leaves_no_size() -> None:
    found = largest_size(TERMS, BTC, OrderBook(), Reason("not_received_yet", thing="order_book"))
    assert found.quantity == Missing("not_received_yet", thing="order_book")


def test_sizes_are_whole_lots() -> None:
    assert largest_size(replace(TERMS, step=0.3), BTC, book(), None).quantity == pytest.approx(49.8)
    assert largest_size(replace(TERMS, step=0.1), BTC, book(), None).quantity == pytest.approx(50.0)
    assert largest_size(replace(TERMS, step=100.0), BTC, book(), None).quantity == 0.0


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
    walked = Levels(sign, side.levels())
    if quantity > 0:
        cost = walk(walked, 100.0, quantity=quantity).slippage
        assert not isinstance(cost, Missing)
        assert cost <= slippage * (1 + 1e-9)
    if ended:
        assert quantity == pytest.approx(sum(q for _, q in levels))
    else:
        more = walk(walked, 100.0, quantity=quantity * 1.01 + 1e-6).slippage
        assert more >= slippage * (1 - 1e-6)  # type: ignore[operator]
