"""What the price has been through: a week of volatility regimes, and the falls from its highs."""

from __future__ import annotations

from functools import partial
from itertools import groupby

from tuirisk.state import DrawdownWindow, Missing, Number, present
from tuirisk.ui.charts.axes import LABEL, label_row, with_value_axis
from tuirisk.ui.charts.braille import curve
from tuirisk.ui.charts.columns import Rule, extremes
from tuirisk.ui.charts.raster import Raster
from tuirisk.ui.charts.scale import linear_scale, log_scale
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line, Row, Span
from tuirisk.ui.screens.chart_blocks import (
    column_chart,
    end_labels,
    padded,
    percent_label,
    plot_width,
)
from tuirisk.ui.screens.layout import (
    Page,
    age_label,
    fact_rows,
    heading,
    in_columns,
    legend,
    missing_reason,
    paragraph,
)
from tuirisk.ui.widgets import cells
from tuirisk.ui.widgets.cells import ValueCell

MARKS = {"compression": "-", "normal": "=", "expansion": "^"}
"""Regimes, by sign; their names are roles too."""
SPAN = 672
"""15m bars that the picture of the regime covers: seven days."""
DAYS = {"1h": 1 / 24, "1d": 1.0}
LABEL_EVERY = 6
"""Least cells from one day under the chart to the next."""
SHORT = 24
"""Cells below which a title says less."""
GAP = Missing("hole_in_bars")


def regime(page: Page, rows: int) -> list[Line]:
    """15m volatility of the last seven days in the colour of the regime it was in, with the
    regime's sign under it.
    """
    volatility = page.symbol.volatility
    stale = page.stale("candles")
    state = volatility.regime.state
    word = page.view.words.code("regime", state)
    shown = cells.value_cell(state, word, stale, str(state) if str(state) in MARKS else "text")
    title = heading(
        page,
        page.words("regime"),
        Span(page.words("regime_unit"), "faint"),
        Span(*shown),
        age_label(page, "candles"),
    )
    numbers = [value for value in present(volatility.spark) if value > 0]
    if not numbers:
        return [title, *missing_reason(page, state, *volatility.spark)]
    width = plot_width(page)
    values, states = _sampled(page, 2 * width)
    scale = log_scale(min(numbers), max(numbers), rows)
    raster = Raster(width, rows)
    for name, sign in (("", "*"), *MARKS.items()):
        inside = [s == name or (i > 0 and states[i - 1] == name) for i, s in enumerate(states)]
        part = [v if keep else GAP for v, keep in zip(values, inside, strict=True)]
        role = "stale" if stale else name or "quiet"
        curve(raster, part, scale, role, sign=sign if page.plain else "")
    chart = with_value_axis(raster.lines(), scale, percent_label(scale), plain=page.plain)
    strip = [Span(" " * LABEL)]
    for name, group in groupby(states[1::2]):
        strip.append(Span(MARKS.get(name, " ") * len(list(group)), name or "quiet"))
    step = 1 if width >= 7 * LABEL_EVERY else 2
    days = [(i / 7, Span(page.words("days_ago", value=7 - i), "quiet")) for i in range(0, 7, step)]
    labels = [label for label in days if (1 - label[0]) * width >= LABEL_EVERY]
    axis = label_row(width, [*labels, (1.0, Span(page.words("now"), "quiet"))])
    signs = [(Span(m, name), page.view.words.code("regime", name)) for name, m in MARKS.items()]
    return [
        title, *padded(page, [*chart, tuple(strip), axis]), legend(page, signs),
        _standing(page, stale),
    ]  # fmt: skip


def _sampled(page: Page, count: int) -> tuple[list[Number], list[str]]:
    """``count`` values over seven days with their regimes, the last of each being the newest bar;
    a step is shorter than the volatility's window, so that nothing falls between two.
    """
    spark, regimes = page.symbol.volatility.spark, page.symbol.volatility.regimes
    unknown = len(spark) - len(regimes)
    values: list[Number] = []
    states = []
    for place in range(count):
        bar = len(spark) - 1 - (count - 1 - place) * SPAN // count
        value = spark[bar] if bar >= 0 else GAP
        values.append(value if value and value > 0 else GAP)
        states.append(regimes[bar - unknown] if bar >= max(0, unknown) else "")
    return values, states


def _standing(page: Page, stale: bool) -> Line:
    """For how long the regime has stood, the rank it follows from, and a divergence."""
    part, words = page.symbol.volatility.regime, page.view.words
    since = words("detail.for", age=fmt.since(part.since, page.view.time_ms))
    parts = [
        cells.value_cell(part.since, since, stale),
        ValueCell(page.words("rank_30d"), "quiet"),
        cells.value_cell(part.percentile_30d, fmt.score(part.percentile_30d), stale),
    ]
    if part.divergence is True:
        parts.append(ValueCell(page.words("divergence"), "caution"))
    row = Row(page.width)
    for part_text, role in parts:
        row.add(" ").add(part_text, role)
    return row.line()


def drawdowns(page: Page, rows: int) -> list[Line]:
    """A chart of drawdowns for each window, side by side."""
    windows = page.symbol.drawdown
    if not windows:
        return [heading(page, page.words("drawdown")), *paragraph(page, page.words("no_cone"))]
    return in_columns(
        page, 18, *(partial(_drawdown, timeframe=name, rows=rows) for name in windows)
    )


def _drawdown(page: Page, timeframe: str, rows: int) -> list[Line]:
    """The fall from the highest close so far, every column the worst of its bars; the line is
    what 95 of 100 falls stay above.
    """
    window: DrawdownWindow = page.symbol.drawdown[timeframe]
    stale, short = page.stale("candles"), page.width < SHORT
    now = cells.value_cell(window.current, fmt.percent(window.current, 1), stale, "down")
    title = heading(
        page,
        page.words("drawdown_short" if short else "drawdown_of", timeframe=timeframe),
        Span(*now),
        age_label(page, "candles"),
    )
    if not window.path:
        return [title, *missing_reason(page, window.current)]
    severe: Number = -window.severe
    scale = linear_scale(min(-0.005, *present((min(window.path), severe))), 0.0, rows)
    role = "stale" if stale else "down"
    days = len(window.path) * DAYS.get(timeframe, 1.0)
    chart = column_chart(
        page,
        extremes(window.path, plot_width(page)),
        rows,
        scale,
        lambda _, depth: role if depth else "faint",
        percent_label(scale),
        end_labels(page.words("days_ago", value=f"{days:.0f}"), page.words("now")),
        rules=[Rule(value, "caution") for value in present([severe])],
    )
    count = window.bars_under_water
    under_water = "" if isinstance(count, Missing) else f"{count}/{len(window.path)}"
    rows_of_facts = fact_rows(
        page,
        (
            (page.words("worst"), [
                cells.value_cell(window.max, fmt.percent(window.max, 1), stale)
            ]),
            (page.words("usual_worst"), [
                cells.value_cell(window.severe, fmt.percent(severe, 1), stale, "caution")
            ]),
            (page.words("under_water_short" if short else "under_water"), [
                cells.value_cell(count, under_water, stale)
            ]),
        ),
    )  # fmt: skip
    return [title, *chart, *rows_of_facts]
