"""An explanation in words, in one language; the command line and the screen lay them out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from tuirisk.explain.node import Node
from tuirisk.language.words import Words
from tuirisk.state import Missing

VALUES = {
    "recommendation": "code",
    "note": "note",
    "regime": "regime",
    "confirmed_severity": "severity",
    "position": "side",
    "remedy": "side",
    "decided_by": "code",
    "account": "code",
}
"""Codes of nodes whose values have their words in another table than ``explain``."""


class Aside(NamedTuple):
    """A remark on a node beside its value."""

    kind: Literal[
        "note", "weight", "threshold", "release", "limits", "rule", "map", "age", "budget"
    ]
    text: str


@dataclass(frozen=True, slots=True)
class Wording:
    """``number`` writes a number in the unit of a node, ``age`` milliseconds, ``moment`` a time."""

    words: Words
    number: Callable[[float, Node], str]
    age: Callable[[float], str]
    moment: Callable[[str], str] = str

    def label(self, node: Node) -> str:
        """The node's name, with the arguments that distinguish it from its like."""
        if node.code == "rule":
            own = f"explain.rule_{node.args[0]}"
            if self.words.has(own):
                return self.words(own)
            return self.words.code("code", node.args[0])
        if node.code == "component":
            return self.words.code("component", node.args[0])
        if node.code == "family":
            return self.words.code("family", str(node.value))
        table = "code" if node.code == "missing_input" else "explain"
        if node.code == "contribution":
            symbol, side = node.args
            return f"{self.words('explain.contribution')} {symbol} {self.words.code('side', side)}"
        args = (self.words.code(table, arg) for arg in node.args)
        return " ".join((self.words.code("explain", node.code), *args))

    def value(self, node: Node) -> str:
        """The value, or the reason why there is none; empty where the label says it all."""
        value = node.value
        if isinstance(value, Missing):
            return self.words.reason(value)
        if isinstance(value, bool):
            return self.words("explain.yes" if value else "explain.no")
        if isinstance(value, int | float):
            return self.number(float(value), node)
        if node.code in ("family", "last_known"):
            return ""
        if node.code == "since":
            return self.moment(value)
        return self.words.code(VALUES.get(node.code, "explain"), value)

    def asides(self, node: Node) -> Iterator[Aside]:
        """Remarks: its note, weight, thresholds, how it follows from its parts, its age."""
        words = self.words
        for code in filter(None, (node.note, node.remark)):
            key = f"explain.note_{code}"
            yield Aside("note", words(key) if words.has(key) else code.replace("_", " "))
        if node.weight is not None:
            yield Aside("weight", words("explain.weight", value=f"{node.weight:g}"))
        if node.threshold is not None and node.rule != "limits":
            yield Aside("threshold", self._number("threshold", node.threshold, node))
            if node.release is not None:
                yield Aside("release", self._number("release", node.release, node))
        if node.limits and node.rule == "given":
            values = ", ".join(self.number(limit, node) for limit in node.limits)
            yield Aside("limits", words("explain.limits", value=values))
        if (
            node.rule != "given"
            and node.remark != "carried"
            and any(child.part for child in node.children)
        ):
            yield Aside("rule", words(f"explain.rule_{node.rule}"))
        if node.rule == "limits":
            yield Aside("limits", self._beyond(node))
        if node.rule == "curve":
            yield Aside("map", knots(node))
        yield from self._age(node)

    def _number(self, key: str, value: float, node: Node) -> str:
        return self.words(f"explain.{key}", value=self.number(value, node))

    def _beyond(self, node: Node) -> str:
        """The limits that a rule sets its two parts, and the points it gives."""
        low, high = node.limits
        _, rate = (child for child in node.children if child.part)
        return self.words(
            "explain.beyond",
            low=f"{low:g}",
            high=f"{high:g}",
            level=self.number(node.threshold or 0.0, rate),
            points=f"{node.curve[-1][1]:g}",
        )

    def _age(self, node: Node) -> Iterator[Aside]:
        if node.age_ms is None:
            return
        if isinstance(node.age_ms, Missing):
            yield Aside("budget", self.words.reason(node.age_ms))
            return
        yield Aside("age", self.words("explain.age", value=self.age(node.age_ms)))
        if isinstance(node.budget_ms, float | int):
            yield Aside("budget", self.words("explain.budget", value=self.age(node.budget_ms)))


def knots(node: Node) -> str:
    """The knots of the node's map: ``0%:0 0.2%:50``."""
    inner = node.children[0] if node.children else node
    scale, unit = (100, "%") if inner.unit == "fraction" else (1, "")
    return " ".join(f"{x * scale:g}{unit}:{points:g}" for x, points in node.curve)
