"""Spread and depth through the session, the depth profile, and what is kept between two states."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.build import (
    NOW_NS,
    assess_market,
    book_around,
    depth_snapshot,
    ready_market,
    touch_book,
)

from tuirisk.analytics.liquidity.book_session import NO_SAMPLE, STEPS, book_session
from tuirisk.analytics.liquidity.depth import (
    DISTANCES,
    BookContext,
    liquidity_state,
    metaorder_cost,
)
from tuirisk.config.model import RiskConfig
from tuirisk.events.intervals import MINUTE_NS
from tuirisk.market.book import OrderBook
from tuirisk.market.samples import MINUTES, SAMPLE_NS, BookSamples
from tuirisk.state import NO_SESSION, Liquidity, Missing, Number

BTC = "BTCUSDT"
START_NS = NOW_NS - NOW_NS % MINUTE_NS


def book(spread: float = 2.0) -> OrderBook:
    """One level a side, ``spread`` percent apart."""
    made = OrderBook()
    bids, asks = [(100.0 - spread / 2, 3.0)], [(100.0 + spread / 2, 3.0)]
    made.reset(depth_snapshot("X", bids, asks))
    return made


def sampled(minutes: dict[int, float]) -> BookSamples:
    """Twelve samples in each of ``minutes`` (after the start), with that spread (percent)."""
    samples = BookSamples()
    for minute, spread in sorted(minutes.items()):
        for step in range(12):
            samples.sample(book(spread), START_NS + minute * MINUTE_NS + step * SAMPLE_NS)
    return samples


def told(values: tuple[Number, ...]) -> list[float | None]:
    """Spreads in percent, None for a gap."""
    return [None if isinstance(value, Missing) else round(value / 100, 6) for value in values]


def test_without_a_sample_there_is_no_session() -> None:
    assert book_session(BookSamples()) == NO_SESSION


def test_a_short_session_has_a_value_a_minute_with_its_gaps() -> None:
    session = book_session(sampled({0: 1.0, 1: 2.0, 4: 3.0}))
    assert session.step_ms == 60_000
    assert told(session.spreads) == [1.0, 2.0, None, None, 3.0]
    assert session.spreads[2] == NO_SAMPLE
    assert [isinstance(v, Missing) for v in session.depths] == [False, False, True, True, False]


def test_a_step_is_the_mean_of_its_samples() -> None:
    samples = BookSamples()
    for step, spread in enumerate((1.0, 2.0, 6.0)):
        samples.sample(book(spread), START_NS + step * SAMPLE_NS)
    assert told(book_session(samples).spreads) == [3.0]


@pytest.mark.parametrize("length", [95, 96, 97, 200, 1_000])
def test_a_long_session_keeps_its_whole_length_in_few_steps(length: int) -> None:
    session = book_session(sampled(dict.fromkeys(range(length), 1.0)))
    assert len(session.spreads) <= STEPS
    span = len(session.spreads) * session.step_ms / 60_000
    assert length <= span < length + 2 * session.step_ms / 60_000
    assert set(told(session.spreads)) == {1.0}


def test_what_is_older_than_a_day_is_forgotten() -> None:
    session = book_session(sampled({0: 9.0, MINUTES: 1.0, MINUTES + 1: 1.0}))
    assert told(session.spreads) == [1.0, 1.0]


def deep(beside: BookContext) -> tuple[OrderBook, Liquidity]:
    made = OrderBook()
    made.reset(book_around("SOLUSDT", 170.0, np.random.default_rng(3)))
    return made, liquidity_state(made, False, RiskConfig(), None, beside)


BESIDE = BookContext(50.0, 50.0, 0.001)


def test_the_profile_is_the_plain_sum_to_each_distance() -> None:
    made, part = deep(BESIDE)
    mid = part.mid
    assert isinstance(mid, float)
    assert part.profile.distances == DISTANCES
    for distance, bid, ask in zip(DISTANCES, part.profile.bids, part.profile.asks, strict=True):
        bids = sum(p * q for p, q in made.bids.levels() if p >= mid * (1 - distance))
        asks = sum(p * q for p, q in made.asks.levels() if p <= mid * (1 + distance))
        assert bid == pytest.approx(bids, rel=1e-9)
        assert ask == pytest.approx(asks, rel=1e-9)


def test_the_profile_ends_where_the_book_is_known_to_and_is_whole_up_to_there() -> None:
    made, whole = deep(BESIDE)
    mid = whole.mid
    assert isinstance(mid, float)
    made.bid_floor = mid * (1 - 0.0031)
    part = liquidity_state(made, False, RiskConfig(), None, BESIDE)
    known = [value for value in part.profile.bids if not isinstance(value, Missing)]
    assert known == list(whole.profile.bids[: len(known)]), "between two bands it grows as well"
    assert len(known) == 6
    assert part.profile.bids[6] == Missing("outside_known_book", share=0.0031)
    assert part.profile.asks == whole.profile.asks


def test_a_profile_of_a_moment_ago_may_stand_for_that_of_now() -> None:
    _, part = deep(BESIDE)
    old = replace(part.profile, bids=(1.0,))
    assert deep(replace(BESIDE, profile=old))[1].profile is old


def test_pictures_are_made_anew_only_where_something_is_new() -> None:
    market = ready_market()
    first = assess_market(market)
    touch_book(market, BTC, NOW_NS)
    second = assess_market(market, previous=first)
    before, after = first.symbols[BTC].liquidity, second.symbols[BTC].liquidity
    assert after is not before
    assert after.profile is before.profile
    assert after.session is before.session


def test_every_size_of_the_ladder_has_its_metaorder_cost() -> None:
    one = assess_market(ready_market()).symbols[BTC]
    part = one.liquidity
    assert len(part.curve_metaorder_costs) == len(part.curve) == len(RiskConfig().impact_ladder)
    numbers: list[Number] = [part.metaorder_cost, *part.curve_metaorder_costs]
    known = [value for value in numbers if not isinstance(value, Missing)]
    assert len(known) == len(numbers)
    for size, cost in zip(part.curve, part.curve_metaorder_costs, strict=True):
        scale = (size.notional / RiskConfig().reference_notional) ** 0.5
        assert cost == pytest.approx(known[0] * scale, rel=1e-9)
    assert metaorder_cost(1.0, one.volatility, Missing.from_text("none")) == Missing.from_text(
        "none"
    )
