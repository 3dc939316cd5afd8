"""The tab History: score, components and severity over a time, with the log's entries on them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tuirisk.state import SEVERITIES, LogEntry, Missing, Number, Severity, present
from tuirisk.state.score_history import (
    COMPONENTS,
    MINUTE_MS,
    MOST_ENTRIES,
    OTHER_SCALE,
    SCORE_SPANS,
    ScoreHistory,
    ScoreStep,
    in_steps,
    overlaid,
    span_end,
    step_of,
)
from tuirisk.ui.charts.axes import LABEL, label_row, with_value_axis
from tuirisk.ui.charts.columns import GAP, columns
from tuirisk.ui.charts.envelope import Range, dotted_rule, envelope
from tuirisk.ui.charts.raster import Raster
from tuirisk.ui.charts.scale import Scale
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render import glyphs
from tuirisk.ui.render.rows import Line, Row, Span
from tuirisk.ui.screens.chart_blocks import number_label, padded, plot_width
from tuirisk.ui.screens.layout import Page, heading, legend, paragraph
from tuirisk.ui.screens.score_columns import Columns
from tuirisk.ui.screens.score_form import SPANS, ScoreForm
from tuirisk.ui.view.view import SEVERITY_ROLES
from tuirisk.ui.widgets import cells
from tuirisk.ui.widgets.canvas import Hit
from tuirisk.ui.widgets.log_items import Item, moment
from tuirisk.ui.widgets.log_row import LogColumns, log_line

LEVELS: dict[Severity, str] = {
    "ok": "▁", "unknown": "?", "caution": "▃", "warning": "▅", "critical": "█",
}  # fmt: skip
"""The row of the severity."""
ENTRY, ALERT, CHOSEN = "·", "▼", "■"
"""Marks of the log's entries on the time axis."""
ROWS = (15, 10, 5)
"""Of the chart of the total, the most that fit: 20 points lie at the edge of a row in each."""
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
        return Drawing([*lines, *paragraph(page, _word(page, "awaited"))], hits)
    steps = shown_steps(page, form, history)
    entries = shown_entries(page, form, history)
    chart = _Chart(page, form, steps, entries, limited=history.why is not None)
    lines += chart.sentences(history)
    levels = chart.severities()
    roomy = height >= ROOMY
    components = [chart.legend(), *chart.components(2 if roomy else 1)]
    others = len(lines) + len(levels) + 2 + len(components) + (5 if roomy else 1)
    lines += chart.total(next((n for n in ROWS if n <= height - others), ROWS[-1]))
    lines += levels
    marks, more = chart.marks(len(lines))
    lines += [marks, chart.times()]
    if not roomy:
        listed = chart.log(max(1, height - len(lines) - len(components)))
        rows = chart.log_hits(len(lines), len(listed))
        return Drawing([*lines, *listed, *components], (*hits, *more, *rows))
    lines += [*components, chart.log_title()]
    listed = chart.log(max(4, height - len(lines)))
    rows = chart.log_hits(len(lines), len(listed))
    return Drawing([*lines, *listed], (*hits, *more, *rows))


def shown_steps(page: Page, form: ScoreForm, history: ScoreHistory) -> tuple[ScoreStep, ...]:
    """The steps of the window until now, the present moment among them."""
    view, span = page.view, form.shown_span(page.view)
    length, step_ms = SCORE_SPANS[span]
    until = span_end(span, view.time_ms)
    steps = [step for step in history.steps if until - length <= step.time_ms <= view.time_ms]
    now = None if view.lost else step_of(page.symbol, view.time_ms)
    present_step = [] if now is None else in_steps([now], step_ms)
    return overlaid(steps, present_step)


def shown_entries(page: Page, form: ScoreForm, history: ScoreHistory) -> list[LogEntry]:
    """The log's entries on the symbol in the window, newest first; those of the state are newer
    than those that the history came with.
    """
    view, chosen = page.view, page.view.chosen
    span = form.shown_span(view)
    begins = span_end(span, view.time_ms) - SCORE_SPANS[span].length_ms
    found = {entry.occurrence: entry for entry in history.entries}
    for entry in () if view.state is None else view.state.log:
        if chosen in (entry.symbol, *entry.symbols):
            found[entry.occurrence] = entry
    inside = (one for one in found.values() if begins <= one.time_ms <= view.time_ms)
    return sorted(inside, key=lambda entry: entry.time_ms, reverse=True)


def help_texts(page: Page, form: ScoreForm) -> dict[str, str]:
    """How much was watched, and how many entries of the log there are."""
    history = form.answer(page.view)
    if history is None:
        return {}
    share = watched_share(page, form, shown_steps(page, form, history))
    entries = shown_entries(page, form, history)
    return {"watched": share, "entries": str(len(entries))}


def watched_share(page: Page, form: ScoreForm, steps: Sequence[ScoreStep]) -> str:
    """The share of the window until now that was watched; 100 % is all of it."""
    span = form.shown_span(page.view)
    begins = span_end(span, page.view.time_ms) - SCORE_SPANS[span].length_ms
    watched = sum(step.minutes for step in steps) * MINUTE_MS
    elapsed = max(MINUTE_MS, page.view.time_ms - begins)
    return fmt.percent(math.floor(min(1.0, watched / elapsed) * 100) / 100, 0)


def _word(page: Page, key: str, **values: object) -> str:
    return page.view.words(f"score_history.{key}", **values)


def _head_rows(page: Page, form: ScoreForm) -> tuple[list[Line], tuple[Hit, ...]]:
    """The title, the spans, the shown one in brackets, and the score and severity now; each span
    can be clicked.
    """
    view, total, shown = page.view, page.symbol.score.total, form.shown_span(page.view)
    mark, word, role = view.badge(page.symbol)
    score = cells.value_cell(total, fmt.score(total), view.stale(page.symbol), role)
    now = Span(f"{_word(page, 'now')} {score.text} {mark} {word}", score.role)
    above = [] if page.width >= WIDE else [heading(page, _word(page, "title"), now)]
    row, hits = Row(page.width, "" if above else "title"), []
    if not above:
        row.add(f" {_word(page, 'title')}  ", "title")
    for place, span in enumerate(SPANS):
        text, start = _word(page, f"span_{span}"), row.used
        row.add(f"[{text}]" if span == shown else f" {text} ", "strong" if span == shown else "key")
        hits.append(Hit(len(above), start, row.used, f"screen.show_span({place})"))
    if not above:
        row.right(now, margin=1)
    return [*above, row.line()], tuple(hits)


class _Chart:
    """The parts of the tab that lie over each other on one time axis."""

    def __init__(
        self,
        page: Page,
        form: ScoreForm,
        steps: Sequence[ScoreStep],
        entries: list[LogEntry],
        *,
        limited: bool,
    ) -> None:
        """``limited``: part of the time, or of what was logged, cannot be known."""
        self.limited = limited
        self.page, self.form, self.steps, self.entries = page, form, steps, entries
        span = form.shown_span(page.view)
        until = span_end(span, page.view.time_ms)
        self.columns = Columns(steps, span, until, plot_width(page))
        self.cells = self.columns.joined(self.columns.width)

    def sentences(self, history: ScoreHistory) -> list[Line]:
        """What the highest and lowest score were, how much was watched, and what is not shown."""
        page, span = self.page, _word(self.page, f"span_{self.columns.span}")
        known = [step for step in self.steps if not isinstance(step.peak, Missing)]
        parts = []
        if known:
            peak = max(known, key=lambda step: float(step.peak or 0.0))
            low = min([*present(step.low for step in known), *present([peak.peak])])
            parts.append(
                _word(
                    page, "extremes", peak=fmt.score(present([peak.peak])[0]), low=fmt.score(low),
                    time=moment(page.view, peak.time_ms),
                )
            )  # fmt: skip
        else:
            parts.append(_word(page, "nothing"))
        share = watched_share(page, self.form, self.steps)
        parts.append(_word(page, "watched", share=share, span=span))
        if any(step.peak == OTHER_SCALE for step in self.steps):
            parts.append(_word(page, "other_scale"))
        if history.damaged:
            parts.append(_word(page, "damaged", count=history.damaged))
        if len(history.entries) >= MOST_ENTRIES:
            parts.append(_word(page, "newest_entries", count=MOST_ENTRIES))
        lines = paragraph(page, " ".join(parts), "text", 3)
        if history.why is not None:
            reason = page.view.words.reason(history.why)
            since = _word(page, "since", time=moment(page.view, history.since_ms), reason=reason)
            lines += paragraph(page, since if history.since_ms else reason, "notice")
        return lines

    def total(self, rows: int) -> list[Line]:
        """From the lowest to the highest total of each column, in the colour of its level, and
        lines at the thresholds.
        """
        page = self.page
        scale = Scale(0.0, POINTS, (0.0, 20.0, 40.0, 60.0, 80.0), 20.0)
        raster = Raster(self.columns.width, rows)
        for level, threshold in page.view.rule("score").steps:
            y, sign = dotted_rule(scale.share(threshold), rows)
            raster.rule(y, "-" if page.plain else sign, SEVERITY_ROLES[level])
        ranges = [self._range(step) for step in self.columns.joined(2 * self.columns.width)]
        envelope(raster, ranges, scale, sign="*" if page.plain else "")
        for x, step in enumerate(self.cells):
            if step is not None and isinstance(step.peak, Missing):
                raster.put(x, rows - 1, GAP, "faint")
        drawn = with_value_axis(raster.lines(), scale, number_label(scale), plain=page.plain)
        return padded(page, drawn)

    def _range(self, step: ScoreStep | None) -> Range | None:
        if step is None or isinstance(step.peak, Missing):
            return None
        low = step.peak if isinstance(step.low, Missing) else step.low
        return Range(low, step.peak, self.page.view.role_of(step.peak, "accent"))

    def severities(self) -> list[Line]:
        """The worst severity of each column; below it, where it was not known in full."""
        page = self.page
        strip = [Span(_head(page, "severity"), "quiet")]
        unsure = [Span(_head(page, "unsure"), "quiet")]
        for step in self.cells:
            level = None if step is None else step.severity
            held = step is not None and step.held
            role = "stale" if held and level == "ok" else SEVERITY_ROLES.get(level or "", "text")
            strip.append(Span(LEVELS[level] if level is not None else " ", role))
            unsure.append(Span(glyphs.STALE if held else " ", "unknown"))
        shown = [strip]
        if any(step is not None and step.held for step in self.cells):
            shown.append(unsure)
        return padded(page, [_joined(line) for line in shown])

    def marks(self, y: int) -> tuple[Line, tuple[Hit, ...]]:
        """The log's entries: of several in one column the chosen one, else the worst."""
        page, chosen = self.page, self.form.place(self.entries)
        signs: dict[int, tuple[int, Span]] = {}
        hits = []
        for place, entry in enumerate(self.entries):
            column = self.columns.place(entry.time_ms)
            if column is None:
                continue
            rank, span = _mark(entry, place == chosen)
            if column not in signs or rank > signs[column][0]:
                signs[column] = rank, span
                x = LABEL + column
                hits.append(Hit(y, x, x + 1, f"screen.show_entry({place})"))
        line = [Span(_head(page, "log"), "quiet")]
        line += [signs[x][1] if x in signs else Span(" ") for x in range(self.columns.width)]
        return padded(page, [_joined(line)])[0], tuple(reversed(hits))

    def times(self) -> Line:
        """The time axis."""
        page = self.page
        labels = self.columns.labels(_word(page, "now"), page.view.config.ui.utc)
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
            [*levels, (Span(GAP, "faint"), _word(page, "not_known")),
             (Span("␣" if not page.plain else " ", "faint"), _word(page, "not_kept")),
             (Span(ALERT, "strong"), _word(page, "alert"))],
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
        lines = [heading(page, _word(page, "components"), Span("  ".join(values), "quiet"))]
        for place, name in enumerate(COMPONENTS):
            points: list[Number | None] = [
                None if step is None else step.components[place] for step in self.cells
            ]
            drawn = columns(
                points, rows, scale, lambda _, value: page.view.role_of(value), plain=page.plain
            )
            label = _word(page, name)
            heads = [*[""] * (rows - 1), label]
            lines += [
                (*Row(LABEL).cell(head, LABEL - 1, "quiet").add(" ").line(), *line)
                for head, line in zip(heads, drawn, strict=True)
            ]
        return padded(page, lines)

    def log_title(self) -> Line:
        """Which of how many entries is chosen."""
        page, entries = self.page, self.entries
        count = f"{self.form.place(entries) + 1}/{len(entries)}" if entries else ""
        return heading(page, _word(page, "entries", symbol=page.view.chosen), Span(count, "quiet"))

    def log(self, rows: int) -> list[Line]:
        """At most ``rows`` of the entries around the chosen one, newest first."""
        page, chosen = self.page, self.form.place(self.entries)
        if not self.entries:
            return paragraph(page, _word(page, "none_known" if self.limited else "no_entries"))
        shown = self._shown(rows)
        layout = LogColumns.of(page.view, [self.entries[place] for place in shown], page.width - 2)
        return [
            (
                Span(f"{glyphs.POINTER} " if place == chosen else "  ", "strong"),
                *log_line(page.view, Item(self.entries[place]), layout, page.width - 2),
            )
            for place in shown
        ]

    def log_hits(self, y: int, rows: int) -> tuple[Hit, ...]:
        """What a click on one of ``rows`` of the log means, of which the first is row ``y``."""
        shown = self._shown(rows) if self.entries else range(0)
        return tuple(
            Hit(y + row, 0, self.page.width, f"screen.show_entry({place})")
            for row, place in enumerate(shown)
        )

    def _shown(self, rows: int) -> range:
        """Places of the entries that are listed."""
        count = len(self.entries)
        first = max(0, min(self.form.place(self.entries) - rows // 2, count - rows))
        return range(first, min(count, first + rows))


def _mark(entry: LogEntry, chosen: bool) -> tuple[int, Span]:
    """How important a mark is, and its sign in the colour of the severity."""
    severity = entry.after if entry.kind == "severity" else ""
    role = SEVERITY_ROLES.get(severity, "strong")
    if chosen:
        return 99, Span(CHOSEN, role)
    if not entry.escalation:
        return 0, Span(ENTRY, role)
    known = severity in SEVERITIES
    return (1 + [*SEVERITIES].index(severity) if known else 1), Span(ALERT, role)  # type: ignore[arg-type]


def _head(page: Page, key: str) -> str:
    """A name in the column of the value axis."""
    return Row(LABEL).cell(_word(page, key), LABEL - 1, "quiet").add(" ").line()[0].text


def _joined(spans: Iterable[Span]) -> Line:
    """Neighbours of one look as one span."""
    joined: list[Span] = []
    for span in spans:
        before = joined[-1] if joined else None
        if before is not None and before[1:] == span[1:]:
            joined[-1] = before._replace(text=before.text + span.text)
        else:
            joined.append(span)
    return tuple(joined)
