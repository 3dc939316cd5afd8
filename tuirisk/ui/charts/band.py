"""Quantile bands with a curve in them: the volatility cone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tuirisk.state import Missing, Number
from tuirisk.ui.charts.braille import cell_of, curve
from tuirisk.ui.charts.raster import BLANK, Raster, RasterCell
from tuirisk.ui.charts.scale import Scale
from tuirisk.ui.render.rows import Line

OUTER, INNER = "band", "core"
SHADES = {"": " ", OUTER: "░", INNER: "▒"}
PLAIN_SHADES = {"": " ", OUTER: ":", INNER: "="}
POINT = "o"


class Quantiles(NamedTuple):
    """One place on the cone, left to right; the band's numbers are all there or none is."""

    current: Number
    p10: Number
    p25: Number
    p50: Number
    p75: Number
    p90: Number


def cone(
    points: Sequence[Quantiles],
    width: int,
    height: int,
    scale: Scale,
    *,
    shaded: bool = False,
    plain: bool = False,
) -> list[Line]:
    """p10–p90 and p25–p75 as two grounds, the median a faint curve, the current one over it, with
    a sign at each of the points.

    Between points everything is straight. Where either neighbour has no band there is none.
    ``shaded`` draws the bands in characters, for where there are no colours.
    """
    shades = PLAIN_SHADES if plain else SHADES if shaded else None
    raster = Raster(width, height)
    for x in range(width):
        place = x * (len(points) - 1) / (width - 1) if width > 1 else 0.0
        edges = _edges(points, place, scale)
        if edges is not None:
            _shade(raster, x, edges, shades)
    median = "-" if plain else "╌" if shaded else ""
    curve(raster, [point.p50 for point in points], scale, "quiet", sign=median)
    curve(raster, [point.current for point in points], scale, "accent", sign="*" if plain else "")
    for i, point in enumerate(points):
        if not isinstance(point.current, Missing):
            raster.put(
                *cell_of(raster, i, len(points), scale.share(point.current)), POINT, "strong"
            )
    return raster.lines()


def _edges(
    points: Sequence[Quantiles], place: float, scale: Scale
) -> tuple[float, float, float, float] | None:
    """Shares of (p10, p25, p75, p90) at ``place``, where point i stands at i."""
    left = min(int(place), len(points) - 1)
    right = min(left + 1, len(points) - 1)
    edges = []
    for name in ("p10", "p25", "p75", "p90"):
        a, b = getattr(points[left], name), getattr(points[right], name)
        if isinstance(a, Missing) or isinstance(b, Missing):
            return None
        low, high = scale.share(a), scale.share(b)
        edges.append(low + (high - low) * (place - left))
    return edges[0], edges[1], edges[2], edges[3]


def _shade(
    raster: Raster,
    x: int,
    edges: tuple[float, float, float, float],
    shades: Mapping[str, str] | None,
) -> None:
    """One column of the bands: grounds in half cells, or ``shades`` in whole ones."""
    halves = 2 * raster.height
    p10, p25, p75, p90 = (round((1 - edge) * halves) for edge in edges)

    def zone(half: int) -> str:
        if p75 <= half < p25:
            return INNER
        return OUTER if p90 <= half < p10 else ""

    for y in range(raster.height):
        upper, lower = zone(2 * y), zone(2 * y + 1)
        if shades is not None:
            role = upper or lower
            raster.fill(x, y, RasterCell(shades[role], role) if role else BLANK)
        elif upper == lower:
            raster.fill(x, y, RasterCell(" ", "text", upper))
        elif not upper:
            raster.fill(x, y, RasterCell("▄", lower))
        elif not lower:
            raster.fill(x, y, RasterCell("▀", upper))
        else:
            raster.fill(x, y, RasterCell("▄", lower, upper))
