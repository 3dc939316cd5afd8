"""The range that values covered, in braille dots: from the lowest to the highest of each step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tuirisk.ui.charts.braille import dot, dot_row
from tuirisk.ui.charts.raster import Raster
from tuirisk.ui.charts.scale import Scale


class Range(NamedTuple):
    """What one column of dots covers, and the role it is drawn in."""

    low: float
    high: float
    role: str


def envelope(
    raster: Raster, ranges: Sequence[Range | None], scale: Scale, *, sign: str = ""
) -> None:
    """Draw one range a column of dots, two a cell; None is a gap.

    Neighbours that do not overlap are joined; nothing is drawn over a gap. Of the two columns of a
    cell, the one that goes higher gives the role. ``sign`` is drawn in place of dots.
    """
    bits: dict[tuple[int, int], int] = {}
    roles: dict[int, Range] = {}
    before: tuple[int, int] | None = None
    for x, found in enumerate(ranges):
        if found is None:
            before = None
            continue
        top = dot_row(scale.share(found.high), raster.height)
        bottom = dot_row(scale.share(found.low), raster.height)
        if before is not None:
            top, bottom = min(top, before[1]), max(bottom, before[0])
        for y in range(top, bottom + 1):
            cell = (x // 2, y // 4)
            bits[cell] = bits.get(cell, 0) | dot(x % 2, y % 4)
        before = (
            dot_row(scale.share(found.high), raster.height),
            dot_row(scale.share(found.low), raster.height),
        )
        known = roles.get(x // 2)
        if known is None or found.high > known.high:
            roles[x // 2] = found
    for (x, y), dots in bits.items():
        raster.put(x, y, sign or chr(0x2800 | dots), roles[x].role)


def dotted_rule(share: float, rows: int) -> tuple[int, str]:
    """The row and the sign of a line at ``share`` of ``rows``, where the envelope has it."""
    y = dot_row(share, rows)
    return y // 4, chr(0x2800 | dot(0, y % 4) | dot(1, y % 4))
