"""The equity over the moves of Bitcoin, with the places at which positions are liquidated."""

from __future__ import annotations

from collections.abc import Sequence

from tuirisk.state import LadderRung, present
from tuirisk.ui.charts.axes import label_row, with_value_axis
from tuirisk.ui.charts.braille import cell_of, curve
from tuirisk.ui.charts.raster import Raster
from tuirisk.ui.charts.scale import linear_scale
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line, Span
from tuirisk.ui.screens.chart_blocks import padded, plot_width
from tuirisk.ui.screens.layout import Page
from tuirisk.ui.widgets.table import short_name

ROWS = 6
TICKS = 3
"""Labels on either side of no move, one where the picture is narrower than :data:`WIDE`."""
WIDE = 48


def ladder_picture(page: Page, ladder: Sequence[LadderRung], stale: bool) -> list[Line]:
    """The picture of ``ladder``, which ascends; no rows where no equity is known."""
    values = [rung.equity for rung in ladder]
    known = present(values)
    if not known or page.width < 24:
        return []
    scale = linear_scale(min(0.0, *known), max(0.0, *known), ROWS)
    raster = Raster(plot_width(page), ROWS)
    sign = "*" if page.plain else ""
    curve(raster, values, scale, "stale" if stale else "accent", sign=sign)
    places = liquidations(ladder)
    for index, _ in places:
        equity = values[index]
        if isinstance(equity, float | int):
            x, y = cell_of(raster, index, len(ladder), scale.share(equity))
            raster.put(x, y, "x" if page.plain else "✕", "critical")
    lines = with_value_axis(raster.lines(), scale, fmt.compact, plain=page.plain)
    last = max(1, len(ladder) - 1)
    a_side = TICKS if plot_width(page) >= WIDE else 1
    ticks = range(0, len(ladder), max(1, last // (2 * a_side)))
    moves = [(i / last, Span(fmt.percent(ladder[i].btc, 0, signed=True), "quiet")) for i in ticks]
    names = [(index / last, Span(text, "critical")) for index, text in places]
    width = plot_width(page)
    # Neighbours are named in rows of their own: a label that would touch another is left out.
    rows = [label_row(width, names[start::2]) for start in (0, 1) if names[start::2]]
    return padded(page, [*lines, label_row(width, moves), *rows])


def liquidations(ladder: Sequence[LadderRung]) -> list[tuple[int, str]]:
    """(rung, who) from the left: the first move in each direction that liquidates somebody."""
    middle = min(range(len(ladder)), key=lambda i: abs(ladder[i].btc))
    found = []
    for way in (range(middle, -1, -1), range(middle, len(ladder))):
        before: set[str] = set()
        for index in way:
            new = [name for name in ladder[index].liquidated if name not in before]
            if new and (index != middle or way.step < 0):
                more = f"+{len(new) - 1}" if len(new) > 1 else ""
                found.append((index, f"{short_name(new[0])}{more}"))
            before |= {*new}
    return sorted(found)
