"""Bars and sparklines: widths, limits, gaps."""

from __future__ import annotations

import pytest

from tuirisk.state import Missing
from tuirisk.ui.render import glyphs

GAP = Missing.from_text("hole")


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0.0, ""), (0.001, "▏"), (0.5, "██"), (0.53, "██▏"), (1.0, "████"), (7.0, "████"), (-1.0, "")],
)
def test_bar(share: float, expected: str) -> None:
    assert glyphs.bar(share, 4) == expected


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.5, 0.99, 1.0, 3.0])
def test_a_thin_bar_and_its_track_fill_the_width(share: float) -> None:
    full, rest = glyphs.line(share, 9)
    assert len(full + rest) == 9
    assert bool(full) is (share > 0)


def test_a_sparkline_is_right_aligned_within_fixed_limits_and_gaps_are_dots() -> None:
    assert glyphs.sparkline((0.0, GAP, 1.0, 5.0), 6, 0.0, 1.0) == "  ▁.██"
    assert glyphs.sparkline((0.5,) * 9, 3, 0.5, 0.5) == "▁▁▁"
    assert glyphs.sparkline((), 3, 0.0, 1.0) == "   "


def test_an_area_has_its_height_and_width() -> None:
    rows = glyphs.area((0.0, 0.5, GAP, 1.0), 5, 2, 0.0, 1.0)
    assert rows == ["    █", " ▁█.█"]
