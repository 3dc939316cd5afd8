"""The recommendation's rules in their order: which fires, which others hold, and by how much."""

from __future__ import annotations

from typing import Literal

from tuirisk.config.model import Thresholds
from tuirisk.explain.node import Node, Unit, fact
from tuirisk.state import Missing, Number, SymbolState

LEVERAGE = "add_margin_or_reduce"
RULES = (
    LEVERAGE,
    "reduce_or_hedge",
    "no_new_positions",
    "funding_extreme",
    "reduce_size",
)
"""In the order in which the first that holds decides."""
WATCH = "liquidation_over_1_percent"
WATCH_PROBABILITY = 0.01
State = Literal["decides", "holds", "held_by_hysteresis", "clear", "unknown"]


def recommendation(risk: SymbolState, thresholds: Thresholds) -> Node:
    """The decision, a child for every rule, and the notes beside it.

    A rule is noted ``decides``, ``holds``, ``held_by_hysteresis`` (below its threshold, not yet
    at its release), ``clear``, or ``unknown`` when its measure is missing.
    """
    advice, score = risk.recommendation, risk.score
    points: dict[str, tuple[Number, float]] = {
        "reduce_or_hedge": (score.total, thresholds.reduce_or_hedge),
        "no_new_positions": (score.total, thresholds.no_new_positions),
        "funding_extreme": (score.components.funding, thresholds.funding_extreme),
        "reduce_size": (score.components.liquidity, thresholds.reduce_size),
    }
    rules = [_leverage(risk, thresholds)]
    for code in RULES[1:]:
        value, threshold = points[code]
        rules.append(
            Node(
                "rule",
                value,
                "points",
                (code,),
                note=_state(risk, code, value, threshold),
                threshold=threshold,
                release=threshold - thresholds.hysteresis,
            )
        )
    notes = (fact("note", code, "text") for code in advice.notes)
    return Node(
        "recommendation",
        advice.code,
        "text",
        note=advice.severity,
        children=(*rules, _watch(risk, thresholds), *notes, _confirmed(risk)),
    )


def _state(risk: SymbolState, code: str, value: Number, threshold: float) -> State:
    if risk.recommendation.code == code:
        return "decides"
    if isinstance(value, Missing):
        return "unknown"
    if code not in risk.recommendation.held:
        return "clear"
    return "holds" if value > threshold else "held_by_hysteresis"


def _leverage(risk: SymbolState, thresholds: Thresholds) -> Node:
    """The rule of the positions: one of them near its liquidation, likely to be, or due."""
    slack = thresholds.hysteresis / 100
    near, likely = thresholds.liquidation_sigmas, thresholds.liquidation_probability
    measures = []
    beyond = False
    for position in risk.positions:
        sigmas, probability = position.distance_sigmas, position.p_liquidation_24h
        beyond = beyond or position.liquidation_due
        beyond = beyond or (not isinstance(sigmas, Missing) and abs(sigmas) < near)
        beyond = beyond or (not isinstance(probability, Missing) and probability > likely)
        children = (
            _limit("distance_sigmas", sigmas, "number", near, near * (1 + slack)),
            _limit("p_liquidation_24h", probability, "fraction", likely, likely * (1 - slack)),
            fact("liquidation_due", position.liquidation_due, "text"),
        )
        measures.append(Node("position", position.side, "text", part=False, children=children))
    return _position_rule(risk, LEVERAGE, beyond, tuple(measures))


def _watch(risk: SymbolState, thresholds: Thresholds) -> Node:
    """The rule that decides nothing, but holds the severity at ``warning`` at least."""
    release = WATCH_PROBABILITY * (1 - thresholds.hysteresis / 100)
    values = [position.p_liquidation_24h for position in risk.positions]
    measures = tuple(
        _limit("p_liquidation_24h", value, "fraction", WATCH_PROBABILITY, release)
        for value in values
    )
    beyond = any(not isinstance(v, Missing) and v > WATCH_PROBABILITY for v in values)
    return _position_rule(risk, WATCH, beyond, measures)


def _position_rule(risk: SymbolState, code: str, beyond: bool, measures: tuple[Node, ...]) -> Node:
    held = code in risk.recommendation.held
    note: State = "clear"
    if risk.recommendation.code == code:
        note = "decides"
    elif held:
        note = "holds" if beyond else "held_by_hysteresis"
    value = held if risk.positions else Missing("no position")
    return Node("rule", value, "text", (code,), note=note, children=measures)


def _limit(code: str, value: Number, unit: Unit, threshold: float, release: float) -> Node:
    return Node(code, value, unit, part=False, threshold=threshold, release=release)


def _confirmed(risk: SymbolState) -> Node:
    """The severity that has held for ``confirm_seconds``: the one the bell and the log go by."""
    confirmed = risk.confirmed or Missing("no assessment confirmed yet")
    rising = ", ".join(risk.rising)
    return fact("confirmed_severity", confirmed, "text", note="rising" if rising else "")
