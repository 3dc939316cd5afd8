"""The rules of the recommendation against what was measured, with their hysteresis.

A rule that held is released only when its measure is ``hysteresis`` points below its threshold;
for the measures of a position, when it is that many hundredths of the threshold beyond it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tuirisk.config.model import Thresholds
from tuirisk.state import SIMULATING, Missing, Number, Position, RuleMeasure, RuleState, Score

LEVERAGE = "add_margin_or_reduce"
WATCH = "liquidation_over_1_percent"
"""The rule that decides nothing, but keeps the severity at a warning."""
WATCH_PROBABILITY = 0.01
"""P(liquidation, 24 h) above which it holds."""


def evaluate(
    score: Score,
    positions: tuple[Position, ...],
    thresholds: Thresholds,
    held: Collection[str],
) -> tuple[RuleState, ...]:
    """Every rule in the order in which they decide, :data:`WATCH` last.

    ``held`` are the codes of those that held a moment ago. None is ``decides`` yet.
    """
    slack = thresholds.hysteresis
    measured = (
        ("reduce_or_hedge", score.total, thresholds.reduce_or_hedge),
        ("no_new_positions", score.total, thresholds.no_new_positions),
        ("funding_extreme", score.components.funding, thresholds.funding_extreme),
        ("reduce_size", score.components.liquidity, thresholds.reduce_size),
    )
    due = any(position.liquidation_due for position in positions)
    near = tuple(_leverage_measures(positions, thresholds))
    likely = tuple(
        _probability(index, position, WATCH_PROBABILITY, slack)
        for index, position in enumerate(positions)
    )
    return (
        _position_rule(LEVERAGE, near, due, LEVERAGE in held),
        *(
            _score_rule(code, value, threshold, slack, code in held)
            for code, value, threshold in measured
        ),
        _position_rule(WATCH, likely, False, WATCH in held),
    )


def _score_rule(
    code: str, value: Number, threshold: float, hysteresis: float, held: bool
) -> RuleState:
    """A rule on points; without them it stays as it was, so that a gap undoes no hysteresis."""
    measure = RuleMeasure("points", value, threshold, threshold - hysteresis)
    if isinstance(value, Missing):
        return RuleState(code, "unknown", held, (measure,))
    return _state(code, value > threshold, held and value > measure.release, (measure,))


def _position_rule(
    code: str, measures: tuple[RuleMeasure, ...], due: bool, held: bool
) -> RuleState:
    """A rule on positions: it holds where any measure passes, or a liquidation is ``due``."""
    beyond = due or any(_passes(measure, measure.threshold) for measure in measures)
    kept = held and any(
        measure.value == SIMULATING or _passes(measure, measure.release) for measure in measures
    )
    return _state(code, beyond, kept, measures)


def _state(code: str, beyond: bool, kept: bool, measures: tuple[RuleMeasure, ...]) -> RuleState:
    if beyond:
        return RuleState(code, "holds", True, measures)
    return RuleState(code, "held_by_hysteresis" if kept else "clear", kept, measures)


def _passes(measure: RuleMeasure, threshold: float) -> bool:
    if isinstance(measure.value, Missing):
        return False
    if measure.name == "distance_sigmas":
        return abs(measure.value) < threshold
    return measure.value > threshold


def _leverage_measures(
    positions: tuple[Position, ...], thresholds: Thresholds
) -> Iterator[RuleMeasure]:
    near, slack = thresholds.liquidation_sigmas, thresholds.hysteresis
    for index, position in enumerate(positions):
        release = near * (1 + slack / 100)
        yield RuleMeasure("distance_sigmas", position.distance_sigmas, near, release, index)
        yield _probability(index, position, thresholds.liquidation_probability, slack)


def _probability(
    index: int, position: Position, threshold: float, hysteresis: float
) -> RuleMeasure:
    """P(liquidation, 24 h); while it is being simulated a rule that held goes on holding."""
    release = threshold * (1 - hysteresis / 100)
    return RuleMeasure("p_liquidation_24h", position.p_liquidation_24h, threshold, release, index)
