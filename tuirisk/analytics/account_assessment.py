"""The account as one portfolio, assessed: its numbers, their levels, its severity and its alert."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tuirisk.analytics.leverage.portfolio import Portfolio
from tuirisk.analytics.portfolio.account_part import with_portfolio, without_positions
from tuirisk.analytics.portfolio.co_movement import AccountMarket, account_market
from tuirisk.analytics.portfolio.excess import balance_of, maintenance_of
from tuirisk.analytics.portfolio.legs import margin_pools, symbols_of
from tuirisk.analytics.portfolio.simulation import AccountSimulation
from tuirisk.analytics.score.account_rules import account_rules
from tuirisk.analytics.score.levels import judge_account, level_rules
from tuirisk.analytics.score.recommendation import INSUFFICIENT_DATA, SENTENCES, UNDER_CONTROL
from tuirisk.analytics.score.severity import judge_severity
from tuirisk.config.model import Config
from tuirisk.language.reason import Reason
from tuirisk.market.market import Market
from tuirisk.state import (
    ACCOUNT_NAME,
    NOT_APPLICABLE,
    SEVERITIES,
    AccountState,
    Components,
    LogEntry,
    Missing,
    Recommendation,
    RuleState,
    Score,
    Severity,
    SymbolState,
)
from tuirisk.state.account_sentence import liquidated_by
from tuirisk.state.codes import AdviceCode

NO_SCORE = Score(
    NOT_APPLICABLE,
    0.0,
    Components(NOT_APPLICABLE, NOT_APPLICABLE, NOT_APPLICABLE, NOT_APPLICABLE),
    {},
)
"""The account has none: its severity is of its rules alone."""


def assessed_account(
    account: AccountState | None,
    market: Market,
    portfolio: Portfolio,
    symbols: Mapping[str, SymbolState],
    simulated: AccountSimulation | None,
    previous: AccountState | None,
    config: Config,
    time_ms: int,
) -> tuple[AccountState | None, LogEntry | None]:
    """``account`` as one portfolio at ``time_ms``, and the log entry of a change of its severity.

    ``simulated`` is the newest simulation of all positions; ``previous`` the account of the state
    before.
    """
    if account is None:
        return None, None
    if not portfolio.open_positions.positions:
        return judge_account(without_positions(account), level_rules(config.risk)), None
    known = _known(market, portfolio, symbols)
    account = with_portfolio(account, portfolio, known, simulated, previous, time_ms)
    pools = [pool for pool in margin_pools(portfolio) if not pool.isolated]
    due = bool(pools) and sum(map(balance_of, pools)) <= sum(map(maintenance_of, pools))
    account = judge_account(replace(account, liquidation_due=due), level_rules(config.risk))
    advice = _advice(account, portfolio, previous, config)
    tracker = account.tracker if previous is None else previous.tracker
    severity, tracker, entry = judge_severity(
        ACCOUNT_NAME, NO_SCORE, advice, "ready", tracker, time_ms, config.alerts
    )
    account = replace(account, recommendation=advice, severity=severity, tracker=tracker)
    if entry is not None:
        deadly = deadly_sentence(account)
        if deadly is not None and entry.escalation:
            entry = replace(entry, text=f"{entry.text}. {deadly}")
    return account, entry


def deadly_sentence(account: AccountState) -> Reason | None:
    """Which move of Bitcoin liquidates the account: the nearer one; None where none does."""
    moves = [account.reverse_stress.btc_down, account.reverse_stress.btc_up]
    known = [move for move in moves if not isinstance(move, Missing)]
    if not known:
        return None
    return liquidated_by(min(known, key=abs))


def _known(
    market: Market, portfolio: Portfolio, symbols: Mapping[str, SymbolState]
) -> AccountMarket:
    daily = {name: symbol.daily for name, symbol in symbols.items()}
    return account_market(market, symbols_of(margin_pools(portfolio)), daily)


def _advice(
    account: AccountState, portfolio: Portfolio, previous: AccountState | None, config: Config
) -> Recommendation:
    """The first rule that holds; where none does, under control if all is known."""
    before = previous.recommendation if previous is not None else None
    past: tuple[RuleState, ...] = before.rules if before is not None else ()
    known = not portfolio.late_marks and not portfolio.account_late
    rules = account_rules(account, config.risk.thresholds, past, known=known)
    first = next((rule for rule in rules if rule.holds), None)
    confirmed = previous.tracker.confirmed if previous is not None else None
    code: AdviceCode
    severity: Severity
    if first is not None:
        code, severity = first.code, first.severity
    elif all(rule.known for rule in rules):
        code, severity = UNDER_CONTROL, "ok"
    else:
        code, severity = INSUFFICIENT_DATA, max(confirmed or "ok", "unknown", key=SEVERITIES.index)
    rules = tuple(
        replace(rule, state="decides") if rule is first and rule.state != "held" else rule
        for rule in rules
    )
    return Recommendation(code, severity, SENTENCES[code], (), rules)
