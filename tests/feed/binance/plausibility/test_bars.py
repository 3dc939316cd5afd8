"""Bars that cannot be: off their grid, of the future, contradicting themselves."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest
from msgspec.structs import astuple, replace
from support.frames import T0

from tuirisk.events import Candle, CandleHistory, closed_bars
from tuirisk.feed.binance.plausibility.bars import (
    check_bar,
    contradicts_forming,
    ends_early,
    is_usual,
    without_bad_bars,
)
from tuirisk.feed.binance.plausibility.implausible import Implausible
from tuirisk.feed.binance.plausibility.symbol import SymbolPlausibility
from tuirisk.market.clock import ExchangeClock

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


def page(bars: list[Candle], interval: str = "15m") -> CandleHistory:
    return CandleHistory("BTCUSDT", T0, interval, closed_bars(astuple(b)[:-1] for b in bars))


def sift(bars: list[Candle], interval: str = "15m", latest: int = 9) -> tuple[list[int], list[str]]:
    """Numbers of the bars that are kept, and why others are not."""
    whys: list[str] = []
    kept = without_bad_bars(
        page(bars, interval), START + latest * STEP, lambda why: whys.append(why.code)
    )
    assert kept.left_out == len(whys)
    return [(b.open_time - START) // STEP for b in kept.candles], whys


def test_a_bar_that_cannot_be_true_leaves_the_others() -> None:
    whole = [bar(n) for n in range(5)]
    assert sift(whole) == ([0, 1, 2, 3, 4], [])
    high_below_close = replace(bar(2), high=99.5)
    assert sift([*whole[:2], high_below_close, *whole[3:]]) == (
        [0, 1, 3, 4],
        ["contradicts_itself"],
    )
    early = replace(bar(2), open_time=START - 9 * STEP, close_time=START - 8 * STEP - 1)
    assert sift([*whole[:2], early, *whole[3:]]) == ([0, 1, 3, 4], ["out_of_order"])
    assert sift([whole[0], whole[1], whole[1], whole[2]]) == ([0, 1, 2], ["out_of_order"])
    assert sift([*whole[:3], bar(50)]) == ([0, 1, 2], ["of_the_future"])


def test_a_page_of_another_interval_or_order_is_refused() -> None:
    whole = [bar(n) for n in range(5)]
    with pytest.raises(Implausible):
        sift(whole[::-1])
    with pytest.raises(Implausible):
        sift(whole, "1h")
    with pytest.raises(Implausible):
        sift(whole[3:], latest=1)


def test_a_page_with_a_hole_or_a_leap_is_doubted() -> None:
    assert is_usual(page([bar(0), bar(1)]))
    assert not is_usual(page([bar(0), bar(2)]))
    assert not is_usual(page([bar(0), bar(1, 300.0)]))
    assert is_usual(replace(page([bar(0), bar(2, 300.0)]), left_out=1))


def newest(*places: int, until_now: bool = True) -> CandleHistory:
    bars = closed_bars(astuple(bar(n))[:-1] for n in places)
    return CandleHistory("BTCUSDT", T0 * 1_000_000, "15m", bars, until_now=until_now)


def test_a_page_whose_times_are_all_shifted_is_refused() -> None:
    now = START + 10.5 * STEP
    for places in (range(13), range(12)):
        with pytest.raises(Implausible, match="future"):
            without_bad_bars(newest(*places), now, lambda _: None)
    damaged = newest(*range(11), 40)
    assert len(without_bad_bars(damaged, now, lambda _: None).candles) == 11


def test_a_page_without_the_bar_of_now_ends_early() -> None:
    now = START + 10.5 * STEP
    assert ends_early(newest(*range(10)), now)
    assert ends_early(newest(), now)
    assert not ends_early(newest(*range(11)), now)
    assert not ends_early(newest(*range(10)), now - STEP / 2 + 59_000), "it may not have begun"
    assert not ends_early(newest(*range(3), until_now=False), now)


def test_the_bar_of_now_must_lack_for_twenty_seconds_until_that_is_believed() -> None:
    clock = ExchangeClock()
    clock.measure(T0, T0 * 1_000_000)
    checks = SymbolPlausibility(clock, lambda *_: None)
    old = newest(-7, -6, -5)
    for seconds, refused in ((0, True), (19, True), (21, False)):
        again = replace(old, received=old.received + seconds * 10**9)
        with pytest.raises(Implausible, match="end too early") if refused else nullcontext():
            checks.check_answer(again)
