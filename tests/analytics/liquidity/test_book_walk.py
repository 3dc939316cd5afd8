"""The walk against a brute-force one in exact decimals, and what must hold of any walk."""

from __future__ import annotations

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuirisk.analytics.liquidity.book_walk import Levels, walk
from tuirisk.events import Level
from tuirisk.market.book import BookSide
from tuirisk.state import Fill, Missing

BID, ASK = 1, -1

sides = st.sampled_from((BID, ASK))
gaps = st.lists(st.integers(1, 400), min_size=1, max_size=40)
sizes = st.floats(0.001, 1_000.0)
orders = st.floats(0.01, 2e6)


@st.composite
def books(draw: st.DrawFn) -> tuple[int, list[Level]]:
    """(sign, levels best first) around a mid of 100."""
    sign = draw(sides)
    price, levels = Decimal("100") - sign * Decimal("0.01"), []
    for gap in draw(gaps):
        levels.append((float(price), draw(sizes)))
        price -= sign * gap * Decimal("0.01")
        if price <= 1:
            break
    return sign, levels


def decimal_walk(
    levels: list[Level], notional: float | None, quantity: float | None
) -> tuple[Decimal, Decimal, float, bool]:
    """(vwap, filled notional, worst price, exhausted), level by level."""
    with localcontext(prec=60):
        left = Decimal(notional if notional is not None else quantity or 0)
        spent, bought, worst = Decimal(0), Decimal(0), 0.0
        for price, size in levels:
            p, q = Decimal(price), Decimal(size)
            take = min(q, left / p if notional is not None else left)
            left -= take * p if notional is not None else take
            spent, bought, worst = spent + take * p, bought + take, price
            if left <= 0:
                break
        return spent / bought, spent, worst, left > 0


@given(books(), orders, st.booleans())
def test_walk_is_the_brute_force_one(
    book: tuple[int, list[Level]], order: float, by_notional: bool
) -> None:
    sign, levels = book
    notional, quantity = (order, None) if by_notional else (None, order / 100)
    fill = walk(Levels.of_pairs(sign, levels), 100.0, notional=notional, quantity=quantity)
    vwap, filled, worst, exhausted = decimal_walk(levels, notional, quantity)
    assert fill.vwap == pytest.approx(float(vwap), rel=1e-9)
    assert fill.filled == pytest.approx(float(filled), rel=1e-9)
    assert fill.worst == worst
    whole = sum(price * size if by_notional else 100 * size for price, size in levels)
    if whole != pytest.approx(order, rel=1e-12):  # Else rounding decides.
        assert fill.exhausted == exhausted
    expected = float(sign * (100 - vwap) / 100)
    assert fill.slippage == pytest.approx(expected, rel=1e-9, abs=1e-13)
    touch = Decimal(levels[0][0])
    assert fill.slippage_touch == pytest.approx(
        float(sign * (touch - vwap) / touch), rel=1e-9, abs=1e-13
    )


@given(books(), orders)
def test_filled_and_unfilled_make_the_order(book: tuple[int, list[Level]], order: float) -> None:
    fill = walk(Levels.of_pairs(*book), 100.0, notional=order)
    assert number(fill.filled) + number(fill.unfilled) == pytest.approx(order, rel=1e-9)


@given(books(), orders, st.floats(1.0, 50.0))
def test_a_larger_order_never_costs_less(
    book: tuple[int, list[Level]], order: float, factor: float
) -> None:
    levels = Levels.of_pairs(*book)
    small, large = (walk(levels, 100.0, notional=size) for size in (order, order * factor))
    assert number(small.slippage) <= number(large.slippage) + 1e-12


@given(books(), orders, st.integers(0, 39), st.floats(0.0, 1_000.0))
def test_a_deeper_book_never_costs_more(
    book: tuple[int, list[Level]], order: float, where: int, more: float
) -> None:
    sign, levels = book
    thin = walk(Levels.of_pairs(sign, levels), 100.0, notional=order)
    row = where % len(levels)
    deeper = [(p, q + more * (i == row)) for i, (p, q) in enumerate(levels)]
    deep = walk(Levels.of_pairs(sign, deeper), 100.0, notional=order)
    if not thin.exhausted:
        assert number(deep.slippage) <= number(thin.slippage) + 1e-12
    assert number(deep.unfilled) <= number(thin.unfilled) + 1e-6


@given(books(), orders, st.sampled_from((0.001, 0.125, 8.0, 1_000.0)))
def test_slippage_does_not_depend_on_the_unit_of_quantity(
    book: tuple[int, list[Level]], order: float, scale: float
) -> None:
    sign, levels = book
    one = walk(Levels.of_pairs(sign, levels), 100.0, notional=order)
    other = walk(
        Levels.of_pairs(sign, ((p, q * scale) for p, q in levels)), 100.0, notional=order * scale
    )
    assert other.slippage == pytest.approx(number(one.slippage), rel=1e-9, abs=1e-12)
    assert other.exhausted == one.exhausted


@given(books(), st.floats(1.0, 1e6), st.floats(50.0, 150.0), st.floats(50.0, 150.0))
def test_levels_of_a_side_are_enough_and_known(
    book: tuple[int, list[Level]], order: float, bound: float, price: float
) -> None:
    sign, levels = book
    side = BookSide(sign)
    side.reset(levels)
    taken = Levels.of(side, bound, order, 0.0, price)
    known = [(p, q) for p, q in levels if sign * p >= sign * bound]
    assert taken.prices.tolist() == [p for p, _ in known][: len(taken)]
    everything = Levels.of_pairs(sign, known, whole=False)
    assert taken.notional_to([price]) == everything.notional_to([price])
    assert walk(taken, 100.0, notional=order) == walk(everything, 100.0, notional=order)


def test_levels_come_in_several_chunks() -> None:
    side = BookSide(BID)
    side.reset((100.0 - i * 0.01, 1.0) for i in range(3_000))
    taken = Levels.of(side, 0.0, 120_000.0, 0.0, 100.0)
    assert 1_200 < len(taken) < 3_000
    assert taken.quantity[-1] == pytest.approx(len(taken))
    assert taken.notional[-1] == pytest.approx(sum(taken.prices))


def test_levels_reach_as_far_as_the_quantity_needs() -> None:
    side = BookSide(ASK)
    side.reset((100.0 + i * 0.01, 1.0) for i in range(1_000))
    taken = Levels.of(side, float("inf"), 1.0, 700.0, 100.0)
    assert walk(taken, 99.99, quantity=700.0).exhausted is False


def test_the_whole_book_fills_an_order_of_its_size() -> None:
    fill = walk(Levels.of_pairs(BID, [(100.0, 0.1), (99.0, 0.2), (98.0, 0.7)]), 100.5, quantity=1.0)
    assert fill.exhausted is False
    assert fill.unfilled == 0.0


def test_an_exhausted_book_is_of_high_level_whatever_the_slippage() -> None:
    fill = walk(Levels.of_pairs(ASK, [(100.1, 1.0)]), 100.05, notional=1_000.0)
    assert fill.exhausted is True
    assert fill.level == "high"
    assert number(fill.slippage) < 0.002
    assert fill.unfilled == pytest.approx(1_000.0 - 100.1)


def test_the_rest_of_an_order_by_quantity_is_valued_at_mid() -> None:
    fill = walk(Levels.of_pairs(ASK, [(101.0, 1.0)]), 100.0, quantity=3.0)
    assert fill.filled == 101.0
    assert fill.unfilled == pytest.approx(200.0)


@pytest.mark.parametrize(("vwap", "level"), [(99.9, "low"), (99.7, "medium"), (99.45, "high")])
def test_levels_of_slippage(vwap: float, level: str) -> None:
    assert walk(Levels.of_pairs(BID, [(vwap, 10.0)]), 100.0, quantity=1.0).level == level


@pytest.mark.parametrize("levels", [Levels.of_pairs(BID, []), Levels.of_pairs(BID, [(100.0, 1.0)])])
def test_no_order_or_no_book_is_no_number(levels: Levels) -> None:
    fill = walk(levels, 100.0, notional=0.0)
    assert isinstance(fill.vwap, Missing)
    assert isinstance(fill.exhausted, Missing)


def number(value: object) -> float:
    assert isinstance(value, float)
    return value


def test_fill_has_every_field_a_number() -> None:
    fill = walk(Levels.of_pairs(BID, [(99.0, 5.0)]), 99.5, notional=100.0)
    assert not [name for name in Fill.__slots__ if isinstance(getattr(fill, name), Missing)]
