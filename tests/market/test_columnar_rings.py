"""The columns of the market against plain dicts, whatever comes in whatever order."""

from __future__ import annotations

import tracemalloc
from dataclasses import fields
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from support.frames import T0

from tuirisk.events import Candle, CandleHistory, OpenInterestHistory, closed_bars
from tuirisk.market.candles import Bars, CandleRing
from tuirisk.market.derivatives import DerivativesData, OpenInterestPoints

STEP = 900_000
START = T0 - T0 % STEP
CAPACITY = 9
NAMES = ("open", "high", "low", "close", "quote_volume")
Model = dict[int, tuple[float, ...]]


def bar(place: int, close: float) -> Candle:
    time = START + place * STEP
    return Candle(
        time, time + STEP - 1, close, close + 1, close - 1, close, 5.0, 500.0, 9, 2.0, 200.0, True
    )


BARS = st.builds(bar, st.integers(0, 24), st.sampled_from([100.0, 101.0]))
PAGES = st.lists(BARS, max_size=14)
WORDS = st.lists(BARS | PAGES, max_size=12)


def numbers(candle: Candle) -> tuple[float, ...]:
    return tuple(getattr(candle, name) for name in NAMES)


def told(model: Model, candles: list[Candle]) -> Model:
    both = model | {candle.open_time: numbers(candle) for candle in candles}
    return dict(sorted(both.items())[-CAPACITY:])


def copied(bars: Bars) -> list[np.ndarray[Any, Any]]:
    names = [field.name for field in fields(Bars)[1:] if field.name != "volume"]
    columns = [getattr(bars, name) for name in names]
    assert not any(column.flags.writeable for column in columns)
    assert all(column.flags.c_contiguous for column in columns)
    return [column.copy() for column in columns]


def is_the_model(ring: CandleRing, model: Model) -> None:
    bars = ring.bars()
    assert ring.bars() is bars
    assert bars.open_time.tolist() == list(model)
    rows = np.array([getattr(bars, name) for name in NAMES]).T
    assert list(map(tuple, rows.tolist())) == list(model.values())
    assert (len(ring), len(bars)) == (len(model), len(model))
    assert ring.last_open_time == (max(model) if model else None)


@given(WORDS)
def test_a_ring_is_a_dict_in_time_order(words: list[Candle | list[Candle]]) -> None:
    ring, model = CandleRing("15m", capacity=CAPACITY), Model()
    handed = [(ring.bars(), copied(ring.bars()))]
    for received, word in enumerate(words):
        version, before = ring.version, ring.bars()
        if isinstance(word, Candle):
            ring.close(word, received)
        else:
            ring.merge(word, received)
        after = told(model, [word] if isinstance(word, Candle) else word)
        assert (ring.version > version) == (after != model)
        assert (ring.bars() is before) == (after == model)
        model = after
        is_the_model(ring, model)
        assert ring.received == received
        handed.append((ring.bars(), copied(ring.bars())))
    for bars, then in handed:
        assert all(map(np.array_equal, copied(bars), then)), "what was handed out has changed"


@given(st.integers(0, 12), st.integers(1, 12), PAGES, PAGES)
def test_preloaded_bars_stay_where_the_answer_joins_and_agrees(
    first: int, count: int, streamed: list[Candle], answer: list[Candle]
) -> None:
    cached = [bar(place, 100.0) for place in range(first, first + count)]
    ring, model = CandleRing("15m", capacity=CAPACITY), told({}, cached)
    ring.preload(cached)
    is_the_model(ring, model)
    for candle in streamed:
        ring.close(candle, 1)
        model = told(model, [candle])
    until = cached[-1].open_time
    reaches = any(candle.open_time <= until + STEP for candle in answer)
    agrees = all(
        model.get(candle.open_time, numbers(candle)) == numbers(candle)
        for candle in answer
        if candle.open_time <= until
    )
    if not (reaches and agrees):
        model = {time: row for time, row in model.items() if time > until}
    ring.merge(answer, 2)
    assert ring.answered
    is_the_model(ring, told(model, answer))


POINTS = st.lists(
    st.tuples(st.integers(0, 60).map(lambda n: T0 + n * 300_000), st.floats(0, 9), st.floats(0, 9)),
    max_size=30,
)


@given(st.lists(POINTS, max_size=6))
def test_points_of_open_interest_are_a_dict_in_time_order(
    pages: list[list[tuple[int, float, float]]],
) -> None:
    derivatives, model = DerivativesData(), dict[int, tuple[float, float]]()
    for page in pages:
        before, then = derivatives.open_interest_history, model
        derivatives.merge_open_interest_history(OpenInterestHistory("X", 1, "5m", page))
        model = dict(sorted((model | {time: (c, v) for time, c, v in page}).items()))
        assert as_dict(derivatives.open_interest_history) == model
        assert as_dict(before) == then, "what was handed out has changed"


def as_dict(points: OpenInterestPoints) -> dict[int, tuple[float, float]]:
    for column in (points.time, points.contracts, points.value):
        assert not column.flags.writeable
    pairs = zip(points.contracts.tolist(), points.value.tolist(), strict=True)
    made = dict(zip(points.time.tolist(), pairs, strict=True))
    assert len(made) == len(points)
    return made


def test_a_page_of_the_wire_and_a_tuple_are_the_same_event() -> None:
    bars = [bar(place, 100.0 + place) for place in range(4)]
    rows = [tuple(getattr(b, name) for name in b.__struct_fields__[:-1]) for b in bars]
    packed = CandleHistory("X", 1, "15m", closed_bars(rows))
    assert packed == CandleHistory("X", 1, "15m", tuple(bars))
    rings = CandleRing("15m"), CandleRing("15m")
    rings[0].merge(packed.candles, 1)
    rings[1].merge(bars, 1)
    assert all(map(np.array_equal, copied(rings[0].bars()), copied(rings[1].bars())))


def test_bars_cost_their_columns_and_little_more() -> None:
    """Ten symbols hold some sixty thousand of them."""
    ring = CandleRing("15m")
    count = ring.capacity
    tracemalloc.start()
    try:
        for first in range(0, count, 512):
            ring.merge([bar(place, 100.0) for place in range(first, first + 512)], 1)
        ring.bars()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(ring) == count
    assert held < 1.5 * 7 * 8 * count
