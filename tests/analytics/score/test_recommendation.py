"""The first rule that holds, its hysteresis, and the notes beside it."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.build import state

from tuirisk.analytics.score.recommendation import RULES, deciding, notes, recommendation
from tuirisk.analytics.score.rules import WATCH
from tuirisk.config.model import Config, PositionConfig, Thresholds
from tuirisk.state import (
    SIMULATING,
    Components,
    Freshness,
    Missing,
    Number,
    Position,
    Recommendation,
    RuleState,
    Score,
    Severity,
    SymbolState,
)

GONE = Missing.from_text("gone")
LIMITS = Thresholds()
HELD = Config(positions=(PositionConfig("BTCUSDT", "long", 1.0, 67_000.0),))
STATE: SymbolState = state().symbols["BTCUSDT"]


def scored(total: Number, funding: Number = 0.0, liquidity: Number = 0.0) -> Score:
    return Score(total, 1.0, Components(0.0, liquidity, funding, 0.0), {})


def advise(
    given_score: Score, held: tuple[str, ...] = (), stands: Position | None = None
) -> Recommendation:
    return recommendation(given_score, (stands,) if stands else (), LIMITS, (), held)


@pytest.mark.parametrize(
    ("given_score", "code", "severity"),
    [
        (scored(80.1), "reduce_or_hedge", "critical"),
        (scored(80.0), "no_new_positions", "warning"),
        (scored(60.1), "no_new_positions", "warning"),
        (scored(60.0), "under_control", "ok"),
        (scored(10.0, funding=80.1, liquidity=99.0), "funding_extreme", "caution"),
        (scored(10.0, funding=80.0, liquidity=70.1), "reduce_size", "caution"),
        (scored(10.0, liquidity=70.0), "under_control", "ok"),
        (scored(70.0, funding=99.0), "no_new_positions", "warning"),
        (scored(GONE, funding=99.0), "insufficient_data", "caution"),
    ],
)
def test_the_first_rule_that_holds(given_score: Score, code: str, severity: str) -> None:
    made = advise(given_score)
    assert (made.code, made.severity) == (code, severity)


def test_texts() -> None:
    assert advise(scored(10.0)).text == "Risk under control"
    assert advise(scored(99.0)).text == "Reduce or hedge now"
    assert {code: text for code, (_, text) in RULES.items()} == {
        "add_margin_or_reduce": "Add margin or reduce now",
        "reduce_or_hedge": "Reduce or hedge now",
        "no_new_positions": "No new positions, tighten stops",
        "funding_extreme": "Funding extreme, beware of a reversal",
        "reduce_size": "Reduce size, enter and exit in parts",
        "under_control": "Risk under control",
    }


@pytest.mark.parametrize(
    ("measure", "threshold", "code"),
    [
        ("total", 80.0, "reduce_or_hedge"),
        ("total", 60.0, "no_new_positions"),
        ("funding", 80.0, "funding_extreme"),
        ("liquidity", 70.0, "reduce_size"),
    ],
)
def test_a_rule_holds_until_three_points_below(measure: str, threshold: float, code: str) -> None:
    def at(points: float, held: tuple[str, ...]) -> tuple[str, ...]:
        values = {"total": 10.0, "funding": 0.0, "liquidity": 0.0} | {measure: points}
        return advise(scored(**values), held).held

    assert code not in at(threshold, ())
    held = at(threshold + 0.1, ())
    assert code in held
    held = at(threshold - 2.9, held)
    assert code in held
    assert code not in at(threshold - 3.0, held)


def test_a_rule_behind_another_keeps_its_hysteresis() -> None:
    held = advise(scored(81.0)).held
    assert held == ("reduce_or_hedge", "no_new_positions")
    assert advise(scored(58.0), held).code == "no_new_positions"
    assert advise(scored(58.0)).code == "under_control"


def test_a_moment_without_data_does_not_undo_hysteresis() -> None:
    held = advise(scored(82.0, funding=81.0)).held
    blind = advise(scored(GONE, funding=GONE), held)
    assert blind.code == "insufficient_data"
    assert advise(scored(78.0, funding=78.0), blind.held).code == "reduce_or_hedge"


def test_a_rule_without_a_measure_does_not_decide() -> None:
    held = advise(scored(10.0, funding=90.0)).held
    assert advise(scored(10.0, funding=GONE), held).code == "under_control"


@given(st.lists(st.floats(0, 100), min_size=1, max_size=30))
def test_a_path_never_flaps_within_the_hysteresis(path: list[float]) -> None:
    held: tuple[str, ...] = ()
    for total in path:
        made = advise(scored(total), held)
        if total > 80:
            assert made.code == "reduce_or_hedge"
        if total <= 57:
            assert made.code == "under_control"
        if 77 < total <= 80:
            assert (made.code == "reduce_or_hedge") == ("reduce_or_hedge" in held)
        held = made.held


def stands(sigmas: Number = GONE, probability: Number = GONE) -> Position:
    made = state(config=HELD).symbols["BTCUSDT"].position
    assert made is not None
    return dataclasses.replace(made, distance_sigmas=sigmas, p_liquidation_24h=probability)


@pytest.mark.parametrize(
    ("stand", "fires"),
    [
        (stands(), False),
        (stands(sigmas=0.99), True),
        (stands(sigmas=-0.99), True),
        (stands(sigmas=1.0), False),
        (stands(probability=0.051), True),
        (stands(sigmas=3.0, probability=0.05), False),
    ],
)
def test_a_position_near_its_liquidation_comes_first(stand: Position, fires: bool) -> None:
    made = advise(scored(90.0), stands=stand)
    assert (made.code == "add_margin_or_reduce") is fires
    assert (advise(scored(GONE), stands=stand).code == "add_margin_or_reduce") is fires


def test_distance_has_hysteresis_too() -> None:
    held = advise(scored(1.0), stands=stands(sigmas=0.99)).held
    assert advise(scored(1.0), held, stands(sigmas=1.02)).code == "add_margin_or_reduce"
    assert advise(scored(1.0), held, stands(sigmas=1.04)).code == "under_control"


def test_five_per_cent_and_a_liquidation_that_is_due_decide() -> None:
    held = advise(scored(1.0), stands=stands(probability=0.051)).held
    assert advise(scored(1.0), held, stands(probability=0.049)).code == "add_margin_or_reduce"
    assert advise(scored(1.0), held, stands(probability=0.048)).code == "under_control"
    due = dataclasses.replace(stands(), liquidation_due=True)
    assert advise(scored(1.0), stands=due).severity == "critical"


@pytest.mark.parametrize(
    ("total", "chance", "severity"),
    [
        (1.0, 0.01, "ok"),
        (1.0, 0.0101, "warning"),
        (70.0, 0.02, "warning"),
        (90.0, 0.02, "critical"),
        (1.0, 0.051, "critical"),
        (GONE, 0.02, "warning"),
    ],
)
def test_one_per_cent_is_at_least_a_warning(total: Number, chance: float, severity: str) -> None:
    made = advise(scored(total), stands=stands(probability=chance))
    assert made.severity == severity
    assert ("liquidation_over_1_percent" in made.notes) == (chance > 0.01)


def test_one_per_cent_has_hysteresis_and_outlasts_a_simulation() -> None:
    held = advise(scored(1.0), stands=stands(probability=0.0101)).held
    assert advise(scored(1.0), held, stands(probability=0.0098)).severity == "warning"
    assert advise(scored(1.0), held, stands(probability=0.0096)).severity == "ok"
    assert advise(scored(1.0), held, stands(probability=SIMULATING)).severity == "warning"
    assert advise(scored(1.0), held, stands(probability=GONE)).severity == "ok"
    assert advise(scored(1.0), (), stands(probability=SIMULATING)).severity == "ok"
    assert advise(scored(1.0), held).severity == "ok", "the position was closed"


def test_any_of_a_symbols_positions_decides() -> None:
    pair = (stands(probability=0.001), stands(probability=0.2))
    assert recommendation(scored(1.0), pair, LIMITS, (), ()).code == "add_margin_or_reduce"


def noted(contract_type: str = "PERPETUAL", stale: str = "", **changes: object) -> tuple[str, ...]:
    made = dataclasses.replace(STATE, **changes)  # type: ignore[arg-type]
    fresh = {name: Freshness(0.0, 1.0, name == stale) for name in STATE.freshness}
    return notes(
        made.volatility,
        made.timeframes,
        made.funding,
        made.liquidations,
        made.liquidity,
        contract_type,
        fresh,
    )


def test_notes() -> None:
    assert noted() == ()
    assert noted("TRADIFI_PERPETUAL") == ("tradifi_perpetual",)
    regime = dataclasses.replace(STATE.volatility.regime, state="compression", divergence=True)
    volatile = dataclasses.replace(STATE.volatility, regime=regime)
    assert noted(volatility=volatile) == ("regime_compression", "trend_exhaustion")
    assert noted(volatility=volatile, stale="candles") == ()
    carry = dataclasses.replace(STATE.funding.carry, opportunity=True)
    hot = dataclasses.replace(STATE.funding, signal="overheated_longs", carry=carry)
    assert noted(funding=hot) == ("funding_overheated_longs", "carry_opportunity")
    assert noted(funding=hot, stale="mark") == ()
    cascade = dataclasses.replace(STATE.liquidations, cascade=True)
    assert noted(liquidations=cascade) == ("liquidation_cascade",)
    dry = dataclasses.replace(STATE.liquidity.impact.buy, exhausted=True)
    impact = dataclasses.replace(STATE.liquidity.impact, buy=dry)
    assert noted(liquidity=dataclasses.replace(STATE.liquidity, impact=impact)) == (
        "book_exhausted",
    )


@pytest.mark.parametrize(
    ("code", "held", "severity", "why"),
    [
        ("under_control", (), "ok", "under_control"),
        ("no_new_positions", ("no_new_positions", "reduce_size"), "warning", "no_new_positions"),
        ("no_new_positions", ("no_new_positions", "reduce_size"), "caution", "reduce_size"),
        ("no_new_positions", ("no_new_positions",), "caution", "no_new_positions"),
        ("reduce_size", ("reduce_size", WATCH), "warning", WATCH),
        ("under_control", (WATCH,), "warning", WATCH),
    ],
)
def test_what_made_a_severity_that_was_confirmed(
    code: str, held: tuple[str, ...], severity: Severity, why: str
) -> None:
    rules = tuple(RuleState(name, "holds", True, ()) for name in held)
    advice = Recommendation(code, "warning", "", (), rules)
    assert deciding(advice, severity) == why
