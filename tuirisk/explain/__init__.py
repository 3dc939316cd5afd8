"""Where a symbol's score comes from, as a tree of everything that went into it.

``explain`` is a pure function of a RiskState: it looks things up and computes no risk number. The
screen and the command line show the same tree.
"""

from __future__ import annotations

from tuirisk.config.model import Config
from tuirisk.explain.components import component
from tuirisk.explain.context import context
from tuirisk.explain.node import Node, Rule, Unit, fact
from tuirisk.explain.rules import recommendation
from tuirisk.state import Missing, RiskState, SymbolState

__all__ = ["Node", "Rule", "Unit", "explain"]

COMPONENTS = ("market", "liquidity", "funding", "correlation")


def explain(state: RiskState, symbol: str, config: Config) -> Node:
    """The tree of ``symbol``: score, coverage, recommendation, and what stands beside them.

    Raises:
        KeyError: ``symbol`` is not in the state.
    """
    risk = state.symbols[symbol]
    return Node(
        "symbol",
        symbol,
        "text",
        note=risk.status,
        age_ms=risk.age_ms,
        children=(
            _score(risk, config),
            _coverage(risk, config),
            recommendation(risk, config.risk.thresholds),
            context(risk),
        ),
    )


def _score(risk: SymbolState, config: Config) -> Node:
    """The total: the components' mean by weight, over those that have a number."""
    score = risk.score
    return Node(
        "score",
        score.total,
        "points",
        rule="weighted_mean",
        children=tuple(
            component(name, risk, config.risk, score.weights[name]) for name in COMPONENTS
        ),
    )


def _coverage(risk: SymbolState, config: Config) -> Node:
    """The share of weight that has a number; below the threshold there is no total."""
    score, minimum = risk.score, config.risk.thresholds.minimum_coverage
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
