"""Sampled liquidations: sides, windows, and when they are a cascade."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from support.build import NOW_NS

from tuirisk import events as ev
from tuirisk.analytics.derivatives.liquidations import cascade, liquidations_state
from tuirisk.events.external import ProviderLiquidation, ProviderListening
from tuirisk.events.intervals import HOUR_MS, MINUTE_MS
from tuirisk.market.market import Market
from tuirisk.market.tape import LiquidationTape
from tuirisk.state import Missing

NOW_MS = NOW_NS // 1_000_000
GONE = Missing.from_text("gone")
VOLUME = 1e7
"""0.002 % of it is 200."""


def taped(orders: list[tuple[float, str, float]], hours: float | None = 24.0) -> LiquidationTape:
    """``orders`` as (minutes ago, side, notional), oldest first."""
    tape = LiquidationTape()
    tape.since_ms = None if hours is None else int(NOW_MS - hours * HOUR_MS)
    for minutes, side, notional in orders:
        time = int(NOW_MS - minutes * MINUTE_MS)
        tape.add_order(ev.Liquidation("X", NOW_NS, time, side, 100.0, notional / 100))  # type: ignore[arg-type]
    return tape


def test_a_sell_order_liquidates_a_long() -> None:
    orders = [(90.0, "SELL", 7.0), (30.0, "BUY", 50.0), (4.0, "SELL", 300.0), (1.0, "BUY", 20.0)]
    part = liquidations_state(taped(orders), (), VOLUME, NOW_MS)
    assert part.sampled is True
    assert (part.long_5m, part.short_5m) == (300.0, 20.0)
    assert (part.long_1h, part.short_1h) == (300.0, 70.0)


def test_a_quiet_tape_is_zero_and_no_tape_is_missing() -> None:
    quiet = liquidations_state(taped([]), (), VOLUME, NOW_MS)
    assert (quiet.long_5m, quiet.short_1h, quiet.cascade) == (0.0, 0.0, False)
    unwatched = liquidations_state(taped([], hours=None), (), VOLUME, NOW_MS)
    reason = Missing("liquidations_not_watched")
    assert {unwatched.long_5m, unwatched.short_1h, unwatched.cascade} == {reason}


def test_a_cascade_needs_an_hour() -> None:
    assert cascade(taped([(1.0, "SELL", 1e6)], hours=0.99), VOLUME, NOW_MS) == Missing(
        "few_liquidation_buckets", have=11, need=12
    )
    assert cascade(taped([], hours=1.0), VOLUME, NOW_MS) is False


def usual(seed: int = 4) -> list[tuple[float, str, float]]:
    sizes = np.random.default_rng(seed).uniform(500.0, 1_500.0, 286).tolist()
    return [(5.0 * (288 - i) - 1.0, "SELL", size) for i, size in enumerate(sizes)]


@pytest.mark.parametrize(("factor", "expected"), [(0.999, False), (1.001, True)])
def test_a_cascade_is_beyond_the_days_usual(factor: float, expected: bool) -> None:
    orders = usual()
    logs = pd.Series([size for _, _, size in orders]).map(math.log)
    now = factor * math.exp(logs.quantile(0.995))
    tape = taped([*orders, (2.0, "BUY", now)])
    assert cascade(tape, VOLUME, NOW_MS) is expected
    assert cascade(tape, 1e3 * VOLUME, NOW_MS) is False, "and large for the market"


@pytest.mark.parametrize(("notional", "expected"), [(199.0, False), (201.0, True)])
def test_after_a_quiet_day_the_volume_decides(notional: float, expected: bool) -> None:
    assert cascade(taped([(1.0, "SELL", notional)]), VOLUME, NOW_MS) is expected
    assert cascade(taped([(1.0, "SELL", notional)]), GONE, NOW_MS) == GONE


def test_ten_million_after_twenty_hours_without_liquidations_are_a_cascade() -> None:
    burst = [((200 - i) / 60, "SELL", 50_000.0) for i in range(200)]
    assert cascade(taped(burst, hours=20.0), 1e9, NOW_MS) is True


def test_twenty_five_dollars_are_no_cascade() -> None:
    assert cascade(taped([(600.0, "SELL", 20.0), (1.0, "SELL", 25.0)]), VOLUME, NOW_MS) is False


def test_random_liquidations_are_seldom_a_cascade() -> None:
    rng = np.random.default_rng(6)
    times = np.cumsum(rng.exponential(2.0, 1_700))
    sizes = rng.lognormal(math.log(3_000.0), 1.2, times.size)
    minutes = times[-1] - times
    orders = [(m, "SELL", size) for m, size in zip(minutes.tolist(), sizes.tolist(), strict=True)]
    tape = taped(orders, hours=60.0)
    steps = range(24 * 12)
    flagged = [cascade(tape, VOLUME, NOW_MS - 5 * MINUTE_MS * step) for step in steps]
    assert sum(one is True for one in flagged) <= 4


def test_the_hour_is_in_steps_of_the_clock() -> None:
    step = 5 * MINUTE_MS
    into = NOW_MS % step / MINUTE_MS
    orders = [(into + 7.0, "BUY", 50.0), (into + 6.0, "SELL", 3.0), (into + 5.0, "SELL", 4.0),
              (0.0, "SELL", 9.0)]  # fmt: skip
    hour = liquidations_state(taped(orders), (), VOLUME, NOW_MS).hour
    assert len(hour) == 12
    assert hour[9] == (3.0, 50.0)
    assert hour[10] == (4.0, 0.0), "a step begins on its first millisecond"
    assert hour[11] == (9.0, 0.0)
    assert set(hour[:9]) == {(0.0, 0.0)}


def test_a_step_that_ended_before_the_symbol_was_watched_is_missing() -> None:
    step = 5 * MINUTE_MS
    hours = (NOW_MS % step + 2.5 * step) / HOUR_MS
    first = (NOW_MS % step + 2.2 * step) / MINUTE_MS
    orders = [(first, "SELL", 4.0), (1.0, "SELL", 5.0)]
    hour = liquidations_state(taped(orders, hours), (), VOLUME, NOW_MS).hour
    assert hour[8] == (4.0, 0.0), "the step in which watching began has what was seen"
    assert [isinstance(longs, Missing) for longs, _ in hour] == [True] * 8 + [False] * 4
    assert sum(longs for longs, _ in hour if not isinstance(longs, Missing)) == 9.0
    assert all(isinstance(v, float | Missing) for pair in hour for v in pair)
    assert liquidations_state(taped([], hours=None), (), VOLUME, NOW_MS).hour == ()


def test_a_cascade_elsewhere_is_one_and_its_absence_says_nothing_of_the_own_sample() -> None:
    burst = taped([(1.0, "SELL", 1e6)])
    assert liquidations_state(taped([]), (), VOLUME, NOW_MS, burst).cascade is True
    assert liquidations_state(taped([], hours=None), (), VOLUME, NOW_MS, burst).cascade is True
    quiet = liquidations_state(taped([], hours=None), (), VOLUME, NOW_MS, taped([]))
    assert quiet.cascade == Missing("liquidations_not_watched")


def test_complete_liquidations_elsewhere_stand_beside_the_symbols_own() -> None:
    market = Market()
    market.apply(ev.SymbolListed("BTCUSDT", NOW_NS))
    order = ProviderLiquidation("", NOW_NS, "bybit", "BTC", NOW_MS, "long", 1.0, 9.0)
    tape = market.symbols["BTCUSDT"].outside_liquidations
    market.apply(order)
    assert (tape.since_ms, len(tape.orders)) == (None, 0), "not heard yet"
    market.apply(ProviderListening("", NOW_NS, "bybit", ("BTC",), True))
    market.apply(order)
    assert (tape.since_ms, len(tape.orders)) == (NOW_MS, 1)
    market.apply(ProviderListening("", NOW_NS, "okx", ("BTC",), False))
    market.apply(ProviderLiquidation("", NOW_NS, "okx", "BTC", NOW_MS, "long", 2.0, 9.0))
    assert len(tape.orders) == 1, "a sample is not all of them"
    market.apply(ProviderListening("", NOW_NS, "bybit", (), True))
    assert market.symbols["BTCUSDT"].outside_liquidations.since_ms is None
