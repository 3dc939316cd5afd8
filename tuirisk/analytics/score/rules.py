"""The rules of the recommendation against what was measured, with their hysteresis.

A rule that held is released only when its measure is ``hysteresis`` points below its threshold;
for other measures, when it is that many hundredths of the threshold beyond it. A rule whose
measure is missing keeps its last verdict.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Final, Literal

from tuirisk.analytics.leverage.safe_distance import DAY_CHANCE, SIGMAS, WEEK_CHANCE
from tuirisk.config.model import Thresholds
from tuirisk.state import (
    Missing,
    Number,
    Position,
    RuleMeasure,
    RuleState,
    Score,
    Severity,
    VerdictState,
)
from tuirisk.state.codes import RuleCode

LIQUIDATED: Final = "liquidated"
DUE: Final = "liquidation_due"
LEVERAGE: Final = "add_margin_or_reduce"
WATCH: Final = "watch_margin"
FAST_MOVE: Final = "fast_move"
OVER_BUDGET: Final = "account_over_budget"
FAST_SIGMAS = 4.0
"""A move of 5 minutes that is fast, in σ of 5 minutes; against a position it is a warning."""
VERY_FAST_SIGMAS = 6.0
"""One that is a warning without a position too."""
FULL_COVERAGE = 0.995
"""Coverage from which every component of the score is known."""
NEVER_CODE = "source_never_has_it"
"""Why a component is missing that the source can never have: its rule is not one that waits."""
LIQUIDATION_CODES = frozenset({"no_liquidation_price", "margin_gone_everywhere"})
"""Why a distance is missing although all is known: no price, or any price, liquidates."""

SEVERITY_OF: Mapping[RuleCode, Severity] = {
    LIQUIDATED: "critical",
    DUE: "critical",
    LEVERAGE: "critical",
    "reduce_or_hedge": "critical",
    WATCH: "warning",
    "no_new_positions": "warning",
    FAST_MOVE: "warning",
    OVER_BUDGET: "caution",
    "funding_extreme": "caution",
    "reduce_size": "caution",
}
"""Rule → its severity, in the order in which they decide. A fast move without an open position
that it goes against is a caution up to 6 σ."""


@dataclass(frozen=True, slots=True)
class RuleInputs:
    """What the rules read of one symbol."""

    score: Score
    positions: tuple[Position, ...] = ()
    marks_known: bool = True
    """Whether the mark prices that the margin of the positions rests on are fresh; at stale ones
    what positions measure may raise alone."""
    portfolio_known: bool = True
    """Whether the mark prices of all positions of the account are fresh."""
    account_known: bool = True
    """Whether the account was read within its budget: else the positions may be others."""
    liquidated: bool = False
    """Whether a position of the symbol was liquidated a short while ago."""
    move_5m_sigmas: Number = 0.0
    """Of the last price in 5 minutes, in σ of that time; signed."""
    account_var: Number = 0.0
    """One-day VaR of the account, quote asset …"""
    var_budget: Number = 0.0
    """… and its budget."""


def evaluate(
    inputs: RuleInputs, thresholds: Thresholds, past: Collection[RuleState] = ()
) -> tuple[RuleState, ...]:
    """Every rule in the order in which they decide.

    ``past`` are the rules of the assessment before. None is ``decides`` yet.
    """
    held = {rule.code for rule in past if rule.holds}
    score, slack = inputs.score, thresholds.hysteresis
    whole = score.coverage >= FULL_COVERAGE and not score.carried

    def points(code: RuleCode, value: Number, threshold: float, known: bool) -> RuleState:
        measure = RuleMeasure("points", value, threshold, threshold - slack)
        return rule_state(code, (measure,), known, code in held)

    def component(code: RuleCode, name: str, threshold: float) -> RuleState:
        value: Number = getattr(score.components, name)
        if isinstance(value, Missing) and value.code == NEVER_CODE:
            return _clear(code)
        return points(code, value, threshold, name not in score.carried)

    return (
        _liquidated(inputs.liquidated),
        _due(inputs, DUE in held),
        _position_rule(LEVERAGE, tuple(_near(inputs, thresholds)), inputs, LEVERAGE in held),
        points("reduce_or_hedge", score.total, thresholds.reduce_or_hedge, whole),
        _position_rule(WATCH, tuple(_watched(inputs, thresholds)), inputs, WATCH in held),
        points("no_new_positions", score.total, thresholds.no_new_positions, whole),
        _fast_move(inputs, slack, next((r for r in past if r.code == FAST_MOVE), None)),
        _over_budget(inputs, OVER_BUDGET in held),
        component("funding_extreme", "funding", thresholds.funding_extreme),
        component("reduce_size", "liquidity", thresholds.reduce_size),
    )


@cache
def _liquidated(holds: bool) -> RuleState:
    state: VerdictState = "holds" if holds else "clear"
    return RuleState(LIQUIDATED, state, holds, (), SEVERITY_OF[LIQUIDATED])


def _due(inputs: RuleInputs, held: bool) -> RuleState:
    """A liquidation is due at the mark price; without one the last verdict stands."""
    if any(position.liquidation_due for position in inputs.positions):
        return RuleState(DUE, "holds", True, (), SEVERITY_OF[DUE])
    known = _positions_known(inputs) and not any(
        _missing(position.liquidation_price) for position in inputs.positions
    )
    return _clear(DUE) if known else _unmeasured(DUE, (), held)


def _near(inputs: RuleInputs, thresholds: Thresholds) -> Iterator[RuleMeasure]:
    near, likely = thresholds.liquidation_sigmas, thresholds.liquidation_probability
    slack = thresholds.hysteresis / 100
    for index, position in enumerate(inputs.positions):
        yield _distance(index, position, near, slack)
        yield _probability("p_liquidation_24h", position.p_liquidation_24h, likely, slack, index)


def _watched(inputs: RuleInputs, thresholds: Thresholds) -> Iterator[RuleMeasure]:
    near, slack = SIGMAS * thresholds.liquidation_sigmas, thresholds.hysteresis / 100
    for index, position in enumerate(inputs.positions):
        yield _distance(index, position, near, slack)
        day, week = position.p_liquidation_24h, position.p_liquidation_7d
        yield _probability("p_liquidation_24h", day, DAY_CHANCE, slack, index)
        yield _probability("p_liquidation_7d", week, WEEK_CHANCE, slack, index)


def _probability(
    name: Literal["p_liquidation_24h", "p_liquidation_7d"],
    value: Number,
    limit: float,
    slack: float,
    index: int,
) -> RuleMeasure:
    return RuleMeasure(name, value, limit, limit * (1 - slack), index)


def _distance(index: int, position: Position, near: float, slack: float) -> RuleMeasure:
    value = position.distance_sigmas
    return RuleMeasure("distance_sigmas", value, near, near * (1 + slack), index)


def _position_rule(
    code: RuleCode, measures: tuple[RuleMeasure, ...], inputs: RuleInputs, held: bool
) -> RuleState:
    """A rule on positions: it holds where any measure passes."""
    known = _positions_known(inputs)
    if known and not measures:
        return _clear(code)
    return rule_state(code, measures, known, held)


def _positions_known(inputs: RuleInputs) -> bool:
    return inputs.marks_known and inputs.account_known


def _fast_move(inputs: RuleInputs, slack: float, past: RuleState | None) -> RuleState:
    """A move of 5 minutes; from 6 σ, and against a position from 4 σ, it is a warning."""
    move = inputs.move_5m_sigmas
    if isinstance(move, Missing) and move.code == NEVER_CODE:
        return _clear(FAST_MOVE)
    measure = RuleMeasure("move_5m_sigmas", move, FAST_SIGMAS, FAST_SIGMAS * (1 - slack / 100))
    state = rule_state(FAST_MOVE, (measure,), True, past is not None and past.holds)
    if not state.holds:
        return state
    if isinstance(move, Missing):
        warning = past is not None and past.severity == "warning"
    else:
        very_fast = VERY_FAST_SIGMAS
        if past is not None and past.holds and past.severity == "warning":
            very_fast *= 1 - slack / 100
        against = any(
            (position.side == "long") == (move < 0) and abs(move) >= measure.release
            for position in inputs.positions
        )
        warning = against or abs(move) >= very_fast
    return replace(state, severity="warning" if warning else "caution")


def _over_budget(inputs: RuleInputs, held: bool) -> RuleState:
    """The account's VaR is over its budget while the symbol holds a position."""
    if not inputs.positions:
        return _clear(OVER_BUDGET) if inputs.account_known else _unmeasured(OVER_BUDGET, (), held)
    budget = inputs.var_budget
    if isinstance(budget, Missing):
        measure = RuleMeasure("var_1d_95", budget, 0.0, 0.0)
    else:
        measure = RuleMeasure("var_1d_95", inputs.account_var, budget, budget)
    known = inputs.portfolio_known and inputs.account_known
    return rule_state(OVER_BUDGET, (measure,), known, held)


def rule_state(
    code: RuleCode, measures: tuple[RuleMeasure, ...], known: bool, held: bool
) -> RuleState:
    """A rule that holds where any measure passes its threshold, or held and passes its release.

    ``known`` is False where the measures stand on something that is missing now.
    """
    severity = SEVERITY_OF[code]
    known = known and not any(_missing(measure.value) for measure in measures)
    if any(passes(measure, measure.threshold) for measure in measures):
        return RuleState(code, "holds", True, measures, severity, known)
    if not known:
        return _unmeasured(code, measures, held)
    kept = held and any(passes(measure, measure.release) for measure in measures)
    return RuleState(code, "held_by_hysteresis" if kept else "clear", kept, measures, severity)


@cache
def _clear(code: RuleCode) -> RuleState:
    return RuleState(code, "clear", False, (), SEVERITY_OF[code])


def _unmeasured(code: RuleCode, measures: tuple[RuleMeasure, ...], held: bool) -> RuleState:
    """A rule that cannot be judged: it holds where it held before."""
    state: VerdictState = "held" if held else "unknown"
    return RuleState(code, state, held, measures, SEVERITY_OF[code], known=False)


def _missing(value: Number) -> bool:
    """Whether a measure is not known; that no price liquidates is known."""
    return isinstance(value, Missing) and value.code not in LIQUIDATION_CODES


def passes(measure: RuleMeasure, threshold: float) -> bool:
    """Whether a measure is beyond ``threshold``, in its unit; a missing one is not."""
    value = measure.value
    if isinstance(value, Missing):
        return False
    if measure.name == "distance_sigmas":
        return abs(value) < threshold
    if measure.name == "move_5m_sigmas":
        return abs(value) >= threshold
    return value > threshold
