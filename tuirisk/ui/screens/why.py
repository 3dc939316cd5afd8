"""The tab Why: the tree of everything that went into the score."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from tuirisk.explain import Node, explain
from tuirisk.state import Missing
from tuirisk.ui.charts.bars import level_bar
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line, Row, Span, fit
from tuirisk.ui.screens.layout import Page, heading
from tuirisk.ui.view.view import View

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
    "exhausted": "critical",
    "unknown": "caution",
}


def draw(page: Page, height: int) -> list[Line]:
    assert page.view.state is not None
    tree = explain(page.view.state, page.view.chosen)
    title = heading(page, page.words("why"), Span(page.words("why_unit"), "faint"))
    lines = [title]
    for index, child in enumerate(tree.children):
        if index:
            lines.append(Row(page.width).line())
        _write(page, child, 0, "", lines)
    return lines


def _write(page: Page, node: Node, depth: int, guide: str, lines: list[Line]) -> None:
    """The node's row, then its children under a guide; small facts share their parent's row."""
    beside = [child for child in node.children if not child.part and not child.children]
    row = _row(page, node, depth, guide, beside if depth >= 2 else ())
    below = list(node.children)
    if row is None:
        row = _row(page, node, depth, guide, ())
    elif depth >= 2:
        below = [child for child in below if child not in beside]
    assert row is not None
    lines.append(row)
    last = len(below) - 1
    inside = _inside(guide, page.plain)
    for index, child in enumerate(below):
        _write(page, child, depth + 1, inside + _branch(index == last, page.plain), lines)


def _branch(last: bool, plain: bool) -> str:
    if plain:
        return "`-" if last else "|-"
    return "└─" if last else "├─"


def _inside(guide: str, plain: bool) -> str:
    """What stands left of a node's children: lines go on, corners have ended."""
    if not guide:
        return ""
    return guide[:-2] + ("  " if guide[-2] in "└`" else "| " if plain else "│ ")


def _row(page: Page, node: Node, depth: int, guide: str, beside: Sequence[Node]) -> Line | None:
    """One node; None where the facts ``beside`` it do not fit."""
    column = max(0, min(46, max(30, page.width * 3 // 10), page.width - VALUE))
    points = node.unit == "points" and isinstance(node.value, float | int)
    strong = depth == 0 or (depth == 1 and node.part)
    row = Row(page.width).add(f" {guide}", "track")
    role = "strong" if strong else "text" if node.part else "quiet"
    row.add(fit(_label(page.view, node), column - row.used - 1), role).pad_to(column)
    shown, value_role = _value(page, node)
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
    asides = _asides(page, node)
    for fact in beside:
        asides.append((f"{_label(page.view, fact)} {_value(page, fact)[0]}", "quiet"))
    for part, part_role in asides:
        if cell_len(part) > row.room - 1:
            if beside:
                return None
            if cell_len(part) > WORTH_CUTTING:
                row.add(fit(part, row.room - 1), part_role)
            break
        row.add(part, part_role).add("  ")
    return row.line()


def _label(view: View, node: Node) -> str:
    """The node's name in the screen's language, with what tells it from its like."""
    words = view.words
    args = [words.code("explain", arg) for arg in node.args]
    if node.code == "rule":
        return words.code("code", node.args[0])
    if node.code in ("component", "family"):
        family = "component" if node.code == "component" else "family"
        return words.code(family, node.args[0] if node.args else str(node.value))
    name = words.code("explain", node.code)
    if node.code == "note":
        return name
    return f"{name} {' '.join(args)}" if args else name


def _value(page: Page, node: Node) -> tuple[str, str]:
    value, words = node.value, page.view.words
    if isinstance(value, Missing):
        return f"{fmt.DASH} {words.reason(value.reason)}", "quiet"
    if isinstance(value, bool):
        return words("explain.yes" if value else "explain.no"), "text"
    if isinstance(value, str):
        if node.code == "family":
            return "", "text"
        if node.code == "since":
            return fmt.since(value, page.view.time_ms), "text"
        return _word(page.view, node, value), "text"
    role = page.view.role_of(float(value), "text") if node.unit == "points" else "text"
    return _number(float(value), node, page.symbol.tick_size), role


def _word(view: View, node: Node, value: str) -> str:
    family = {"recommendation": "code", "note": "note", "regime": "regime",
              "confirmed_severity": "severity", "var_record": "explain",
              "position": "side"}.get(node.code, "explain")  # fmt: skip
    return view.words.code(family, value)


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


def _asides(page: Page, node: Node) -> list[tuple[str, str]]:
    """Weight, rule, threshold, what is to be said of it, age."""
    words, parts = page.view.words, []
    if node.note:
        note = words.code("explain", f"note_{node.note}")
        plain = node.note if note == f"note {node.note.replace('_', ' ')}" else note
        parts.append((plain.replace("_", " "), NOTE_ROLES.get(node.note, "quiet")))
    if node.weight is not None:
        parts.append((words("explain.weight", value=f"{node.weight:g}"), "quiet"))
    if node.threshold is not None and node.rule != "limits":
        level = _number(node.threshold, node, 0.0)
        parts.append((words("explain.threshold", value=level), "quiet"))
    if any(child.part for child in node.children) and node.rule != "given":
        parts.append((words(f"explain.rule_{node.rule}"), "faint"))
    if node.rule == "curve":
        parts.append((_knots(node), "faint"))
    if node.age_ms is not None and not isinstance(node.age_ms, Missing):
        role = "stale" if node.note == "stale" else "faint"
        parts.append((words("explain.age", value=fmt.age(node.age_ms)), role))
    return parts


def _knots(node: Node) -> str:
    """The map's knots: ``0%:0 0.2%:50``."""
    inner = node.children[0] if node.children else node
    return " ".join(f"{_knot(x, inner)}:{y:g}" for x, y in node.curve)


def _knot(value: float, node: Node) -> str:
    return f"{value * 100:g}%" if node.unit == "fraction" else f"{value:g}"
