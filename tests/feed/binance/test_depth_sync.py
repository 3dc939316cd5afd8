"""Book sync: the documented rules one by one, and many events through a bad connection."""

from __future__ import annotations

import random
from collections import deque

import pytest
from msgspec.structs import replace
from support import frames
from support.frames import NS, T0, diff

from tuirisk.events import DepthDiff, DepthLost, DepthSnapshot, Event, Level
from tuirisk.feed.binance.depth_sync import REFRESH_NS, DepthSync
from tuirisk.language.reason import Reason
from tuirisk.market.book import OrderBook

DEEP = 51
"""Levels a side: as many as were asked for, and no longer shallow."""


BIDS, ASKS = (
    tuple((best + sign * i / 1_000, 1.0) for i in range(DEEP))
    for best, sign in ((99.0, -1), (101.0, 1))
)


def snapshot(
    last_id: int,
    bids: tuple[Level, ...] = BIDS,
    asks: tuple[Level, ...] = ASKS,
    received: int = T0 * NS,
) -> DepthSnapshot:
    return replace(frames.snapshot(last_id, bids, asks, received), limit=len(bids) or DEEP)


def synced() -> DepthSync:
    sync = DepthSync("BTCUSDT")
    sync.on_diff(diff(8, 10, 7))
    assert sync.wants_snapshot
    assert len(sync.on_snapshot(snapshot(9))) == 2
    return sync


def test_there_is_no_book_before_the_snapshot() -> None:
    sync = DepthSync("BTCUSDT")
    assert sync.on_diff(diff(1, 3, 0)) == []
    assert sync.wants_snapshot
    assert not sync.live


def test_old_events_are_dropped_and_the_first_brackets_the_snapshot() -> None:
    sync = DepthSync("BTCUSDT")
    events = [diff(1, 3, 0), diff(4, 6, 3), diff(7, 9, 6), diff(10, 12, 9)]
    for event in events:
        sync.on_diff(event)
    answer = snapshot(8)
    assert sync.on_snapshot(answer) == [answer, events[2], events[3]]
    assert sync.live


def test_a_snapshot_older_than_the_buffer_is_requested_again() -> None:
    sync = DepthSync("BTCUSDT")
    sync.on_diff(diff(10, 12, 9))
    assert sync.on_snapshot(snapshot(5)) == []
    assert sync.wants_snapshot
    assert not sync.live


def test_a_snapshot_ahead_of_the_stream_is_the_book_until_the_stream_follows() -> None:
    sync = DepthSync("BTCUSDT")
    sync.on_diff(diff(1, 3, 0))
    answer = snapshot(8)
    assert sync.on_snapshot(answer) == [answer]
    assert sync.on_diff(diff(4, 6, 3)) == [], "already in the snapshot"
    follows = diff(7, 9, 6)
    assert sync.on_diff(follows) == [follows]
    assert sync.live


def test_a_stream_that_does_not_meet_the_snapshot_ends_the_book() -> None:
    sync = DepthSync("BTCUSDT")
    sync.on_snapshot(snapshot(8))
    (lost,) = sync.on_diff(diff(12, 14, 11))
    assert isinstance(lost, DepthLost)
    assert sync.wants_snapshot
    assert sync.resyncs == 0, "it had never been in step with the stream"


def test_a_gap_ends_the_book() -> None:
    sync = synced()
    (lost,) = sync.on_diff(diff(14, 16, 13))
    assert isinstance(lost, DepthLost)
    assert not sync.live
    assert sync.wants_snapshot
    assert sync.resyncs == 1


def test_a_diff_with_a_level_that_cannot_be_read_ends_the_book() -> None:
    """Without that level the book would look right and be wrong."""
    sync = synced()
    unread = replace(diff(11, 12, 10), incomplete=True)
    (lost,) = sync.on_diff(unread)
    assert isinstance(lost, DepthLost)
    assert lost.reason.code == "level_unreadable"
    assert sync.resyncs == 1
    assert sync.on_snapshot(snapshot(11)) == [], "the level may have changed after it"
    assert sync.wants_snapshot
    following = diff(13, 14, 12)
    sync.on_diff(following)
    answer = snapshot(12)
    assert sync.on_snapshot(answer) == [answer, unread, following]


def test_a_side_that_ends_before_its_limit_is_known_so_far_until_the_next_snapshot_agrees() -> None:
    sync = DepthSync("BTCUSDT")
    sync.on_diff(diff(8, 10, 7))
    cut, thin = (replace(snapshot(9), bids=bids) for bids in ((), snapshot(9).bids[:40]))
    assert sync.on_snapshot(cut)[0] == replace(cut, limit=0)
    assert not sync.wants_snapshot, "a side without levels may be true for long"
    sync.on_trade(100.0, cut.received + 31 * NS * 1_000)
    assert sync.wants_snapshot
    sync.on_diff(diff(11, 12, 10))
    thin = replace(thin, last_update_id=12)
    assert sync.on_snapshot(thin)[0] == replace(thin, limit=0)
    assert sync.wants_snapshot
    sync.on_diff(diff(13, 14, 12))
    again = replace(thin, last_update_id=14)
    assert sync.on_snapshot(again)[0] == again
    assert not sync.wants_snapshot


def test_a_duplicate_is_harmless() -> None:
    sync = synced()
    assert sync.on_diff(diff(8, 10, 7)) == []
    following = diff(11, 12, 10)
    assert sync.on_diff(following) == [following]


def test_a_crossed_snapshot_is_refused() -> None:
    sync = DepthSync("BTCUSDT")
    sync.on_diff(diff(8, 10, 7))
    assert sync.on_snapshot(snapshot(9, bids=((101.0, 1.0),), asks=((100.0, 1.0),))) == []
    assert sync.wants_snapshot


def test_a_refresh_in_the_background_keeps_the_book_live() -> None:
    sync = synced()
    later = T0 * NS + REFRESH_NS + 1
    first = diff(11, 12, 10, received=later)
    assert sync.on_diff(first) == [first]
    assert sync.wants_snapshot
    second = diff(13, 14, 12, received=later)
    assert sync.on_diff(second) == [second]
    fresh = snapshot(13, received=later)
    assert sync.on_snapshot(fresh) == [fresh, second]
    assert sync.live
    assert not sync.wants_snapshot
    assert sync.resyncs == 0


def test_a_refresh_ahead_of_the_stream_waits_for_it() -> None:
    sync = synced()
    later = T0 * NS + REFRESH_NS + 1
    sync.on_diff(diff(11, 12, 10, received=later))
    fresh = snapshot(14, received=later)
    assert sync.on_snapshot(fresh) == []
    third = diff(13, 15, 12, received=later)
    assert sync.on_diff(third) == [third, fresh, third]


def test_a_price_near_the_edge_of_the_known_asks_for_more() -> None:
    bids = tuple((1000.0 - n / 10, 1.0) for n in range(1000))
    asks = tuple((1000.1 + n / 10, 1.0) for n in range(1000))
    sync = DepthSync("BTCUSDT")
    sync.on_diff(diff(8, 10, 7))
    sync.on_snapshot(snapshot(9, bids, asks))
    later = T0 * NS + 60_000 * NS
    sync.on_trade(990.0, later)
    assert not sync.wants_snapshot
    sync.on_trade(940.0, later)
    assert sync.wants_snapshot


def test_a_price_at_the_edge_asks_for_a_snapshot_every_30_seconds_at_most() -> None:
    """Each costs 20 of the 2 400 request weight a minute."""
    bids = tuple((1000.0 - n / 10, 1.0) for n in range(1000))
    asks = tuple((1000.1 + n / 10, 1.0) for n in range(1000))
    second = 1_000_000_000
    sync = DepthSync("BTCUSDT")
    sync.on_diff(diff(8, 10, 7))
    sync.on_snapshot(snapshot(9, bids, asks))
    start = T0 * NS
    requested = []
    for n, now in enumerate(range(start, start + 100 * second, second // 2), 11):
        sync.on_trade(940.0 if n % 4 else 1060.0, now)
        if sync.wants_snapshot:
            requested.append((now - start) / second)
            sync.on_snapshot(snapshot(n, bids, asks, received=now))
        sync.on_diff(diff(n, n, n - 1, received=now))
    assert requested == [30.5, 61.0, 91.5]


class Exchange:
    """A book that changes, its diffs, and how it was at any update id."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.bids = {100.0 - n: 1.0 + n for n in range(12)}
        self.asks = {101.0 + n: 1.0 + n for n in range(12)}
        self.id = 100

    def step(self) -> DepthDiff:
        rng = self.rng
        first, previous = self.id + 1, self.id
        bids: dict[float, float] = {}
        asks: dict[float, float] = {}
        for _ in range(rng.randint(1, 3)):
            self.id += 1
            mid = (max(self.bids) + min(self.asks)) / 2
            side, change, sign = (
                (self.bids, bids, -1) if rng.random() < 0.5 else (self.asks, asks, 1)
            )
            price = float(round(mid + sign * rng.randint(1, 14)))
            crosses = price >= min(self.asks) if sign < 0 else price <= max(self.bids)
            if crosses:
                continue
            quantity = (
                0.0 if price in side and len(side) > 4 and rng.random() < 0.5 else rng.random()
            )
            if quantity:
                side[price] = quantity
            else:
                del side[price]
            change[price] = quantity
        self.id += 1
        return diff(first, self.id, previous, tuple(bids.items()), tuple(asks.items()))

    def snapshot(self) -> DepthSnapshot:
        return snapshot(
            self.id,
            tuple(sorted(self.bids.items(), reverse=True)),
            tuple(sorted(self.asks.items())),
        )


class Truth:
    """The brute-force book: every diff of the exchange, applied up to a given update id."""

    def __init__(self, exchange: Exchange) -> None:
        self.bids, self.asks = dict(exchange.bids), dict(exchange.asks)
        self.queue: deque[DepthDiff] = deque()

    def at(self, update_id: int) -> tuple[dict[float, float], dict[float, float]]:
        while self.queue and self.queue[0].last_id <= update_id:
            change = self.queue.popleft()
            for side, levels in ((self.bids, change.bids), (self.asks, change.asks)):
                for price, quantity in levels:
                    if quantity:
                        side[price] = quantity
                    else:
                        side.pop(price, None)
        return self.bids, self.asks


class BadConnection:
    """Drops, repeats, reorders; loses a stretch now and then."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.held: DepthDiff | None = None
        self.gap = 0

    def carry(self, event: DepthDiff) -> list[DepthDiff]:
        luck = self.rng.random()
        if self.gap:
            self.gap -= 1
            return []
        if luck < 0.001:
            self.gap = self.rng.randint(0, 20)
            return []
        if luck < 0.003:
            return [event, event]
        if luck < 0.005 and self.held is None:
            self.held = event
            return []
        if self.held is not None:
            held, self.held = self.held, None
            return [event, held]
        return [event]


@pytest.mark.parametrize("count", [100_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_no_level_is_wrong_after_many_events_through_a_bad_connection(count: int) -> None:
    rng = random.Random(20)
    exchange = Exchange(rng)
    truth = Truth(exchange)
    connection = BadConnection(rng)
    sync = DepthSync("BTCUSDT")
    book = OrderBook()
    answers: deque[tuple[int, DepthSnapshot]] = deque()
    live = checked = 0

    def show(events: list[Event]) -> None:
        for event in events:
            if isinstance(event, DepthSnapshot):
                book.reset(event)
            elif isinstance(event, DepthDiff):
                book.apply(event)
            elif isinstance(event, DepthLost):
                book.invalidate(event.reason)

    for n in range(count):
        change = exchange.step()
        truth.queue.append(change)
        for event in connection.carry(change):
            show(sync.on_diff(event))
        if sync.wants_snapshot and not answers:
            taken = exchange.snapshot()
            answers.append((n + rng.randint(0, 30), taken))
        if answers and answers[0][0] <= n:
            show(sync.on_snapshot(answers.popleft()[1]))
        if n % 5_000 == 0 and sync.live:
            sync.wants_snapshot = True
        assert book.live == sync.live
        if not book.live:
            assert book.bids.best() is None
            continue
        live += 1
        bids, asks = truth.at(book.last_update_id)
        assert not book.crossed()
        if n % 97 == 0:
            checked += 1
            assert dict(book.bids.levels()) == bids
            assert dict(book.asks.levels()) == asks
        else:
            assert (book.bids.best(), book.asks.best()) == (max(bids), min(asks))
    assert sync.resyncs > count / 2_000
    assert live > 0.9 * count
    assert checked > count / 200


SECOND = 1_000_000_000
START = T0 * NS


def stream_on(sync: DepthSync, last: int, start: int, seconds: float) -> list[Event]:
    """A depth stream whose ids begin at ``last``, ten diffs a second, until something leaves."""
    for n in range(round(seconds * 10)):
        event = diff(last + n, last + n, last + n - 1, received=start + n * SECOND // 10)
        if events := sync.on_diff(event):
            return events
    return []


@pytest.mark.parametrize("leap", [10**3, 10**8])
def test_a_stream_of_old_diffs_alone_begins_the_book_anew(leap: int) -> None:
    sync = synced()
    forged = diff(11, 11 + leap, 10, received=START)
    assert sync.on_diff(forged) == [forged]
    (lost,) = stream_on(sync, 12, START, 6.0)
    assert isinstance(lost, DepthLost)
    assert lost.reason.code == "order_book_diffs_old"
    assert lost.received - START <= 5.2 * SECOND
    assert sync.wants_snapshot
    assert sync.problem == lost.reason
    assert sync.resyncs == 1
    assert sync.on_snapshot(snapshot(62, received=lost.received))
    assert sync.problem is None


def test_a_forged_diff_among_those_that_wait_for_a_snapshot_costs_a_second() -> None:
    sync = DepthSync("BTCUSDT")
    sync.on_diff(diff(10**8, 2 * 10**8, 10**8, received=START))
    stream_on(sync, 1, START, 1.5)
    assert sync.on_snapshot(snapshot(12))


def test_a_snapshot_with_an_id_too_high_is_given_up() -> None:
    sync = DepthSync("BTCUSDT")
    sync.on_diff(diff(1, 3, 0))
    assert sync.on_snapshot(snapshot(10**12))
    (lost,) = stream_on(sync, 4, START, 6.0)
    assert isinstance(lost, DepthLost)
    assert sync.wants_snapshot


def test_a_stream_later_than_its_snapshots_is_waited_for_ever_longer() -> None:
    """Each snapshot costs 20 of the 2 400 request weight a minute."""
    sync = DepthSync("BTCUSDT")
    requested = []
    for n in range(1_200):
        now = START + n * SECOND // 10
        sync.on_diff(diff(n, n, n - 1, received=now))
        if sync.wants_snapshot:
            requested.append(n / 10)
            sync.on_snapshot(snapshot(n + 10**6, received=now))
    assert requested == [0.0, 5.1, 15.2, 35.3, 75.4]


def test_duplicates_of_two_connections_contradict_nothing() -> None:
    sync = synced()
    for n in range(1_000):
        event = diff(11 + n, 11 + n, 10 + n, received=START + n * SECOND // 10)
        assert sync.on_diff(event) == [event]
        assert sync.on_diff(event) == []


def test_a_silent_stream_with_the_snapshot_of_its_last_diff_is_a_still_book() -> None:
    sync = synced()
    now = START
    sync.on_diff(diff(11, 12, 10, received=now))
    asked = []
    for n in range(1, 100):
        now = START + n * SECOND
        assert sync.on_other_stream(now) == []
        if sync.wants_snapshot:
            asked.append(n)
            (event,) = sync.on_snapshot(snapshot(12, received=now))
            assert isinstance(event, DepthSnapshot)
            assert event.still
    assert asked == [5, 35, 65, 95]
    assert sync.resyncs == 0
    following = diff(13, 13, 12, received=now)
    assert sync.on_diff(following) == [following]


def test_a_silent_stream_whose_book_went_on_is_a_resync() -> None:
    sync = synced()
    sync.on_diff(diff(11, 12, 10, received=START))
    answer = snapshot(50, received=START + 5 * SECOND)
    sync.on_other_stream(START + 5 * SECOND)
    assert sync.wants_snapshot
    assert sync.on_snapshot(answer) == [], "the diff that explains it may be on its way"
    lost, book = sync.on_other_stream(START + 6 * SECOND)
    assert isinstance(lost, DepthLost)
    assert book == answer
    assert sync.resyncs == 1


def test_a_diff_on_its_way_with_the_snapshot_is_no_resync() -> None:
    sync = synced()
    sync.on_diff(diff(11, 12, 10, received=START))
    sync.on_other_stream(START + 5 * SECOND)
    sync.on_snapshot(snapshot(14, received=START + 5 * SECOND))
    late = diff(13, 14, 12, received=START + 5 * SECOND + SECOND // 10)
    assert sync.on_diff(late) == [late]
    assert sync.on_other_stream(START + 7 * SECOND) == []
    assert sync.resyncs == 0


def test_a_stream_that_never_spoke_has_a_book_all_the_same() -> None:
    sync = DepthSync("BTCUSDT")
    sync.on_other_stream(START)
    assert not sync.wants_snapshot
    sync.on_other_stream(START + 5 * SECOND)
    assert sync.wants_snapshot
    answer = snapshot(8, received=START + 5 * SECOND)
    assert sync.on_snapshot(answer) == [answer]
    sync.on_other_stream(START + 9 * SECOND)
    assert not sync.wants_snapshot
    sync.on_other_stream(START + 10 * SECOND)
    assert sync.wants_snapshot, "it may have been silent because it is dead"
    (again,) = sync.on_snapshot(snapshot(8, received=START + 10 * SECOND))
    assert isinstance(again, DepthSnapshot)
    assert again.still


def test_a_snapshot_a_moment_after_the_books_own_does_not_tell_that_it_stands_still() -> None:
    """A cache may repeat the answer that the book began with."""
    sync = synced()
    sync.lost(Reason("connection_lost"), START)
    sync.on_other_stream(START + 5 * SECOND)
    shallow = replace(snapshot(20, BIDS[:20], ASKS[:20], START + 5 * SECOND), limit=20)
    assert sync.on_snapshot(shallow) == [shallow]
    assert sync.wants_snapshot, "the rest of the book"
    deep = snapshot(20, received=START + 5 * SECOND + SECOND // 3)
    assert sync.on_snapshot(deep) == [deep]
    assert not deep.still
    assert not sync.wants_snapshot
    sync.on_other_stream(START + 11 * SECOND)
    (later,) = sync.on_snapshot(snapshot(20, received=START + 11 * SECOND))
    assert isinstance(later, DepthSnapshot)
    assert later.still


def test_a_stream_that_falls_silent_before_a_refresh_is_looked_into() -> None:
    sync = synced()
    sync.wants_snapshot = True
    assert sync.on_snapshot(snapshot(14)) == [], "ahead of the stream, which never follows"
    sync.on_other_stream(START + 5 * SECOND)
    assert sync.wants_snapshot
    answer = snapshot(30, received=START + 5 * SECOND)
    assert sync.on_snapshot(answer) == []
    assert sync.on_other_stream(START + 6 * SECOND)[1:] == [answer]


def test_a_shallow_book_whose_rest_was_lost_in_a_silence_asks_for_it_again() -> None:
    sync = DepthSync("BTCUSDT")
    sync.on_diff(diff(8, 10, 7, received=START))
    shallow = replace(snapshot(9, BIDS[:20], ASKS[:20]), limit=20)
    assert len(sync.on_snapshot(shallow)) == 2
    assert sync.on_snapshot(snapshot(14)) == [], "ahead of the stream"
    sync.on_other_stream(START + 5 * SECOND)
    assert sync.on_snapshot(snapshot(20, received=START + 5 * SECOND)) == []
    assert not sync.wants_snapshot
    following = diff(11, 12, 10, received=START + 5 * SECOND + SECOND // 10)
    assert sync.on_diff(following) == [following]
    assert sync.wants_snapshot
    rest = snapshot(12, received=START + 6 * SECOND)
    assert sync.on_snapshot(rest)[0] == rest
    assert not sync.wants_snapshot
    assert sync.on_diff(diff(13, 13, 12, received=START + 6 * SECOND))
    assert not sync.wants_snapshot


def test_a_partial_book_is_no_silence() -> None:
    sync = synced()
    sync.on_other_stream(START + 5 * SECOND)
    best = replace(snapshot(20, received=START + 6 * SECOND), partial=True)
    assert sync.on_partial_book(best) == [best]
    answer = snapshot(20, received=START + 7 * SECOND)
    assert sync.on_snapshot(answer) == [answer], "asked for before the book was told"


def test_diffs_that_wait_are_bounded_by_their_levels() -> None:
    sync = DepthSync("BTCUSDT")
    sync.most_buffered = 1_000
    levels = tuple((100.0 + n, 1.0) for n in range(100))
    for n in range(30):
        sync.on_diff(diff(10 * n + 1, 10 * n + 10, 10 * n, levels))
    assert sync.on_snapshot(snapshot(155)) == [], "its diffs were dropped"
    assert len(sync.on_snapshot(snapshot(255))) == 1 + 5


def test_a_price_about_to_leave_a_shallow_book_asks_for_another_until_the_deep_one_comes() -> None:
    sync = DepthSync("BTCUSDT")
    sync.on_diff(diff(8, 10, 7))
    shallow = replace(snapshot(10, BIDS[:50], ASKS[:50], START), limit=50)
    sync.on_snapshot(shallow)
    edge = BIDS[30][0]
    for price, received in ((99.5, 6), (edge, 5)):
        sync.on_trade(price, START + received * SECOND)
        assert not sync.wants_shallow_snapshot, "in the inner half, or asked a moment ago"
    sync.on_trade(edge, START + 6 * SECOND)
    assert sync.wants_shallow_snapshot
    assert sync.wants_snapshot, "the deep one"
    nearer = replace(snapshot(10, BIDS[20:], ASKS[:50], START + 7 * SECOND), limit=20)
    assert sync.on_snapshot(nearer) == [nearer]
    assert sync.wants_snapshot
    assert not sync.wants_shallow_snapshot
    deep = snapshot(10, received=START + 9 * SECOND)
    assert sync.on_snapshot(deep) == [deep]
    sync.on_trade(50.0, START + 20 * SECOND)
    assert not sync.wants_shallow_snapshot
    assert not sync.wants_snapshot, "deep books are asked for again more seldom"
