"""Curves in braille dots: two a cell across, four down."""

from __future__ import annotations

from collections.abc import Sequence

from tuirisk.state import Missing, Number
from tuirisk.ui.charts.raster import Raster
from tuirisk.ui.charts.scale import Scale

_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Bit of the dot in column 0 or 1 and row 0–3 of a braille cell."""
_EMPTY = 0x2800


def curve(
    raster: Raster, values: Sequence[Number], scale: Scale, role: str, *, sign: str = ""
) -> None:
    """Draw ``values``, the first at the left edge and the last at the right.

    Neighbours are joined; a missing value breaks the curve. A single value between two gaps is a
    dot. ``sign`` is drawn in place of dots, one a cell.
    """
    wide, high = 2 * raster.width, 4 * raster.height
    if not values or not wide or not high:
        return
    bits: dict[tuple[int, int], int] = {}
    before: tuple[int, int] | None = None
    for index, value in enumerate(values):
        if isinstance(value, Missing):
            before = None
            continue
        x = _place(index, len(values), wide)
        y = _height(scale.share(value), high)
        for dot_x, dot_y in _joined(before or (x, y), (x, y)):
            cell = (dot_x // 2, dot_y // 4)
            bits[cell] = bits.get(cell, 0) | _DOTS[dot_x % 2][dot_y % 4]
        before = (x, y)
    for (x, y), dots in bits.items():
        raster.put(x, y, sign or chr(_EMPTY | dots), role)


def dot(column: int, row: int) -> int:
    """The bit of a dot of a braille cell: column 0 or 1, row 0–3."""
    return _DOTS[column][row]


def dot_row(share: float, rows: int) -> int:
    """The row of dots that ``share`` (0 at the bottom, 1 at the top) of ``rows`` cells is in."""
    return _height(share, 4 * rows)


def cell_of(raster: Raster, index: int, count: int, share: float) -> tuple[int, int]:
    """The cell that :func:`curve` puts the ``index``-th of ``count`` values in."""
    return _place(index, count, 2 * raster.width) // 2, _height(share, 4 * raster.height) // 4


def _height(share: float, high: int) -> int:
    return min(high - 1, round((1 - share) * (high - 1)))


def _place(index: int, count: int, wide: int) -> int:
    return wide - 1 if count == 1 else round(index * (wide - 1) / (count - 1))


def _joined(start: tuple[int, int], end: tuple[int, int]) -> list[tuple[int, int]]:
    """The dots of the straight line between two dots."""
    steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]))
    if not steps:
        return [end]
    return [
        (
            round(start[0] + (end[0] - start[0]) * i / steps),
            round(start[1] + (end[1] - start[1]) * i / steps),
        )
        for i in range(steps + 1)
    ]
