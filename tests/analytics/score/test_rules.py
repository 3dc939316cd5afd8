"""Each rule of the recommendation says its state, its measures and where it is released."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.ui_states import position, symbol

from tuirisk.analytics.score.rules import (
    DUE,
    FAST_MOVE,
    LEVERAGE,
    LIQUIDATED,
    OVER_BUDGET,
    SEVERITY_OF,
    WATCH,
    RuleInputs,
    evaluate,
)
from tuirisk.config.model import Thresholds
from tuirisk.state import Components, Missing, Number, Position, RuleState, Score
from tuirisk.state.codes import RuleCode

LIMITS = Thresholds()
GONE = Missing("not_measured")


def scored(total: Number, funding: Number = 0.0, liquidity: Number = 0.0) -> Score:
    parts = Components(0.0, liquidity, funding, 0.0)
    return replace(symbol().score, total=total, coverage=1.0, components=parts)


def placed(
    sigmas: Number, day: Number = 0.0, week: Number = 0.0, due: bool = False, side: str = "long"
) -> Position:
    return replace(
        position(100.0),
        side=side,  # type: ignore[arg-type]
        distance_sigmas=sigmas,
        p_liquidation_24h=day,
        p_liquidation_7d=week,
        liquidation_due=due,
    )


def past(code: RuleCode, holds: bool = True) -> tuple[RuleState, ...]:
    return (RuleState(code, "holds", holds, (), SEVERITY_OF[code]),) if holds else ()


def rule(code: RuleCode, inputs: RuleInputs, held: bool = False) -> RuleState:
    found = evaluate(inputs, LIMITS, past(code, held))
    return next(r for r in found if r.code == code)


def test_the_rules_stand_in_the_order_in_which_they_decide() -> None:
    codes = [r.code for r in evaluate(RuleInputs(scored(0.0)), LIMITS)]
    assert codes == [
        "liquidated",
        "liquidation_due",
        "add_margin_or_reduce",
        "reduce_or_hedge",
        "watch_margin",
        "no_new_positions",
        "fast_move",
        "account_over_budget",
        "funding_extreme",
        "reduce_size",
    ]
    assert codes == list(SEVERITY_OF)


@pytest.mark.parametrize(
    ("total", "held", "state", "holds"),
    [
        (60.1, False, "holds", True),
        (60.0, False, "clear", False),
        (60.0, True, "held_by_hysteresis", True),
        (57.1, True, "held_by_hysteresis", True),
        (57.0, True, "clear", False),
        (GONE, False, "unknown", False),
        (GONE, True, "held", True),
    ],
)
def test_a_rule_on_points(total: Number, held: bool, state: str, holds: bool) -> None:
    found = rule("no_new_positions", RuleInputs(scored(total)), held)
    assert (found.state, found.holds, found.known) == (state, holds, total is not GONE)
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
        (placed(9.0, 0.05), False, "clear"),
        (placed(9.0, 0.049), True, "held_by_hysteresis"),
        (placed(9.0, 0.048), True, "clear"),
        (placed(9.0, GONE), True, "held"),
        (placed(9.0, GONE), False, "unknown"),
        (placed(0.5, GONE), False, "holds"),
        (placed(Missing("no_liquidation_price"), 0.0), True, "clear"),
    ],
)
def test_the_rule_of_a_position_near_its_liquidation(own: Position, held: bool, state: str) -> None:
    found = rule(LEVERAGE, RuleInputs(scored(0.0), (own,)), held)
    assert found.state == state
    assert found.holds == (state not in ("clear", "unknown"))


@pytest.mark.parametrize(
    ("own", "state"),
    [
        (placed(1.99), "holds"),
        (placed(2.0), "clear"),
        (placed(9.0, 0.0101), "holds"),
        (placed(9.0, 0.01), "clear"),
        (placed(9.0, 0.0042, 0.525), "holds"),
        (placed(9.0, 0.0, 0.2), "clear"),
        (placed(9.0, 0.0, GONE), "unknown"),
    ],
)
def test_a_position_is_watched(own: Position, state: str) -> None:
    assert rule(WATCH, RuleInputs(scored(0.0), (own,))).state == state


def test_any_of_several_positions_makes_a_rule_hold() -> None:
    found = rule(LEVERAGE, RuleInputs(scored(0.0), (placed(9.0), placed(-0.5))))
    assert found.state == "holds"
    assert [m.position for m in found.measures] == [0, 0, 1, 1]


def test_a_liquidation_that_is_due_or_happened() -> None:
    due = RuleInputs(scored(0.0), (placed(GONE, due=True),))
    assert rule(DUE, due).state == "holds"
    blind = replace(placed(3.0), liquidation_price=GONE)
    assert rule(DUE, RuleInputs(scored(0.0), (blind,))).state == "unknown"
    assert rule(DUE, RuleInputs(scored(0.0), (blind,)), held=True).state == "held"
    assert rule(DUE, RuleInputs(scored(0.0))).state == "clear"
    assert rule(LIQUIDATED, RuleInputs(scored(0.0), liquidated=True)).state == "holds"


def test_a_late_mark_price_may_raise_a_rule_and_never_clears_it() -> None:
    near = RuleInputs(scored(0.0), (placed(0.5),), marks_known=False)
    far = RuleInputs(scored(0.0), (placed(5.0),), marks_known=False)
    assert rule(LEVERAGE, near).state == "holds"
    assert rule(LEVERAGE, far).state == "unknown"
    assert rule(LEVERAGE, far, held=True).state == "held"
    assert rule(DUE, far, held=True).state == "held"


@pytest.mark.parametrize(
    ("sigmas", "side", "state", "severity"),
    [
        (-3.9, "long", "clear", None),
        (-4.0, "long", "holds", "warning"),
        (4.0, "long", "holds", "caution"),
        (4.0, "short", "holds", "warning"),
        (4.0, None, "holds", "caution"),
        (-6.0, None, "holds", "warning"),
        (6.0, "long", "holds", "warning"),
        (GONE, None, "unknown", None),
    ],
)
def test_a_fast_move(sigmas: Number, side: str | None, state: str, severity: str | None) -> None:
    positions = () if side is None else (placed(9.0, side=side),)
    found = rule(FAST_MOVE, RuleInputs(scored(0.0), positions, move_5m_sigmas=sigmas))
    assert found.state == state
    if severity is not None:
        assert found.severity == severity


def test_a_warning_of_a_fast_move_is_held_as_one() -> None:
    first = evaluate(RuleInputs(scored(0.0), move_5m_sigmas=7.0), LIMITS)
    then = evaluate(RuleInputs(scored(0.0), move_5m_sigmas=GONE), LIMITS, first)
    found = next(r for r in then if r.code == FAST_MOVE)
    assert (found.state, found.severity) == ("held", "warning")


def test_the_account_over_its_budget_counts_where_a_position_is() -> None:
    over = RuleInputs(scored(0.0), (placed(9.0),), account_var=201.0, var_budget=200.0)
    assert rule(OVER_BUDGET, over).state == "holds"
    assert rule(OVER_BUDGET, replace(over, positions=())).state == "clear"
    assert rule(OVER_BUDGET, replace(over, account_var=200.0)).state == "clear"
    assert rule(OVER_BUDGET, replace(over, account_var=GONE), held=True).state == "held"


def test_an_account_that_is_late_clears_no_rule_on_positions() -> None:
    late = RuleInputs(scored(0.0), (placed(9.0),), account_known=False)
    for code in (DUE, LEVERAGE, WATCH, OVER_BUDGET):
        assert rule(code, late).state == "unknown"
        assert rule(code, late, held=True).state == "held"
        assert rule(code, replace(late, positions=())).state == "unknown"


def test_the_account_is_not_within_its_budget_by_a_late_mark_of_another_symbol() -> None:
    within = RuleInputs(scored(0.0), (placed(9.0),), account_var=1.0, var_budget=200.0)
    assert rule(OVER_BUDGET, within).state == "clear"
    assert rule(OVER_BUDGET, replace(within, portfolio_known=False)).state == "unknown"


def test_a_carried_component_is_not_known() -> None:
    carried = replace(scored(10.0, funding=10.0, liquidity=75.0), carried=("liquidity",))
    known = {r.code: r.known for r in evaluate(RuleInputs(carried), LIMITS)}
    assert not known["reduce_size"]
    assert not known["reduce_or_hedge"]
    assert known["funding_extreme"]
    assert rule("reduce_size", RuleInputs(carried)).state == "holds"
