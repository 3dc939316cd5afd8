"""Funding against scipy and pandas, its units, and its signals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from scipy.stats import percentileofscore
from support.build import NOW_NS, mark_price

from tuirisk import events as ev
from tuirisk.analytics.derivatives.funding import (
    carry,
    cumulative_3d,
    funding_past,
    funding_state,
    mark_basis,
    rate_percentile,
    rate_zscore,
    settlements,
    signal,
)
from tuirisk.analytics.derivatives.funding_interval import Settlements
from tuirisk.config.model import RiskConfig
from tuirisk.events.intervals import HOUR_MS
from tuirisk.market.derivatives import DerivativesData
from tuirisk.state import Funding, Missing

NOW_MS = NOW_NS // 1_000_000
STEP = 8 * HOUR_MS
NEWEST = NOW_MS // STEP * STEP
RISK = RiskConfig()
rates = st.floats(-0.003, 0.003)


def history(paid: list[float], step: int = STEP) -> Settlements:
    newest = NOW_MS // step * step
    return tuple((newest - step * (len(paid) - 1 - i), rate) for i, rate in enumerate(paid))


def known(
    rate: float = 0.0001, hours: int | None = 8, paid: list[float] | None = None
) -> DerivativesData:
    derivatives = DerivativesData()
    mark = mark_price("X", 100.0, rate=rate)
    step = (hours or 8) * HOUR_MS
    derivatives.set_mark(structs.replace(mark, next_funding_time=(NOW_MS // step + 1) * step))
    if hours is not None:
        derivatives.set_funding_schedule(ev.FundingSchedule("X", NOW_NS, hours, 0.003, -0.002))
    given = paid if paid is not None else [0.0001] * 80
    rows = tuple((t, r, True) for t, r in history(given, step))
    derivatives.merge_funding(ev.FundingHistory("X", NOW_NS, rows))
    return derivatives


def part(derivatives: DerivativesData) -> Funding:
    rows = settlements(derivatives, NOW_MS)
    return funding_state(derivatives, funding_past(derivatives, rows, NOW_MS), RISK, NOW_MS)


@given(st.lists(rates, min_size=30, max_size=120), st.integers(0, 119))
def test_percentile_and_zscore_are_scipys(paid: list[float], pick: int) -> None:
    rate = paid[pick % len(paid)]
    assert rate_percentile(rate, paid) == pytest.approx(
        percentileofscore(paid, rate, kind="mean"), rel=1e-9
    )
    spread = float(np.std(paid, ddof=1))
    if min(paid) == max(paid):
        assert rate_zscore(rate, paid) == Missing("zero_variance")
    elif spread > 1e-12:
        assert rate_zscore(rate, paid) == pytest.approx(
            (rate - float(np.mean(paid))) / spread, rel=1e-9, abs=1e-9
        )


@given(st.lists(rates, min_size=30, max_size=60), rates, rates)
def test_a_higher_rate_never_ranks_lower(paid: list[float], one: float, other: float) -> None:
    low, high = sorted((one, other))
    ranks = [rate_percentile(rate, paid) for rate in (low, high)]
    assert ranks == sorted(ranks)  # type: ignore[type-var]


@pytest.mark.parametrize(
    ("hours", "rate_8h", "annualised"),
    [(8, 0.0001, 0.1095), (4, 0.0002, 0.219), (1, 0.0008, 0.876)],
)
def test_units_of_the_rate(hours: int, rate_8h: float, annualised: float) -> None:
    made = part(known(0.0001, hours))
    assert made.rate == 0.0001
    assert made.rate_8h == pytest.approx(rate_8h, rel=1e-12)
    assert made.annualised == pytest.approx(annualised, rel=1e-12)
    assert made.interval_hours == hours


def test_without_a_schedule_numbers_that_need_the_interval_are_missing() -> None:
    made = part(known(hours=None))
    unknown = Missing("funding_interval_unknown")
    assert (made.interval_hours, made.rate_8h, made.annualised, made.signal) == (unknown,) * 4
    assert isinstance(made.cap, Missing)
    assert made.rate == 0.0001
    assert isinstance(made.cumulative_3d, float)


def test_without_a_mark_price_the_history_still_counts() -> None:
    derivatives = known()
    derivatives.mark = None
    made = part(derivatives)
    for value in (made.rate, made.rate_8h, made.percentile, made.basis, made.next_time):
        assert isinstance(value, Missing)
    assert made.cumulative_3d == pytest.approx(0.0009)


def test_special_and_old_settlements_are_left_out() -> None:
    derivatives = DerivativesData()
    day = 86_400_000
    rows = ((NOW_MS - 91 * day, 0.5, True), (NEWEST - STEP, 0.7, False), (NEWEST, 0.0002, True))
    derivatives.merge_funding(ev.FundingHistory("X", NOW_NS, rows))
    assert settlements(derivatives, NOW_MS) == ((NEWEST, 0.0002),)


def test_three_days_are_nine_settlements_of_eight_hours() -> None:
    paid = [0.001 * i for i in range(40)]
    made = part(known(paid=paid))
    assert made.cumulative_3d == pytest.approx(sum(paid[-9:]), rel=1e-12)
    assert made.cumulative_3d_annualised == pytest.approx(sum(paid[-9:]) * 365 / 3, rel=1e-12)


@pytest.mark.parametrize("hours", [1, 4, 8])
def test_three_days_whatever_the_interval(hours: int) -> None:
    n = 80 // hours
    total = cumulative_3d(history([0.0001] * n, hours * HOUR_MS), NOW_MS)
    assert total == pytest.approx(0.0001 * 72 / hours, rel=1e-12)


@pytest.mark.parametrize(
    "rows",
    [
        (),
        history([0.0001] * 8),
        history([0.0001] * 40)[:-1],
        history([0.0001] * 40)[:-4] + history([0.0001] * 40)[-3:],
    ],
    ids=["nothing", "short", "old", "hole"],
)
def test_three_days_that_are_not_covered_have_no_sum(rows: Settlements) -> None:
    assert cumulative_3d(rows, NOW_MS) == Missing("settlements_too_short", days=3)


def test_real_settlements_sum_as_in_pandas(shared_data: Path) -> None:
    frame = pd.read_csv(shared_data / "funding" / "ETHUSDT_funding_2025_spring.csv.gz")
    times = frame.iloc[:, 0].to_numpy(dtype=np.int64)
    paid = frame.iloc[:, 1].to_numpy(dtype=np.float64)
    series = pd.Series(paid, index=pd.to_datetime(times, unit="ms", utc=True))
    rows = tuple(zip(times.tolist(), paid.tolist(), strict=True))
    for end in (60, 120, len(rows) - 1):
        expected = series.iloc[: end + 1].rolling("3D").sum().iloc[-1]
        assert cumulative_3d(rows[: end + 1], times[end] + 1) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("rate_8h", "percentile", "expected"),
    [
        (0.0005, 50.0, "overheated_longs"),
        (-0.0005, 50.0, "overheated_shorts"),
        (0.00049, 50.0, "neutral"),
        (0.0002, 95.1, "overheated_longs"),
        (-0.0002, 4.9, "overheated_shorts"),
        (0.0001, 99.0, "neutral"),
        (0.0002, 1.0, "neutral"),
        (0.0002, Missing.from_text("short"), "neutral"),
        (Missing.from_text("unknown"), 50.0, Missing.from_text("unknown")),
    ],
)
def test_signal(
    rate_8h: float | Missing, percentile: float | Missing, expected: str | Missing
) -> None:
    assert signal(rate_8h, percentile, RISK) == expected


def test_carry_nets_both_legs_over_the_holding_time() -> None:
    cost = 2 * (0.0005 + 0.001) * 365 / 30
    made = carry(0.25, RISK)
    assert made.annualised_net == pytest.approx(0.25 - cost, rel=1e-12)
    assert (made.opportunity, made.side) == (True, "short_perp_long_spot")
    negative = carry(-0.12, RISK)
    assert negative.annualised_net == pytest.approx(0.12 - cost, rel=1e-12)
    assert (negative.opportunity, negative.side) == (False, "long_perp_short_spot")
    for annualised_3d, direction, part in ((0.25, 1, made), (-0.12, -1, negative)):
        expected = direction * (0.075 + 0.485 * annualised_3d) - cost
        assert part.annualised_expected == pytest.approx(expected, rel=1e-12)
    assert isinstance(carry(Missing.from_text("short"), RISK).opportunity, Missing)


def test_basis_needs_an_index() -> None:
    event = ev.MarkPrice("X", NOW_NS, NOW_MS, 101.0, 100.0, 0.0, 0)
    assert mark_basis(event) == pytest.approx(0.01)
    assert isinstance(mark_basis(ev.MarkPrice("X", NOW_NS, NOW_MS, 101.0, 0.0, 0.0, 0)), Missing)


def test_next_time_is_iso() -> None:
    assert part(known()).next_time == "2026-11-22T16:00:00.000Z"


def test_three_days_end_with_the_newest_settlement_even_just_before_the_next_is_published() -> None:
    rows = history([0.0001] * 40)
    for late in (0, 8 * HOUR_MS + 5 * 60_000):
        assert cumulative_3d(rows, NEWEST + late) == pytest.approx(0.0009)
    assert isinstance(cumulative_3d(rows, NEWEST + 8 * HOUR_MS + 11 * 60_000), Missing)


def test_milliseconds_after_the_hour_do_not_add_a_settlement() -> None:
    rows = tuple((time + (i * 7) % 13, rate) for i, (time, rate) in enumerate(history([1.0] * 40)))
    assert cumulative_3d(rows, NOW_MS) == 9.0
