"""The tab History: score, components and severity over a time, with the log's entries on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tuirisk.state import SEVERITIES, Missing, Number, Severity, present
from tuirisk.state.history_span import span_end
from tuirisk.state.score_history import (
    COMPONENTS,
    MOST_ENTRIES,
    OTHER_SCALE,
    ScoreHistory,
    ScoreStep,
)
from tuirisk.ui.charts.axes import LABEL, label_row
from tuirisk.ui.charts.columns import GAP, columns
from tuirisk.ui.charts.envelope import Range, dotted_rule, envelope
from tuirisk.ui.charts.raster import Raster
from tuirisk.ui.charts.scale import Scale
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render import glyphs
from tuirisk.ui.render.rows import Line, Row, Span
from tuirisk.ui.screens.chart_blocks import padded, plot_width
from tuirisk.ui.screens.layout import Page, heading, legend, paragraph
from tuirisk.ui.screens.score_columns import Columns, joined_spans, row_head, score_word
from tuirisk.ui.screens.score_form import ScoreForm
from tuirisk.ui.screens.score_log import ALERT, EntryRows
from tuirisk.ui.screens.score_window import shown_entries, shown_steps, watched_share
from tuirisk.ui.screens.time_spans import add_spans
from tuirisk.ui.view.view import SEVERITY_ROLES
from tuirisk.ui.widgets import cells
from tuirisk.ui.widgets.canvas import Hit
from tuirisk.ui.widgets.log_items import moment

LEVELS: dict[Severity, str] = {
    "ok": "▁", "unknown": "?", "caution": "▃", "warning": "▅", "critical": "█",
}  # fmt: skip
"""The row of the severity."""
ROWS = (15, 10, 5)
"""Of the chart of the total, the most that fit."""
WIDE = 60
"""Cells from which on the spans stand beside the title."""
ROOMY = 32
"""Rows of the tab from which on there is room for two of each component and four of the log."""
POINTS = 100.0


class Drawing(NamedTuple):
    """The rows of the tab, and what a click on them means."""

    lines: list[Line]
    hits: tuple[Hit, ...]


def draw(page: Page, height: int) -> list[Line]:
    """The tab HISTORY."""
    return drawing(page, height).lines


def drawing(page: Page, height: int) -> Drawing:
    """The rows, and the spans and entries that can be clicked on."""
    form = page.scores or ScoreForm()
    history = form.answer(page.view)
    lines, hits = _head_rows(page, form)
    if history is None:
        return Drawing([*lines, *paragraph(page, score_word(page, "awaited"))], hits)
    steps = shown_steps(page, form, history)
    entries = shown_entries(page, form, history)
    log = EntryRows(page, entries, form.place(entries), limited=history.why is not None)
    chart = _Chart(page, form, steps)
    lines += chart.sentences(history)
    levels = chart.severities()
    roomy = height >= ROOMY
    components = [chart.legend(), *chart.components(2 if roomy else 1)]
    others = len(lines) + len(levels) + 2 + len(components) + (5 if roomy else 1)
    lines += chart.total(next((n for n in ROWS if n <= height - others), ROWS[-1]))
    lines += levels
    marks, more = log.marks(len(lines), chart.columns)
    lines += [marks, chart.times()]
    if not roomy:
        listed = log.log(max(1, height - len(lines) - len(components)))
        rows = log.log_hits(len(lines), len(listed))
        return Drawing([*lines, *listed, *components], (*hits, *more, *rows))
    lines += [*components, log.log_title()]
    listed = log.log(max(4, height - len(lines)))
    rows = log.log_hits(len(lines), len(listed))
    return Drawing([*lines, *listed], (*hits, *more, *rows))


def _head_rows(page: Page, form: ScoreForm) -> tuple[list[Line], tuple[Hit, ...]]:
    """The title, the spans, the shown one in brackets, and the score and severity now; each span
    can be clicked.
    """
    view, total, shown = page.view, page.symbol.score.total, form.shown_span(page.view)
    mark, word, role = view.badge(page.symbol)
    score = cells.value_cell(total, fmt.score(total), view.stale(page.symbol), role)
    now = Span(f"{score_word(page, 'now')} {score.text} {mark} {word}", score.role)
    above = [] if page.width >= WIDE else [heading(page, score_word(page, "title"), now)]
    row = Row(page.width, "" if above else "title")
    if not above:
        row.add(f" {score_word(page, 'title')}  ", "title")
    hits = add_spans(page.view, row, len(above), shown)
    if not above:
        row.right(now, margin=1)
    return [*above, row.line()], hits


class _Chart:
    """The parts of the tab that lie over each other on one time axis."""

    def __init__(self, page: Page, form: ScoreForm, steps: Sequence[ScoreStep]) -> None:
        self.page, self.form, self.steps = page, form, steps
        span = form.shown_span(page.view)
        until = span_end(span, page.view.time_ms)
        self.columns = Columns(steps, span, until, plot_width(page))
        self.cells = self.columns.joined(self.columns.width)

    def sentences(self, history: ScoreHistory) -> list[Line]:
        """What the highest and lowest score were, how much was watched, and what is not shown."""
        page, span = self.page, score_word(self.page, f"span_{self.columns.span}")
        known = [step for step in self.steps if not isinstance(step.peak, Missing)]
        parts = []
        if known:
            peak = max(known, key=lambda step: float(step.peak or 0.0))
            low = min([*present(step.low for step in known), *present([peak.peak])])
            parts.append(
                score_word(
                    page, "extremes", peak=fmt.score(present([peak.peak])[0]), low=fmt.score(low),
                    time=moment(page.view, peak.time_ms),
                )
            )  # fmt: skip
        else:
            parts.append(score_word(page, "nothing"))
        share = watched_share(page, self.form, self.steps)
        parts.append(score_word(page, "watched", share=share, span=span))
        if any(step.peak == OTHER_SCALE for step in self.steps):
            parts.append(score_word(page, "other_scale"))
        if history.damaged:
            parts.append(score_word(page, "damaged", count=history.damaged))
        if len(history.entries) >= MOST_ENTRIES:
            parts.append(score_word(page, "newest_entries", count=MOST_ENTRIES))
        lines = paragraph(page, " ".join(parts), "text", 3)
        if history.why is not None:
            reason = page.view.words.reason(history.why)
            since = score_word(
                page, "since", time=moment(page.view, history.since_ms), reason=reason
            )
            lines += paragraph(page, since if history.since_ms else reason, "notice")
        return lines

    def total(self, rows: int) -> list[Line]:
        """From the lowest to the highest total of each column, in the colour of its level, and
        lines at the thresholds, which the axis names where they are.
        """
        page, scale = self.page, Scale(0.0, POINTS)
        raster = Raster(self.columns.width, rows)
        labels = {0: Span(fmt.score(POINTS), "quiet"), rows - 1: Span(fmt.score(0.0), "quiet")}
        for level, threshold in page.view.rule("score").steps:
            y, sign = dotted_rule(scale.share(threshold), rows)
            raster.rule(y, "-" if page.plain else sign, SEVERITY_ROLES[level])
            labels[y] = Span(fmt.score(threshold), SEVERITY_ROLES[level])
        ranges = [self._range(step) for step in self.columns.joined(2 * self.columns.width)]
        envelope(raster, ranges, scale, sign="*" if page.plain else "")
        for x, step in enumerate(self.cells):
            if step is not None and isinstance(step.peak, Missing):
                raster.put(x, rows - 1, GAP, "faint")
        axis, tick = ("|", "+") if page.plain else ("│", "┤")
        lines = []
        for y, row in enumerate(raster.lines()):
            label = labels.get(y, Span(""))
            head = Row(LABEL).cell(label.text, LABEL - 1, label.role)
            lines.append((*head.add(tick if label.text else axis, "track").line(), *row))
        return padded(page, lines)

    def _range(self, step: ScoreStep | None) -> Range | None:
        if step is None or isinstance(step.peak, Missing):
            return None
        low = step.peak if isinstance(step.low, Missing) else step.low
        return Range(low, step.peak, self.page.view.role_of(step.peak, "accent"))

    def severities(self) -> list[Line]:
        """The worst severity of each column; below it, where it was not known in full."""
        page = self.page
        strip = [Span(row_head(page, "severity"), "quiet")]
        unsure = [Span(row_head(page, "unsure"), "quiet")]
        for step in self.cells:
            level = None if step is None else step.severity
            held = step is not None and step.held
            role = "stale" if held and level == "ok" else SEVERITY_ROLES.get(level or "", "text")
            strip.append(Span(LEVELS[level] if level is not None else " ", role))
            unsure.append(Span(glyphs.STALE if held else " ", "unknown"))
        shown = [strip]
        if any(step is not None and step.held for step in self.cells):
            shown.append(unsure)
        return padded(page, [joined_spans(line) for line in shown])

    def times(self) -> Line:
        """The time axis."""
        page = self.page
        labels = self.columns.labels(score_word(page, "now"), page.view.config.ui.utc)
        return padded(page, [label_row(self.columns.width, labels)])[0]

    def legend(self) -> Line:
        """What the signs mean."""
        page = self.page
        levels = [
            (Span(LEVELS[level], SEVERITY_ROLES[level]), page.view.words(f"severity.{level}"))
            for level in reversed(SEVERITIES)
        ]
        return legend(
            page,
            [*levels, (Span(GAP, "faint"), score_word(page, "not_known")),
             (Span("␣" if not page.plain else " ", "faint"), score_word(page, "not_kept")),
             (Span(ALERT, "strong"), score_word(page, "alert"))],
        )  # fmt: skip

    def components(self, rows: int) -> list[Line]:
        """The highest points of each component, over the same time."""
        page, scale = self.page, Scale(0.0, POINTS)
        now = page.symbol.score.components
        carried = page.symbol.score.carried
        values = [
            f"{page.view.words(f'component.{name}')} "
            + cells.value_cell(
                value := getattr(now, name), fmt.score(value),
                name in carried or page.view.stale(page.symbol),
            ).text
            for name in COMPONENTS
        ]  # fmt: skip
        lines = [heading(page, score_word(page, "components"), Span("  ".join(values), "quiet"))]
        for place, name in enumerate(COMPONENTS):
            points: list[Number | None] = [
                None if step is None else step.components[place] for step in self.cells
            ]
            drawn = columns(
                points, rows, scale, lambda _, value: page.view.role_of(value), plain=page.plain
            )
            label = score_word(page, name)
            heads = [*[""] * (rows - 1), label]
            lines += [
                (*Row(LABEL).cell(head, LABEL - 1, "quiet").add(" ").line(), *line)
                for head, line in zip(heads, drawn, strict=True)
            ]
        return padded(page, lines)
