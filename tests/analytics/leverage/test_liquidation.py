"""Positions whose brackets are not known, or no longer true: bounded, and never called due."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.build import assess_market, mark_price, ready_market
from support.positions import BTC, ETH, LONG, account, given, only

from tuirisk.analytics.leverage.bracket_table import (
    mildest_brackets,
    strictest_brackets,
    table_brackets,
)
from tuirisk.analytics.leverage.margin import maintenance_margin
from tuirisk.config.model import PositionConfig
from tuirisk.state import Missing, Position, RiskState

NEW, TRX = "NEWUSDT", "TRXUSDT"


def state(*positions: PositionConfig, equity: float = 20_000.0) -> RiskState:
    """At the marks BTC 67 000, NEW and TRX 100."""
    names = tuple(dict.fromkeys((BTC, ETH, NEW, TRX)))
    market = ready_market(names)
    for name in (NEW, TRX):
        market.apply(mark_price(name, mark=100.0))
    return assess_market(market, config=given(*positions, equity=equity))


def bounds(position: Position) -> tuple[float, float]:
    assert position.liquidation_range is not None
    near, far = position.liquidation_range
    assert not isinstance(near, Missing)
    assert not isinstance(far, Missing)
    return near, far


def test_an_unknown_symbol_has_bounds_in_place_of_a_liquidation_price() -> None:
    found = only(state(PositionConfig(NEW, "long", 50.0, 100.0, 10.0)), NEW)
    assert found.bracket_source == "none"
    for value in (
        found.liquidation_price,
        found.distance,
        found.distance_sigmas,
        found.maintenance_margin,
        found.margin_ratio,
        found.max_leverage,
        found.p_liquidation_24h,
        found.max_size,
    ):
        assert isinstance(value, Missing)
        assert value.code == "brackets_unknown"
    assert not found.liquidation_due
    wallet = 50.0 * 100.0 / 10.0
    for price, brackets in zip(
        bounds(found), (strictest_brackets(), mildest_brackets()), strict=True
    ):
        left = wallet + 50.0 * (price - 100.0)
        assert left == pytest.approx(maintenance_margin(brackets, 50.0 * price))


def test_what_the_strictest_brackets_would_liquidate_is_not_called_due() -> None:
    made = state(PositionConfig(NEW, "long", 900.0, 100.0, 20.0))
    found = only(made, NEW)
    near, far = bounds(found)
    assert (near, found.liquidation_due) == (100.0, False)
    assert 95.0 < far < 96.0
    assert made.symbols[NEW].recommendation.severity != "critical"


def test_a_short_is_bounded_from_above() -> None:
    near, far = bounds(only(state(PositionConfig(NEW, "short", 50.0, 100.0, 5.0)), NEW))
    assert 100.0 < near < far


def test_an_unknown_cross_position_leaves_the_others_a_price_that_is_sure() -> None:
    """The other brackets may ask for more, so that liquidation is at least as near as said."""
    other = PositionConfig(NEW, "short", 100.0, 100.0, 5.0, "cross")
    made = state(replace(LONG, margin_mode="cross"), other, equity=5_000.0)
    found = only(made)
    price = found.liquidation_price
    assert not isinstance(price, Missing)
    near, far = bounds(found)
    assert far == pytest.approx(price)
    assert price < near < 67_000.0
    assert isinstance(found.margin_ratio, Missing)
    assert str(found.margin_ratio) == (
        "cross margin: NEWUSDT: no leverage brackets known: neither of the account nor in the "
        "bundled table"
    )
    assert isinstance(account(made).margin_ratio, Missing)


def test_a_legal_position_of_the_table_is_not_due_at_its_entry() -> None:
    found = only(state(PositionConfig(TRX, "long", 800.0, 100.0, 20.0)), TRX)
    assert found.bracket_source == "table 2024-10-24"
    assert not found.liquidation_due
    assert found.liquidation_price == pytest.approx((80_000 - 4_000 - 35) / (800 * 0.99))
    assert found.liquidation_range is None


def test_a_leverage_beyond_the_table_is_a_note_and_not_due() -> None:
    made = state(PositionConfig(TRX, "long", 20_000.0, 100.0, 50.0))
    found = only(made, TRX)
    assert bracket_rate(TRX, 2e6) >= 1 / 50
    assert not found.liquidation_due
    assert isinstance(found.liquidation_price, Missing)
    assert found.liquidation_price.code == "brackets_outdated"
    near, far = bounds(found)
    assert near == 100.0 > far
    assert "leverage_beyond_bracket" in made.symbols[TRX].recommendation.notes


def test_a_position_within_the_table_that_lost_its_margin_is_due() -> None:
    found = only(state(PositionConfig(TRX, "long", 800.0, 110.0, 20.0)), TRX)
    assert found.liquidation_due


def bracket_rate(symbol: str, notional: float) -> float:
    return next(b.maintenance_rate for b in table_brackets(symbol) if notional <= b.notional_cap)
