"""One false answer of every endpoint: a selection of ``python -m benchmarks.forged_answers``."""

from __future__ import annotations

import pytest

from benchmarks.forged_answers import PATHS, describe, judge
from benchmarks.simulation.forgeries import FORGERIES

TOGETHER = tuple(path for path in PATHS if path not in ("/fapi/v1/exchangeInfo", "/fapi/v1/time"))
"""A first answer of the others that is false puts everything off, and nothing can be compared."""
SECONDS = 24.0
IN_SUITE = ("amounts tenfold",)
"""Of the second answer of every endpoint."""


def check(paths: tuple[str, ...], forgery: str, nth: int) -> None:
    verdict = judge(paths, forgery, nth, SECONDS)
    assert verdict.good, describe(verdict, nth)


@pytest.mark.parametrize(
    ("nth", "forgery"),
    [
        pytest.param(
            nth, name, marks=() if nth and name in IN_SUITE else pytest.mark.slow
        )
        for nth in (0, 1)
        for name in FORGERIES
    ],
)  # fmt: skip
def test_a_false_answer_of_every_endpoint_is_gone_within_15_seconds(nth: int, forgery: str) -> None:
    check(TOGETHER, forgery, nth)


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/fapi/v1/exchangeInfo", "/fapi/v1/time"])
@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_false_listing_or_time_is_gone_within_15_seconds(path: str, forgery: str) -> None:
    check((path,), forgery, 1)
