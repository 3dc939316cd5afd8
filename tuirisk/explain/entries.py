"""An explanation as entries from the top down, which the command line and the screen lay out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tuirisk.explain.node import Node
from tuirisk.explain.wording import Aside, Wording
from tuirisk.state import Missing

INLINE = 7
"""Facts beyond which each has an entry of its own."""
OUTER = 2
"""Depth from which on small facts stand in their parent's entry."""


@dataclass(frozen=True, slots=True)
class InlineFact:
    """A leaf that stands in its parent's entry."""

    node: Node
    label: str
    value: str
    asides: tuple[Aside, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One node in words, with the small facts beside it."""

    node: Node
    lasts: tuple[bool, ...]
    """Of each ancestor below the root, and of the node itself: whether no sibling follows."""
    label: str
    value: str
    """The reason where it is missing."""
    asides: tuple[Aside, ...]
    facts: tuple[InlineFact, ...]

    @property
    def depth(self) -> int:
        """0 of the root."""
        return len(self.lasts)


def entries(tree: Node, wording: Wording, lasts: tuple[bool, ...] = ()) -> Iterator[Entry]:
    """The entries of ``tree`` in the order in which they are read; the rule that decides first."""
    children = [child for child in tree.children if not _repeats(child, tree)]
    inline = [child for child in children if not child.part and not child.children]
    if len(lasts) < OUTER or len(inline) > INLINE:
        inline = []
    facts = tuple(
        InlineFact(child, wording.label(child), wording.value(child), tuple(wording.asides(child)))
        for child in inline
    )
    asides = tuple(wording.asides(tree))
    yield Entry(tree, lasts, wording.label(tree), wording.value(tree), asides, facts)
    below = _ordered([child for child in children if child not in inline])
    for index, child in enumerate(below, 1):
        yield from entries(child, wording, (*lasts, index == len(below)))


def _ordered(children: Sequence[Node]) -> list[Node]:
    """``children`` with the rule that decides before the others."""
    return sorted(children, key=lambda child: child.note != "decides")


def _repeats(child: Node, node: Node) -> bool:
    """Whether a missing leaf has nothing to add to the reason its parent gives."""
    return isinstance(child.value, Missing) and child.value == node.value and not child.children
