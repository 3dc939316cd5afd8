"""The order book against a brute-force one."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st
from support.frames import diff, snapshot

from tuirisk.language.reason import Reason
from tuirisk.market.book import LEVELS_OF_ALL, MOST_LEVELS, SNAPSHOT_LEVELS, OrderBook, levels_each

price = st.integers(1, 60).map(lambda n: n / 4)
level = st.tuples(price, st.sampled_from([0.0, 0.5, 1.0, 2.0, 7.25]))
levels = st.lists(level, max_size=12).map(tuple)


@given(levels, levels, st.lists(st.tuples(levels, levels), max_size=20))
def test_is_the_brute_force_book(bids, asks, changes):  # type: ignore[no-untyped-def]
    book = OrderBook()
    book.reset(snapshot(1, bids, asks))
    truth = [{p: q for p, q in side if q > 0} for side in (bids, asks)]
    for n, (more_bids, more_asks) in enumerate(changes, 2):
        book.apply(diff(n, n, n - 1, more_bids, more_asks))
        for side, change in zip(truth, (more_bids, more_asks), strict=True):
            side.update(change)
            for gone in [p for p, q in side.items() if q == 0]:
                del side[gone]
    assert list(book.bids.levels()) == sorted(truth[0].items(), reverse=True)
    assert list(book.asks.levels()) == sorted(truth[1].items())
    assert book.bids.best() == max(truth[0], default=None)
    assert book.asks.best() == min(truth[1], default=None)
    assert book.bids.top(3) == sorted(truth[0].items(), reverse=True)[:3]


def test_prices_are_numbers_not_strings() -> None:
    book = OrderBook()
    book.reset(snapshot(1, ((float("7.61"), 1.0),), ((8.0, 1.0),)))
    book.apply(diff(2, 2, 1, ((float("7.610"), 0.0),)))
    assert len(book.bids) == 0


def test_what_lies_beyond_a_full_snapshot_is_not_known() -> None:
    bids = tuple((1000.0 - n, 1.0) for n in range(1_000))
    asks = ((1001.0, 1.0), (1002.0, 1.0))
    book = OrderBook()
    book.reset(snapshot(1, bids, asks))
    assert book.bid_floor == 1.0
    assert math.isinf(book.ask_ceiling), "fewer levels than asked for: there are no more"
    book.apply(diff(2, 2, 1, ((0.5, 3.0),)))
    assert book.bid_floor == 1.0


def test_a_book_that_is_lost_shows_nothing_until_the_next_snapshot() -> None:
    book = OrderBook()
    book.reset(snapshot(1))
    book.invalidate(Reason.from_text("gap"))
    assert not book.live
    assert book.bids.best() is None
    book.apply(diff(2, 2, 1, ((99.0, 1.0),)))
    assert not book.live
    assert len(book.bids) == 0
    book.reset(snapshot(9))
    assert book.live
    assert book.reason is None


def test_crossed() -> None:
    book = OrderBook()
    book.reset(snapshot(1))
    assert not book.crossed()
    book.apply(diff(2, 2, 1, ((101.0, 1.0),)))
    assert book.crossed()


def test_a_book_keeps_the_nearest_levels_and_all_books_together_are_bounded() -> None:
    book = OrderBook()
    book.most_levels = SNAPSHOT_LEVELS
    bids = tuple((10_000.0 - n, 1.0) for n in range(SNAPSHOT_LEVELS + 5))
    asks = tuple((10_001.0 + n, 1.0) for n in range(SNAPSHOT_LEVELS + 5))
    book.reset(snapshot(1, bids, asks))
    assert len(book.bids) == len(book.asks) == SNAPSHOT_LEVELS
    assert (book.bid_floor, book.ask_ceiling) == (bids[-6][0], asks[-6][0])
    assert levels_each(0) == levels_each(1) == MOST_LEVELS
    for books in (30, 100, 200):
        assert 2 * books * levels_each(books) <= LEVELS_OF_ALL
