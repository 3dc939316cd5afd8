"""Settlements, open interest and ratios that contradict the answers before."""

from __future__ import annotations

from msgspec.structs import replace

from tuirisk.events import FundingHistory, LongShortRatio, OpenInterestHistory, OpenInterestReading
from tuirisk.events.intervals import HOUR_MS
from tuirisk.feed.binance.plausibility.known_points import KnownPoints

NOW = 1_790_000_100_000
FIVE = 300_000


def settlements(count: int, shift: int = 0, factor: float = 1.0) -> FundingHistory:
    rows = tuple((8 * HOUR_MS * n + shift, factor * n / 1e5, True) for n in range(1, count + 1))
    return FundingHistory("X", NOW * 1_000_000, rows, since=rows[0][0])


def test_settlements_must_stay_as_they_were() -> None:
    known = KnownPoints()
    assert known.settlements_are_usual(settlements(20))
    assert known.settlements_are_usual(settlements(21))
    whole = settlements(21)
    assert not known.settlements_are_usual(replace(whole, rows=()))
    for false in (settlements(21, HOUR_MS), settlements(21, factor=10.0)):
        checks = KnownPoints()
        assert checks.settlements_are_usual(whole)
        assert not checks.settlements_are_usual(replace(false, since=whole.since))
        assert not checks.settlements_are_usual(whole)
        assert checks.settlements_are_usual(whole)


def points(count: int, first: int = 0, factor: float = 1.0, late: int = 0) -> OpenInterestHistory:
    begin = NOW - NOW % FIVE - late
    rows = tuple(
        (begin - FIVE * (count - 1 - n), factor * (100.0 + first + n), factor * 5_000.0)
        for n in range(count)
    )
    return OpenInterestHistory("X", NOW * 1_000_000, "5m", rows, asked=count)


def test_hours_of_open_interest_are_not_compared_with_the_five_minutes_between() -> None:
    known, newest = KnownPoints(), NOW - NOW % HOUR_MS
    rows = tuple((newest - HOUR_MS * n, 100.0 + n, 5_000.0) for n in (3, 2, 1))
    assert known.open_interest_is_usual(points(24), None, NOW)
    hourly = replace(points(24), period="1h", rows=rows)
    assert known.open_interest_is_usual(hourly, None, NOW)
    assert known.open_interest_is_usual(points(24), None, NOW)
    assert not known.open_interest_is_usual(replace(hourly, rows=rows[:1]), None, NOW)


def test_open_interest_must_join_what_is_known() -> None:
    reading = OpenInterestReading("X", NOW * 1_000_000, NOW, 110.0)
    for false in (
        points(10, factor=10.0),
        points(10, factor=0.0),
        points(10, late=HOUR_MS),
        points(10, first=3),
    ):
        known = KnownPoints()
        assert known.open_interest_is_usual(points(10), reading, NOW)
        assert not known.open_interest_is_usual(false, reading, NOW)
    assert not KnownPoints().open_interest_is_usual(points(10, factor=10.0), reading, NOW)


def test_an_older_page_must_join_the_newer_one() -> None:
    known = KnownPoints()
    assert known.open_interest_is_usual(points(10), None, NOW)
    older = points(10, late=10 * FIVE)
    page = replace(older, since=older.rows[0][0], until=older.rows[-1][0])
    tenfold = tuple((time, 10 * contracts, value) for time, contracts, value in page.rows)
    assert not known.open_interest_is_usual(replace(page, rows=tenfold), None, NOW)
    assert points(3).short is False
    assert replace(points(3), asked=10).short


def test_a_ratio_must_be_near_the_one_before() -> None:
    def ratios(*values: float, first: int = 0) -> LongShortRatio:
        rows = tuple((FIVE * (first + n), value) for n, value in enumerate(values))
        return LongShortRatio("X", NOW * 1_000_000, "global", "5m", rows)

    known = KnownPoints()
    assert known.ratios_are_usual(ratios(1.2, 1.3))
    assert known.ratios_are_usual(ratios(1.3, 1.4, first=1))
    assert not known.ratios_are_usual(ratios(1.3, 14.0, first=1))
    assert not known.ratios_are_usual(ratios(1.3, 1.4, first=1))
    assert known.ratios_are_usual(ratios(1.3, 1.4, first=1))
    assert not known.ratios_are_usual(ratios())
