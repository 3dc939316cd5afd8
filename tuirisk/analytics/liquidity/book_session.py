"""Spread and depth of the book through the session, from its five-second samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tuirisk.events.intervals import MINUTE_MS
from tuirisk.market.candles import Column
from tuirisk.market.samples import BookSamples
from tuirisk.state import NO_SESSION, BookSession, Missing, Number

STEPS = 96
NO_SAMPLE = Missing("no_book_sample")


def book_session(samples: BookSamples) -> BookSession:
    """Means of spread and depth over at most 96 steps, each a whole number of minutes long.

    The steps are the clock's own and as short as lets them reach back to the first sample of the
    last day.
    """
    minutes, sums = samples.minutes()
    if not minutes.size:
        return NO_SESSION
    length = 1
    while minutes[-1] // length - minutes[0] // length >= STEPS:
        length += 1
    places = minutes // length - minutes[0] // length
    counts, spreads, depths = (np.bincount(places, weights=row) for row in sums)
    there = np.maximum(counts, 1.0)
    return BookSession(
        length * MINUTE_MS, _numbers(spreads / there, counts), _numbers(depths / there, counts)
    )


def _numbers(means: Column, counts: NDArray[np.int64]) -> tuple[Number, ...]:
    pairs = zip(means.tolist(), counts.tolist(), strict=True)
    return tuple(mean if count else NO_SAMPLE for mean, count in pairs)
