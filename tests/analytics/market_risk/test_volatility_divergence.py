import numpy as np
import pytest
from support.bars import Floats, from_closes

from tuirisk.analytics.market_risk.volatility_divergence import volatility_divergence
from tuirisk.state import Missing

N = 300


def two_highs(second: float) -> Floats:
    """A high at bar 150 (price 120) above a slow fall, and the last bar at ``second``."""
    closes: Floats = 100.0 - 0.001 * np.arange(N, dtype=np.float64)
    closes[150] = 120.0
    closes[-1] = second
    return closes


def ramp(at_first: float, before_last: float, last: float) -> Floats:
    rolling = np.full(N - 60, 0.5)
    rolling[150 - 60] = at_first
    rolling[-2:] = before_last, last
    return rolling


@pytest.mark.parametrize(
    ("rolling", "diverges"),
    [
        (ramp(0.9, 0.6, 0.5), True),
        (ramp(0.9, 0.5, 0.6), False),
        (ramp(0.4, 0.6, 0.5), False),
        (ramp(0.5, 0.6, 0.5), False),
        (ramp(0.9, 0.5, 0.5), False),
    ],
)
def test_lower_and_falling(rolling: Floats, diverges: bool) -> None:
    bars = from_closes(two_highs(125.0), "15m")
    assert volatility_divergence(bars, rolling) is diverges


def test_the_high_to_beat_is_of_the_last_96_bars() -> None:
    rolling = ramp(0.9, 0.6, 0.5)
    assert volatility_divergence(from_closes(two_highs(101.0), "15m"), rolling) is True
    recent = two_highs(101.0)
    recent[N - 96] = 101.0
    assert volatility_divergence(from_closes(recent, "15m"), rolling) is False


def test_no_new_high_no_divergence() -> None:
    assert volatility_divergence(from_closes(two_highs(99.0), "15m"), ramp(0.9, 0.6, 0.5)) is False


def test_the_first_high_has_none_to_compare_with() -> None:
    falling = np.linspace(200.0, 100.0, N)
    falling[-1] = 150.0
    found = volatility_divergence(from_closes(falling, "15m"), ramp(0.9, 0.6, 0.5))
    assert found == Missing("no_earlier_high", bars=96)


def test_a_high_without_a_volatility_is_passed_over() -> None:
    closes = two_highs(125.0)
    closes[200] = 118.0
    closes[150] = 117.0
    rolling = ramp(0.9, 0.6, 0.5)
    rolling[200 - 60] = np.nan
    assert volatility_divergence(from_closes(closes, "15m"), rolling) is True
    rolling[200 - 60] = 0.3
    assert volatility_divergence(from_closes(closes, "15m"), rolling) is False


@pytest.mark.parametrize("n", [0, 1, 2, 95])
def test_too_few_bars(n: int) -> None:
    found = volatility_divergence(from_closes(np.arange(1.0, n + 1), "15m"), np.empty(0))
    assert found == Missing("few_bars", have=n, need=96)


def test_no_divergence_across_a_hole_or_without_volatility() -> None:
    closes = two_highs(125.0)
    holed = from_closes(closes, "15m", holes=[N - 50])
    found = volatility_divergence(holed, ramp(0.9, 0.6, 0.5))
    assert found == Missing("hole_in_last_bars", need=96)
    found = volatility_divergence(from_closes(closes, "15m"), ramp(0.9, np.nan, 0.5))
    assert found == Missing("no_volatility")
