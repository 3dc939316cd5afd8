"""Liquidity of a book: the edge matrix, the known bounds, and the numbers beside the walk."""

from __future__ import annotations

import math
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import percentileofscore
from support.build import book_around, depth_snapshot

from tuirisk import events as ev
from tuirisk.analytics.liquidity.depth import (
    BookContext,
    liquidity_state,
    metaorder_cost,
    sample_percentiles,
)
from tuirisk.config.model import PositionConfig, RiskConfig
from tuirisk.language.reason import Reason
from tuirisk.market.book import STALE_BOOK, OrderBook, unusable
from tuirisk.market.samples import SAMPLE_NS, BookSamples
from tuirisk.state import ConeCell, Liquidity, Missing, Number, Regime, Volatility

BESIDE = BookContext(50.0, 50.0, 0.001)
RISK = RiskConfig(reference_notional=10_000.0)
RNG = np.random.default_rng(7)


def book(bids: list[ev.Level], asks: list[ev.Level]) -> OrderBook:
    made = OrderBook()
    made.reset(depth_snapshot("X", bids, asks))
    return made


def of(made: OrderBook, position: PositionConfig | None = None) -> Liquidity:
    return liquidity_state(made, False, RISK, position, BESIDE)


def deep() -> OrderBook:
    made = OrderBook()
    made.reset(book_around("SOLUSDT", 170.0, np.random.default_rng(3)))
    return made


@pytest.mark.parametrize(
    ("made", "stale", "reason"),
    [
        (OrderBook(), False, "order book not received yet"),
        (book([(99.0, 1.0)], [(101.0, 1.0)]), True, str(STALE_BOOK)),
        (book([], [(101.0, 1.0)]), False, "no bids in the order book"),
        (book([(99.0, 1.0)], []), False, "no asks in the order book"),
        (book([(101.0, 1.0)], [(101.0, 1.0)]), False, "order book crossed"),
    ],
)
def test_a_book_that_cannot_be_used_gives_no_number(
    made: OrderBook, stale: bool, reason: str
) -> None:
    part = liquidity_state(made, stale, RISK, None, BESIDE)
    missing = part.mid
    assert str(missing) == reason
    scalars = (part.bid, part.ask, part.mid, part.spread_bps, part.imbalance, part.microprice)
    assert {*scalars, part.spread_percentile, part.metaorder_cost} == {missing}
    assert {side for d in part.depth.values() for side in (d.bid, d.ask)} == {missing}
    for fill in (part.impact.sell, part.impact.buy):
        names = {field.name for field in fields(fill)} - {"levels"}
        assert {getattr(fill, name) for name in names} == {missing}
    assert (len(part.bids), len(part.asks), len(part.curve)) == (0, 0, 0)


def test_a_resyncing_book_says_so() -> None:
    made = deep()
    made.invalidate(Reason.from_text("gap in the updates"))
    assert of(made).mid == Missing.from_text("gap in the updates")


def test_one_level_a_side_is_a_book() -> None:
    part = of(book([(99.0, 3.0)], [(101.0, 1.0)]))
    assert part.mid == 100.0
    assert part.spread_bps == pytest.approx(200.0)
    assert part.imbalance == pytest.approx(0.5)
    assert part.microprice == pytest.approx((99 * 1 + 101 * 3) / 4)
    assert part.impact.sell.exhausted is True
    assert part.depth["0.01"].bid == pytest.approx(297.0)
    assert part.depth["0.005"].bid == 0.0


def test_depth_within_bands_is_the_plain_sum() -> None:
    made = deep()
    part = of(made)
    mid = part.mid
    assert isinstance(mid, float)
    for name, depth in part.depth.items():
        share = float(name)
        bids = sum(p * q for p, q in made.bids.levels() if p >= mid * (1 - share))
        asks = sum(p * q for p, q in made.asks.levels() if p <= mid * (1 + share))
        assert depth.bid == pytest.approx(bids, rel=1e-9)
        assert depth.ask == pytest.approx(asks, rel=1e-9)


def test_nothing_is_quoted_past_what_is_known() -> None:
    made = deep()
    mid = of(made).mid
    assert isinstance(mid, float)
    made.bid_floor = mid * 0.997
    part = of(made)
    assert isinstance(part.depth["0.001"].bid, float)
    assert part.depth["0.005"].bid == Missing("outside_known_book", share=0.003)
    assert isinstance(part.depth["0.005"].ask, float)
    huge = liquidity_state(
        made, False, RiskConfig(reference_notional=1e9), None, BESIDE
    ).impact.sell
    assert huge.exhausted is True
    assert isinstance(huge.worst, float)
    assert huge.worst >= made.bid_floor


def test_a_price_that_left_the_known_part_gives_no_number() -> None:
    made = deep()
    made.bid_floor = 171.0
    assert of(made).bid == Missing("price_outside_known_book")


def test_a_position_is_walked_by_its_quantity() -> None:
    made = deep()
    position = PositionConfig("SOLUSDT", "long", quantity=2_000.0, entry_price=150.0)
    part = of(made, position)
    assert isinstance(part.mid, float)
    assert part.impact.notional == pytest.approx(2_000.0 * part.mid)
    levels, left, proceeds = made.bids.levels(), 2_000.0, 0.0
    for price, quantity in levels:
        take = min(left, quantity)
        proceeds, left = proceeds + take * price, left - take
        if left <= 0:
            break
    assert part.impact.sell.filled == pytest.approx(proceeds, rel=1e-12)
    assert part.impact.sell.vwap == pytest.approx(proceeds / 2_000.0, rel=1e-12)


def test_imbalance_reads_ten_levels() -> None:
    bids = [(100.0 - i, 1.0 if i < 10 else 1e6) for i in range(15)]
    asks = [(101.0 + i, 3.0) for i in range(15)]
    assert of(book(bids, asks)).imbalance == pytest.approx((10 - 30) / 40)


def test_the_ladder_shows_twenty_levels_best_first() -> None:
    part = of(deep())
    assert len(part.bids) == len(part.asks) == 20
    assert part.bids[0][0] == part.bid
    assert part.asks[0][0] == part.ask
    assert list(part.bids) == sorted(part.bids, reverse=True)


def test_the_curve_follows_the_ladder_of_sizes() -> None:
    part = of(deep())
    assert tuple(impact.notional for impact in part.curve) == RISK.impact_ladder
    costs = [impact.sell.slippage for impact in part.curve]
    assert costs == sorted(costs)  # type: ignore[type-var]


@given(st.floats(0.01, 100.0))
def test_ratios_do_not_depend_on_the_price_unit(scale: float) -> None:
    bids, asks = [(99.0, 3.0), (98.0, 5.0)], [(101.0, 2.0), (102.5, 4.0)]
    one = of(book(bids, asks))
    other = of(
        book([(p * scale, q / scale) for p, q in bids], [(p * scale, q / scale) for p, q in asks])
    )
    for name in ("spread_bps", "imbalance"):
        assert getattr(other, name) == pytest.approx(getattr(one, name), rel=1e-9)
    assert other.impact.sell.slippage == pytest.approx(one.impact.sell.slippage, rel=1e-9)


def test_unusable_is_empty_for_a_usable_book() -> None:
    assert unusable(deep(), False) is None


def test_sample_percentiles_are_scipys() -> None:
    samples, spreads, depths = BookSamples(), [], []
    for i in range(40):
        half = float(RNG.integers(1, 5)) / 100
        bids, asks = [(100 - half, 5.0 + i % 7)], [(100 + half, 4.0)]
        samples.sample(book(bids, asks), i * SAMPLE_NS)
        spreads.append(half * 200)
        depths.append((100 - half) * (5.0 + i % 7) + (100 + half) * 4.0)
    spread, depth = sample_percentiles(samples)
    assert spread == percentileofscore(spreads, spreads[-1], kind="mean")
    assert depth == percentileofscore(depths, depths[-1], kind="mean")


def test_few_samples_have_no_percentile() -> None:
    samples = BookSamples()
    samples.sample(deep(), 0)
    reason = Missing("few_samples", have=1, need=12)
    assert sample_percentiles(samples) == (reason, reason)


def test_samples_of_seven_days_are_kept_older_ones_thinned(monkeypatch: pytest.MonkeyPatch) -> None:
    """One day each 5 s, then one sample each 5 min; each counts by the time it stands for."""
    monkeypatch.setattr("tuirisk.market.samples.notional_within", lambda side, limit: 1.0)
    samples, one = BookSamples(), book([(99.0, 1.0)], [(101.0, 1.0)])
    for step in range(0, 9 * 17_280, 4):
        samples.sample(one, step * SAMPLE_NS)
    spreads, _, seconds = samples.kept()
    assert len(samples) == 17_280
    assert np.count_nonzero(seconds == 5.0) == 17_280
    # Here a day of samples is four days long: three days of older ones are left.
    assert np.count_nonzero(seconds == 300.0) == pytest.approx(3 * 288, abs=1)
    assert (spreads == 200.0).all()


def test_a_thinned_sample_counts_for_its_five_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuirisk.market.samples.SAMPLES", 60)
    samples = BookSamples()
    for step in range(120):
        half = 0.02 if step < 60 else 0.01
        samples.sample(book([(100 - half, 5.0)], [(100 + half, 5.0)]), step * SAMPLE_NS)
    spread, _ = sample_percentiles(samples)
    assert spread == pytest.approx(50.0 * 300 / 600)


def volatility(current: Number, **windows: Number) -> Volatility:
    """A cone with the 7-day volatility ``current``, and those of other ``windows`` (``d30``)."""
    by_days = {"7": current} | {name.removeprefix("d"): value for name, value in windows.items()}
    cells = {
        days: ConeCell(value, 50.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, "normal", 100)
        for days, value in by_days.items()
    }
    missing = Missing.from_text("x")
    return Volatility({"1d": cells}, {}, Regime(missing, missing, missing, missing))


def test_square_root_law() -> None:
    cost = metaorder_cost(1e6, volatility(0.5), 1e9)
    assert cost == pytest.approx(0.5 / math.sqrt(365) * math.sqrt(1e-3), rel=1e-12)
    assert metaorder_cost(1e6, volatility(Missing.from_text("x")), 1e9) == Missing(
        "no_daily_volatility"
    )
    assert metaorder_cost(1e6, volatility(0.5), 0.0) == Missing("no_volume")
    assert metaorder_cost(1e6, volatility(0.5), Missing.from_text("short")) == Missing.from_text(
        "short"
    )


def test_the_square_root_law_uses_the_longest_daily_window_that_has_a_number() -> None:
    longest = metaorder_cost(
        1e6, volatility(0.5, d30=0.8, d90=0.6, d180=Missing.from_text("short")), 1e9
    )
    assert longest == metaorder_cost(1e6, volatility(0.6), 1e9)
    assert longest != metaorder_cost(1e6, volatility(0.5), 1e9)
