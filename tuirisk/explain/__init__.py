"""Where a symbol's score comes from, as a tree of everything that went into it.

``explain`` is a pure function of a RiskState: it looks things up and computes no risk number. The
screen and the command line show the same tree.
"""

from __future__ import annotations

from collections.abc import Mapping

from tuirisk.explain.components import component
from tuirisk.explain.context import context
from tuirisk.explain.node import Node, Rule, Unit, fact, in_asset
from tuirisk.explain.rules import recommendation
from tuirisk.state import LevelRule, Missing, RiskState, SymbolState

__all__ = ["Node", "Rule", "Unit", "explain"]

COMPONENTS = ("market", "liquidity", "funding", "correlation")


def explain(state: RiskState, symbol: str) -> Node:
    """The tree of ``symbol``: score, coverage, recommendation, and the context beside them.

    Raises:
        KeyError: ``symbol`` is not in the state.
    """
    risk = state.symbols[symbol]
    asset = risk.contract.quote_asset
    tree = Node(
        "symbol",
        symbol,
        "text",
        note=risk.status,
        age_ms=risk.age_ms,
        children=(
            _score(risk, state),
            _coverage(risk, state.level_rules),
            recommendation(risk),
            context(risk),
        ),
    )
    return tree if isinstance(asset, Missing) else in_asset(tree, asset)


def _score(risk: SymbolState, state: RiskState) -> Node:
    """The total, by the map of the raw score: the mean by weight of the components there are."""
    score, rules = risk.score, state.level_rules
    raw = Node(
        "raw",
        score.raw,
        "points",
        rule="weighted_mean",
        children=tuple(component(name, risk, rules, state.time_ms) for name in COMPONENTS),
    )
    below = fact("hours_below", score.raw_rank / 100, "fraction")
    return Node(
        "score",
        score.total,
        "points",
        rule="curve",
        curve=score.curve,
        children=(raw, below),
    )


def _coverage(risk: SymbolState, rules: Mapping[str, LevelRule]) -> Node:
    """The share of weight that has a number; below the threshold there is no total."""
    score, minimum = risk.score, rules["minimum_coverage"].threshold("caution")
    return Node(
        "coverage",
        score.coverage,
        "fraction",
        threshold=minimum,
        children=tuple(
            fact("component", score.weights[name], "number", name, note=_presence(risk, name))
            for name in COMPONENTS
        ),
    )


def _presence(risk: SymbolState, name: str) -> str:
    there = not isinstance(getattr(risk.score.components, name), Missing)
    return "present" if there else "absent"
