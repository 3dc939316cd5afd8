"""Numbers, ages and times as the screen writes them."""

from __future__ import annotations

import pytest
from support.ui_states import TIME

from tuirisk.state import Missing
from tuirisk.ui.render import format as fmt

NONE = Missing.from_text("why")


@pytest.mark.parametrize(
    ("value", "tick", "expected"),
    [
        (0.00000012, 1e-8, "0.00000012"),
        (123_456.78, 0.01, "123,456.78"),
        (67_412.3, 0.10, "67,412.3"),
        (67_412.0, 1.0, "67,412"),
        (4.0, 0.00010, "4.0000"),
        (171.236, 0.0, "171.24"),
        (0.5213, 0.0, "0.52130"),
        (0.00000012345, 0.0, "0.00000012345"),
        (0.0, 0.0, "0.00"),
        (-0.0, 0.1, "0.0"),
        (-0.04, 0.1, "-0.040000"),
        (0.3, 1.0, "0.30000"),
        (1.5e-14, 0.0, "0.000000000000015000"),
        (NONE, 0.1, "–"),
    ],
)
def test_price(value: float | Missing, tick: float, expected: str) -> None:
    assert fmt.price(value, tick) == expected


@pytest.mark.parametrize(
    ("value", "places", "signed", "expected"),
    [
        (0.0123, 2, True, "+1.23%"),
        (-0.0611, 2, True, "-6.11%"),
        (-0.0000001, 2, True, "+0.00%"),
        (0.0001, 4, True, "+0.0100%"),
        (0.7, 0, False, "70%"),
        (NONE, 2, True, "–"),
    ],
)
def test_percent(value: float | Missing, places: int, signed: bool, expected: str) -> None:
    assert fmt.percent(value, places, signed) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.000001, "0.01"), (0.00041, "4.1"), (0.00995, "99.5"), (0.012, "120"), (NONE, "–")],
)
def test_bps(value: float | Missing, expected: str) -> None:
    assert fmt.slippage_bps(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, "0"),
        (0.47, "0.47"),
        (0.003, "<0.01"),
        (-0.003, ">-0.01"),
        (7.59, "7.59"),
        (10_000.0, "10k"),
        (999.6, "1k"),
        (999_950.0, "1M"),
        (12.4e6, "12.4M"),
        (6.1e9, "6.1B"),
        (-3_050.0, "-3.05k"),
        (2.5e12, "2.5T"),
        (999.4e12, "999T"),
        (4.2e17, "4.2e+17"),
        (NONE, "–"),
    ],
)
def test_compact(value: float | Missing, expected: str) -> None:
    assert fmt.compact(value) == expected


def test_compact_signed() -> None:
    assert fmt.compact(674.1, signed=True) == "+674"
    assert fmt.compact(-674.1, signed=True) == "-674"
    assert fmt.compact(0.0, signed=True) == "0"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, "0s"), (999.0, "0s"), (59_999.0, "59s"), (60_000.0, "1m"),
        (3_600_000.0, "1h"), (172_800_000.0, "2d"), (-5.0, "0s"), (NONE, "–"),
    ],
)  # fmt: skip
def test_age(value: float | Missing, expected: str) -> None:
    assert fmt.age(value) == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-22T16:00:00.000Z", "3h57m"),
        ("2026-11-22T12:30:00.000Z", "27m"),
        ("2026-11-22T12:03:00.000Z", "<1m"),
        ("2026-11-22T11:00:00.000Z", "0m"),
        (NONE, "–"),
    ],
)
def test_countdown(moment: str | Missing, expected: str) -> None:
    assert fmt.countdown(moment, TIME) == expected


def test_since_and_clock() -> None:
    assert fmt.since("2026-11-22T08:45:00.000Z", TIME) == "3h"
    assert fmt.since(NONE, TIME) == "–"
    assert fmt.clock(TIME) == "12:02:11Z"
    assert not fmt.clock(TIME, utc=False).endswith("Z")


def test_score_and_decimal() -> None:
    assert fmt.score(79.6) == "80"
    assert fmt.score(NONE) == "–"
    assert fmt.decimal(0.127, 2, signed=True) == "+0.13"
    assert fmt.decimal(-0.001, 2) == "0.00"
