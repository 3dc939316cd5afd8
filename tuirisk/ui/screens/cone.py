"""The volatility cone: where the volatility of now lies in the band of its own history."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from tuirisk.state import ConeCell, Missing, Number, present
from tuirisk.ui.charts.axes import label_row, with_value_axis
from tuirisk.ui.charts.band import PLAIN_SHADES, SHADES, Quantiles, cone
from tuirisk.ui.charts.scale import log_scale
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.glyphs import STALE
from tuirisk.ui.render.rows import Line, Row, Span
from tuirisk.ui.screens.chart_blocks import padded, percent_label, plot_width
from tuirisk.ui.screens.layout import (
    Page,
    age_label,
    heading,
    in_columns,
    missing_reason,
    paragraph,
)

LEVEL_ROLES = {"low": "warming", "normal": "text", "high": "warning"}
LEVEL_MARKS = {"low": "v", "normal": "", "high": "^"}
ROOM_FOR_MARKS = 20
"""Cells that four ranks such as ``100^`` take."""


def cones(page: Page, rows: int) -> list[Line]:
    """Every timeframe's cone, and what its signs mean."""
    names = page.symbol.volatility.cone
    if not names:
        title = heading(page, page.words("cones"))
        return [title, *paragraph(page, page.words("no_cone"))]
    drawn = in_columns(page, 22, *(partial(_cone, timeframe=name, rows=rows) for name in names))
    return [*drawn, _legend(page)]


def _cone(page: Page, timeframe: str, rows: int) -> list[Line]:
    """One timeframe: its windows from left to right, volatility upwards."""
    windows = page.symbol.volatility.cone[timeframe]
    title = heading(
        page,
        page.words("cone", timeframe=timeframe),
        _verdict(page, windows),
        age_label(page, "candles"),
    )
    points = [Quantiles(c.current, c.p10, c.p25, c.p50, c.p75, c.p90) for c in windows.values()]
    values = [value for value in present(v for point in points for v in point) if value > 0]
    if not values:
        return [title, *missing_reason(page, *(value for point in points for value in point))]
    stale = page.stale("candles")
    scale = log_scale(min(values), max(values), rows)
    shaded = page.view.colourless
    chart = cone(points, plot_width(page), rows, scale, shaded=shaded, plain=page.plain)
    lines = with_value_axis(chart, scale, percent_label(scale), plain=page.plain)
    places = [i / max(1, len(points) - 1) for i in range(len(points))]
    words = (
        ("bars", [Span(name, "quiet") for name in windows]),
        ("now", [_now(cell.current, stale) for cell in windows.values()]),
        ("rank", [_rank(cell, stale, plot_width(page)) for cell in windows.values()]),
    )
    for key, spans in words:
        labels = zip(places, spans, strict=True)
        # One mark for the row: beside every number it would push numbers out.
        mark = STALE if stale and key != "bars" else ""
        lines.append(label_row(plot_width(page), labels, page.words(key) + mark))
    return [title, *padded(page, lines)]


def _verdict(page: Page, windows: Mapping[str, ConeCell]) -> Span:
    """Which windows lie outside the band, the high ones first."""
    stale = page.stale("candles")
    for level in ("high", "low"):
        outside = [name for name, cell in windows.items() if cell.level == level]
        if outside:
            role = "stale" if stale else LEVEL_ROLES[level]
            return Span(page.words(f"cone_{level}", windows=", ".join(outside)), role)
    if not present(cell.percentile for cell in windows.values()):
        return Span("")
    return Span(page.words("cone_normal"), "stale" if stale else LEVEL_ROLES["normal"])


def _now(value: Number, stale: bool) -> Span:
    role = "quiet" if isinstance(value, Missing) else "stale" if stale else "accent"
    return Span(fmt.percent(value, 0), role)


def _rank(cell: ConeCell, stale: bool, width: int) -> Span:
    """The rank, with the mark of its level where all of them have room."""
    if not cell.level:
        return Span(fmt.score(cell.percentile), "quiet")
    mark = LEVEL_MARKS.get(cell.level, "") if width >= ROOM_FOR_MARKS else ""
    role = "stale" if stale else LEVEL_ROLES.get(cell.level, "text")
    return Span(fmt.score(cell.percentile) + mark, role)


def _legend(page: Page) -> Line:
    now, median = ("o**", "--") if page.plain else ("o⠤⠤", "⠤⠤")
    if page.view.colourless and not page.plain:
        median = "╌╌"
    high = page.view.rule("cone_high").threshold("warning")
    low = page.view.rule("cone_low").threshold("ok")
    shades = PLAIN_SHADES if page.plain else SHADES if page.view.colourless else None
    inner, outer = (
        Span("  ", "text", name) if shades is None else Span(shades[name] * 2, name)
        for name in ("core", "band")
    )
    entries = (
        (Span(now, "accent"), page.words("current")),
        (Span(median, "quiet"), page.words("median")),
        (inner, "25-75 %"),
        (outer, "10-90 %"),
        (Span("", "quiet"), page.words("annualised")),
        (Span("^ v", "quiet"), page.words("cone_ends", high=f"{high:g}", low=f"{low:g}")),
    )
    row = Row(page.width).add(" ")
    for sign, meaning in entries:
        row.extend((sign, Span(f" {meaning}  ", "quiet")))
    return row.line()
