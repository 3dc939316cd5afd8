"""What the simulated paths leave of the symbol's positions after a day, as a histogram."""

from __future__ import annotations

from tuirisk.state import Histogram, Missing, Number
from tuirisk.ui.charts.axes import LABEL, label_row, with_value_axis
from tuirisk.ui.charts.columns import columns
from tuirisk.ui.charts.scale import linear_scale
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line, Row, Span
from tuirisk.ui.screens.chart_blocks import padded, plot_width
from tuirisk.ui.screens.layout import Page, heading, missing_reason, paragraph


def outcomes(page: Page, rows: int) -> list[Line]:
    """Simulated P&L after 24 hours: losses left, gains right, the VaR marked under it."""
    stress = page.symbol.stress
    age = (
        ""
        if stress is None or not stress.time_ms
        else fmt.age(float(page.view.time_ms - stress.time_ms))
    )
    title = heading(
        page,
        page.words("outcomes"),
        Span(page.quote, "faint"),
        Span(page.words("age", value=age) if age else "", "faint"),
    )
    if stress is None:
        return [title, *paragraph(page, page.words("no_stress"))]
    histogram = stress.histogram
    if isinstance(histogram, Missing):
        return [title, *missing_reason(page, histogram)]
    shown = merged(histogram, plot_width(page))
    return [title, *_histogram(page, shown, rows), *_marks(page, shown)]


def merged(histogram: Histogram, most: int) -> Histogram:
    """``histogram`` with as many neighbouring bins put together as leave at most ``most``."""
    size = -(-len(histogram.counts) // max(1, most))
    counts, edges = histogram.counts, histogram.edges
    starts = range(0, len(counts), size)
    return Histogram(
        (*(edges[i] for i in starts), edges[-1]), tuple(sum(counts[i : i + size]) for i in starts)
    )


def _histogram(page: Page, histogram: Histogram, rows: int) -> list[Line]:
    counts, edges = histogram.counts, histogram.edges
    total = sum(counts) or 1
    shares: list[Number] = [count / total for count in counts]
    thickness = max(1, plot_width(page) // len(counts))
    scale = linear_scale(0.0, max(count / total for count in counts), rows)
    drawn = columns(
        shares,
        rows,
        scale,
        lambda i, _: "down" if edges[i + 1] <= 0 else "up" if edges[i] >= 0 else "quiet",
        fill="band",
        thickness=thickness,
        plain=page.plain,
    )
    return padded(
        page, with_value_axis(drawn, scale, lambda v: fmt.percent(v, 0), plain=page.plain)
    )


def _marks(page: Page, histogram: Histogram) -> list[Line]:
    """Profit along the axis; the VaR of the same paths; what the colours mean."""
    low, high = histogram.edges[0], histogram.edges[-1]
    width = max(1, plot_width(page) // len(histogram.counts)) * len(histogram.counts)
    span = high - low or 1.0
    ends = [(0.0, Span(fmt.compact(low, signed=True), "quiet"))]
    if low < 0 < high:
        ends.append(((0.0 - low) / span, Span("0", "text")))
    ends.append((1.0, Span(fmt.compact(high, signed=True), "quiet")))
    lines = [label_row(width, ends)]
    stress = page.symbol.stress
    day = None if stress is None else stress.horizons.get("24h")
    if day is not None and not isinstance(day.var_95, Missing):
        at = min(1.0, max(0.0, (-day.var_95 - low) / span))
        label = f"^ VaR 95 {fmt.compact(-day.var_95)}"
        x = LABEL + round(at * (width - 1))
        lines.append(
            Row(page.width).pad_to(min(x, page.width - len(label))).add(label, "caution").line()
        )
    paths = page.words("paths", value=f"{stress.paths:,}") if stress is not None else ""
    return [*padded(page, lines), *paragraph(page, paths, limit=1)]
