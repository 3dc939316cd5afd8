"""The cluster model against the same model written as plain loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
from msgspec import structs
from support.bars import from_columns
from support.build import candle

from tuirisk.analytics.derivatives import liquidation_clusters as clusters_
from tuirisk.analytics.derivatives.liquidation_clusters import (
    BUCKET,
    liquidation_price,
)
from tuirisk.analytics.leverage.brackets import brackets_of
from tuirisk.events import Candle
from tuirisk.market.candles import Bars
from tuirisk.market.derivatives import OpenInterestPoints
from tuirisk.state import Cluster, Missing

RATE = 0.004
MIX = {"5": 0.2, "20": 0.5, "100": 0.3}
STEP = 300_000
History = dict[int, tuple[float, float]]


def market(n_bars: int = 96, seed: int = 3) -> tuple[History, Bars]:
    """Bars of a random walk, and three points of open interest in each of them."""
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0, 0.004, n_bars)))
    opened = np.concatenate(([100.0], close[:-1]))
    high = np.maximum(opened, close) * 1.002
    low = np.minimum(opened, close) * 0.998
    bars = from_columns(opened, high, low, close, "15m")
    first = int(bars.open_time[0])
    contracts = 1_000.0 * np.exp(np.cumsum(rng.normal(0, 0.01, 3 * n_bars)))
    prices = np.repeat(close, 3)
    rows = zip(contracts.tolist(), prices.tolist(), strict=True)
    return {first + i * STEP: (c, c * p) for i, (c, p) in enumerate(rows)}, bars


def clusters(
    history: History, bars: Bars, mix: dict[str, float], forming: Candle | None = None
) -> tuple[Cluster, ...] | Missing:
    points = OpenInterestPoints.of((time, *row) for time, row in history.items())
    return clusters_.liquidation_clusters(points, bars, forming, mix, RATE)


def plain(history: History, bars: Bars, mix: dict[str, float]) -> dict[int, list[float]]:
    times = list(history)
    found: dict[int, list[float]] = {}
    for i in range(1, len(times)):
        opened = history[times[i]][0] - history[times[i - 1]][0]
        if opened <= 0:
            continue
        for later in range(i + 1, len(times)):
            opened *= min(1.0, history[times[later]][0] / history[times[later - 1]][0])
        entry = history[times[i]][1] / history[times[i]][0]
        after = [k for k in range(len(bars)) if bars.open_time[k] >= times[i]]
        for leverage, share in mix.items():
            for side in (1, -1):
                level = float(liquidation_price(entry, float(leverage), side, RATE))
                if side > 0 and any(bars.low[k] <= level for k in after):
                    continue
                if side < 0 and any(bars.high[k] >= level for k in after):
                    continue
                if abs(level / bars.close[-1] - 1) > 0.25:
                    continue
                bucket = math.floor(math.log(level) / math.log(1 + BUCKET))
                found.setdefault(bucket, [0.0, 0.0])[side < 0] += share * opened * entry
    return found


def test_clusters_are_the_plain_loops() -> None:
    history, bars = market()
    made = clusters(history, bars, MIX)
    expected = sorted(plain(history, bars, MIX).items())
    assert not isinstance(made, Missing)
    assert len(made) == len(expected) > 5
    for cluster, (bucket, (longs, shorts)) in zip(made, expected, strict=True):
        assert cluster.price == pytest.approx((1 + BUCKET) ** (bucket + 0.5))
        assert cluster.long == pytest.approx(longs, rel=1e-9)
        assert cluster.short == pytest.approx(shorts, rel=1e-9)


@pytest.mark.parametrize("leverage", [5.0, 20.0, 100.0])
@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("given", [0.004, 0.2])
def test_liquidation_price_is_where_margin_meets_maintenance(
    leverage: float, side: int, given: float
) -> None:
    entry, quantity = 250.0, 3.0
    level = float(liquidation_price(entry, leverage, side, given))
    margin = entry * quantity / leverage + side * quantity * (level - entry)
    maintenance = quantity * level * min(given, 0.5 / leverage)
    assert margin == pytest.approx(maintenance, rel=1e-9)


def test_fifty_times_on_bitcoin_ends_at_one_point_six_percent() -> None:
    brackets, _ = brackets_of("BTCUSDT", ())
    rate = brackets[0].maintenance_rate
    for leverage, away in ((50.0, 0.016), (25.0, 0.036)):
        level = float(liquidation_price(100.0, leverage, 1, rate))
        assert 1 - level / 100.0 == pytest.approx(away, abs=2e-4)


def rise(bars: Bars, row: int, contracts: float = 110.0) -> History:
    start = int(bars.open_time[row])
    return {start - STEP: (100.0, 10_000.0), start: (contracts, contracts * 100.0)}


def flat(low: float = 99.9, high: float = 100.1, n: int = 10) -> Bars:
    level = np.full(n, 100.0)
    lows, highs = level.copy(), level.copy()
    lows[-1], highs[-1] = low, high
    return from_columns(level, highs, lows, level, "15m")


def total(made: tuple[Cluster, ...] | Missing) -> tuple[float, float]:
    assert not isinstance(made, Missing)
    return sum(c.long for c in made), sum(c.short for c in made)


def test_a_rise_opens_as_many_longs_as_shorts() -> None:
    bars = flat()
    assert total(clusters(rise(bars, 5), bars, {"20": 1.0})) == pytest.approx((1_000.0, 1_000.0))


def test_a_price_that_trades_through_ends_what_stood_there() -> None:
    bars = flat(low=90.0)
    assert total(clusters(rise(bars, 5), bars, {"20": 1.0})) == pytest.approx((0.0, 1_000.0))
    bars = flat(high=110.0)
    assert total(clusters(rise(bars, 5), bars, {"20": 1.0})) == pytest.approx((1_000.0, 0.0))


def during(bars: Bars, low: float, close: float, high: float = 100.0) -> Candle:
    made = candle(int(bars.open_time[-1]) + bars.interval_ms, "15m", 100.0, close, closed=False)
    return structs.replace(made, low=low, high=high)


def test_the_forming_bar_trades_through_as_well() -> None:
    bars = flat()
    history = rise(bars, 5)
    fallen = during(bars, low=90.0, close=99.0)
    assert total(clusters(history, bars, {"20": 1.0}, fallen)) == pytest.approx((0.0, 1_000.0))
    risen = during(bars, low=100.0, close=100.0, high=110.0)
    assert total(clusters(history, bars, {"20": 1.0}, risen)) == pytest.approx((1_000.0, 0.0))


def test_of_a_rise_inside_the_forming_bar_only_the_price_of_now_counts() -> None:
    bars = flat()
    late = {time + 5 * 900_000 + STEP: row for time, row in rise(bars, 5).items()}
    for low, close, longs in ((90.0, 99.0, 1_000.0), (90.0, 94.0, 0.0)):
        found = total(clusters(late, bars, {"20": 1.0}, during(bars, low, close)))
        assert found == pytest.approx((longs, 1_000.0))


def test_no_long_stands_above_the_price_and_no_short_below_it() -> None:
    history, bars = market()
    last = float(bars.close[-1])
    forming = during(bars, low=0.95 * last, close=0.96 * last, high=last)
    made = clusters(history, bars, MIX, forming)
    assert not isinstance(made, Missing)
    edge = 1 + clusters_.BUCKET
    assert all(c.price < 0.96 * last * edge for c in made if c.long)
    assert all(c.price > 0.96 * last / edge for c in made if c.short)


def test_what_was_traded_before_the_rise_does_not_matter() -> None:
    bars = flat(low=90.0)
    late = rise(bars, 9)
    late = {time + STEP: row for time, row in late.items()}
    assert total(clusters(late, bars, {"20": 1.0})) == pytest.approx((1_000.0, 1_000.0))


def test_a_fall_closes_a_like_share_of_all() -> None:
    bars = flat()
    history = rise(bars, 5)
    history[int(bars.open_time[5]) + STEP] = (55.0, 5_500.0)
    assert total(clusters(history, bars, {"20": 1.0})) == pytest.approx((500.0, 500.0))


def test_no_rise_is_read_across_a_long_hole_nor_before_the_bars() -> None:
    bars = flat(n=20)
    start = int(bars.open_time[15])
    hole = {start - 3 * 3_600_000: (100.0, 10_000.0), start: (110.0, 11_000.0)}
    assert clusters(hole, bars, MIX) == ()
    before = {time - 10 * 86_400_000: row for time, row in rise(bars, 5).items()}
    assert clusters(before, bars, MIX) == ()


def test_missing() -> None:
    bars = flat()
    empty = from_columns(*(np.empty(0),) * 4, "15m")
    assert clusters({}, bars, MIX) == Missing("not_received_yet", thing="open_interest_history")
    assert clusters(rise(bars, 5), empty, MIX) == Missing("no_15m_bars")
    one = {int(bars.open_time[5]): (1.0, 100.0)}
    assert isinstance(clusters(one, bars, MIX), Missing)
