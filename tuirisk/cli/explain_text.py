"""An explanation in plain English lines, for ``tuirisk explain``."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from tuirisk.explain import Node
from tuirisk.explain.entries import Entry, entries
from tuirisk.explain.wording import Aside, Wording
from tuirisk.language.words import Words
from tuirisk.state import Missing

INDENT = "  "
HANGING = INDENT * 2
"""Before what an entry continues with on its next line."""
NARROWEST = 20


def render(tree: Node, width: int | None = None) -> bytes:
    """The tree as indented lines, UTF-8, ending with a newline; broken at ``width`` cells."""
    wording = Wording(Words("en"), _number, _age)
    lines = [line for entry in entries(tree, wording) for line in _lines(entry, width)]
    return ("\n".join(lines) + "\n").encode()


def _lines(entry: Entry, width: int | None) -> list[str]:
    """Label, value, how it follows from the nodes below, the asides, and the facts beside it."""
    indent = INDENT * entry.depth
    label = "" if entry.node.code == "symbol" else entry.label
    text = _phrase(entry.node, label, entry.value, entry.asides)
    if entry.facts:
        facts = (_phrase(one.node, one.label, one.value, one.asides) for one in entry.facts)
        text = f"{text}; {', '.join(facts)}"
    if width is None:
        return [indent + text]
    return textwrap.wrap(
        text,
        max(width, len(indent) + NARROWEST),
        initial_indent=indent,
        subsequent_indent=indent + HANGING,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _phrase(node: Node, label: str, value: str, asides: Sequence[Aside]) -> str:
    if isinstance(node.value, Missing):
        value = f"- [{value}]"
    how = " ".join(aside.text for aside in asides if aside.kind in ("rule", "map"))
    remarks = "; ".join(aside.text for aside in asides if aside.kind not in ("rule", "map"))
    text = f"{label} {value}".strip()
    return text + (f" = {how}" if how else "") + (f" ({remarks})" if remarks else "")


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
        return f"{value:,.0f}" if not node.asset else f"{value:,.4g} {node.asset}"
    if unit == "price":
        return f"{value:.10g}"
    if unit in ("points", "percentile"):
        return f"{value:.2f}"
    return f"{value:g} h" if unit == "hours" else f"{value:.4g}"
