"""The rules of the recommendation that judge the account as one portfolio.

They are those on positions: liquidation due, near in σ or likely; and the VaR against its budget.
"""

from __future__ import annotations

from collections.abc import Collection

from tuirisk.analytics.leverage.safe_distance import DAY_CHANCE, SIGMAS, WEEK_CHANCE
from tuirisk.analytics.score.rules import (
    DUE,
    LEVERAGE,
    OVER_BUDGET,
    SEVERITY_OF,
    WATCH,
    rule_state,
)
from tuirisk.config.model import Thresholds
from tuirisk.state import AccountState, Missing, Number, RuleMeasure, RuleState, VerdictState
from tuirisk.state.codes import RuleCode

NOTHING_TO_LOSE = frozenset({"no_cross_positions", "no_positions", "no_move_liquidates"})
"""Why a chance or a distance is missing although all is known."""


def account_rules(
    account: AccountState,
    thresholds: Thresholds,
    past: Collection[RuleState],
    *,
    known: bool,
) -> tuple[RuleState, ...]:
    """Every rule, in the order in which they decide.

    ``past`` are those of the assessment before; ``known`` whether the marks and the account that
    all rests on are fresh: else what is measured may raise alone.
    """
    held = {rule.code for rule in past if rule.holds}
    slack = thresholds.hysteresis / 100
    near, likely = thresholds.liquidation_sigmas, thresholds.liquidation_probability
    sigmas = account.reverse_stress.sigmas
    day, week = account.p_liquidation_24h, account.p_liquidation_7d

    def rule(code: RuleCode, *measures: RuleMeasure) -> RuleState:
        told = tuple(m for m in measures if not _nothing_to_lose(m.value))
        return rule_state(code, told, known, code in held)

    return (
        _due(account, known, DUE in held),
        rule(LEVERAGE, _distance(sigmas, near, slack), _day(day, likely, slack)),
        rule(
            WATCH,
            _distance(sigmas, SIGMAS * near, slack),
            _day(day, DAY_CHANCE, slack),
            RuleMeasure("p_liquidation_7d", week, WEEK_CHANCE, WEEK_CHANCE * (1 - slack)),
        ),
        rule(OVER_BUDGET, _budget(account.var_1d_95, account.var_budget)),
    )


def _due(account: AccountState, known: bool, held: bool) -> RuleState:
    holds = account.liquidation_due or (held and not known)
    state: VerdictState = "holds" if account.liquidation_due else "held" if holds else "clear"
    if not known and not holds:
        state = "unknown"
    return RuleState(DUE, state, holds, (), SEVERITY_OF[DUE], known or account.liquidation_due)


def _distance(sigmas: Number, limit: float, slack: float) -> RuleMeasure:
    return RuleMeasure("distance_sigmas", sigmas, limit, limit * (1 + slack))


def _day(chance: Number, limit: float, slack: float) -> RuleMeasure:
    return RuleMeasure("p_liquidation_24h", chance, limit, limit * (1 - slack))


def _budget(loss: Number, budget: Number) -> RuleMeasure:
    if isinstance(budget, Missing):
        return RuleMeasure("var_1d_95", budget, 0.0, 0.0)
    return RuleMeasure("var_1d_95", loss, budget, budget)


def _nothing_to_lose(value: Number) -> bool:
    return isinstance(value, Missing) and value.code in NOTHING_TO_LOSE
