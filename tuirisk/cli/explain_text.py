"""An explanation in plain English lines, for ``tuirisk explain``."""

from __future__ import annotations

from tuirisk.explain import Node
from tuirisk.explain.wording import Wording
from tuirisk.language.words import Words
from tuirisk.state import Missing

INDENT = "  "
INLINE = 7
"""Facts beyond which each has a line of its own."""


def render(tree: Node) -> bytes:
    """The tree as indented lines, UTF-8, ending with a newline."""
    lines: list[str] = []
    _write(Wording(Words("en"), _number, _age), tree, 0, lines)
    return ("\n".join(lines) + "\n").encode()


def _write(wording: Wording, node: Node, depth: int, lines: list[str]) -> None:
    """One line a node; leaves that are no part of the sum share their parent's line."""
    children = [child for child in node.children if not _repeats(child, node)]
    inline = [child for child in children if not child.part and not child.children]
    if depth <= 1 or len(inline) > INLINE:
        inline = []
    phrases = [_phrase(wording, node)]
    if inline:
        phrases.append(", ".join(_phrase(wording, child) for child in inline))
    lines.append(INDENT * depth + "; ".join(phrases))
    for child in children:
        if child not in inline:
            _write(wording, child, depth + 1, lines)


def _repeats(child: Node, node: Node) -> bool:
    """Whether a missing leaf has nothing to add to the reason its parent gives."""
    return isinstance(child.value, Missing) and child.value == node.value and not child.children


def _phrase(wording: Wording, node: Node) -> str:
    """Label, value, how it follows from the nodes below, and the asides."""
    value = wording.value(node)
    if isinstance(node.value, Missing):
        value = f"- [{value}]"
    asides = tuple(wording.asides(node))
    how = " ".join(aside.text for aside in asides if aside.kind in ("rule", "map"))
    beside = "; ".join(aside.text for aside in asides if aside.kind not in ("rule", "map"))
    text = value if node.code == "symbol" else f"{wording.label(node)} {value}".rstrip()
    return text + (f" = {how}" if how else "") + (f" ({beside})" if beside else "")


def _age(milliseconds: float) -> str:
    seconds = milliseconds / 1000
    if seconds < 120:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _number(value: float, node: Node) -> str:
    unit = node.unit
    if unit == "fraction":
        return f"{value * 100:.4g}%"
    if unit == "money":
        return f"{value:,.0f}"
    if unit == "price":
        return f"{value:.10g}"
    if unit in ("points", "percentile"):
        return f"{value:.2f}"
    return f"{value:g} h" if unit == "hours" else f"{value:.4g}"
