"""Pictures keep the order of the data, show gaps as gaps, and stay within their room."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuirisk.state import Missing, Number
from tuirisk.ui.charts.axes import LABEL, label_row, with_value_axis
from tuirisk.ui.charts.band import Quantiles, cone
from tuirisk.ui.charts.bars import diverging, level_bar, marker_bar
from tuirisk.ui.charts.braille import curve
from tuirisk.ui.charts.columns import Rule, columns, extremes, mirrored
from tuirisk.ui.charts.raster import Raster
from tuirisk.ui.charts.scale import Scale, linear_scale, log_scale
from tuirisk.ui.render.rows import Line, Span, measure

NONE = Missing.from_text("a hole")
UP = " ▁▂▃▄▅▆▇█"
DOWN = " ▔▀█"
FINITE = st.floats(-1e9, 1e9, allow_subnormal=False)


def texts(lines: Sequence[Line]) -> list[str]:
    return ["".join(span.text for span in line) for line in lines]


def heights(lines: Sequence[Line], signs: str) -> list[int]:
    """How much of each column is filled, in the order of ``signs``."""
    rows = texts(lines)
    return [sum(signs.index(row[x]) for row in rows) for x in range(len(rows[0]))]


def one_role(index: int, value: float) -> str:
    return "bar"


@given(low=FINITE, high=FINITE, rows=st.integers(1, 40))
def test_a_rounded_scale_holds_its_limits_and_marks_whole_rows(
    low: float, high: float, rows: int
) -> None:
    low, high = min(low, high), max(low, high)
    scale = linear_scale(low, high, rows)
    slack = 1e-6 * max(abs(low), abs(high), 1e-9)
    assert scale.low <= low + slack
    assert scale.high >= high - slack
    for mark in scale.marks:
        place = scale.share(mark) * rows
        assert place == pytest.approx(round(place), abs=1e-4)


@given(
    low=st.floats(1e-6, 1e6), factor=st.floats(1.0, 1e4), rows=st.integers(3, 40),
)  # fmt: skip
def test_a_logarithmic_scale_holds_its_limits_and_its_marks_are_apart(
    low: float, factor: float, rows: int
) -> None:
    high = low * factor
    scale = log_scale(low, high, rows)
    assert scale.low <= low * (1 + 1e-6)
    assert scale.high >= high * (1 - 1e-6)
    shares = [scale.share(mark) * rows for mark in scale.marks]
    assert all(b - a >= 1.5 for a, b in pairwise(shares))


def test_on_a_logarithmic_scale_equal_ratios_are_equally_high() -> None:
    scale = log_scale(0.1, 1.6, 8)
    steps = [scale.share(0.1 * 2**i) for i in range(5)]
    assert [b - a for a, b in pairwise(steps)] == pytest.approx([steps[1] - steps[0]] * 4)


@pytest.mark.parametrize(("low", "high"), [(-3.0, 5.0), (-0.07, 0.0), (0.0, 1e-4), (-1e6, 1e3)])
def test_zero_falls_between_two_rows(low: float, high: float) -> None:
    scale = linear_scale(low, high, 9)
    assert scale.share(0.0) * 9 == pytest.approx(round(scale.share(0.0) * 9))


@given(st.lists(st.floats(0.0, 100.0), min_size=2, max_size=30), st.integers(1, 12))
def test_columns_are_as_high_as_their_values_are_great(values: list[float], rows: int) -> None:
    ordered = sorted(values)
    drawn = columns(ordered, rows, Scale(0.0, 100.0), one_role)
    assert len(drawn) == rows
    found = heights(drawn, UP)
    assert found == sorted(found)
    assert min(found) >= 1
    assert max(found) <= rows * 8


@given(st.lists(st.floats(-100.0, -0.1), min_size=2, max_size=30), st.integers(2, 12))
def test_columns_hang_where_the_values_are_below_zero(values: list[float], rows: int) -> None:
    found = heights(columns(sorted(values), rows, Scale(-100.0, 0.0), one_role), DOWN)
    assert found == sorted(found, reverse=True)


def test_the_zero_line_parts_gains_from_losses() -> None:
    drawn = texts(columns([2.0, -2.0, NONE], 4, Scale(-2.0, 2.0), one_role))
    assert drawn == ["█  ", "█ .", " █ ", " █ "]


@given(st.lists(st.just(NONE) | st.floats(0.0, 1.0), min_size=1, max_size=20))
def test_a_missing_value_is_a_dot_and_never_a_column(values: list[Number]) -> None:
    bottom = texts(columns(values, 3, Scale(0.0, 1.0), one_role))[-1]
    assert [sign == "." for sign in bottom] == [isinstance(v, Missing) for v in values]


def test_a_rule_runs_through_the_row_of_its_value_behind_the_columns() -> None:
    rules = [Rule(1.5, "caution"), Rule(-0.5, "critical")]
    drawn = columns([2.0, None, -2.0, NONE], 4, Scale(-2.0, 2.0), one_role, rules=rules)
    assert texts(drawn) == ["█╌╌╌", "█  .", "╌╌█╌", "  █ "]
    assert {span.role for span in drawn[0] if "╌" in span.text} == {"caution"}


def test_mirrored_columns_share_a_scale_and_zero_is_nothing() -> None:
    drawn, scale = mirrored([NONE, 2.0, 0.0], [NONE, 1.0, 2.0], 4, 2.0, ("up", "down"))
    assert texts(drawn) == [" █ ", ".█ ", ".██", "  █"]
    assert (scale.low, scale.high) == (-2.0, 2.0)
    assert [{s.role for s in row if s.text.strip()} - {"faint"} for row in drawn] == [
        {"up"}, {"up"}, {"down"}, {"down"},
    ]  # fmt: skip


def test_with_a_fill_only_the_end_has_the_role() -> None:
    drawn = columns([3.0], 3, Scale(0.0, 3.0), one_role, fill="band")
    assert [line[0].role for line in drawn] == ["bar", "band", "band"]


def test_extremes_keep_the_farthest_of_each_group() -> None:
    assert extremes([-1.0, -5.0, NONE, NONE, 2.0, -3.0], 3) == (-5.0, NONE, -3.0)
    assert extremes([1.0], 5) == (1.0,)


def drawn_curve(values: Sequence[Number], width: int = 10, height: int = 4) -> list[str]:
    raster = Raster(width, height)
    curve(raster, values, Scale(0.0, 1.0), "spark")
    return texts(raster.lines())


def test_a_rising_curve_rises_and_touches_both_corners() -> None:
    rows = drawn_curve([i / 9 for i in range(10)])
    first = [next(y for y in range(4) if rows[y][x] != " ") for x in range(10)]
    assert first == sorted(first, reverse=True)
    assert rows[0][-1] != " "
    assert rows[-1][0] != " "


def test_a_gap_in_a_curve_is_not_bridged() -> None:
    values: list[Number] = [0.5] * 4 + [NONE] * 12 + [0.5] * 4
    row = next(row for row in drawn_curve(values) if row.strip())
    assert row[0] != " "
    assert row[4:6] == "  "
    assert row[-1] != " "


def test_a_constant_curve_is_flat_and_within_its_limits() -> None:
    rows = drawn_curve([0.5] * 8)
    assert sum(bool(row.strip()) for row in rows) == 1
    assert not rows[0].strip()


def test_plain_charts_are_ascii() -> None:
    raster = Raster(8, 3)
    curve(raster, [0.0, 1.0], Scale(0.0, 1.0), "spark", sign="*")
    point = Quantiles(0.9, 0.2, 0.4, 0.5, 0.6, 0.8)
    scale = linear_scale(0.0, 1.0, 3)
    lines = [
        *with_value_axis(raster.lines(), scale, str, plain=True),
        *columns([1.0, -1.0, NONE], 4, Scale(-1.0, 1.0), one_role, plain=True),
        *cone([point, point], 9, 5, scale, plain=True),
        diverging(-0.4, 9, "up", plain=True),
        marker_bar(0.4, 9, "up", plain=True),
        level_bar(0.4, 9, "up", plain=True),
    ]
    assert all(text.isascii() for text in texts(lines))


def test_the_cone_shades_its_quantiles_where_they_are() -> None:
    point = Quantiles(0.95, 0.2, 0.4, 0.5, 0.6, 0.8)
    rows = cone([point, point], 6, 10, Scale(0.0, 1.0))
    grounds = [row[0].ground for row in rows]
    assert grounds == ["", "", "band", "band", "core", "core", "band", "band", "", ""]
    assert {span.role for span in rows[0]} == {"accent", "strong"}, "the curve, above the band"
    assert texts(rows)[0].count("o") == 2, "a sign at each point"


def test_without_colours_the_bands_are_shades() -> None:
    point = Quantiles(0.95, 0.2, 0.4, 0.5, 0.6, 0.8)
    rows = cone([point, point], 6, 10, Scale(0.0, 1.0), shaded=True)
    assert {span.ground for row in rows for span in row} == {""}
    assert [row[-1] for row in texts(rows)[2:8]] == ["░", "░", "▒", "╌", "░", "░"]


def test_a_cone_without_quantiles_has_no_band_and_still_its_curve() -> None:
    half = Quantiles(0.5, NONE, NONE, NONE, NONE, NONE)
    rows = cone([half, half], 6, 4, Scale(0.0, 1.0))
    assert {span.ground for row in rows for span in row} == {""}
    assert {span.role for row in rows for span in row if span.text.strip()} == {"accent", "strong"}


@given(st.floats(-2.0, 2.0), st.integers(3, 60))
def test_bars_fill_their_room_in_the_direction_of_their_sign(share: float, width: int) -> None:
    spans = diverging(share, width, "up")
    assert measure(spans) == width
    sizes = [span for span in spans if span.role == "up"]
    assert bool(sizes) is (share != 0)
    if sizes and width >= 5:
        middle = next(i for i, span in enumerate(spans) if span.role == "quiet")
        assert (spans.index(sizes[0]) < middle) is (share < 0)
    assert measure(level_bar(share, width, "up")) == width
    assert measure(marker_bar(share, width, "up")) == width


def test_marks_stand_on_the_rows_of_their_values() -> None:
    scale = Scale(0.0, 4.0, (0.0, 2.0, 4.0), 2.0)
    rows = texts(with_value_axis([(Span("x" * 3),)] * 4, scale, lambda v: f"{v:g}"))
    assert [row[:LABEL].strip(" │┤") for row in rows] == ["", "2", "", "0"]
    hanging = Scale(-2.0, 0.0, (-2.0, 0.0), 2.0)
    rows = texts(with_value_axis([(Span("x"),)] * 2, hanging, lambda v: f"{v:g}"))
    assert [row[:LABEL].strip(" │┤") for row in rows] == ["0", "-2"]


def test_labels_under_a_chart_never_touch_and_are_whole() -> None:
    labels = [(i / 9, Span(f"{1000 * i}")) for i in range(10)]
    line = label_row(20, labels)
    assert measure(line) == LABEL + 20
    shown = "".join(span.text for span in line).split()
    assert set(shown) <= {span.text for _, span in labels}
    assert shown[0] == "0"
