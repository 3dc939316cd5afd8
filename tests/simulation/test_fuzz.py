"""A small selection of ``python -m benchmarks.fuzz``."""

from __future__ import annotations

import pytest

from benchmarks.fuzz import fuzz
from benchmarks.simulation.run import describe


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_mutated_frames_and_answers_leave_nothing_behind(seed: int) -> None:
    outcome = fuzz(seed, 600, 60, ("DOGEUSDT",))
    assert outcome.good, describe(outcome)
    assert outcome.dropped > 100
