"""The tab Why: the tree of everything that went into the score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rich.cells import cell_len

from tuirisk.explain import Node, explain
from tuirisk.explain.account import account
from tuirisk.explain.entries import Entry, entries
from tuirisk.explain.wording import Aside, Wording
from tuirisk.state import Missing
from tuirisk.ui.charts.bars import level_bar
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line, Row, Span, blank, measure, wrap
from tuirisk.ui.screens.layout import Page, heading, paragraph
from tuirisk.ui.widgets.track_record import record_source, record_tables, records

VALUE = 12
"""Cells of the values' column."""
BAR = 12
WITH_BARS = 100
"""Cells of the page from which on points have a bar."""
LEAST_WIDTH_RIGHT = 24
"""Cells from which on remarks stand beside the value, not below it."""
NOTE_ROLES = {
    "stale": "stale",
    "decides": "critical",
    "holds": "warning",
    "held_by_hysteresis": "caution",
    "held": "warning",
    "exhausted": "critical",
    "carried": "caution",
    "unknown": "caution",
}


def draw(page: Page, height: int) -> list[Line]:
    """The tab WHY: the tree behind the score and the recommendation."""
    assert page.view.state is not None
    tree = explain(page.view.state, page.view.chosen)
    tree = replace(tree, children=(*tree.children, *account(page.view.state)))
    title = heading(page, page.words("why"), Span(page.words("why_unit"), "faint"))
    tick = page.symbol.tick_size
    wording = Wording(
        page.view.words,
        lambda value, node: _number(value, node, tick),
        fmt.age,
        lambda moment: fmt.since(moment, page.view.time_ms),
    )
    lines = [title]
    for entry in entries(tree, wording):
        if entry.depth == 1 and len(lines) > 1:
            lines.append(blank(page.width))
        if entry.depth:
            lines += _rows(page, entry)
    return [*lines, *_track_record(page)]


def _track_record(page: Page) -> list[Line]:
    """What became of such forecasts and scores, band by band, and whose record says so."""
    lines: list[Line] = []
    column = min(11, (page.width - 1) // 4)
    for record in records(page.view):
        title = [heading(page, page.view.words("record.title"))] if not lines else []
        lines += [blank(page.width), *title]
        lines += paragraph(page, record_source(page.view, record), "quiet", 2)
        for title_of_table, rows in record_tables(page.view, record):
            lines += [blank(page.width), *paragraph(page, title_of_table, "strong", 2)]
            for y, cells in enumerate(rows):
                row = Row(page.width).add(" ")
                for text in cells:
                    row.cell(text, column, "quiet" if y == 0 else "text", ">")
                lines.append(row.line())
    return lines


def _rows(page: Page, entry: Entry) -> list[Line]:
    """The entry's label, value and bar; what is said of it to their right, or below where there is
    little room. Nothing is cut.
    """
    column = max(0, min(46, max(30, page.width * 3 // 10), page.width - VALUE))
    guide = _guide(entry.lasts[1:], page.plain)
    below = _guide((*entry.lasts[1:], True), page.plain)[:-2] if entry.depth > 1 else " "
    labels = _wrapped(entry.label, column - cell_len(guide) - 1)
    value, remarks = _value(page, entry), _remarks(page, entry)
    if cell_len(value.text) > VALUE:
        remarks, value = [value, *remarks], Span("")
    bar = page.width >= WITH_BARS
    start = column + VALUE + 2 + (BAR + 2 if bar else 0)
    to_the_right = page.width - start - 1 >= LEAST_WIDTH_RIGHT
    indent = start if to_the_right else cell_len(below) + 2
    rows = _packed(remarks, page.width - indent - 1)
    under = 0 if to_the_right or not rows else len(labels)
    lines = []
    for y in range(max(len(labels), under + len(rows))):
        row = Row(page.width).add(guide if y == 0 else below, "track")
        if y < len(labels):
            row.add(labels[y], _label_role(entry))
        if y == 0:
            row.pad_to(column).cell(value.text, VALUE, value.role).add("  ")
            if bar:
                row.extend(_bar(page, entry)).add("  ")
        if 0 <= y - under < len(rows):
            row.pad_to(indent).extend(rows[y - under])
        lines.append(row.line())
    return lines


def _guide(lasts: Sequence[bool], plain: bool) -> str:
    """What stands left of an entry: a branch to it, and the lines of ancestors that go on."""
    if not lasts:
        return " "
    on, branch, corner = ("| ", "|-", "`-") if plain else ("│ ", "├─", "└─")
    inner = "".join("  " if last else on for last in lasts[:-1])
    return f" {inner}{corner if lasts[-1] else branch}"


def _wrapped(text: str, width: int) -> list[str]:
    """``text`` in as many rows as it needs, broken between words."""
    return wrap(text, max(1, width), len(text) + 1) or [text]


def _packed(spans: Sequence[Span], width: int) -> list[list[Span]]:
    """Remarks in rows of ``width`` cells, two blanks between them; long ones are broken."""
    rows: list[list[Span]] = []
    for text, role, _ in spans:
        for part in [text] if cell_len(text) <= width else _wrapped(text, width):
            apart = [Span("  "), Span(part, role)]
            if rows and measure(rows[-1]) + 2 + cell_len(part) <= width:
                rows[-1] += apart
            else:
                rows.append(apart[1:])
    return rows


def _label_role(entry: Entry) -> str:
    if entry.depth == 1 or (entry.depth == 2 and entry.node.part):
        return "strong"
    return "text" if entry.node.part else "quiet"


def _bar(page: Page, entry: Entry) -> tuple[Span, ...]:
    node = entry.node
    if node.unit != "points" or not node.part or not isinstance(node.value, float | int):
        return (Span(" " * BAR),)
    role = page.view.role_of(float(node.value))
    return tuple(level_bar(node.value / 100, BAR, role, plain=page.plain))


def _value(page: Page, entry: Entry) -> Span:
    text, node = entry.value, entry.node
    if isinstance(node.value, Missing):
        return Span(f"{fmt.DASH} {text}", "quiet")
    if node.unit != "points" or not isinstance(node.value, float | int):
        return Span(text)
    return Span(text, page.view.role_of(float(node.value), "text"))


def _remarks(page: Page, entry: Entry) -> list[Span]:
    """What is said of the node, with its roles, then the facts beside it."""
    remarks = _asides(entry.node, entry.asides)
    for fact in entry.facts:
        value = f"{fmt.DASH} {fact.value}" if isinstance(fact.node.value, Missing) else fact.value
        limits = "".join(f" ({one.text})" for one in fact.asides if one.kind == "threshold")
        remarks.append(Span(f"{fact.label} {value}".rstrip() + limits, "quiet"))
        remarks += [
            one
            for one in _asides(fact.node, fact.asides)
            if one.role == "stale" or fact.node.code == "last_known"
        ]
    return remarks


def _number(value: float, node: Node, tick_size: float) -> str:
    if node.unit == "fraction":
        return fmt.percent(value, 2 if abs(value) >= 0.00995 or not value else 4)
    if node.unit == "money":
        return fmt.compact(value) if not node.asset else f"{value:.3g} {node.asset}"
    if node.unit == "price":
        return fmt.price(value, tick_size / 10)
    if node.unit in ("points", "percentile"):
        return fmt.score(value)
    if node.unit == "count":
        return f"{value:,.0f}"
    return f"{value:g} h" if node.unit == "hours" else fmt.decimal(value)


def _asides(node: Node, asides: Sequence[Aside]) -> list[Span]:
    """The asides with their roles; the screen leaves out the finer print."""
    stale = "stale" if node.note == "stale" else "faint"
    roles = {
        "note": NOTE_ROLES.get(node.remark or node.note, "quiet"),
        "weight": "quiet",
        "threshold": "quiet",
        "rule": "faint",
        "map": "faint",
        "age": stale,
    }
    return [Span(aside.text, roles[aside.kind]) for aside in asides if aside.kind in roles]
