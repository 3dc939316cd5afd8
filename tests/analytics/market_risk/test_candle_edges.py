"""Whatever the candles are, each family answers with finite numbers or with reasons."""

import dataclasses
import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from support.bars import Floats, from_closes, from_columns, leaves, random_closes
from support.examples import examples

from tuirisk.analytics.market_risk.correlation import watchlist_state
from tuirisk.analytics.market_risk.drawdown import drawdowns
from tuirisk.analytics.market_risk.performance import performance_state
from tuirisk.analytics.market_risk.timeframes import timeframes_state
from tuirisk.analytics.market_risk.value_at_risk import value_at_risk_state
from tuirisk.analytics.market_risk.volatility import volatility_state
from tuirisk.market.candles import Bars
from tuirisk.state import Missing

FAMILIES = (
    volatility_state,
    drawdowns,
    timeframes_state,
    performance_state,
    value_at_risk_state,
    watchlist_state,
)
WINDOWS = (7, 14, 30, 60)
LENGTHS = (0, 1, 2, 7, 8, 60, 61, 168, 250, 365, 768, 1_000)


def families(bars: dict[str, Bars]) -> dict[str, Any]:
    return {
        "volatility": volatility_state(bars, WINDOWS),
        "drawdown": drawdowns(bars),
        "timeframes": timeframes_state(bars["15m"], bars),
        "long": performance_state(bars["1d"], 1, 0.0),
        "short": performance_state(bars["1d"], -1, 0.05),
        "value_at_risk": value_at_risk_state(bars["1d"]),
        "watchlist": watchlist_state({"A": bars["1h"], "B": from_closes(random_closes(900), "1h")}),
    }


def check(bars: Bars) -> dict[str, Any]:
    steps = {"15m": 900_000, "1h": 3_600_000, "1d": 86_400_000}
    found = families(
        {
            name: dataclasses.replace(
                bars,
                interval_ms=step,
                open_time=bars.open_time // bars.interval_ms * step,
            )
            for name, step in steps.items()
        }
    )
    for path, value in leaves(found):
        if isinstance(value, Missing):
            assert value.reason, path
            assert not any(word in value.reason for word in ("nan", "inf ")), path
        else:
            assert type(value) in (float, int, str, bool), (path, type(value))
            assert not isinstance(value, float) or math.isfinite(value), path
    return found


@pytest.mark.parametrize("n", LENGTHS)
def test_any_length(n: int) -> None:
    check(from_closes(random_closes(n)))


@pytest.mark.parametrize("n", LENGTHS)
def test_a_price_that_stands_still(n: int) -> None:
    found = check(from_closes(np.full(n, 100.0)))
    assert isinstance(found["long"].sharpe, Missing)
    assert isinstance(found["value_at_risk"].historical_95, Missing)


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("price", [np.nan, 0.0, -5.0, np.inf])
def test_no_price_at_all(n: int, price: float) -> None:
    found = check(from_closes(np.full(n, price)))
    assert all(isinstance(v, Missing) for _, v in leaves(found["long"].grades))
    assert isinstance(found["drawdown"]["1d"].current, Missing)


@pytest.mark.parametrize("price", [np.nan, 0.0, -5.0, np.inf, 1e-300, 1e300])
@pytest.mark.parametrize("row", [0, 500, 999])
def test_one_impossible_price(price: float, row: int) -> None:
    closes = random_closes(1_000)
    closes[row] = price
    check(from_closes(closes))


@pytest.mark.parametrize("row", [1, 500, 996, 999])
def test_a_hole_anywhere(row: int) -> None:
    check(from_closes(random_closes(1_000), holes=[row]))


def test_nothing_but_holes() -> None:
    found = check(from_closes(random_closes(1_000), holes=range(1_000)))
    assert isinstance(found["long"].sharpe, Missing)
    assert isinstance(found["timeframes"].correlation, Missing)
    assert isinstance(found["drawdown"]["1d"].current, float)


def test_a_price_that_all_but_vanishes() -> None:
    closes = random_closes(1_000)
    closes[600:] *= 1e-12
    found = check(from_closes(closes))
    assert found["long"].max_drawdown == pytest.approx(-1.0, abs=1e-9)


PRICES = st.floats(allow_nan=True, allow_infinity=True) | st.floats(1e-9, 1e9)


@examples(50)
@given(arrays(np.float64, st.integers(0, 40), elements=PRICES), st.data())
def test_any_prices_at_all(tail: Floats, data: st.DataObject) -> None:
    closes = np.concatenate((random_closes(data.draw(st.sampled_from((0, 50, 500, 900)))), tail))
    opened, high, low = (closes * data.draw(st.sampled_from((1.0, 0.9, 1.1))) for _ in range(3))
    holes = data.draw(st.lists(st.integers(0, closes.size), max_size=3))
    check(from_columns(opened, high, low, closes, holes=holes))


def test_the_same_bars_give_the_same_state() -> None:
    bars = from_closes(random_closes(1_000))
    assert check(bars) == check(bars)


def test_nothing_heavy_is_imported() -> None:
    modules = {family.__module__ for family in FAMILIES}
    program = "import sys, " + ", ".join(modules)
    program += "; print([m for m in ('pandas', 'scipy') if m in sys.modules])"
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"
