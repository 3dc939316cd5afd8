"""Labels around a chart: values on its left, places under it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from rich.cells import cell_len

from tuirisk.ui.charts.scale import Scale
from tuirisk.ui.render.rows import Line, Row, Span

LABEL = 8
"""Cells of the value labels, the axis among them."""


def with_value_axis(
    rows: Sequence[Line], scale: Scale, text: Callable[[float], str], *, plain: bool = False
) -> list[Line]:
    """``rows`` with the value axis on their left, :data:`LABEL` cells wide.

    A mark stands at the lower edge of its row; zero over a chart that hangs, in the first one.
    """
    height = len(rows)
    labels: dict[int, str] = {}
    for value in sorted(scale.marks, reverse=True):
        y = round((1 - scale.share(value)) * height) - 1
        if y >= 0 or scale.high <= 0:
            labels.setdefault(max(0, y), text(value))
    axis, tick = ("|", "+") if plain else ("│", "┤")
    lines = []
    for y, row in enumerate(rows):
        label = labels.get(y, "")
        head = Row(LABEL).cell(label, LABEL - 1, "quiet").add(tick if label else axis, "track")
        lines.append((*head.line(), *row))
    return lines


def label_row(width: int, labels: Iterable[tuple[float, Span]], head: str = "") -> Line:
    """A row of labels, each centred at its share (0–1) of the ``width`` cells above it.

    ``head`` stands under the value labels. A label that would touch the one before it is left out.
    """
    row = Row(LABEL + width).cell(head, LABEL - 1, "quiet").add(" ")
    for share, span in labels:
        size = cell_len(span.text)
        start = LABEL + round(share * (width - 1) - (size - 1) / 2)
        start = max(LABEL, min(start, LABEL + width - size))
        if start > row.used or row.used == LABEL == start:
            row.pad_to(start).extend([span])
    return row.line()
