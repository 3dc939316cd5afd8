"""A selection of ``python -m benchmarks.faults``."""

from __future__ import annotations

import pytest

from benchmarks.faults import FAULTS, run_fault

AT_MOST = {
    "connections cut": (1.5, 10.0),
    "connections half-open": (6.0, 15.0),
    "every frame 8 s late": (6.5, 20.0),
    "DNS gone for 30 s": (1.5, 10.5),
    "forged: update id 2⁶³−1": (6.5, 15.0),
    "forged: bar of 2099": (1.5, 1.0),
}
"""Fault → seconds until it is detected and recovered from, a state a second."""


LONG = ("every frame 20 s late", 6.5, 30.0)
"""A run of two minutes."""


@pytest.mark.slow
def test_a_long_fault_is_detected_and_recovered_from() -> None:
    name, detected, recovered = LONG
    check(name, detected, recovered)


@pytest.mark.parametrize("name", AT_MOST)
def test_a_fault_is_detected_and_recovered_from(name: str) -> None:
    check(name, *AT_MOST[name])


def check(name: str, detected: float, recovered: float) -> None:
    (fault,) = (fault for fault in FAULTS if fault.name == name)
    row = run_fault(fault, cadence=1.0)
    assert row.detected is not None
    assert row.detected <= detected
    assert row.recovered is not None
    assert row.recovered <= recovered
    assert row.beyond == 0


def test_every_fault_has_a_name_of_its_own() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
