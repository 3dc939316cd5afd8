"""A snapshot of a book against the diffs that it contains."""

from __future__ import annotations

from support.frames import diff, snapshot

from tuirisk.events import Level
from tuirisk.feed.binance.depth_sync import MOST_CONTRADICTED, DepthSync
from tuirisk.feed.binance.snapshot_check import contradicted

BIDS: tuple[Level, ...] = tuple((100.0 - n, 1.0 + n) for n in range(8))
ASKS: tuple[Level, ...] = tuple((101.0 + n, 2.0 + n) for n in range(8))
DIFFS = (diff(1, 3, 0, BIDS[:4], ASKS[:4]), diff(4, 6, 3, BIDS[4:], ((108.5, 0.0),)))
WHOLE = snapshot(6, BIDS, ASKS)


def test_the_exchanges_own_snapshot_agrees() -> None:
    assert not contradicted(WHOLE, DIFFS)
    later = diff(7, 9, 6, ((100.0, 0.0), (99.0, 5.0)), ((101.0, 0.0),))
    assert not contradicted(WHOLE, (*DIFFS, later))


def test_a_snapshot_without_every_second_level_does_not() -> None:
    assert contradicted(snapshot(6, BIDS[::2], ASKS[::2]), DIFFS)


def test_a_snapshot_of_other_quantities_does_not() -> None:
    halved = tuple((price, quantity / 2) for price, quantity in BIDS)
    assert contradicted(snapshot(6, halved, ASKS), DIFFS)


def test_what_lies_beyond_its_end_is_not_compared() -> None:
    assert not contradicted(snapshot(6, BIDS[:2], ASKS[:2]), DIFFS)


def test_prices_of_a_diff_that_it_contains_in_part_are_not_compared() -> None:
    changed = tuple((price, 9.0) for price, _ in BIDS)
    assert not contradicted(WHOLE, (*DIFFS, diff(5, 8, 6, changed)))


def test_a_snapshot_newer_than_all_diffs_is_not_compared() -> None:
    changed = tuple((price, 9.0) for price, _ in BIDS)
    assert not contradicted(snapshot(9, changed, ASKS), DIFFS)


def test_few_levels_prove_nothing() -> None:
    assert not contradicted(snapshot(3, BIDS[4:], ()), (diff(1, 3, 0, ((95.0, 7.0),)),))


def test_a_contradicted_snapshot_is_asked_for_again_and_believed_at_last() -> None:
    sync, forged = DepthSync("BTCUSDT"), snapshot(6, BIDS[::2], ASKS[::2])
    for each in DIFFS:
        sync.on_diff(each)
    for count in range(MOST_CONTRADICTED):
        assert sync.on_snapshot(forged) == []
        assert (sync.contradicted, sync.live, sync.wants_snapshot) == (count + 1, False, True)
    assert sync.on_snapshot(forged)
    assert sync.live


def test_the_true_snapshot_after_a_false_one_is_the_book() -> None:
    sync = DepthSync("BTCUSDT")
    for each in DIFFS:
        sync.on_diff(each)
    assert sync.on_snapshot(snapshot(6, BIDS[::2], ASKS[::2])) == []
    assert sync.on_snapshot(WHOLE)[0] == WHOLE
