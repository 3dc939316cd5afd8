"""Liquidation prices: the exchange's examples, the definition, and a search by brute force."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from tuirisk.analytics.leverage.bracket_table import Row, brackets_from_rows, strictest_brackets
from tuirisk.analytics.leverage.brackets import bracket_at, brackets_of
from tuirisk.analytics.leverage.margin import (
    LiquidationBarriers,
    liquidation_barriers,
    maintenance_margin,
    margin_excess,
)
from tuirisk.analytics.leverage.open_positions import OpenPosition, Side
from tuirisk.events import Bracket


def open_position(sign: int, quantity: float, entry_price: float) -> OpenPosition:
    side: Side = "long" if sign > 0 else "short"
    return OpenPosition("X", side, quantity, entry_price, 1.0, True, 0.0)


BTC, _ = brackets_of("BTCUSDT", ())
CRUDE = strictest_brackets()

# Binance, "How to Calculate Liquidation Price of USDⓈ-M Futures Contracts": a wallet of
# 1 535 443.01 USDT behind a long of 109.488 BTC and one of 3 683.979 ETH, with the brackets of
# that time (2021). The same figures without the other position are those of isolated margin.
BTC_2021: tuple[Row, ...] = (
    (50e3, 125, 0.004), (250e3, 100, 0.005), (1e6, 50, 0.01), (5e6, 20, 0.025), (20e6, 10, 0.05),
    (50e6, 5, 0.1), (inf, 4, 0.125),
)  # fmt: skip
ETH_2021: tuple[Row, ...] = (
    (10e3, 100, 0.005), (100e3, 75, 0.0065), (500e3, 50, 0.01), (1e6, 25, 0.02), (2e6, 10, 0.05),
    (5e6, 5, 0.1), (inf, 4, 0.125),
)  # fmt: skip
WALLET = 1_535_443.01


@pytest.mark.parametrize(
    ("rows", "leg", "others", "cumulative", "expected"),
    [
        (
            BTC_2021,
            open_position(1, 109.488, 32_481.98),
            -356_512.508 - 448_192.89,
            16_300.0,
            26_316.89,
        ),
        (
            ETH_2021,
            open_position(1, 3_683.979, 1_456.84),
            -71_200.81144 - 56_354.57,
            135_365.0,
            1_153.26,
        ),
        (BTC_2021, open_position(1, 109.488, 32_481.98), 0.0, 16_300.0, 18_778.73),
        (ETH_2021, open_position(1, 3_683.979, 1_456.84), 0.0, 135_365.0, 1_114.78),
    ],
    ids=["cross BTC", "cross ETH", "alone BTC", "alone ETH"],
)
def test_the_exchanges_published_examples(
    rows: tuple[Row, ...], leg: OpenPosition, others: float, cumulative: float, expected: float
) -> None:
    brackets = brackets_from_rows(rows)
    found = liquidation_barriers([leg], brackets, WALLET + others, leg.entry_price)
    assert found.lower == pytest.approx(expected, abs=0.005)
    assert found.upper is None
    assert not found.due
    assert found.lower is not None
    bracket = bracket_at(brackets, leg.quantity * found.lower)
    assert bracket.cumulative == pytest.approx(cumulative)


def test_the_exchanges_own_maintenance_margins() -> None:
    """The TMM of the same examples, at their mark prices."""
    assert maintenance_margin(brackets_from_rows(ETH_2021), 3_683.979 * 1_335.18) == pytest.approx(
        356_512.508, abs=0.01
    )
    assert maintenance_margin(brackets_from_rows(BTC_2021), 109.488 * 31_967.27) == pytest.approx(
        71_200.81144, abs=0.01
    )


def formula(leg: OpenPosition, bracket: Bracket, balance: float) -> float:
    """LP as the exchange writes it, in one bracket."""
    top = balance + bracket.cumulative - leg.sign * leg.quantity * leg.entry_price
    return top / (leg.quantity * bracket.maintenance_rate - leg.sign * leg.quantity)


def iterated(leg: OpenPosition, brackets: tuple[Bracket, ...], balance: float) -> float | None:
    """The fixed point, by trying every bracket for the one that holds at its own price."""
    prices = [(formula(leg, b, balance), b) for b in brackets]
    fits = [p for p, b in prices if p > 0 and bracket_at(brackets, p * leg.quantity) is b]
    return fits[0] if fits else None


sides = st.sampled_from([1, -1])
quantities = st.floats(1e-3, 1e5)
shares = st.floats(0.001, 3.0)
tables = st.sampled_from([BTC, CRUDE, brackets_from_rows(ETH_2021)])


@given(sides, quantities, st.floats(1e-3, 1e5), shares, tables)
def test_one_position_is_where_the_formula_has_its_fixed_point(
    sign: int, quantity: float, entry: float, share: float, brackets: tuple[Bracket, ...]
) -> None:
    leg, balance = open_position(sign, quantity, entry), share * quantity * entry
    found = liquidation_barriers([leg], brackets, balance, entry)
    expected = iterated(leg, brackets, balance)
    price = found.nearest(entry)
    if expected is None:
        assert price is None
        assert sign > 0
        assert share >= 1
        return
    assert price == pytest.approx(expected, rel=1e-9)
    assert found.other(entry) is None
    # At the liquidation price the margin balance is the maintenance margin.
    assert price is not None
    scale = quantity * entry + quantity * price
    assert margin_excess([leg], brackets, balance, price) == pytest.approx(0.0, abs=1e-9 * scale)


@given(sides, quantities, st.floats(1.0, 1e5), st.floats(0.01, 0.9), st.floats(1.01, 2.0), tables)
def test_a_deeper_wallet_moves_the_price_away(
    sign: int,
    quantity: float,
    entry: float,
    share: float,
    more: float,
    brackets: tuple[Bracket, ...],
) -> None:
    leg, wallet = open_position(sign, quantity, entry), share * quantity * entry
    near = liquidation_barriers([leg], brackets, wallet, entry).nearest(entry)
    far = liquidation_barriers([leg], brackets, wallet * more, entry).nearest(entry)
    assert near is not None
    assert far is None or sign * far < sign * near


@given(sides, st.floats(0.1, 1e3), st.floats(1.0, 1e4), st.floats(0.02, 0.5), st.floats(0.01, 100))
def test_the_unit_of_the_coin_does_not_matter(
    sign: int, quantity: float, entry: float, share: float, unit: float
) -> None:
    balance = share * quantity * entry
    one = liquidation_barriers([open_position(sign, quantity, entry)], BTC, balance, entry).nearest(
        entry
    )
    scaled = open_position(sign, quantity / unit, entry * unit)
    other = liquidation_barriers([scaled], BTC, balance, entry * unit).nearest(entry * unit)
    assert one is not None
    assert other == pytest.approx(one * unit, rel=1e-9)


def searched(
    legs: list[OpenPosition], brackets: tuple[Bracket, ...], balance: float, reference: float
) -> tuple[float | None, float | None]:
    """The first price below and above at which the excess changes its sign, by walking there."""
    safe = margin_excess(legs, brackets, balance, reference) > 0

    def walk(ratio: float) -> float | None:
        price = reference
        for _ in range(6_000):
            ahead = price * ratio
            if (margin_excess(legs, brackets, balance, ahead) > 0) != safe:
                for _ in range(60):
                    middle = (price + ahead) / 2
                    if (margin_excess(legs, brackets, balance, middle) > 0) == safe:
                        price = middle
                    else:
                        ahead = middle
                return ahead
            price = ahead
        return None

    return walk(1 / 1.002), walk(1.002)


legs_of_a_hedge = st.lists(
    st.tuples(sides, st.floats(0.1, 500.0), st.floats(500.0, 2_000.0)), min_size=1, max_size=2
)


@examples(50)
@given(legs_of_a_hedge, st.floats(-0.2, 1.5), tables)
def test_every_price_is_found_by_walking_there(
    drawn: list[tuple[int, float, float]], share: float, brackets: tuple[Bracket, ...]
) -> None:
    legs = [open_position(*values) for values in drawn]
    balance = share * sum(leg.quantity * leg.entry_price for leg in legs)
    found = liquidation_barriers(legs, brackets, balance, 1_000.0)
    lower, upper = searched(legs, brackets, balance, 1_000.0)
    assert found.due == (margin_excess(legs, brackets, balance, 1_000.0) <= 0)
    for exact, walked in ((found.lower, lower), (found.upper, upper)):
        if walked is None:
            assert exact is None or not 0.01 < exact < 1e8, "beyond where the walk ended"
        else:
            assert exact == pytest.approx(walked, rel=1e-6)


def test_a_hedge_has_a_price_on_either_side() -> None:
    """Net long by less than its maintenance margin rises: a rally liquidates it as a fall does."""
    legs = [open_position(1, 100.0, 1_000.0), open_position(-1, 98.0, 1_000.0)]
    found = liquidation_barriers(legs, CRUDE, 16_000.0, 1_000.0)
    assert found.lower is None
    assert found.upper is not None
    tilted = [open_position(1, 100.0, 1_000.0), open_position(-1, 50.0, 1_000.0)]
    both = liquidation_barriers(tilted, BTC, 30_000.0, 1_000.0)
    assert both.lower is not None
    assert both.upper is not None
    assert both.lower < 1_000.0 < both.upper
    near, far = both.nearest(1_000.0), both.other(1_000.0)
    assert {near, far} == {both.lower, both.upper}


def test_a_jump_between_brackets_is_a_price_too() -> None:
    """Brackets without the amounts that join them: no bracket has its own fixed point."""
    torn = (Bracket(0, 1_000, 0.01, 0, 50), Bracket(1_000, inf, 0.2, 0, 5))
    short = open_position(-1, 1.0, 900.0)
    found = liquidation_barriers([short], torn, 150.0, 900.0)
    assert iterated(short, torn, 150.0) is None
    assert found == LiquidationBarriers(None, 1_000.0, False)
    # A long in such a table can be liquidated at the high end and at the low one.
    long = open_position(1, 1.0, 1_100.0)
    above = liquidation_barriers([long], torn, 250.0, 1_200.0)
    below = liquidation_barriers([long], torn, 250.0, 950.0)
    assert above.lower == pytest.approx((1_100 - 250) / 0.8)
    assert below.lower == pytest.approx((1_100 - 250) / 0.99)
    assert below.upper == 1_000.0


@pytest.mark.parametrize("sign", [1, -1])
def test_a_wallet_that_is_gone(sign: int) -> None:
    leg = open_position(sign, 1.0, 1_000.0)
    found = liquidation_barriers([leg], BTC, -50.0, 1_000.0)
    assert found.due
    nearest = found.nearest(1_000.0)
    assert nearest is not None
    assert sign * nearest > sign * 1_000.0, "it would have to come back that far"
    hopeless = liquidation_barriers([open_position(-1, 1.0, 1_000.0)], BTC, -2_000.0, 1_000.0)
    assert hopeless == LiquidationBarriers(None, None, True)


def test_maintenance_is_continuous_and_rises() -> None:
    for brackets in (BTC, CRUDE, brackets_from_rows(ETH_2021)):
        notionals = np.geomspace(10.0, 2e9, 4_000)
        needed = np.array([maintenance_margin(brackets, n) for n in notionals.tolist()])
        assert (np.diff(needed) > 0).all()
        for bracket in brackets[:-1]:
            cap = bracket.notional_cap
            assert maintenance_margin(brackets, cap) == pytest.approx(
                maintenance_margin(brackets, cap * (1 + 1e-12)), rel=1e-9
            )
