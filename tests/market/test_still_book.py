"""A book that a snapshot confirms to stand still."""

from __future__ import annotations

import pytest

from tuirisk.events import DepthDiff, DepthSnapshot, SymbolListed
from tuirisk.market.market import Market

NOW_MS = 1_795_003_200_000


@pytest.mark.parametrize(("age_ms", "still"), [(200, True), (20_000, False)])
def test_a_copy_of_an_older_answer_does_not_confirm_it(age_ms: int, still: bool) -> None:
    market, now = Market(), NOW_MS * 1_000_000
    market.apply(SymbolListed("BTCUSDT", now))
    levels = ((100.0, 1.0),), ((101.0, 1.0),)
    market.apply(DepthSnapshot("BTCUSDT", now, 7, NOW_MS - age_ms, *levels, still=True))
    assert market.symbols["BTCUSDT"].book.still is still


@pytest.mark.parametrize(("late_ms", "still"), [(200, True), (20_000, False)])
def test_a_line_that_is_late_would_not_tell_in_time_that_it_moves(
    late_ms: int, still: bool
) -> None:
    market, now = Market(), NOW_MS * 1_000_000
    market.apply(SymbolListed("BTCUSDT", now))
    levels = ((100.0, 1.0),), ((101.0, 1.0),)
    told = NOW_MS - 6_000 - late_ms
    market.apply(DepthSnapshot("BTCUSDT", now - 6_500_000_000, 6, told, *levels))
    market.apply(DepthDiff("BTCUSDT", now - 6_000_000_000, 7, 7, 6, told, (), ()))
    market.apply(DepthSnapshot("BTCUSDT", now, 7, NOW_MS - 200, *levels, still=True))
    assert market.symbols["BTCUSDT"].book.still is still
