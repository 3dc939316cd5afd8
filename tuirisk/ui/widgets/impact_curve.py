"""The impact panel's lower half: one order in detail, and the curve over all sizes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from rich.cells import cell_len

from tuirisk.state import Fill, Impact, Missing, Number, SymbolState, present
from tuirisk.ui.charts.axes import LABEL, label_row, with_value_axis
from tuirisk.ui.charts.braille import curve
from tuirisk.ui.charts.raster import Raster
from tuirisk.ui.charts.scale import linear_scale
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line, Row, Span, fit
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets import cells

LEAST_ROWS = 7
"""Rows below which there is no curve."""
MOST_ROWS = 16


def is_exit(symbol: SymbolState, impact: Impact) -> bool:
    """Whether the order would close the position."""
    return symbol.position is not None and impact.notional == symbol.liquidity.impact.notional


def size_name(view: View, symbol: SymbolState, impact: Impact) -> str:
    """The order's size, and what it is where it is no mere size."""
    name = fmt.compact(impact.notional)
    if impact.notional != symbol.liquidity.impact.notional:
        return name
    return f"{name} {view.words('impact.exit' if is_exit(symbol, impact) else 'impact.reference')}"


def detail_block(view: View, symbol: SymbolState, impact: Impact, width: int) -> list[Line]:
    """What each side of the order would get: average price, cost from the touch, what is left."""
    words, stale = view.words, view.stale(symbol, "depth")
    rows = [Row(width).add(f" {size_name(view, symbol, impact)}", "strong").line()]
    for side, fill in (("sell", impact.sell), ("buy", impact.buy)):
        row = Row(width).add("  ").cell(words(f"impact.{side}"), 6, "quiet", "<")
        for key, value, text in _numbers(symbol, fill):
            shown = cells.value_cell(value, text, stale)
            label = f"{words(f'impact.{key}')} "
            if cell_len(label) + cell_len(shown.text) + 2 <= row.room:
                row.add(label, "faint").add(*shown).add("  ")
        rows.append(row.line())
    return rows


def _numbers(symbol: SymbolState, fill: Fill) -> list[tuple[str, Number, str]]:
    parts: list[tuple[str, Number, str]] = [
        ("vwap", fill.vwap, fmt.price(fill.vwap, symbol.tick_size)),
        ("touch", fill.slippage_touch, f"{fmt.slippage_bps(fill.slippage_touch)}bp"),
    ]
    if fill.exhausted is True:
        parts.insert(0, ("unfilled", fill.unfilled, fmt.compact(fill.unfilled)))
    return parts


def curve_block(
    view: View,
    symbol: SymbolState,
    ladder: Sequence[Impact],
    own: Impact,
    width: int,
    height: int,
) -> list[Line]:
    """Cost in bp over the logarithm of the size, and where the order ``own`` stands on it."""
    if height < LEAST_ROWS or width < 30 or len(ladder) < 2:
        return []
    rows = min(height - 3, MOST_ROWS)
    inner = width - LABEL - 1
    sides = [
        [(math.log(i.notional), _basis_points(getattr(i, side))) for i in ladder]
        for side in ("sell", "buy")
    ]
    values = present(y for points in sides for _, y in points)
    if not values:
        return []
    scale = linear_scale(0.0, max(values), rows)
    raster = Raster(inner, rows)
    first, last = math.log(ladder[0].notional), math.log(ladder[-1].notional)
    at = round((math.log(own.notional) - first) / (last - first) * (inner - 1))
    for y in range(rows):
        raster.put(at, y, "|" if view.ascii else "╌", "faint")
    stale = view.stale(symbol, "depth")
    for points, role, sign in zip(sides, ("bid", "ask"), "sb", strict=True):
        resampled = [_at(points, first + (last - first) * x / (2 * inner - 1))
                     for x in range(2 * inner)]  # fmt: skip
        sign = sign if view.signed else ""
        curve(raster, resampled, scale, "stale" if stale else role, sign=sign)
    row = Row(width).add(" ")
    for side, role in (("sell", "bid"), ("buy", "ask")):
        row.add(f"{side[0]} " if view.signed else "━ ", role)
        row.add(view.words(f"impact.{side}") + "  ", "quiet")
    row.add(fit(view.words("impact.axes"), row.room - 1), "faint")
    marks = [((math.log(i.notional) - first) / (last - first), _mark(i, own)) for i in ladder]
    marks.sort(key=lambda mark: mark[0])
    labels = label_row(inner, _apart(marks, inner))
    framed_rows = with_value_axis(raster.lines(), scale, lambda v: f"{v:g}", plain=view.ascii)
    chart = [Row(width).extend(line).line() for line in framed_rows]
    return [Row(width).line(), row.line(), *chart, Row(width).extend(labels).line()]


def _mark(impact: Impact, own: Impact) -> Span:
    mine = impact.notional == own.notional
    return Span(fmt.compact(impact.notional), "accent" if mine else "quiet")


def _apart(marks: list[tuple[float, Span]], inner: int) -> list[tuple[float, Span]]:
    """Labels that leave the own order's room free."""
    own = [mark for mark in marks if mark[1].role == "accent"]
    return [
        mark
        for mark in marks
        if mark in own or all(abs(mark[0] - other[0]) * inner > 7 for other in own)
    ]


def _basis_points(fill: Fill) -> Number:
    return fill.slippage * 1e4


def _at(points: Sequence[tuple[float, Number]], x: float) -> Number:
    """Straight between neighbours; a missing one is a gap."""
    for (x1, y1), (x2, y2) in pairwise(points):
        if x <= x2 + 1e-9:
            if isinstance(y1, Missing) or isinstance(y2, Missing):
                return Missing("no_cost_at_size")
            return y1 + (y2 - y1) * (x - x1) / (x2 - x1)
    return points[-1][1]
