"""Sampled liquidations: sides, windows, and when they are a cascade."""

from __future__ import annotations

import numpy as np
import pytest
from support.build import NOW_NS

from tuirisk.analytics.derivatives.liquidations import cascade, liquidations_state
from tuirisk.events import events as ev
from tuirisk.events.intervals import HOUR_MS, MINUTE_MS
from tuirisk.market.tape import LiquidationTape
from tuirisk.state import Missing

NOW_MS = NOW_NS // 1_000_000


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
    part = liquidations_state(taped(orders), (), NOW_MS)
    assert part.sampled is True
    assert (part.long_5m, part.short_5m) == (300.0, 20.0)
    assert (part.long_1h, part.short_1h) == (300.0, 70.0)


def test_a_quiet_tape_is_zero_and_no_tape_is_missing() -> None:
    quiet = liquidations_state(taped([]), (), NOW_MS)
    assert (quiet.long_5m, quiet.short_1h, quiet.cascade) == (0.0, 0.0, False)
    unwatched = liquidations_state(taped([], hours=None), (), NOW_MS)
    reason = Missing("liquidations_not_watched")
    assert {unwatched.long_5m, unwatched.short_1h, unwatched.cascade} == {reason}


def test_a_cascade_needs_an_hour() -> None:
    assert cascade(taped([(1.0, "SELL", 1e6)], hours=0.99), NOW_MS) == Missing(
        "few_liquidation_buckets", have=11, need=12
    )
    assert cascade(taped([], hours=1.0), NOW_MS) is False


def usual(seed: int = 4) -> list[tuple[float, str, float]]:
    sizes = np.random.default_rng(seed).uniform(500.0, 1_500.0, 286).tolist()
    return [(5.0 * (288 - i) - 1.0, "SELL", size) for i, size in enumerate(sizes)]


@pytest.mark.parametrize(("sigmas", "expected"), [(2.999, False), (3.001, True)])
def test_a_cascade_is_three_sigma_above_the_day(sigmas: float, expected: bool) -> None:
    orders = usual()
    earlier = np.array([0.0, *(size for _, _, size in orders)])
    now = float(earlier.mean() + sigmas * earlier.std(ddof=1))
    assert cascade(taped([*orders, (2.0, "BUY", now)]), NOW_MS) is expected


def test_a_first_liquidation_has_nothing_to_be_compared_with() -> None:
    assert cascade(taped([(1.0, "SELL", 1e6)]), NOW_MS) == Missing("zero_variance")


def test_scale_does_not_matter() -> None:
    orders = [*usual(), (2.0, "SELL", 4_000.0)]
    scaled = [(m, side, n * 1e3) for m, side, n in orders]
    assert cascade(taped(orders), NOW_MS) == cascade(taped(scaled), NOW_MS) is True


def test_the_hour_is_told_in_steps_of_the_clock() -> None:
    step = 5 * MINUTE_MS
    into = NOW_MS % step / MINUTE_MS
    orders = [(into + 7.0, "BUY", 50.0), (into + 6.0, "SELL", 3.0), (into + 5.0, "SELL", 4.0),
              (0.0, "SELL", 9.0)]  # fmt: skip
    hour = liquidations_state(taped(orders), (), NOW_MS).hour
    assert len(hour) == 12
    assert hour[9] == (3.0, 50.0)
    assert hour[10] == (4.0, 0.0), "a step begins on its first millisecond"
    assert hour[11] == (9.0, 0.0)
    assert set(hour[:9]) == {(0.0, 0.0)}


def test_a_step_from_before_the_symbol_was_watched_is_missing() -> None:
    step = 5 * MINUTE_MS
    hours = (NOW_MS % step + 2.5 * step) / HOUR_MS
    hour = liquidations_state(taped([(1.0, "SELL", 5.0)], hours), (), NOW_MS).hour
    assert [isinstance(longs, Missing) for longs, _ in hour] == [True] * 9 + [False] * 3
    assert sum(longs for longs, _ in hour if not isinstance(longs, Missing)) == 5.0
    assert all(isinstance(v, float | Missing) for pair in hour for v in pair)
    assert liquidations_state(taped([], hours=None), (), NOW_MS).hour == ()
