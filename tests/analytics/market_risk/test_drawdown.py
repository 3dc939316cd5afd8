from pathlib import Path

import empyrical
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.bars import Floats, cut, from_closes, random_closes, real

from tuirisk.analytics.market_risk.drawdown import WINDOWS, drawdowns
from tuirisk.market.candles import Bars
from tuirisk.state import DrawdownWindow, Missing


def hourly(bars: Bars) -> DrawdownWindow:
    return drawdowns({"1h": bars, "1d": bars})["1h"]


def check_against_empyrical(closes: Floats, size: int, found: DrawdownWindow) -> None:
    recent = closes[-size:]
    returns = recent[1:] / recent[:-1] - 1.0
    assert found.max == pytest.approx(empyrical.max_drawdown(returns), rel=1e-9)
    assert found.current == pytest.approx(recent[-1] / recent.max() - 1.0, rel=1e-9)
    assert (found.path[-1], min(found.path), len(found.path)) == (found.current, found.max, size)
    past = [
        closes[i] / closes[i - size + 1 : i + 1].max() - 1 for i in range(size - 1, closes.size)
    ]
    severe = np.percentile(np.abs(past), 95)
    assert isinstance(found.current, float)
    assert found.severe == pytest.approx(severe, rel=1e-9)
    assert found.severity == pytest.approx(min(-found.current / severe, 1.0), rel=1e-9)


@pytest.mark.parametrize("symbol", ["SOL", "BNB"])
@pytest.mark.parametrize("back", [1, 100, 250])
def test_real_candles(shared_data: Path, symbol: str, back: int) -> None:
    bars = {i: cut(real(shared_data, symbol, i), slice(-1_536, -back)) for i in WINDOWS}
    for interval, found in drawdowns(bars).items():
        check_against_empyrical(bars[interval].close, WINDOWS[interval], found)


@pytest.mark.parametrize("seed", range(5))
def test_random_candles(seed: int) -> None:
    bars = {i: from_closes(random_closes(900, seed), i) for i in WINDOWS}
    for interval, found in drawdowns(bars).items():
        check_against_empyrical(bars[interval].close, WINDOWS[interval], found)


def test_the_first_close_is_the_equity_it_starts_with() -> None:
    falling = 100.0 * 0.999 ** np.arange(400)
    found = hourly(from_closes(falling, "1h"))
    assert found.current == found.max == pytest.approx(0.999**167 - 1.0)
    assert found.bars_under_water == 167


def test_at_its_high_it_is_not_under_water() -> None:
    found = hourly(from_closes(np.linspace(100.0, 200.0, 300), "1h"))
    assert (found.current, found.max, found.bars_under_water) == (0.0, 0.0, 0)
    assert found.severity == Missing("no_drawdown_in_history")
    dipped = np.linspace(100.0, 200.0, 300)
    dipped[200:220] *= 0.9
    found = hourly(from_closes(dipped, "1h"))
    assert (found.current, found.severity) == (0.0, 0.0)
    assert found.max == pytest.approx(dipped[200] / dipped[199] - 1.0)


def test_bars_under_water_count_from_the_last_touch_of_the_high() -> None:
    closes = np.full(300, 90.0)
    closes[250] = closes[280] = 100.0
    assert hourly(from_closes(closes, "1h")).bars_under_water == 19


def test_a_drawdown_as_deep_as_ever_is_severe() -> None:
    closes = np.concatenate((random_closes(500, scale=0.001), [40.0]))
    assert hourly(from_closes(closes, "1h")).severity == 1.0


@pytest.mark.parametrize("n", [0, 1, 2, 167])
def test_too_few_bars(n: int) -> None:
    missing = Missing("few_bars", have=n, need=168)
    assert hourly(from_closes(random_closes(n), "1h")) == DrawdownWindow(
        missing, missing, missing, missing, missing
    )


def test_severity_needs_a_history_of_its_own() -> None:
    found = hourly(from_closes(random_closes(168), "1h"))
    assert isinstance(found.current, float)
    assert found.severity == Missing("few_bars", have=168, need=267)
    assert isinstance(hourly(from_closes(random_closes(267), "1h")).severity, float)


def test_prices_reach_across_holes_and_pass_over_invalid_ones() -> None:
    closes = random_closes(400)
    whole = hourly(from_closes(closes, "1h"))
    assert hourly(from_closes(closes, "1h", holes=[300, 350])) == whole
    blemished = np.insert(closes, [320, 380], [np.nan, 0.0])
    assert hourly(from_closes(blemished, "1h")) == whole


@given(st.floats(1e-6, 1e6), st.integers(0, 30))
def test_properties(scale: float, seed: int) -> None:
    closes = random_closes(300, seed)
    one, other = hourly(from_closes(closes, "1h")), hourly(from_closes(closes * scale, "1h"))
    assert one.current == pytest.approx(other.current, rel=1e-9, abs=1e-12)
    assert one.severity == pytest.approx(other.severity, rel=1e-9, abs=1e-12)
    assert isinstance(one.current, float)
    assert isinstance(one.max, float)
    assert -1.0 < one.max <= one.current <= 0.0
