"""Funding whose interval changed: each settlement by its own, and the change before it is told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from msgspec import structs
from scipy.stats import percentileofscore
from support.build import NOW_NS, mark_price

from tuirisk import events as ev
from tuirisk.analytics.derivatives.funding import funding_past, funding_state, settlements
from tuirisk.analytics.derivatives.funding_interval import Settlements, interval_hours, rates_8h
from tuirisk.config.model import RiskConfig
from tuirisk.events.intervals import HOUR_MS, MINUTE_MS
from tuirisk.market.derivatives import DerivativesData
from tuirisk.state import Funding, Missing

NOW_MS = NOW_NS // 1_000_000
RISK = RiskConfig()


def times(*stretches: tuple[int, int]) -> list[int]:
    """Settlement times of (count, hours apart) stretches; the last one is the newest."""
    gaps = [hours for count, hours in stretches for _ in range(count)]
    newest = NOW_MS // (8 * HOUR_MS) * 8 * HOUR_MS
    ends = np.cumsum(gaps)
    return [newest - int(ends[-1] - end) * HOUR_MS for end in ends]


def funded(
    rows: Settlements, told: int | None, next_ms: int, rate: float, special: Settlements = ()
) -> DerivativesData:
    derivatives = DerivativesData()
    event = (*((t, r, True) for t, r in rows), *((t, r, False) for t, r in special))
    derivatives.merge_funding(ev.FundingHistory("X", NOW_NS, tuple(event)))
    if told is not None:
        derivatives.set_funding_schedule(ev.FundingSchedule("X", NOW_NS, told, 0.02, -0.02))
    mark = mark_price("X", 100.0, rate=rate)
    derivatives.set_mark(structs.replace(mark, next_funding_time=next_ms))
    return derivatives


def part(derivatives: DerivativesData, now_ms: int = NOW_MS) -> Funding:
    rows = settlements(derivatives, now_ms)
    return funding_state(derivatives, funding_past(derivatives, rows, now_ms), RISK, now_ms)


def by_pandas(rows: Settlements) -> pd.Series[float]:
    """Per 8 h by the time since the settlement before; the first by that of the second."""
    index = pd.to_datetime([time for time, _ in rows], unit="ms")
    hours = pd.Series(index).diff().dt.total_seconds().bfill() / 3_600
    return pd.Series([rate for _, rate in rows]) * 8 / hours.round()


@pytest.mark.parametrize(("before", "after"), [(8, 1), (1, 8), (8, 4), (4, 8)])
def test_rates_of_different_intervals_are_compared_per_8_hours(before: int, after: int) -> None:
    rng = np.random.default_rng([before, after])
    at = times((80 * 24 // before, before), (9 * 24 // after, after))
    hours = [before] * (80 * 24 // before) + [after] * (9 * 24 // after)
    rates = (rng.normal(2e-4, 1e-4, len(at)) * np.array(hours) / 8).tolist()
    rows = tuple(zip(at, rates, strict=True))
    rate = 4e-4 * after / 8
    made = part(funded(rows, after, at[-1] + after * HOUR_MS, rate), at[-1] + MINUTE_MS)
    expected = by_pandas(rows)
    assert made.percentile == pytest.approx(
        percentileofscore(expected, 4e-4, kind="mean"), rel=1e-9
    )
    assert made.zscore == pytest.approx((4e-4 - expected.mean()) / expected.std(), rel=1e-9)
    assert made.rate_8h == pytest.approx(4e-4)
    assert made.percentile > 95  # type: ignore[operator]
    assert made.signal == "overheated_longs"


def test_a_neutral_rate_stays_in_the_middle_after_a_shorter_interval() -> None:
    rng = np.random.default_rng(8)
    at = times((88 * 3, 8), (6, 4))
    scale = np.array([1.0] * (88 * 3) + [0.5] * 6)
    rows = tuple(zip(at, (rng.normal(1e-4, 5e-5, len(at)) * scale).tolist(), strict=True))
    made = part(funded(rows, 4, at[-1] + 4 * HOUR_MS, 5e-5), at[-1] + MINUTE_MS)
    assert 40 < made.percentile < 60  # type: ignore[operator]
    assert made.signal == "neutral"


@pytest.mark.parametrize(("told", "real"), [(8, 4), (8, 1), (4, 1), (4, 8), (1, 8), (1, 4)])
def test_a_changed_interval_shows_before_the_terms_tell(told: int, real: int) -> None:
    at = times((90, told))
    rows = tuple((time, 1e-4) for time in at)
    derivatives = funded(rows, told, at[-1] + real * HOUR_MS, 1e-4)
    made = part(derivatives, at[-1] + MINUTE_MS)
    assert made.interval_hours == real
    assert made.rate_8h == pytest.approx(8e-4 / real)
    assert made.annualised == pytest.approx(1e-4 * 8_760 / real)


@pytest.mark.parametrize("told", [1, 2, 4, 8])
def test_a_settlement_that_is_published_late_changes_no_interval(told: int) -> None:
    at = times((90, told))
    derivatives = funded(tuple((t, 1e-4) for t in at), told, at[-1] + told * HOUR_MS, 1e-4)
    following = at[-1] + 2 * told * HOUR_MS
    for minutes in (-told * 60 + 1, -1, 0, 1, 9):
        next_ms = following if minutes >= 0 else following - told * HOUR_MS
        mark = derivatives.mark
        assert mark is not None
        derivatives.set_mark(structs.replace(mark, next_funding_time=next_ms))
        now_ms = following - told * HOUR_MS + minutes * MINUTE_MS
        assert interval_hours(derivatives, now_ms) == told


def test_settlements_that_are_too_old_and_no_terms_change_nothing() -> None:
    rows = tuple((time, 1e-4) for time in times((90, 4)))
    newest = rows[-1][0]
    assert interval_hours(funded(rows[:-20], 4, newest + 8 * HOUR_MS, 1e-4), newest + 1) == 4
    assert interval_hours(funded((), 4, newest + 8 * HOUR_MS, 1e-4), newest + 1) == 4
    made = part(funded(rows, None, newest + 4 * HOUR_MS, 1e-4), newest + 1)
    assert made.rate_8h == made.interval_hours == Missing("funding_interval_unknown")


def test_special_settlements_between_two_change_no_interval() -> None:
    rows = tuple((time, 1e-4) for time in times((90, 8)))
    extra = tuple((time + HOUR_MS, 0.01) for time, _ in rows[40:])
    next_ms = rows[-1][0] + 8 * HOUR_MS
    derivatives = funded(rows, 8, next_ms, 1e-4, extra)
    assert part(derivatives, rows[-1][0] + 2 * HOUR_MS).interval_hours == 8
    assert part(derivatives).settled_8h == pytest.approx([1e-4] * 90)


def test_milliseconds_and_holes_snap_to_an_interval() -> None:
    at = times((4, 8))
    rows = ((at[0], 1.0), (at[0] + 4 * HOUR_MS + 700, 1.0), (at[2], 1.0), (at[3] + 3, 1.0))
    assert list(rates_8h(rows)) == [2.0, 2.0, 1.0, 1.0]
    assert list(rates_8h(((at[0], 1.0), (at[3], 1.0)))) == [1.0, 1.0]
    assert list(rates_8h(((at[0], 3.0),))) == [3.0]
    assert not rates_8h(())
