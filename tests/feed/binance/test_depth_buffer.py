"""Diffs that wait come out as they went in; what they hold meanwhile is bounded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tuirisk.events import DepthDiff
from tuirisk.feed.binance.depth_buffer import MOST_DIFFS, DepthBuffer

positive = st.floats(min_value=0.0, allow_infinity=False, allow_nan=False)
sides = st.lists(st.tuples(positive, positive), max_size=4).map(tuple)
diffs = st.builds(
    DepthDiff, st.just("BTCUSDT"), *[st.integers(0, 2**62)] * 5, sides, sides, st.booleans()
)


@given(st.lists(diffs, max_size=6))
def test_what_went_in_comes_out(given_diffs: list[DepthDiff]) -> None:
    buffer = DepthBuffer()
    for diff in given_diffs:
        buffer.append(diff, most_levels=1_000)
    if given_diffs:
        assert buffer.oldest.last_id == given_diffs[0].last_id
        assert buffer.newest.last_id == given_diffs[-1].last_id
    assert buffer.clear() == given_diffs
    assert not buffer


@given(st.lists(diffs, max_size=8), st.integers(0, 20))
def test_the_newest_diffs_within_the_levels_stay(given_diffs: list[DepthDiff], most: int) -> None:
    buffer = DepthBuffer()
    for diff in given_diffs:
        buffer.append(diff, most)
    kept = buffer.clear()
    assert kept == given_diffs[len(given_diffs) - len(kept) :]
    assert sum(len(diff.bids) + len(diff.asks) for diff in kept) <= most


def test_no_more_than_so_many_diffs_stay() -> None:
    buffer = DepthBuffer()
    for n in range(MOST_DIFFS + 5):
        buffer.append(DepthDiff("BTCUSDT", n, n, n, n - 1, n, (), ()), 1_000)
    assert len(buffer) == MOST_DIFFS
    assert buffer.oldest.last_id == 5
