"""Twenty seeds of a simulated minute under faults, and the simulation itself."""

from __future__ import annotations

import random

import pytest

from benchmarks.simulation.faults import Episode
from benchmarks.simulation.run import CALM, Simulation, describe, simulate

SYMBOLS = ("DOGEUSDT",)
CADENCE = 2.0
"""Seconds between two states, each of which is judged."""


@pytest.mark.parametrize("seed", range(20))
def test_nothing_wrong_is_shown_as_live_and_all_recovers(seed: int) -> None:
    """A failing seed is looked at with ``python -m benchmarks.simulation --minutes 1
    --symbols DOGEUSDT --cadence 2 --seeds SEED``."""
    outcome = simulate(seed, 1.0, SYMBOLS, cadence=CADENCE)
    assert outcome.good, describe(outcome)
    assert outcome.ready > 0


def test_a_seed_replays_to_the_bit() -> None:
    one, other = (simulate(7, 0.7, SYMBOLS, cadence=CADENCE) for _ in range(2))
    assert one.digest == other.digest
    assert one.episodes == other.episodes


def test_without_faults_everything_is_live_after_two_seconds() -> None:
    outcome = simulate(3, 0.5, SYMBOLS, cadence=1.0, disturbed=False)
    assert outcome.good, describe(outcome)
    assert outcome.states - outcome.ready <= 2
    assert outcome.dropped == outcome.resyncs == 0


def late(_: random.Random, begin: float, end: float) -> tuple[Episode, ...]:
    return (Episode("late", begin, end, "*", 1.0, 20.0),)


def test_the_judge_finds_late_data_where_ages_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """That it finds nothing elsewhere means something."""
    monkeypatch.setattr("benchmarks.simulation.run.draw_episodes", late)
    good = Simulation(1, CALM + 60.0, SYMBOLS, account=False, cadence=1.0).run()
    assert good.good, describe(good)
    for budget in ("DEPTH_BUDGET", "MARK_BUDGET"):
        monkeypatch.setattr(f"tuirisk.analytics.score.freshness.{budget}", 1e9)
    found = Simulation(1, CALM + 60.0, SYMBOLS, account=False, cadence=1.0).run().findings
    assert {finding.family for finding in found} == {"book", "mark"}
