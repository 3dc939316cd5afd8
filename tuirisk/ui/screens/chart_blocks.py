"""Charts as the tabs use them: framed, labelled, as wide as their block."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from tuirisk.state import Number
from tuirisk.ui.charts.axes import LABEL, label_row, with_value_axis
from tuirisk.ui.charts.braille import curve
from tuirisk.ui.charts.columns import RoleOf, Rule, columns
from tuirisk.ui.charts.raster import Raster
from tuirisk.ui.charts.scale import Scale
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line, Span, measure
from tuirisk.ui.screens.layout import Page

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
        return Span(self.sign if page.view.signed else "⠤⠤", self.role)


def plot_width(page: Page) -> int:
    """Columns for the chart itself."""
    return max(1, page.width - LABEL - MARGIN)


def percent_label(scale: Scale) -> Label:
    """Marks as percentages with as many decimals as tell one from the next."""
    places = _places(scale.step * 100)
    return lambda value: fmt.percent(value, places)


def number_label(scale: Scale) -> Label:
    """Marks as plain numbers with as many decimals as tell one from the next."""
    places = _places(scale.step)
    return lambda value: fmt.decimal(value, places)


def _places(step: float) -> int:
    """Decimals that ``step``, one, two or five of something round, is written with."""
    return next((n for n in range(4) if step >= 10**-n * (1 - 1e-9)), 4)


def money_label(scale: Scale) -> Label:
    """Labels of an axis in the quote asset; in full where three digits do not tell marks apart."""
    full = number_label(scale)
    same = len({fmt.compact(mark) for mark in scale.marks}) < len(scale.marks)
    return full if same and all(len(full(mark)) < LABEL for mark in scale.marks) else fmt.compact


def end_labels(first: str, last: str) -> list[tuple[float, Span]]:
    """Labels under the ends of a chart."""
    return [(0.0, Span(first, "quiet")), (1.0, Span(last, "quiet"))]


def padded(page: Page, lines: Iterable[Line]) -> list[Line]:
    """``lines`` with blanks up to the block's width."""
    result = []
    for line in lines:
        rest = page.width - measure(line)
        result.append((*line, Span(" " * rest)) if rest > 0 else line)
    return result


def column_chart(
    page: Page,
    values: Sequence[Number | None],
    rows: int,
    scale: Scale,
    role_of: RoleOf,
    label: Label,
    below: Iterable[tuple[float, Span]],
    *,
    fill: str = "band",
    thickness: int = 1,
    rules: Sequence[Rule] = (),
) -> list[Line]:
    """Columns with both axes; ``below`` are labels under them at shares (0–1) of their width."""
    drawn = columns(
        values, rows, scale, role_of, fill=fill, thickness=thickness, rules=rules, plain=page.plain
    )
    axis = label_row(len(values) * thickness, below)
    return padded(page, [*with_value_axis(drawn, scale, label, plain=page.plain), axis])


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
        sign = one.sign if page.plain or (page.view.signed and len(curves) > 1) else ""
        curve(raster, one.values, scale, one.role, sign=sign)
    drawn = with_value_axis(raster.lines(), scale, label, plain=page.plain)
    return padded(page, [*drawn, label_row(plot_width(page), below)])
