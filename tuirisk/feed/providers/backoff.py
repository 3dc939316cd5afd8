"""How long a provider is left alone after a failure."""

from __future__ import annotations

import random

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
"""Seconds after a failure, doubled with each further one."""


def backoff(failures: int, rng: random.Random) -> float:
    """Seconds after so many failures in a row, drawn within a fifth of the rule."""
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures - 1, 10))
    return pause * rng.uniform(0.8, 1.2)
