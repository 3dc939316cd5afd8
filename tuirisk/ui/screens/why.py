"""The tab Why: the tree of everything that went into the score."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from tuirisk.explain import Node, explain
from tuirisk.explain.wording import Wording
from tuirisk.state import Missing
from tuirisk.ui.charts.bars import level_bar
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line, Row, Span, fit
from tuirisk.ui.screens.layout import Page, heading

VALUE = 12
"""Cells of the values' column."""
BAR = 12
WORTH_CUTTING = 16
"""Cells from which on the beginning of an aside says something without its end."""
NOTE_ROLES = {
    "stale": "stale",
    "decides": "critical",
    "holds": "warning",
    "held_by_hysteresis": "caution",
    "held": "warning",
    "exhausted": "critical",
    "unknown": "caution",
}


def draw(page: Page, height: int) -> list[Line]:
    assert page.view.state is not None
    tree = explain(page.view.state, page.view.chosen)
    title = heading(page, page.words("why"), Span(page.words("why_unit"), "faint"))
    tick = page.symbol.tick_size
    wording = Wording(
        page.view.words,
        lambda value, node: _number(value, node, tick),
        fmt.age,
        lambda moment: fmt.since(moment, page.view.time_ms),
    )
    lines = [title]
    for index, child in enumerate(tree.children):
        if index:
            lines.append(Row(page.width).line())
        _write(page, wording, child, 0, "", lines)
    return lines


def _write(
    page: Page, wording: Wording, node: Node, depth: int, guide: str, lines: list[Line]
) -> None:
    """The node's row, then its children under a guide; small facts share their parent's row."""
    beside = [child for child in node.children if not child.part and not child.children]
    row = _row(page, wording, node, depth, guide, beside if depth >= 2 else ())
    below = list(node.children)
    if row is None:
        row = _row(page, wording, node, depth, guide, ())
    elif depth >= 2:
        below = [child for child in below if child not in beside]
    assert row is not None
    lines.append(row)
    last = len(below) - 1
    inside = _inside(guide, page.plain)
    for index, child in enumerate(below):
        _write(page, wording, child, depth + 1, inside + _branch(index == last, page.plain), lines)


def _branch(last: bool, plain: bool) -> str:
    if plain:
        return "`-" if last else "|-"
    return "└─" if last else "├─"


def _inside(guide: str, plain: bool) -> str:
    """What stands left of a node's children: lines go on, corners have ended."""
    if not guide:
        return ""
    return guide[:-2] + ("  " if guide[-2] in "└`" else "| " if plain else "│ ")


def _row(
    page: Page, wording: Wording, node: Node, depth: int, guide: str, beside: Sequence[Node]
) -> Line | None:
    """One node; None where the facts ``beside`` it do not fit."""
    column = max(0, min(46, max(30, page.width * 3 // 10), page.width - VALUE))
    points = node.unit == "points" and isinstance(node.value, float | int)
    strong = depth == 0 or (depth == 1 and node.part)
    row = Row(page.width).add(f" {guide}", "track")
    role = "strong" if strong else "text" if node.part else "quiet"
    row.add(fit(wording.label(node), column - row.used - 1), role).pad_to(column)
    shown, value_role = _value(page, wording, node)
    if cell_len(shown) > VALUE:
        row.add(fit(shown, row.room - 1), value_role).add("  ")
    else:
        row.cell(shown, VALUE, value_role).add("  ")
    if page.width >= 100 and row.used == column + VALUE + 2:
        if points and node.part:
            assert isinstance(node.value, float | int)
            bar_role = page.view.role_of(float(node.value))
            row.extend(level_bar(node.value / 100, BAR, bar_role, plain=page.plain)).add("  ")
        else:
            row.add(" " * (BAR + 2))
    asides = _asides(page, wording, node)
    for fact in beside:
        asides.append((f"{wording.label(fact)} {_value(page, wording, fact)[0]}", "quiet"))
    for part, part_role in asides:
        if cell_len(part) > row.room - 1:
            if beside:
                return None
            if cell_len(part) > WORTH_CUTTING:
                row.add(fit(part, row.room - 1), part_role)
            break
        row.add(part, part_role).add("  ")
    return row.line()


def _value(page: Page, wording: Wording, node: Node) -> tuple[str, str]:
    text, value = wording.value(node), node.value
    if isinstance(value, Missing):
        return f"{fmt.DASH} {text}", "quiet"
    if node.unit != "points" or not isinstance(value, float | int):
        return text, "text"
    return text, page.view.role_of(float(value), "text")


def _number(value: float, node: Node, tick_size: float) -> str:
    if node.unit == "fraction":
        return fmt.percent(value, 2 if abs(value) >= 0.00995 or not value else 4)
    if node.unit == "money":
        return fmt.compact(value)
    if node.unit == "price":
        return fmt.price(value, tick_size / 10)
    if node.unit in ("points", "percentile"):
        return fmt.score(value)
    if node.unit == "count":
        return f"{value:,.0f}"
    return f"{value:g} h" if node.unit == "hours" else fmt.decimal(value)


def _asides(page: Page, wording: Wording, node: Node) -> list[tuple[str, str]]:
    """What is said of the node, with its roles; the screen leaves out the finer print."""
    stale = "stale" if node.note == "stale" else "faint"
    roles = {
        "note": NOTE_ROLES.get(node.note, "quiet"),
        "weight": "quiet",
        "threshold": "quiet",
        "rule": "faint",
        "map": "faint",
        "age": stale,
    }
    return [(text, roles[kind]) for kind, text in wording.asides(node) if kind in roles]
