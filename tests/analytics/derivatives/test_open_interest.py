"""Open interest against pandas, its holes, and its quadrants."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support.bars import cut, from_closes
from support.build import NOW_NS, mark_price, open_interest_history

from tuirisk import events as ev
from tuirisk.analytics.derivatives.open_interest import (
    crowding,
    hour_changes,
    open_interest_change,
    open_interest_state,
    open_interest_value,
    open_interest_zscore,
    quadrant,
)
from tuirisk.events.intervals import HOUR_MS
from tuirisk.market.candles import Bars
from tuirisk.market.derivatives import DerivativesData
from tuirisk.market.recent_prices import RecentPrices
from tuirisk.state import Missing, Number

STEP = 300_000
START = 1_795_000_000_000 // STEP * STEP
GONE = Missing.from_text("gone")
Rows = list[tuple[int, float, float]]


def known(rows: Rows) -> DerivativesData:
    derivatives = DerivativesData()
    derivatives.merge_open_interest_history(ev.OpenInterestHistory("X", NOW_NS, "5m", tuple(rows)))
    return derivatives


def walk(n: int, seed: int = 5) -> Rows:
    rng = np.random.default_rng(seed)
    contracts = 1_000.0 * np.exp(np.cumsum(rng.normal(0, 0.002, n)))
    return [(START + i * STEP, c, c * 100.0) for i, c in enumerate(contracts.tolist())]


def pandas_zscore(rows: Rows) -> float:
    series = pd.Series({pd.Timestamp(t, unit="ms"): c for t, c, _ in rows})
    series = series[series.index >= series.index[-1] - pd.Timedelta(days=30)]
    earlier = series.reindex(series.index - pd.Timedelta(hours=1)).to_numpy()
    changes = (series / earlier - 1).dropna()
    return float((changes.iloc[-1] - changes.mean()) / changes.std())


@pytest.mark.parametrize("holes", [[], [50, 51, 300, 301, 302]])
def test_zscore_is_pandas(holes: list[int]) -> None:
    rows = [row for i, row in enumerate(walk(9_500)) if i not in holes]
    assert open_interest_zscore(known(rows)) == pytest.approx(pandas_zscore(rows), rel=1e-9)


def test_changes_of_real_points(shared_data: Path) -> None:
    frame = pd.read_csv(shared_data / "open_interest" / "BTCUSDT_metrics_sample_2023-11-14.csv")
    times = pd.to_datetime(frame["create_time"]).astype("datetime64[ms]").astype("int64")
    contracts = frame["sum_open_interest"]
    columns = (times, contracts, frame["sum_open_interest_value"])
    derivatives = known(list(zip(*(column.tolist() for column in columns), strict=True)))
    expected = contracts.iloc[-1] / contracts[times == times.iloc[-1] - HOUR_MS].iloc[0] - 1
    assert open_interest_change(derivatives, HOUR_MS) == pytest.approx(expected, rel=1e-9)
    assert open_interest_value(derivatives) == frame["sum_open_interest_value"].iloc[-1]


def test_zscore_needs_a_pair_for_the_newest_point() -> None:
    rows = walk(200)
    del rows[-13]
    assert open_interest_zscore(known(rows)) == Missing("no_open_interest_hour_before")


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], "open interest history not received yet"),
        (walk(71), "insufficient history: 59 of 60 changes"),
        ([(START + i * STEP, 5.0, 5.0) for i in range(100)], "zero variance"),
    ],
)
def test_zscore_missing(rows: Rows, reason: str) -> None:
    assert str(open_interest_zscore(known(rows))) == reason


def test_changes_belong_to_the_newest_point() -> None:
    rows = walk(400)
    derivatives = known(rows)
    contracts = [c for _, c, _ in rows]
    assert open_interest_change(derivatives, HOUR_MS) == pytest.approx(
        contracts[-1] / contracts[-13] - 1
    )
    assert open_interest_change(derivatives, 24 * HOUR_MS) == pytest.approx(
        contracts[-1] / contracts[-289] - 1
    )
    derivatives.set_open_interest(
        ev.OpenInterestReading("X", NOW_NS, rows[-1][0] + 60_000, 2_000.0)
    )
    assert open_interest_change(derivatives, HOUR_MS) == pytest.approx(2_000.0 / contracts[-13] - 1)


def test_a_hole_is_bridged_by_two_periods_only() -> None:
    rows = walk(100)
    one, many = rows.copy(), rows.copy()
    del one[-14:-12]
    del many[-16:-12]
    assert open_interest_change(known(one), HOUR_MS) == pytest.approx(
        rows[-1][1] / rows[-15][1] - 1
    )
    assert open_interest_change(known(many), HOUR_MS) == Missing("no_open_interest_before", hours=1)
    assert open_interest_change(known(rows), 24 * HOUR_MS) == Missing(
        "no_open_interest_before", hours=24
    )


def test_value_is_at_the_mark_price_and_else_the_historys() -> None:
    derivatives = known(walk(3))
    newest = derivatives.open_interest
    assert newest is not None
    assert open_interest_value(derivatives) == pytest.approx(newest[1] * 100.0)
    derivatives.set_mark(mark_price("X", 250.0))
    assert open_interest_value(derivatives) == pytest.approx(newest[1] * 250.0)
    assert isinstance(open_interest_value(DerivativesData()), Missing)


@pytest.mark.parametrize(
    ("price", "interest", "expected"),
    [
        (0.01, 0.02, "new_longs"),
        (0.01, -0.02, "short_covering"),
        (-0.01, 0.02, "new_shorts"),
        (-0.01, -0.02, "long_liquidation"),
        (0.0, 0.02, Missing("unchanged_in_hour")),
        (0.01, Missing.from_text("hole"), Missing.from_text("hole")),
    ],
)
def test_quadrant(price: Number, interest: Number, expected: str | Missing) -> None:
    assert quadrant(price, interest) == expected


def minutes(start_ms: int, prices: list[float]) -> RecentPrices:
    made = RecentPrices()
    for i, price in enumerate(prices):
        made.last.record(start_ms + i * 60_000, price)
    return made


def hour_bars(end_ms: int, closes: list[float]) -> Bars:
    bars = from_closes(closes, "15m")
    bars.open_time[:] += end_ms - 900_000 - int(bars.open_time[-1])
    return bars


def test_price_and_open_interest_change_over_the_same_hour() -> None:
    rows = walk(40)
    derivatives = known(rows)
    newest = rows[-1][0] + 140_000
    derivatives.set_open_interest(ev.OpenInterestReading("X", NOW_NS, newest, 2_000.0))
    rng = np.random.default_rng(1)
    prices = (100 * np.exp(np.cumsum(rng.normal(0, 1e-3, 75)))).tolist()
    start = newest - 74 * 60_000
    series = pd.Series(prices, index=[start + i * 60_000 for i in range(75)])
    before = rows[-13][0]
    assert before <= newest - HOUR_MS < rows[-12][0]
    expected = series[newest] / series[series.index <= before].iloc[-1] - 1
    price, interest = hour_changes(derivatives, minutes(start, prices), hour_bars(newest, [1.0]))
    assert price == pytest.approx(expected, rel=1e-12)
    assert interest == pytest.approx(2_000.0 / rows[-13][1] - 1, rel=1e-12)


def test_before_an_hour_of_prices_it_begins_with_a_bar() -> None:
    rows = walk(60)
    newest = rows[-1][0]
    opened = (newest - HOUR_MS) // 900_000 * 900_000
    bars = hour_bars(opened + 4 * 900_000, [100.0, 101.0, 102.0, 103.0, 104.0])
    at = int(np.flatnonzero(bars.open_time == opened)[0])
    contracts = {t: c for t, c, _ in rows}
    price, interest = hour_changes(known(rows), minutes(newest, [90.0]), bars)
    assert price == pytest.approx(90.0 / bars.open[at] - 1, rel=1e-12)
    assert interest == pytest.approx(contracts[newest] / contracts[opened] - 1, rel=1e-12)


def test_without_a_common_hour_there_is_no_quadrant() -> None:
    rows = walk(60)
    newest = rows[-1][0]
    opened = (newest - HOUR_MS) // 900_000 * 900_000
    unknown = (Missing("no_price_before", minutes=60),) * 2
    bars = hour_bars(opened + 4 * 900_000, [100.0 + i for i in range(5)])
    now = minutes(newest, [90.0])
    hole = [row for row in rows if row[0] != opened]
    assert hour_changes(known(rows), RecentPrices(), bars) == unknown
    assert hour_changes(known(rows), now, cut(bars, bars.open_time > opened)) == unknown
    assert hour_changes(known(hole), now, bars) == unknown
    assert quadrant(*unknown) == unknown[0]


def test_crowding() -> None:
    assert crowding(50.0, 200.0) == 0.25
    assert crowding(50.0, 0.0) == Missing("no_volume")
    assert crowding(Missing.from_text("a"), 200.0) == Missing.from_text("a")
    assert crowding(50.0, Missing.from_text("b")) == Missing.from_text("b")


def test_nothing_known_is_all_missing() -> None:
    part = open_interest_state(
        DerivativesData(), open_interest_zscore(DerivativesData()), (GONE, GONE), 1.0
    )
    assert all(isinstance(getattr(part, name), Missing) for name in part.__slots__)


def test_the_newest_ratio_of_all_accounts() -> None:
    derivatives = known(walk(3))
    for kind, ratio in (("global", 1.5), ("top", 9.0)):
        rows = ((START, 1.1), (START + STEP, ratio))
        derivatives.set_ratio(ev.LongShortRatio("X", NOW_NS, kind, "5m", rows))  # type: ignore[arg-type]
    assert open_interest_state(derivatives, 0.0, (0.1, 0.1), 1.0).long_short_ratio == 1.5


def test_built_history_has_a_zscore() -> None:
    event = open_interest_history("X", 100.0, np.random.default_rng(1))
    derivatives = DerivativesData()
    derivatives.merge_open_interest_history(event)
    assert open_interest_zscore(derivatives) == pytest.approx(
        pandas_zscore(list(event.rows)), rel=1e-9
    )
