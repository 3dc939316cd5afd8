"""The tab Market: volatility against its history, regime, drawdown, performance, value at risk."""

from __future__ import annotations

from functools import partial

from tuirisk.state import DrawdownWindow, Missing, Number, Text
from tuirisk.ui import format as fmt
from tuirisk.ui.charts.band import Quantiles, cone
from tuirisk.ui.charts.columns import extremes
from tuirisk.ui.charts.frame import LABEL, framed, under
from tuirisk.ui.charts.scale import known, rounded
from tuirisk.ui.lines import Line, Row, Span, blank
from tuirisk.ui.screens.blocks import (
    Page,
    facts,
    heading,
    in_columns,
    legend,
    text,
    why,
)
from tuirisk.ui.screens.pictures import column_chart, padded, percent_label, plot_width
from tuirisk.ui.screens.statistics import estimators, performance, timeframes, value_at_risk
from tuirisk.ui.widgets import cells
from tuirisk.ui.widgets.cells import Cell

REGIME_ROLES = {"compression": "compression", "normal": "normal", "expansion": "expansion"}
REGIME_MARKS = {"compression": "-", "normal": "=", "expansion": "^"}
LEVEL_ROLES = {"low": "warming", "normal": "text", "high": "warning"}
BAR_MINUTES = 15
DAYS = {"1h": 1 / 24, "1d": 1.0}


def draw(page: Page, height: int) -> list[Line]:
    """The whole tab; what is below ``height`` rows is reached by scrolling."""
    rows = min(12, max(5, (height - 18) // 2))
    space = [blank(page.width)] if height >= 30 else []
    cones = [partial(_cone, timeframe=name, rows=rows) for name in page.symbol.volatility.cone]
    lines = in_columns(page, 22, *cones) if cones else text(page, page.words("no_cone"))
    lines += [_cone_legend(page)] if cones else []
    lines += space
    lines += in_columns(
        page, 36, partial(_regime, rows=rows - 2), partial(_drawdowns, rows=rows - 2)
    )
    lines += space
    lines += in_columns(page, 36, performance, value_at_risk, timeframes)
    lines += space
    return lines + in_columns(page, 36, *(
        partial(estimators, timeframe=name) for name in page.symbol.volatility.estimators
    ))  # fmt: skip


def _cone(page: Page, timeframe: str, rows: int) -> list[Line]:
    """One timeframe: its windows from left to right, volatility upwards."""
    windows = page.symbol.volatility.cone[timeframe]
    title = heading(
        page, page.words("cone", timeframe=timeframe), Span(page.words("annualised"), "faint")
    )
    points = [Quantiles(c.current, c.p10, c.p25, c.p50, c.p75, c.p90) for c in windows.values()]
    values = known(value for point in points for value in point)
    if not values:
        return [title, *why(page, *(value for point in points for value in point))]
    scale = rounded(min(values), max(values), rows)
    stale = page.view.stale(page.symbol, "candles")
    chart = cone(points, plot_width(page), rows, scale, plain=page.plain)
    lines = framed(chart, scale, percent_label(scale), plain=page.plain)
    places = [i / max(1, len(points) - 1) for i in range(len(points))]
    words = (
        ("bars", [Span(name, "quiet") for name in windows]),
        ("now", [_now(cell.current, stale) for cell in windows.values()]),
        ("rank", [_rank(cell.percentile, cell.level, stale) for cell in windows.values()]),
    )
    for key, spans in words:
        labels = zip(places, spans, strict=True)
        lines.append(under(plot_width(page), labels, page.words(key)))
    return [title, *padded(page, lines)]


def _now(value: Number, stale: bool) -> Span:
    return Span(*cells.cell(value, fmt.percent(value, 0), stale, "accent"))


def _rank(value: Number, level: Text, stale: bool) -> Span:
    role = LEVEL_ROLES.get(level, "text") if isinstance(level, str) else "quiet"
    return Span(*cells.cell(value, fmt.score(value), stale, role))


def _cone_legend(page: Page) -> Line:
    now, median = ("*", "-") if page.plain else ("⠤⠤", "⠤⠤")
    inner, outer = (
        (Span("==", "faint"), Span("::", "faint"))
        if page.plain
        else (Span("  ", "text", "core"), Span("  ", "text", "band"))
    )
    return legend(
        page,
        (
            (Span(now, "accent"), page.words("current")),
            (Span(median, "quiet"), page.words("median")),
            (inner, "25-75 %"),
            (outer, "10-90 %"),
        ),
    )


def _regime(page: Page, rows: int) -> list[Line]:
    """15m volatility of the last day, each bar in the colour of the regime it was in."""
    volatility = page.symbol.volatility
    stale = page.view.stale(page.symbol, "candles")
    regime = volatility.regime
    word = "" if isinstance(regime.state, Missing) else page.view.words.code("regime", regime.state)
    state, role = cells.cell(regime.state, word, stale, REGIME_ROLES.get(str(regime.state), "text"))
    title = heading(page, page.words("regime"), Span(state, "stale" if stale else role))
    if not volatility.spark:
        return [title, *why(page, regime.state)]
    width = plot_width(page)
    spark, states = volatility.spark[-width:], volatility.regimes[-width:]
    states = ("",) * (len(spark) - len(states)) + states
    scale = rounded(*cells.spark_limits(page.symbol), rows)
    hours, quarters = divmod(len(spark), 4)
    chart = column_chart(
        page,
        spark,
        rows,
        scale,
        lambda i, _: "stale" if stale else REGIME_ROLES.get(states[i], "quiet"),
        percent_label(scale),
        (f"-{hours}h{quarters * BAR_MINUTES:02d}", page.words("now")),
    )
    marks = tuple(Span(REGIME_MARKS.get(s, " "), REGIME_ROLES.get(s, "quiet")) for s in states)
    strip = (Span(" " * LABEL), *marks)
    chart.insert(rows, *padded(page, [strip]))
    return [title, *chart, _regime_legend(page), *_regime_facts(page, stale)]


def _regime_legend(page: Page) -> Line:
    return legend(
        page,
        (
            (Span(mark, REGIME_ROLES[name]), page.view.words.code("regime", name))
            for name, mark in REGIME_MARKS.items()
        ),
    )


def _regime_facts(page: Page, stale: bool) -> list[Line]:
    regime, words = page.symbol.volatility.regime, page.view.words
    since = words("detail.for", age=fmt.since(regime.since, page.view.time_ms))
    parts = [
        cells.cell(regime.since, since, stale),
        Cell(page.words("rank_30d"), "quiet"),
        cells.cell(regime.percentile_30d, fmt.score(regime.percentile_30d), stale),
    ]
    if regime.divergence is True:
        parts.append(Cell(page.words("divergence"), "caution"))
    row = Row(page.width)
    for part, role in parts:
        row.add(" ").add(part, role)
    return [row.line()]


def _drawdowns(page: Page, rows: int) -> list[Line]:
    windows = page.symbol.drawdown
    if not windows:
        return [heading(page, page.words("drawdown")), *text(page, page.words("no_cone"))]
    return in_columns(
        page, 18, *(partial(_drawdown, timeframe=name, rows=rows) for name in windows)
    )


def _drawdown(page: Page, timeframe: str, rows: int) -> list[Line]:
    """The fall from the highest close so far; every column the worst of its bars."""
    window: DrawdownWindow = page.symbol.drawdown[timeframe]
    stale = page.view.stale(page.symbol, "candles")
    now = cells.cell(window.current, fmt.percent(window.current, 1), stale, "down")
    title = heading(page, page.words("drawdown_of", timeframe=timeframe), Span(*now))
    if not window.path:
        return [title, *why(page, window.current)]
    severe: Number = window.severe if isinstance(window.severe, Missing) else -window.severe
    scale = rounded(min(-0.005, *known((min(window.path), severe))), 0.0, rows)
    role = "stale" if stale else "down"
    days = len(window.path) * DAYS.get(timeframe, 1.0)
    chart = column_chart(
        page,
        extremes(window.path, plot_width(page)),
        rows,
        scale,
        lambda _, depth: role if depth else "faint",
        percent_label(scale),
        (f"-{days:.0f}d", page.words("now")),
    )
    rows_of_facts = facts(
        page,
        (
            (page.words("worst"), [cells.cell(window.max, fmt.percent(window.max, 1), stale)]),
            (page.words("usual_worst"), [
                cells.cell(window.severe, fmt.percent(severe, 1), stale)
            ]),
        ),
    )  # fmt: skip
    return [title, *chart, *rows_of_facts]
