"""The recommendation's rules in their order: which decides, which others hold, and by how much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

from tuirisk.explain.node import Node, Unit, fact
from tuirisk.state import Missing, RuleMeasure, RuleState, SymbolState, first_missing

UNITS: Mapping[str, Unit] = {
    "distance_sigmas": "number",
    "move_5m_sigmas": "number",
    "var_1d_95": "money",
}
"""Of measures that are neither points nor fractions."""


def recommendation(risk: SymbolState) -> Node:
    """The decision, a child for every rule, the notes beside it, the severity that stands, and
    what each position needs.
    """
    advice = risk.recommendation
    return Node(
        "recommendation",
        advice.code,
        "text",
        note=advice.severity,
        children=(
            *(_rule(risk, rule) for rule in advice.rules),
            *(fact("note", code, "text") for code in advice.notes),
            _severity(risk),
            *_remedies(risk),
        ),
    )


def _severity(risk: SymbolState) -> Node:
    """The severity that stands; one that is held comes with its rule and what is missing."""
    severity, tracker = risk.severity, risk.tracker
    held = severity.held and tracker.confirmed is not None
    return Node(
        "confirmed_severity",
        Missing("unconfirmed") if tracker.confirmed is None else severity.level,
        "text",
        note="rising" if tracker.rising else "",
        part=False,
        remark="held" if held else "",
        children=tuple(_reasons_held(risk)) if held else (),
    )


def _reasons_held(risk: SymbolState) -> Iterator[Node]:
    yield fact("decided_by", risk.severity.rule, "text", published=False)
    listed = set[Missing]()
    for rule in risk.recommendation.rules:
        reason = first_missing(*(measure.value for measure in rule.measures))
        if not rule.known and reason is not None and reason not in listed:
            listed.add(reason)
            yield fact("missing_input", reason, "text", rule.code, published=False)


def _remedies(risk: SymbolState) -> Iterator[Node]:
    """What ends the rules on leverage, of each position that they hold for."""
    for position in risk.positions:
        sums = (
            ("margin_to_add", position.margin_to_add),
            ("notional_to_cut", position.notional_to_cut),
        )
        needed = tuple(fact(code, amount, "money") for code, amount in sums if amount is not None)
        if needed:
            yield Node(
                "remedy", position.side, "text", part=False, children=needed, published=False
            )


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
