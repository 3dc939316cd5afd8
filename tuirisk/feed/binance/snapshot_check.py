"""Whether a snapshot of a book agrees with the diffs that it contains."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tuirisk.events import DepthDiff, DepthSnapshot, Level

LEAST_COMPARED = 2
"""Levels; fewer prove nothing."""
MOST_WRONG = 0.1
"""Share of the compared levels beyond which the snapshot is not the exchange's."""


def contradicted(snapshot: DepthSnapshot, diffs: Iterable[DepthDiff]) -> bool:
    """Whether ``snapshot`` lacks, or has otherwise, many levels that ``diffs`` told of.

    A snapshot contains every diff up to its id: what the last of them said of a price is what the
    snapshot has, within its range. ``diffs`` are in order and without a gap; those after the id
    are ignored, and the prices of one that is contained in part. Where the newest of them does not
    reach the id, nothing is known of what else the snapshot contains.
    """
    at, newest = snapshot.last_update_id, -1
    told: tuple[dict[float, float], dict[float, float]] = ({}, {})
    for diff in diffs:
        newest = diff.last_id
        for side, levels in zip(told, (diff.bids, diff.asks), strict=True):
            for price, quantity in levels:
                if diff.last_id <= at:
                    side[price] = quantity
                elif diff.first_id <= at:
                    side.pop(price, None)
    if newest < at:
        return False
    wrong = compared = 0
    for side, levels, sign in zip(told, (snapshot.bids, snapshot.asks), (1, -1), strict=True):
        wrong_here, compared_here = _compare(side, levels, sign)
        wrong, compared = wrong + wrong_here, compared + compared_here
    return compared >= LEAST_COMPARED and wrong > MOST_WRONG * compared


def _compare(told: dict[float, float], levels: Sequence[Level], sign: int) -> tuple[int, int]:
    """How many of the levels within the snapshot's range are wrong, and how many there are."""
    if not levels:
        return 0, 0
    last, shown = sign * levels[-1][0], dict(levels)
    inside = [price for price in told if sign * price >= last]
    return sum(shown.get(price, 0.0) != told[price] for price in inside), len(inside)
