"""Odd funding and open interest: nulls with reasons where due, and nobody else is touched."""

from __future__ import annotations

import pytest
from msgspec import structs
from support.build import assess_market, events_of
from support.odd_symbol import (
    ODD,
    Events,
    assessed,
    market_of,
    open_interest_without,
    other_is_untouched,
    paid_every,
    sound,
    special,
)

from tuirisk.analytics.curve import interpolate
from tuirisk.analytics.derivatives.funding import PUBLISHING_MS
from tuirisk.analytics.score.components import CUMULATIVE_CURVE, RATE_CURVE
from tuirisk.events.intervals import HOUR_MS
from tuirisk.state import Missing


@pytest.mark.parametrize("hours", [1, 4, 8])
def test_funding_is_measured_by_the_symbols_own_interval(hours: int) -> None:
    made = assessed(paid_every(hours))
    other_is_untouched(made)
    odd = made.symbols[ODD]
    sound(odd)
    part = odd.funding
    assert part.interval_hours == hours
    assert part.rate_8h == pytest.approx(0.0002)
    assert part.annualised == pytest.approx(0.0002 * 3 * 365)
    assert part.cumulative_3d == pytest.approx(9 * 0.0002, rel=0.05)
    assert odd.freshness["funding"].budget_ms == hours * HOUR_MS + PUBLISHING_MS
    assert isinstance(part.cumulative_3d_annualised, float)
    points = interpolate(part.cumulative_3d_annualised, CUMULATIVE_CURVE)
    assert odd.score.components.funding == points > interpolate(0.0002, RATE_CURVE)


def test_one_watchlist_with_three_intervals() -> None:
    names = {f"H{hours}USDT": hours for hours in (1, 4, 8)}
    told: Events = []
    for name, hours in names.items():
        told += [structs.replace(e, symbol=name) for e in paid_every(hours)(events_of(ODD))]
    made = assess_market(market_of(told))
    rates = [made.symbols[name].funding.rate_8h for name in names]
    assert rates == pytest.approx([0.0002] * 3)
    assert len({made.symbols[name].funding.rate for name in names}) == 3


def test_special_settlements_are_no_history() -> None:
    made, plain = assessed(special), assessed(list)
    other_is_untouched(made)
    assert made.symbols[ODD].funding == plain.symbols[ODD].funding
    assert made.symbols[ODD].score == plain.symbols[ODD].score


def test_open_interest_with_holes() -> None:
    made = assessed(open_interest_without(lambda age: age % 7 == 3 or 400 < age < 500))
    other_is_untouched(made)
    odd = made.symbols[ODD]
    sound(odd)
    assert isinstance(odd.open_interest.change_1h, float)
    assert isinstance(odd.open_interest.zscore, float)
    assert not isinstance(odd.liquidations.clusters, Missing)


def test_open_interest_with_the_hour_before_missing() -> None:
    part = assessed(open_interest_without(lambda age: 8 <= age <= 16)).symbols[ODD].open_interest
    assert part.change_1h == Missing("no_open_interest_before", hours=1)
    assert part.zscore == Missing("no_open_interest_hour_before")
    assert part.quadrant == part.change_1h
    assert isinstance(part.change_24h, float)
    assert isinstance(part.value, float)
