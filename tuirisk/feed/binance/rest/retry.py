"""How long to wait before the next try."""

from __future__ import annotations

import random

LONGEST = 30.0


def full_jitter(rng: random.Random, failures: int, longest: float = LONGEST) -> float:
    """Seconds to wait after ``failures`` in a row: anything up to 1, 2, 4 … ``longest``.

    Spread over the whole range, so that many clients cut off at once do not come back at once
    (Brooker, "Exponential Backoff And Jitter", AWS 2015).
    """
    if failures <= 0:
        return 0.0
    return rng.uniform(0.0, min(longest, 2.0 ** min(failures - 1, 16)))
