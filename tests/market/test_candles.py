"""Candle rings: closed bars in order, no duplicates, holes seen and mended."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.frames import T0

from tuirisk.events import Candle
from tuirisk.market.candles import CandleRing

STEP = 900_000
START = T0 - T0 % STEP


def bar(n: int, close: float = 100.0, closed: bool = True) -> Candle:
    open_time = START + n * STEP
    return Candle(open_time, open_time + STEP - 1, 100.0, 110.0, 90.0, close, 5.0, 500.0, 9, 2.0,
                  200.0, closed)  # fmt: skip


def test_history_then_stream() -> None:
    ring = CandleRing("15m")
    ring.merge([bar(0), bar(1), bar(2, closed=False)], 1)
    assert len(ring) == 2
    assert ring.forming == bar(2, closed=False)
    version = ring.version
    ring.set_forming(bar(2, 101.0, closed=False), 2)
    assert ring.version == version, "a tick is not a closed bar"
    ring.close(bar(2, 102.0), 3)
    assert ring.version > version
    assert ring.forming is None
    assert ring.bars().close.tolist() == [100.0, 100.0, 102.0]


def test_bars_are_cached_and_read_only() -> None:
    ring = CandleRing("15m")
    ring.merge([bar(0), bar(1)], 1)
    assert ring.bars() is ring.bars()
    assert not ring.bars().close.flags.writeable
    ring.merge([bar(1)], 2)
    before = ring.bars()
    ring.merge([bar(1)], 3)
    assert ring.bars() is before, "the same bar again changes nothing"


@pytest.mark.parametrize("capacity", [3, 4, 100])
def test_a_bar_that_follows_gives_what_all_rows_give(capacity: int) -> None:
    following, anew = (CandleRing("15m", capacity=capacity) for _ in range(2))
    for ring in (following, anew):
        ring.merge([bar(0), bar(1)], 1)
    for n in (2, 3, 5, 6):
        following.bars()
        for ring in (following, anew):
            ring.close(bar(n, 100.0 + n), n)
    found, expected = following.bars(), anew.bars()
    for name in ("open_time", "open", "high", "low", "close", "quote_volume"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
        assert getattr(found, name).dtype == getattr(expected, name).dtype
        assert not getattr(found, name).flags.writeable


def test_a_hole_is_seen_and_mended() -> None:
    ring = CandleRing("15m")
    ring.merge([bar(0)], 1)
    ring.close(bar(3), 2)
    assert ring.holes() == [(START + STEP, START + 2 * STEP)]
    ring.merge([bar(1), bar(2)], 3)
    assert ring.holes() == []
    assert np.all(np.diff(ring.bars().open_time) == STEP)


def test_a_late_forming_bar_does_not_come_back() -> None:
    ring = CandleRing("15m")
    ring.close(bar(5), 1)
    ring.set_forming(bar(5, closed=False), 2)
    assert ring.forming is None


@given(st.lists(st.integers(0, 40), max_size=60))
def test_any_order_gives_time_order(order: list[int]) -> None:
    ring = CandleRing("15m", capacity=25)
    for n in order:
        ring.close(bar(n), n)
    times = ring.bars().open_time
    assert np.all(np.diff(times) > 0)
    assert len(ring) <= 25
    if order:
        assert times[-1] == START + max(order) * STEP


def test_rings_with_the_same_times_have_one_array_of_them() -> None:
    one, other, holed = CandleRing("15m"), CandleRing("15m"), CandleRing("15m")
    for ring, places in ((one, (0, 1, 3)), (other, (0, 1, 3)), (holed, (0, 2, 3))):
        ring.merge([bar(n, close=100.0 + n) for n in places], 1)
    assert one.bars().open_time is other.bars().open_time
    assert holed.bars().open_time.tolist() == [bar(n).open_time for n in (0, 2, 3)]
    one.close(bar(4), 2)
    assert other.bars().open_time.tolist() == [bar(n).open_time for n in (0, 1, 3)]
