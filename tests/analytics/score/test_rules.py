"""Each rule of the recommendation says its state, its measures and where it is released."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.ui_states import position, symbol

from tuirisk.analytics.score.recommendation import RULES, recommendation
from tuirisk.analytics.score.rules import LEVERAGE, WATCH, evaluate
from tuirisk.config.model import Thresholds
from tuirisk.state import SIMULATING, Components, Missing, Number, Position, RuleState, Score

LIMITS = Thresholds()


def scored(total: Number, funding: Number = 0.0, liquidity: Number = 0.0) -> Score:
    parts = Components(0.0, liquidity, funding, 0.0)
    return replace(symbol().score, total=total, components=parts)


def placed(sigmas: Number, probability: Number = 0.0, due: bool = False) -> Position:
    return replace(
        position(100.0),
        distance_sigmas=sigmas,
        p_liquidation_24h=probability,
        liquidation_due=due,
    )


def rule(code: str, score: Score, *positions: Position, held: tuple[str, ...] = ()) -> RuleState:
    return next(r for r in evaluate(score, positions, LIMITS, held) if r.code == code)


def test_the_rules_stand_in_the_order_in_which_they_decide() -> None:
    codes = [r.code for r in evaluate(scored(0.0), (), LIMITS, ())]
    assert codes == [*(code for code in RULES if code != "under_control"), WATCH]


@pytest.mark.parametrize(
    ("total", "held", "state", "holds"),
    [
        (60.1, False, "holds", True),
        (60.0, False, "clear", False),
        (60.0, True, "held_by_hysteresis", True),
        (57.1, True, "held_by_hysteresis", True),
        (57.0, True, "clear", False),
        (Missing("stale"), False, "unknown", False),
        (Missing("stale"), True, "unknown", True),
    ],
)
def test_a_rule_on_points(total: Number, held: bool, state: str, holds: bool) -> None:
    code = "no_new_positions"
    found = rule(code, scored(total), held=(code,) if held else ())
    assert (found.state, found.holds) == (state, holds)
    (measure,) = found.measures
    assert (measure.value, measure.threshold, measure.release) == (total, 60.0, 57.0)


@pytest.mark.parametrize(
    ("own", "held", "state"),
    [
        (placed(0.99), False, "holds"),
        (placed(1.0), False, "clear"),
        (placed(1.02), True, "held_by_hysteresis"),
        (placed(1.03), True, "clear"),
        (placed(9.0, 0.051), False, "holds"),
        (placed(9.0, 0.049), False, "clear"),
        (placed(9.0, 0.049), True, "held_by_hysteresis"),
        (placed(9.0, 0.048), True, "clear"),
        (placed(9.0, SIMULATING), True, "held_by_hysteresis"),
        (placed(9.0, SIMULATING), False, "clear"),
        (placed(9.0, Missing("not_measured")), True, "clear"),
        (
            placed(Missing("no_liquidation_price"), Missing("no_liquidation_price"), due=True),
            False,
            "holds",
        ),
    ],
)
def test_the_rule_of_a_position_near_its_liquidation(own: Position, held: bool, state: str) -> None:
    found = rule(LEVERAGE, scored(0.0), own, held=(LEVERAGE,) if held else ())
    assert found.state == state
    assert found.holds == (state != "clear")


def test_any_of_several_positions_makes_the_rule_hold() -> None:
    found = rule(LEVERAGE, scored(0.0), placed(9.0), placed(-0.5))
    assert found.state == "holds"
    assert [m.position for m in found.measures] == [0, 0, 1, 1]
    assert rule(WATCH, scored(0.0), placed(9.0), placed(9.0, 0.011)).state == "holds"


def test_one_rule_decides_and_the_others_keep_their_state() -> None:
    advice = recommendation(scored(85.0, liquidity=71.0), (), LIMITS, (), ())
    states = {r.code: r.state for r in advice.rules}
    assert states == {
        LEVERAGE: "clear",
        "reduce_or_hedge": "decides",
        "no_new_positions": "holds",
        "funding_extreme": "clear",
        "reduce_size": "holds",
        WATCH: "clear",
    }
    assert advice.held == ("reduce_or_hedge", "no_new_positions", "reduce_size")


def test_without_a_total_no_rule_decides() -> None:
    advice = recommendation(scored(Missing("stale")), (), LIMITS, (), ("reduce_or_hedge",))
    assert advice.code == "insufficient_data"
    assert "decides" not in {r.state for r in advice.rules}
    assert advice.held == ("reduce_or_hedge",)
