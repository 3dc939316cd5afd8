"""The first rule that holds, what is said where not all is known, and the notes beside it."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.build import state
from support.ui_states import position, symbol

from tuirisk.analytics.score.recommendation import (
    SENTENCES,
    deciding,
    notes,
    recommendation,
)
from tuirisk.analytics.score.rules import SEVERITY_OF, RuleInputs
from tuirisk.config.model import Thresholds
from tuirisk.language.words import Words
from tuirisk.state import (
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
from tuirisk.state.codes import AdviceCode, RuleCode

GONE = Missing.from_text("gone")
LIMITS = Thresholds()
STATE: SymbolState = state().symbols["BTCUSDT"]


def scored(
    total: Number, funding: Number = 0.0, liquidity: Number = 0.0, coverage: float = 1.0
) -> Score:
    parts = Components(0.0, liquidity, funding, 0.0)
    return dataclasses.replace(symbol().score, total=total, coverage=coverage, components=parts)


def advise(
    given_score: Score,
    past: Recommendation | None = None,
    *positions: Position,
    confirmed: Severity | None = None,
) -> Recommendation:
    rules = () if past is None else past.rules
    return recommendation(RuleInputs(given_score, positions), LIMITS, (), rules, confirmed)


def placed(sigmas: Number = 9.0, day: Number = 0.0, week: Number = 0.0) -> Position:
    return dataclasses.replace(
        position(100.0), distance_sigmas=sigmas, p_liquidation_24h=day, p_liquidation_7d=week
    )


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
        (scored(GONE, funding=99.0), "funding_extreme", "caution"),
        (scored(GONE), "insufficient_data", "unknown"),
        (scored(10.0, coverage=0.8), "insufficient_data", "unknown"),
    ],
)
def test_the_first_rule_that_holds(given_score: Score, code: str, severity: str) -> None:
    made = advise(given_score)
    assert (made.code, made.severity) == (code, severity)


def test_every_rule_has_a_sentence_of_its_own_in_both_languages() -> None:
    english, chinese = Words("en"), Words("zh")
    assert set(SENTENCES) == {*SEVERITY_OF, "under_control", "insufficient_data"}
    for code, sentence in SENTENCES.items():
        assert english(f"code.{code}") == sentence
        assert any(character >= "\u4e00" for character in chinese(f"code.{code}"))


@pytest.mark.parametrize(
    ("own", "code", "severity"),
    [
        (placed(0.99), "add_margin_or_reduce", "critical"),
        (placed(1.5), "watch_margin", "warning"),
        (placed(9.0, 0.0042, 0.525), "watch_margin", "warning"),
        (placed(9.0, 0.0101), "watch_margin", "warning"),
        (placed(9.0, 0.051), "add_margin_or_reduce", "critical"),
        (placed(9.0), "under_control", "ok"),
        (placed(9.0, GONE, GONE), "insufficient_data", "unknown"),
    ],
)
def test_a_position_decides_with_its_own_sentence(own: Position, code: str, severity: str) -> None:
    made = advise(scored(10.0), None, own)
    assert (made.code, made.severity, made.text) == (code, severity, SENTENCES[code])


@given(
    st.one_of(st.floats(0, 100), st.just(GONE)),
    st.one_of(st.floats(0, 1), st.just(GONE)),
    st.one_of(st.floats(0, 1), st.just(GONE)),
    st.one_of(st.floats(-9, 0), st.just(GONE)),
)
def test_the_severity_is_that_of_the_sentence_and_never_ok_without_all_inputs(
    total: Number, day: Number, week: Number, sigmas: Number
) -> None:
    made = advise(scored(total), None, placed(sigmas, day, week))
    if made.code != "under_control" and made.code != "insufficient_data":
        assert made.severity == SEVERITY_OF[made.code]
    assert (made.severity == "ok") == (made.code == "under_control")
    if GONE in (total, day, week, sigmas):
        assert made.severity != "ok"


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
    def at(points: float, past: Recommendation | None = None) -> Recommendation:
        values = {"total": 10.0, "funding": 0.0, "liquidity": 0.0} | {measure: points}
        return advise(scored(**values), past)

    assert code not in at(threshold).holding
    made = at(threshold + 0.1)
    assert code in made.holding
    made = at(threshold - 2.9, made)
    assert code in made.holding
    assert code not in at(threshold - 3.0, made).holding


def test_a_rule_behind_another_keeps_its_hysteresis() -> None:
    made = advise(scored(81.0))
    assert made.holding == ("reduce_or_hedge", "no_new_positions")
    assert advise(scored(58.0), made).code == "no_new_positions"
    assert advise(scored(58.0)).code == "under_control"


def test_a_held_rule_decides() -> None:
    blind = advise(scored(GONE), advise(scored(64.2)))
    assert (blind.code, blind.severity) == ("no_new_positions", "warning")
    assert [r.state for r in blind.rules if r.code == blind.code] == ["held"]
    assert advise(scored(58.0), blind).code == "no_new_positions"
    assert advise(scored(56.0), blind).code == "under_control"


@pytest.mark.parametrize(
    ("confirmed", "severity"),
    [(None, "unknown"), ("ok", "unknown"), ("caution", "caution"), ("critical", "critical")],
)
def test_without_enough_data_the_severity_is_held(
    confirmed: Severity | None, severity: str
) -> None:
    made = advise(scored(GONE), confirmed=confirmed)
    assert (made.code, made.severity) == ("insufficient_data", severity)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=30))
def test_a_path_never_flaps_within_the_hysteresis(path: list[float]) -> None:
    past: Recommendation | None = None
    for total in path:
        made = advise(scored(total), past)
        if total > 80:
            assert made.code == "reduce_or_hedge"
        if total <= 57:
            assert made.code == "under_control"
        if 77 < total <= 80:
            held = past is not None and "reduce_or_hedge" in past.holding
            assert (made.code == "reduce_or_hedge") == held
        past = made


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
        ("reduce_size", ("watch_margin", "reduce_size"), "warning", "watch_margin"),
    ],
)
def test_the_rule_that_decided_a_confirmed_severity(
    code: AdviceCode, held: tuple[RuleCode, ...], severity: Severity, why: str
) -> None:
    rules = tuple(RuleState(name, "holds", True, (), SEVERITY_OF[name]) for name in held)
    advice = Recommendation(code, "warning", "", (), rules)
    assert deciding(advice, severity) == why
