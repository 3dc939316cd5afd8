"""The one place where numbers are judged: every rule's thresholds, and which number it judges.

Judgements made where a number is computed (the volatility cone, the book walk, the VaR record)
are listed in :func:`level_rules` too, so that scales and legends read the same thresholds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from tuirisk.analytics.leverage.safe_distance import DAY_CHANCE, SIGMAS, WEEK_CHANCE
from tuirisk.analytics.liquidity.book_walk import slippage_rule
from tuirisk.analytics.market_risk.cone import CONE_HIGH, CONE_LOW
from tuirisk.analytics.score.rules import FULL_COVERAGE, OVER_BUDGET, SEVERITY_OF
from tuirisk.config.model import RiskConfig
from tuirisk.state import (
    SEVERITIES,
    AccountState,
    Funding,
    Judgement,
    LevelRule,
    Liquidity,
    Missing,
    Number,
    Position,
    Score,
)

Rules = Mapping[str, LevelRule]

NEUTRAL_ROUNDING = 1.001
"""Rates come rounded to 8 decimals: one of 1 h, 8 times taken, may exceed the neutral one."""
MARGIN_RATIO = LevelRule("margin_ratio", (("critical", 0.8), ("warning", 0.5)))
LIMIT_USED = LevelRule("limit_used", (("critical", 0.8), ("warning", 0.5)))
VERY_EXPENSIVE = LevelRule("funding_3d", (("caution", 0.20),))
SPREAD = LevelRule("spread_percentile", (("caution", 90.0),))
DEPTH = LevelRule("depth_percentile", (("caution", 10.0),), "below")
SHORTFALL = LevelRule("shortfall", (("caution", 0.0),))
CORRELATION = LevelRule("correlation", (("warning", 0.8), ("caution", 0.5)), "from")
COVERAGE = LevelRule("coverage", (("caution", FULL_COVERAGE),), "below")
P_LIQUIDATION_7D = LevelRule("p_liquidation_7d", (("warning", WEEK_CHANCE),))


def level_rules(risk: RiskConfig) -> Rules:
    """Every rule by its code, with the thresholds of ``risk`` where it defines them."""
    limits = risk.thresholds
    near, likely = limits.liquidation_sigmas, limits.liquidation_probability
    rules = (
        LevelRule(
            "score", (("critical", limits.reduce_or_hedge), ("warning", limits.no_new_positions))
        ),
        COVERAGE,
        LevelRule("minimum_coverage", (("caution", limits.minimum_coverage),), "below"),
        LevelRule("neutral_rate", (("caution", risk.neutral_rate_8h),)),
        LevelRule("distance_sigmas", (("critical", near), ("warning", SIGMAS * near)), "below"),
        LevelRule("p_liquidation_24h", (("critical", likely), ("warning", DAY_CHANCE))),
        P_LIQUIDATION_7D,
        MARGIN_RATIO,
        slippage_rule(limits.slippage_medium, limits.slippage_high),
        SPREAD,
        DEPTH,
        LevelRule(
            "rate_8h",
            (
                ("critical", risk.extreme_rate_8h),
                ("caution", risk.neutral_rate_8h * NEUTRAL_ROUNDING),
            ),
            "from",
        ),
        VERY_EXPENSIVE,
        LIMIT_USED,
        CONE_HIGH,
        CONE_LOW,
        SHORTFALL,
        CORRELATION,
    )
    return {rule.code: rule for rule in rules}


def judge_position(position: Position, rules: Rules) -> Position:
    """``position`` with its levels; its distance is judged by the rules of the recommendation.

    The severer of the distance in σ and P(liquidation, 24 h) counts; a liquidation that is due
    is critical whatever they say.
    """
    levels = _levels(
        (
            ("distance", rules["distance_sigmas"], position.distance_sigmas),
            ("p_liquidation_24h", rules["p_liquidation_24h"], position.p_liquidation_24h),
            ("p_liquidation_7d", rules["p_liquidation_7d"], position.p_liquidation_7d),
            ("margin_ratio", rules["margin_ratio"], position.margin_ratio),
        )
    )
    nearness = [levels[name] for name in ("distance", "p_liquidation_24h") if name in levels]
    if position.liquidation_due:
        nearness.insert(0, Judgement("critical", "liquidation_due", 1.0))
    if nearness:
        levels["distance"] = max(nearness, key=lambda one: SEVERITIES.index(one.level))
    return replace(position, levels=levels)


def judge_account(account: AccountState, rules: Rules) -> AccountState:
    """``account`` with the levels of its VaR, its margin ratio and its liquidation.

    The key ``reverse_stress`` judges its σ.
    """
    levels = _levels(
        (
            ("margin_ratio", rules["margin_ratio"], account.margin_ratio),
            ("p_liquidation_24h", rules["p_liquidation_24h"], account.p_liquidation_24h),
            ("p_liquidation_7d", rules["p_liquidation_7d"], account.p_liquidation_7d),
            ("p_any_liquidation_24h", rules["p_liquidation_24h"], account.p_any_liquidation_24h),
            ("reverse_stress", rules["distance_sigmas"], account.reverse_stress.sigmas),
        )
    )
    within, budget = account.within_budget, account.var_budget
    if not isinstance(within, Missing) and not isinstance(budget, Missing):
        levels["var_1d_95"] = Judgement(
            "ok" if within else SEVERITY_OF[OVER_BUDGET], "var_budget", budget
        )
    return replace(account, levels=levels)


def judge_score(score: Score, rules: Rules) -> Score:
    """``score`` with the levels of its total, its coverage and its components."""
    rule, parts = rules["score"], score.components
    names = ("market", "liquidity", "funding", "correlation")
    components = _levels((name, rule, getattr(parts, name)) for name in names)
    levels = _levels((("total", rule, score.total), ("coverage", COVERAGE, score.coverage)))
    return replace(score, components=replace(parts, levels=components), levels=levels)


def judge_funding(funding: Funding, rules: Rules) -> Funding:
    """``funding`` with the levels of its rate, as it is and of its cap, and of its 3 days."""
    levels = _levels(
        (
            ("rate", rules["limit_used"], funding.limit_used),
            ("rate_8h", rules["rate_8h"], funding.rate_8h),
            (
                "cumulative_3d_annualised",
                rules["funding_3d"],
                funding.cumulative_3d_annualised,
            ),
        )
    )
    return replace(funding, levels=levels)


def judge_liquidity(liquidity: Liquidity, rules: Rules) -> Liquidity:
    """``liquidity`` with the levels of spread and depth among the samples of the session."""
    levels = _levels(
        (
            ("spread_bps", rules["spread_percentile"], liquidity.spread_percentile),
            ("depth", rules["depth_percentile"], liquidity.depth_percentile),
        )
    )
    return replace(liquidity, levels=levels)


def _levels(numbers: Iterable[tuple[str, LevelRule, Number]]) -> dict[str, Judgement]:
    """The level of each number there is, by its name."""
    return {
        name: rule.judge(value) for name, rule, value in numbers if not isinstance(value, Missing)
    }
