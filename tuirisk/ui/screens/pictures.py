"""Charts as the tabs use them: framed, labelled, as wide as their block."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from tuirisk.state import Number
from tuirisk.ui import format as fmt
from tuirisk.ui.charts.braille import curve
from tuirisk.ui.charts.cells import Raster
from tuirisk.ui.charts.columns import RoleOf, columns
from tuirisk.ui.charts.frame import LABEL, framed, under
from tuirisk.ui.charts.scale import Scale
from tuirisk.ui.lines import Line, Span, measure
from tuirisk.ui.screens.blocks import Page

Label = Callable[[float], str]
MARGIN = 1
"""Blank columns at a chart's right."""


class Curve(NamedTuple):
    """Values, the role they are drawn in, and their sign where there is ASCII alone."""

    values: Sequence[Number]
    role: str
    sign: str = "*"

    def key(self, page: Page) -> Span:
        """What stands for the curve in a legend."""
        return Span(self.sign if page.plain else "⠤⠤", self.role)


def plot_width(page: Page) -> int:
    """Columns for the chart itself."""
    return max(1, page.width - LABEL - MARGIN)


def percent_label(scale: Scale) -> Label:
    """Marks as percentages with as many decimals as tell one from the next."""
    places = next((n for n in range(4) if scale.step * 100 >= 10**-n * (1 - 1e-9)), 4)
    return lambda value: fmt.percent(value, places)


def money_label(scale: Scale) -> Label:
    return fmt.compact


def padded(page: Page, lines: Iterable[Line]) -> list[Line]:
    """``lines`` with blanks up to the block's width."""
    result = []
    for line in lines:
        rest = page.width - measure(line)
        result.append((*line, Span(" " * rest)) if rest > 0 else line)
    return result


def column_chart(
    page: Page,
    values: Sequence[Number],
    rows: int,
    scale: Scale,
    role_of: RoleOf,
    label: Label,
    ends: tuple[str, str],
    *,
    fill: str = "band",
    thickness: int = 1,
) -> list[Line]:
    """Columns with both axes; ``ends`` stand under the first and the last one."""
    drawn = columns(values, rows, scale, role_of, fill=fill, thickness=thickness, plain=page.plain)
    width = len(values) * thickness
    axis = under(width, [(0.0, Span(ends[0], "quiet")), (1.0, Span(ends[1], "quiet"))])
    return padded(page, [*framed(drawn, scale, label, plain=page.plain), axis])


def curve_chart(
    page: Page,
    curves: Sequence[Curve],
    rows: int,
    scale: Scale,
    label: Label,
    below: Iterable[tuple[float, Span]],
) -> list[Line]:
    """Curves, the last one on top, with both axes."""
    raster = Raster(plot_width(page), rows)
    for one in curves:
        sign = one.sign if page.plain else ""
        curve(raster, one.values, scale, one.role, sign=sign)
    drawn = framed(raster.lines(), scale, label, plain=page.plain)
    return padded(page, [*drawn, under(plot_width(page), below)])
