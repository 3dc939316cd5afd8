"""The node of an explanation. Codes and notes are language-neutral; a face gives them words."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from tuirisk.state import DataFamily, Missing, Number, SymbolState
from tuirisk.state.number import screen_only

Unit = Literal[
    "points", "percentile", "fraction", "number", "price", "money", "hours", "count", "text"
]
"""``points`` and ``percentile`` are 0–100, ``fraction`` 0.01 is 1 %, ``number`` has no unit."""

Rule = Literal[
    "given", "weighted_mean", "mean", "largest", "curve", "limits", "capped_share", "weaker_third",
    "shortfall",
]  # fmt: skip
"""How a value follows from the children that are a ``part``, those without a number left out.

* ``given``: it does not; it was measured, or is computed from prices elsewhere
* ``weighted_mean``: Σ weight·value / Σ weight
* ``mean``, ``largest``
* ``curve``: the map ``curve`` at the child's absolute value, linear between its knots
* ``limits``: ``curve`` at 1 where the second child is beyond ±``threshold`` and the first, on the
  same side, beyond ``limits``; at 0 elsewhere
* ``capped_share``: |first| / second, at most 1
* ``weaker_third``: the smaller absolute value / 3, at most 1
* ``shortfall``: (second - first) / second, from 0 to 1
"""

Value: TypeAlias = float | int | bool | str | Missing


@dataclass(frozen=True, slots=True)
class Node:
    """One number or word, and what it is made of."""

    code: str
    value: Value
    unit: Unit
    args: tuple[str, ...] = ()
    """The arguments that distinguish nodes of one code: ("15m", "7")."""
    note: str = ""
    """A code: that it decides, that it is stale …; empty for nothing to say."""
    rule: Rule = "given"
    weight: float | None = None
    """Its weight in the parent's ``weighted_mean``."""
    part: bool = True
    """Whether the parent's rule counts it; False of a node that is only context."""
    curve: tuple[tuple[float, float], ...] = ()
    limits: tuple[float, ...] = ()
    threshold: float | None = None
    """The level that a rule asks the value to pass."""
    release: float | None = None
    """The level below which an active rule is released (hysteresis)."""
    age_ms: Number | None = None
    budget_ms: Number | None = None
    """Age of the data behind it, and the age from which it no longer counts; None: not its own."""
    children: tuple[Node, ...] = ()
    remark: str = screen_only("")
    """A code like ``note``, of what the JSON says elsewhere: that it is carried, held, smoothed."""
    asset: str = screen_only("")
    """What an amount of money is in, where it is not USDT."""
    published: bool = screen_only(True)
    """Whether the JSON has it: its paths are as they were before the node was added."""


def node(
    code: str,
    value: Value,
    unit: Unit,
    *children: Node,
    aged: Aged | None = None,
    args: tuple[str, ...] = (),
    note: str = "",
    rule: Rule = "given",
    weight: float | None = None,
    curve: tuple[tuple[float, float], ...] = (),
    limits: tuple[float, ...] = (),
    threshold: float | None = None,
) -> Node:
    """A part over ``children``, with age, budget and note of the family of data behind it.

    A ``note`` of its own stands before the note of its age.
    """
    aged = aged or Aged()
    return Node(
        code,
        value,
        unit,
        args,
        note or aged.note,
        rule,
        weight,
        curve=curve,
        limits=limits,
        threshold=threshold,
        age_ms=aged.age_ms,
        budget_ms=aged.budget_ms,
        children=children,
    )


def fact(
    code: str,
    value: Value,
    unit: Unit,
    *args: str,
    note: str = "",
    age: Aged | None = None,
    published: bool = True,
) -> Node:
    """A leaf beside the parts: an input that no rule of the tree counts."""
    leaf = node(code, value, unit, aged=replace(age or Aged(), note=note), args=args)
    return replace(leaf, part=False, published=published)


@dataclass(frozen=True, slots=True)
class Aged:
    """Age and budget of a family of data."""

    age_ms: Number | None = None
    budget_ms: Number | None = None
    note: str = ""


def age_of(risk: SymbolState, family: DataFamily) -> Aged:
    """How old ``family`` is; noted ``stale`` when past its budget."""
    fresh = risk.freshness.get(family)
    if fresh is None:
        return Aged()
    return Aged(fresh.age_ms, fresh.budget_ms, "stale" if fresh.stale else "")


def plain(node: Node) -> dict[str, Any]:
    """The node for JSON: a missing number is null with its reason; empty fields are left out."""
    body: dict[str, Any] = {}
    for field in dataclasses.fields(node):
        if not field.metadata.get("published", True):
            continue
        value = getattr(node, field.name)
        if field.name == "children":
            value = [plain(child) for child in node.children if child.published]
        if isinstance(value, Missing):
            body.setdefault("reasons", {})[field.name] = value.reason
            body[field.name] = None
        elif field.name in ("code", "value", "unit") or value not in (None, "", (), []):
            body[field.name] = value
    return body


ACCOUNT_MONEY = frozenset({"var_1d_95"})
"""Amounts of the account, which are in USDT."""


def in_asset(tree: Node, asset: str) -> Node:
    """``tree`` with its amounts of money said to be in ``asset``, the quote asset of its symbol."""
    if asset == "USDT":
        return tree
    # The one amount that a rule judges by a threshold is the account's value at risk.
    of_account = tree.code in ACCOUNT_MONEY or tree.threshold is not None
    named = asset if tree.unit == "money" and not of_account else ""
    children = tuple(in_asset(child, asset) for child in tree.children)
    return replace(tree, asset=named, children=children)
