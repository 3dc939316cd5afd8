"""Which rule of the recommendation fired, which others hold, and by how much."""

from __future__ import annotations

import dataclasses

import pytest
from support.build import NOW_NS, assess_market, ready_market, state
from support.explanation import find

from tuirisk import events as ev
from tuirisk.analytics.score import recommendation as analytics
from tuirisk.analytics.score.rules import LEVERAGE, SEVERITY_OF, WATCH, RuleInputs
from tuirisk.config.model import Config, PositionConfig, Thresholds
from tuirisk.explain import Node, explain
from tuirisk.language.reason import Reason
from tuirisk.market.market import Market
from tuirisk.state import Missing, Number, RuleState
from tuirisk.state.codes import RuleCode

BTC = "BTCUSDT"
RULES = tuple(SEVERITY_OF)
LONG = Config(positions=(PositionConfig(BTC, "long", 0.5, 64_000.0, 10.0),))


def rules(tree: Node) -> dict[str, Node]:
    return {n.args[0]: n for n in find(tree, "recommendation").children if n.code == "rule"}


def test_the_rules_are_those_of_the_recommendation_in_their_order() -> None:
    assert tuple(rules(explain(state(), BTC))) == RULES


@pytest.mark.parametrize(
    ("sigmas", "probability", "note", "watch"),
    [
        (0.9, 0.001, "decides", "holds"),
        (3.0, 0.06, "decides", "holds"),
        (3.0, 0.02, "clear", "decides"),
        (3.0, 0.001, "clear", "clear"),
        (Missing.from_text("none"), Missing.from_text("none"), "unknown", "unknown"),
    ],
)
def test_the_rules_of_a_position(
    sigmas: Number, probability: Number, note: str, watch: str
) -> None:
    config = LONG
    made = assess_market(ready_market(), config=config)
    base = made.symbols[BTC]
    place = dataclasses.replace(
        base.positions[0],
        distance_sigmas=sigmas,
        p_liquidation_24h=probability,
        p_liquidation_7d=probability,
    )
    inputs = RuleInputs(base.score, (place,))
    advice = analytics.recommendation(inputs, config.risk.thresholds, ())
    risk = dataclasses.replace(base, positions=(place,), recommendation=advice)
    tree = explain(dataclasses.replace(made, symbols={BTC: risk}), BTC)
    found = rules(tree)
    assert (found[LEVERAGE].note, found[WATCH].note) == (note, watch)
    assert [c.code for c in found[LEVERAGE].children] == ["position"]


@pytest.mark.parametrize("held", [(), ("funding_extreme",), ("no_new_positions", "reduce_size")])
@pytest.mark.parametrize("level", [0.5, 4.0])
def test_each_rule_shows_whether_it_holds(held: tuple[RuleCode, ...], level: float) -> None:
    base = state().symbols[BTC]
    past = tuple(RuleState(code, "holds", True, (), SEVERITY_OF[code]) for code in held)
    assert isinstance(base.score.total, float)
    assert isinstance(base.score.components.funding, float)
    limits = Thresholds(
        reduce_or_hedge=base.score.total + 30.0,
        no_new_positions=base.score.total - level,
        funding_extreme=base.score.components.funding + level,
        reduce_size=base.score.components.liquidity + 1.0,  # type: ignore[arg-type]
    )
    advice = analytics.recommendation(RuleInputs(base.score), limits, (), past)
    made = dataclasses.replace(base, recommendation=advice)
    whole = dataclasses.replace(state(), symbols={BTC: made})
    found = rules(explain(whole, BTC))
    assert found["no_new_positions"].note == "decides"
    assert found["reduce_or_hedge"].note == "clear"
    expected = "held_by_hysteresis" if "funding_extreme" in held and level < 3.0 else "clear"
    assert found["funding_extreme"].note == expected
    expected = "held_by_hysteresis" if "reduce_size" in held else "clear"
    assert found["reduce_size"].note == expected
    for code, node in found.items():
        holds = node.note in ("decides", "holds", "held_by_hysteresis")
        assert holds == (code in advice.holding)
    assert found["no_new_positions"].release == limits.no_new_positions - limits.hysteresis


def test_without_numbers_no_rule_can_be_judged() -> None:
    market = Market()
    market.apply(ev.SymbolRefused("NOPEUSDT", NOW_NS, Reason.from_text("no such symbol")))
    found = rules(explain(assess_market(market), "NOPEUSDT"))
    points = ("reduce_or_hedge", "no_new_positions", "fast_move", "funding_extreme", "reduce_size")
    assert all(found[code].note == "unknown" for code in points)
