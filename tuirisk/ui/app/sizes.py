"""Which layout of tuirisk.tcss a terminal of a size gets."""

from __future__ import annotations

from textual.geometry import Size

WIDTHS = [(0, "-tiny"), (60, "-narrow"), (100, "-normal"), (160, "-wide")]
HEIGHTS = [(0, "-flat"), (16, "-short"), (32, "-medium"), (50, "-tall")]
"""Least columns and rows of each layout in tuirisk.tcss."""


def size_classes(size: Size) -> list[str]:
    """The classes that tuirisk.tcss has for a terminal of ``size`` cells."""
    sides = ((size.width, WIDTHS), (size.height, HEIGHTS))
    return [max(step for step in steps if step[0] <= length)[1] for length, steps in sides]
