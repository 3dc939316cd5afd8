from math import log, sqrt
from pathlib import Path
from statistics import variance

import numpy as np
import pytest
from support.bars import cut, from_closes, from_columns, random_closes, real

from tuirisk.analytics.market_risk.range_volatility import ESTIMATORS, range_volatility
from tuirisk.market.candles import Bars
from tuirisk.state import Missing, Number, RangeEstimators

WINDOWS = (7, 14, 30, 60)
PERIODS = {900_000: 35_040.0, 3_600_000: 8_760.0, 86_400_000: 365.0}


def closed_forms(bars: Bars, w: int) -> dict[str, float]:
    """The estimators written out bar by bar."""
    columns = (bars.open, bars.high, bars.low, bars.close)
    rows = list(zip(*(column.tolist() for column in columns), strict=True))[-w:]
    befores = bars.close[-w - 1 : -1].tolist()
    parkinson = sum(log(h / low) ** 2 for _, h, low, _ in rows) / (4 * w * log(2))
    garman_klass = (
        sum(0.5 * log(h / low) ** 2 - (2 * log(2) - 1) * log(c / o) ** 2 for o, h, low, c in rows)
        / w
    )
    rogers = sum(log(h / c) * log(h / o) + log(low / c) * log(low / o) for o, h, low, c in rows) / w
    overnight = variance([log(row[0] / b) for row, b in zip(rows, befores, strict=True)])
    intraday = variance([log(c / o) for o, _, _, c in rows])
    k = 0.34 / (1.34 + (w + 1) / (w - 1))
    yang_zhang = overnight + k * intraday + (1 - k) * rogers
    variances = (parkinson, garman_klass, rogers, yang_zhang)
    scale = sqrt(PERIODS[bars.interval_ms])
    return {n: sqrt(v) * scale for n, v in zip(ESTIMATORS, variances, strict=True)}


def table(estimators: RangeEstimators, window: int) -> dict[str, Number]:
    return {name: getattr(estimators, name)[str(window)] for name in ESTIMATORS}


@pytest.mark.parametrize(("symbol", "interval"), [("SOL", "15m"), ("SOL", "1h"), ("BNB", "1d")])
def test_real_candles(shared_data: Path, symbol: str, interval: str) -> None:
    bars = real(shared_data, symbol, interval, 500)
    estimators = range_volatility(bars, WINDOWS)
    for window in WINDOWS:
        assert table(estimators, window) == pytest.approx(closed_forms(bars, window), rel=1e-9)


def simulated(bars: int, steps: int, sigma: float, seed: int = 2) -> Bars:
    """Bars of a driftless geometric random walk with ``steps`` ticks a bar."""
    ticks = np.random.default_rng(seed).standard_normal(bars * steps) * sigma / sqrt(steps)
    path = 100.0 * np.exp(np.concatenate(([0.0], np.cumsum(ticks))))
    rows = np.lib.stride_tricks.sliding_window_view(path, steps + 1)[::steps]
    return from_columns(rows[:, 0], rows.max(axis=1), rows.min(axis=1), rows[:, -1])


def test_random_candles_give_closed_forms_and_their_volatility() -> None:
    bars = simulated(2_000, 400, 0.02)
    estimates = table(range_volatility(bars, (1_500,)), 1_500)
    assert estimates == pytest.approx(closed_forms(bars, 1_500), rel=1e-9)
    for value in estimates.values():
        assert value == pytest.approx(0.02 * sqrt(365), rel=0.06)


def test_flat_candles_give_zero() -> None:
    estimators = range_volatility(from_closes([100.0] * 20), (7,))
    assert list(table(estimators, 7).values()) == [0.0] * 4


def test_the_first_window_has_no_close_before_it() -> None:
    bars = from_closes(random_closes(7))
    values = table(range_volatility(bars, (7, 8)), 7)
    assert values.pop("yang_zhang") == Missing("few_bars", have=7, need=8)
    assert all(isinstance(value, float) for value in values.values())
    longer = table(range_volatility(bars, (7, 8)), 8)
    assert set(longer.values()) == {Missing("few_bars", have=7, need=8)}


@pytest.mark.parametrize("n", [0, 1, 2, 6])
def test_too_few_bars(n: int) -> None:
    values = table(range_volatility(from_closes(random_closes(n)), (7,)), 7)
    assert set(values.values()) == {Missing("few_bars", have=n, need=7)}


def test_a_hole_breaks_the_windows_that_span_it() -> None:
    closes = random_closes(50)
    whole, holed = from_closes(closes), from_closes(closes, holes=[43])
    assert table(range_volatility(holed, (6,)), 6) == table(range_volatility(whole, (6,)), 6)
    at = table(range_volatility(holed, (7,)), 7)
    assert at.pop("yang_zhang") == Missing("hole_in_last_bars", need=8)
    assert all(isinstance(value, float) for value in at.values())
    across = table(range_volatility(holed, (8,)), 8)
    assert set(across.values()) == {Missing("hole_in_last_bars", need=8)}


@pytest.mark.parametrize(("column", "value"), [("high", 1.0), ("low", 1e6), ("open", np.nan)])
def test_an_impossible_candle_gives_no_number(column: str, value: float) -> None:
    bars = cut(from_closes(random_closes(30)), slice(None))
    getattr(bars, column)[25] = value
    values = table(range_volatility(bars, (4, 7)), 7)
    assert set(values.values()) == {Missing("hole_in_last_bars", need=7)}
    assert isinstance(range_volatility(bars, (4, 7)).parkinson["4"], float)


def test_the_unit_of_the_price_is_no_matter() -> None:
    closes = random_closes(100)
    one, other = (range_volatility(from_closes(closes * s), (30,)) for s in (1.0, 3e-5))
    assert table(one, 30) == pytest.approx(table(other, 30), rel=1e-9)
