"""The recommendation's rules in their order: which decides, which others hold, and by how much."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from tuirisk.explain.node import Node, Unit, fact
from tuirisk.state import Missing, RuleMeasure, RuleState, SymbolState

UNITS: Mapping[str, Unit] = {
    "distance_sigmas": "number",
    "move_5m_sigmas": "number",
    "var_1d_95": "money",
}
"""Of measures that are neither points nor fractions."""


def recommendation(risk: SymbolState) -> Node:
    """The decision, a child for every rule, the notes beside it and the severity confirmed."""
    advice = risk.recommendation
    confirmed = risk.tracker.confirmed or Missing("unconfirmed")
    return Node(
        "recommendation",
        advice.code,
        "text",
        note=advice.severity,
        children=(
            *(_rule(risk, rule) for rule in advice.rules),
            *(fact("note", code, "text") for code in advice.notes),
            fact(
                "confirmed_severity",
                confirmed,
                "text",
                note="rising" if risk.tracker.rising else "",
            ),
        ),
    )


def _movement(risk: SymbolState) -> str:
    """Whether the severity is about to rise, is held for want of an input, or neither."""
    if risk.tracker.rising:
        return "rising"
    return "held" if risk.severity.held else ""


def _rule(risk: SymbolState, rule: RuleState) -> Node:
    """A rule on the symbol is one number; a rule on positions has their measures below it."""
    own = next((m for m in rule.measures if m.position is None), None)
    if own is not None:
        return Node(
            "rule",
            own.value,
            UNITS.get(own.name, "points"),
            (rule.code,),
            note=rule.state,
            threshold=own.threshold,
            release=own.release,
        )
    measures = tuple(
        _measures(risk, index, tuple(of))
        for index, of in groupby(rule.measures, key=lambda m: m.position or 0)
    )
    value = rule.holds if risk.positions else Missing("no_position")
    return Node("rule", value, "text", (rule.code,), note=rule.state, children=measures)


def _measures(risk: SymbolState, index: int, measures: tuple[RuleMeasure, ...]) -> Node:
    """The measures that a rule compares of one position; the measure itself where there is one."""
    position = risk.positions[index]
    nodes = tuple(
        Node(
            measure.name,
            measure.value,
            UNITS.get(measure.name, "fraction"),
            part=False,
            threshold=measure.threshold,
            release=measure.release,
        )
        for measure in measures
    )
    if len(nodes) == 1:
        return nodes[0]
    due = fact("liquidation_due", position.liquidation_due, "text")
    return Node("position", position.side, "text", part=False, children=(*nodes, due))
