"""Bars that cannot be: off their grid, of the future, contradicting themselves."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from support.frames import T0

from tuirisk.events import Candle
from tuirisk.feed.binance.plausibility.bars import check_bar, check_page, contradicts_forming
from tuirisk.feed.binance.plausibility.implausible import Implausible

STEP = 900_000
START = T0 - T0 % STEP


def bar(n: int = 0, price: float = 100.0, closed: bool = True) -> Candle:
    time = START + n * STEP
    return Candle(time, time + STEP - 1, price, price * 1.01, price * 0.99, price, 5.0,
                  5.0 * price, 9, 2.0, 2.0 * price, closed)  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"open_time": START + 1},
        {"open_time": START + STEP, "close_time": START + 2 * STEP},
        {"close_time": START + 4 * STEP - 1},
        {"open_time": 4_102_443_900_000, "close_time": 4_102_444_799_999},
        {"low": 100.5},
        {"high": 99.5},
        {"close": 200.0},
        {"volume": 500.0},
        {"quote_volume": 5.0},
        {"taker_buy_base": 6.0},
        {"taker_buy_quote": 501.0},
    ],
)
def test_a_bar_that_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    check_bar(bar(), "15m", START + STEP)
    with pytest.raises(Implausible):
        check_bar(replace(bar(), **changes), "15m", START + STEP)


def test_a_bar_closed_forty_minutes_early_is_refused() -> None:
    early = START + STEP - 40 * 60_000
    with pytest.raises(Implausible):
        check_bar(bar(), "15m", early)
    check_bar(bar(closed=False), "15m", START)


def test_a_flat_bar_of_nobody_passes() -> None:
    flat = Candle(START, START + STEP - 1, 7.0, 7.0, 7.0, 7.0, 0.0, 0.0, 0, 0.0, 0.0, True)
    check_bar(flat, "15m", START + STEP)


def test_a_closed_bar_is_what_the_forming_one_can_have_become() -> None:
    forming = bar(closed=False)
    assert not contradicts_forming(bar(), forming)
    assert contradicts_forming(replace(bar(), high=100.5), forming)
    assert contradicts_forming(replace(bar(), trades=3), forming)
    assert contradicts_forming(replace(bar(), open=100.5), forming)


def test_a_page_of_another_interval_or_order_is_refused() -> None:
    page = [bar(0), bar(1), bar(2)]
    assert check_page(page, "15m", START + 3 * STEP)
    for wrong in ([bar(1), bar(0)], [bar(0), bar(0)]):
        with pytest.raises(Implausible):
            check_page(wrong, "15m", START + 3 * STEP)
    with pytest.raises(Implausible):
        check_page(page, "1h", START + 3 * STEP)
    with pytest.raises(Implausible):
        check_page(page, "15m", START + STEP)


def test_a_page_with_a_hole_or_a_leap_is_doubted() -> None:
    assert not check_page([bar(0), bar(2)], "15m", START + 3 * STEP)
    assert not check_page([bar(0), bar(1, 300.0)], "15m", START + 3 * STEP)
