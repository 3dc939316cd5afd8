"""Finding one's way in an explanation, for tests."""

from __future__ import annotations

from collections.abc import Iterator

from tuirisk.explain import Node


def nodes(tree: Node) -> Iterator[Node]:
    yield tree
    for child in tree.children:
        yield from nodes(child)


def find(tree: Node, code: str, *args: str) -> Node:
    return next(n for n in nodes(tree) if n.code == code and n.args == args)
