"""Every number is judged once, by the thresholds of the configuration where it has them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.build import assess_market, ready_market, state
from support.ui_states import position

from tuirisk.analytics.derivatives.funding import holes, limit_used
from tuirisk.analytics.liquidity.book_walk import Levels, walk
from tuirisk.analytics.score import levels
from tuirisk.config.model import Config, PositionConfig, RiskConfig, Thresholds
from tuirisk.state import LevelRule, Missing, Number, Position

BTC = "BTCUSDT"
HOUR_MS = 3_600_000
RULES = levels.level_rules(RiskConfig())


def placed(sigmas: Number, probability: Number = 0.0, **others: object) -> Position:
    base = position(100.0)
    changed = replace(base, distance_sigmas=sigmas, p_liquidation_24h=probability)
    return replace(changed, **others)  # type: ignore[arg-type]


def nearness(of: Position, limits: Thresholds | None = None) -> tuple[str, str, float]:
    rules = levels.level_rules(RiskConfig(thresholds=limits or Thresholds()))
    judged = levels.judge_position(of, rules).levels["distance"]
    return judged.level, judged.rule, judged.threshold


@pytest.mark.parametrize(
    ("sigmas", "level", "threshold"),
    [
        (0.99, "critical", 1.0),
        (1.0, "warning", 2.0),
        (-1.99, "warning", 2.0),
        (2.0, "ok", 2.0),
        (2.5, "ok", 2.0),
        (-3.5, "ok", 2.0),
    ],
)
def test_the_distance_is_judged_in_daily_sigmas(
    sigmas: float, level: str, threshold: float
) -> None:
    assert nearness(placed(sigmas)) == (level, "distance_sigmas", threshold)


@pytest.mark.parametrize(
    ("own", "sigmas", "level"),
    [
        (1.0, 2.5, "ok"),
        (2.0, 1.5, "critical"),
        (2.0, 3.5, "warning"),
        (0.5, 0.7, "warning"),
        (0.5, 1.5, "ok"),
    ],
)
def test_the_configured_sigmas_scale_both_levels(own: float, sigmas: float, level: str) -> None:
    assert nearness(placed(sigmas), Thresholds(liquidation_sigmas=own))[0] == level


@pytest.mark.parametrize(
    ("probability", "expected"),
    [
        (0.051, ("critical", "p_liquidation_24h", 0.05)),
        (0.05, ("warning", "p_liquidation_24h", 0.01)),
        (0.011, ("warning", "p_liquidation_24h", 0.01)),
        (0.01, ("ok", "distance_sigmas", 2.0)),
        (Missing("being_simulated"), ("ok", "distance_sigmas", 2.0)),
    ],
)
def test_a_likely_liquidation_makes_a_long_distance_near(
    probability: Number, expected: tuple[str, str, float]
) -> None:
    assert nearness(placed(9.0, probability)) == expected


def test_the_severer_of_distance_and_probability_counts() -> None:
    assert nearness(placed(0.5, 0.02)) == ("critical", "distance_sigmas", 1.0)
    assert nearness(placed(1.5, 0.2)) == ("critical", "p_liquidation_24h", 0.05)
    assert nearness(placed(Missing.from_text("no bars"), 0.2))[0] == "critical"


def test_a_liquidation_that_is_due_is_critical() -> None:
    none = Missing.from_text("none")
    found = nearness(placed(none, none, liquidation_due=True))
    assert found == ("critical", "liquidation_due", 1.0)
    assert "distance" not in levels.judge_position(placed(none, none), RULES).levels


@pytest.mark.parametrize(
    ("code", "value", "level"),
    [
        ("margin_ratio", 0.5, "ok"),
        ("margin_ratio", 0.51, "warning"),
        ("margin_ratio", 0.81, "critical"),
        ("p_liquidation_7d", 0.20, "ok"),
        ("p_liquidation_7d", 0.21, "warning"),
        ("limit_used", 0.5, "ok"),
        ("limit_used", 0.51, "warning"),
        ("limit_used", 0.81, "critical"),
        ("funding_3d", 0.19, "ok"),
        ("funding_3d", -0.19, "ok"),
        ("funding_3d", 0.21, "caution"),
        ("funding_3d", -0.21, "caution"),
        ("rate_8h", 0.0001, "ok"),
        ("rate_8h", -0.00012, "caution"),
        ("rate_8h", 0.0005, "critical"),
        ("score", 60.0, "ok"),
        ("score", 60.1, "warning"),
        ("score", 80.1, "critical"),
        ("coverage", 0.9949, "caution"),
        ("coverage", 1.0, "ok"),
        ("slippage", 0.002, "ok"),
        ("slippage", 0.0021, "caution"),
        ("slippage", 0.0051, "critical"),
        ("spread_percentile", 90.0, "ok"),
        ("spread_percentile", 90.1, "caution"),
        ("depth_percentile", 10.0, "ok"),
        ("depth_percentile", 9.9, "caution"),
        ("cone_high", 90.1, "warning"),
        ("cone_low", 5.0, "ok"),
        ("correlation", 0.5, "caution"),
        ("correlation", -0.8, "warning"),
        ("shortfall", 0.01, "caution"),
    ],
)
def test_the_level_of_each_number(code: str, value: float, level: str) -> None:
    assert RULES[code].judge(value).level == level


def test_the_rules_follow_the_configuration() -> None:
    limits = Thresholds(
        reduce_or_hedge=70.0,
        no_new_positions=50.0,
        liquidation_sigmas=1.5,
        liquidation_probability=0.1,
        slippage_medium=0.001,
        slippage_high=0.003,
    )
    risk = RiskConfig(thresholds=limits, extreme_rate_8h=0.002, neutral_rate_8h=0.0002)
    rules = levels.level_rules(risk)
    assert rules["score"].steps == (("critical", 70.0), ("warning", 50.0))
    assert rules["distance_sigmas"].steps == (("critical", 1.5), ("warning", 3.0))
    assert rules["p_liquidation_24h"].threshold("critical") == 0.1
    assert rules["slippage"].steps == (("critical", 0.003), ("caution", 0.001))
    assert rules["rate_8h"].threshold("critical") == 0.002


def test_a_level_names_its_rule_and_the_threshold_that_was_passed_or_comes_next() -> None:
    rule = LevelRule("score", (("critical", 3.0), ("caution", 1.0)))
    assert [rule.judge(v).threshold for v in (4.0, 2.0, 0.5)] == [3.0, 1.0, 1.0]
    with pytest.raises(KeyError):
        rule.threshold("warning")


def test_the_state_carries_the_levels_of_what_it_holds() -> None:
    config = Config(positions=(PositionConfig(BTC, "long", 0.5, 64_000.0, 10.0),))
    made = assess_market(ready_market(), config=config)
    symbol = made.symbols[BTC]
    assert set(symbol.score.levels) == {"total", "coverage"}
    assert set(symbol.score.components.levels) == {"market", "liquidity", "funding", "correlation"}
    assert {"rate_8h", "cumulative_3d_annualised"} <= set(symbol.funding.levels)
    assert set(symbol.liquidity.impact.sell.levels) == {"slippage"}
    assert symbol.volatility.cone["1d"]["30"].levels["percentile"].rule == "cone_high"
    assert set(symbol.value_at_risk.backtest_95.levels) == {"exceptions"}
    assert symbol.position is not None
    assert {"distance", "margin_ratio"} <= set(symbol.position.levels)
    assert made.account is not None
    assert made.account.levels["var_1d_95"].threshold == made.account.var_budget
    over = replace(made.account, within_budget=False)
    assert levels.judge_account(over, RULES).levels["var_1d_95"].level == "caution"
    assert made.level_rules == levels.level_rules(config.risk)


def test_what_has_no_number_has_no_level() -> None:
    score = state().symbols[BTC].score
    none = levels.judge_score(replace(score, total=Missing("stale")), RULES)
    assert set(none.levels) == {"coverage"}


def test_an_order_beyond_the_book_is_critical_however_little_it_slips() -> None:
    bids = Levels.of_pairs(1, [(100.0, 1.0)])
    walked = walk(bids, 100.0, notional=500.0)
    judged = walked.levels["slippage"]
    assert (judged.level, judged.rule, judged.threshold) == ("critical", "exhausted", 100.0)
    assert walk(bids, 100.0, notional=50.0).levels["slippage"].level == "ok"


@pytest.mark.parametrize(
    ("pause_ms", "count"),
    [(8 * HOUR_MS, 0), (8 * HOUR_MS + 60_000, 0), (8 * HOUR_MS + 60_001, 1), (24 * HOUR_MS, 2)],
)
def test_settlements_further_apart_than_the_longest_interval_have_holes(
    pause_ms: int, count: int
) -> None:
    found = holes(((0, 0.0001), (pause_ms, 0.0001)))
    assert found == tuple(8 * HOUR_MS * (i + 1) for i in range(count))


def test_the_floor_limits_a_negative_rate() -> None:
    assert limit_used(-0.001, 0.01, -0.002) == 0.5
    assert limit_used(0.001, Missing("no_cap"), -0.002) == Missing("no_cap")
