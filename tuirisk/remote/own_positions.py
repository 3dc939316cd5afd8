"""A viewer's own positions, by hand, judged here on the market that a server sees."""

from __future__ import annotations

from dataclasses import replace
from math import inf

from tuirisk.analytics.leverage.account import account_state
from tuirisk.analytics.leverage.brackets import brackets_of
from tuirisk.analytics.leverage.open_positions import open_positions
from tuirisk.analytics.leverage.portfolio import Contract, Portfolio
from tuirisk.analytics.leverage.position import nearest_to_liquidation, position_states
from tuirisk.analytics.leverage.position_notes import position_notes
from tuirisk.analytics.leverage.sizing import SizeLimit
from tuirisk.analytics.score import log_folding
from tuirisk.analytics.score.danger import danger_order
from tuirisk.analytics.score.levels import judge_account, judge_position, level_rules
from tuirisk.analytics.score.recommendation import recommendation
from tuirisk.analytics.score.rules import RuleInputs
from tuirisk.analytics.score.severity import judge_severity
from tuirisk.config.model import Config
from tuirisk.events import Bracket
from tuirisk.market.candles import CandleRing
from tuirisk.state import (
    NOTHING_CONFIRMED,
    AccountState,
    Brackets,
    LogEntry,
    Missing,
    RiskState,
    SeverityTracker,
    SymbolState,
)

NO_SIZE = SizeLimit(Missing("of_the_server"), Missing("of_the_server"), {})
"""The largest size needs the whole order book, which a server does not send."""


class OwnPositions:
    """The positions of a viewer's configuration, and what is remembered of their severities."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._positions = open_positions(None, config)
        self._judged: dict[str, SymbolState] = {}
        """Symbol → its newest state with the own positions."""
        self._trackers: dict[str, SeverityTracker] = {}
        self.log: tuple[LogEntry, ...] = ()
        """What happened to the severities of the symbols that are held."""

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols with an own position."""
        return self._positions.symbols

    def judged(self, state: RiskState) -> RiskState:
        """``state`` with the own positions in place of none.

        Where the server shows an account, that stands: ``state`` as it is.
        """
        held = [name for name in self._positions.symbols if name in state.symbols]
        if not held or state.account is not None:
            return state
        portfolio, account = self._portfolio(state)
        symbols = dict(state.symbols)
        for name in held:
            symbols[name] = self._symbol(name, state, portfolio)
        own = {*held}
        served = tuple(e for e in state.log if not (e.kind == "severity" and e.symbol in own))
        alerts = tuple(e for e in state.alerts if not (e.kind == "severity" and e.symbol in own))
        return replace(
            state,
            account=account,
            symbols=symbols,
            danger_order=danger_order(symbols),
            log=served,
            alerts=alerts,
            history_entries=min(state.history_entries, len(served)),
        )

    def _portfolio(self, state: RiskState) -> tuple[Portfolio, AccountState | None]:
        positions, risk = self._positions, self._config.risk
        contracts = {name: _contract(name, state) for name in positions.symbols}
        late = [name for name in positions.symbols if _late(name, state)]
        bars = {name: CandleRing("1d").bars() for name in positions.symbols}
        portfolio = Portfolio(
            positions, contracts, None, daily_bars=bars, late_marks=frozenset(late)
        )
        account = account_state(portfolio, risk, bars)
        if account is not None:
            account = judge_account(account, level_rules(risk))
        return replace(portfolio, account=account), account

    def _symbol(self, name: str, state: RiskState, portfolio: Portfolio) -> SymbolState:
        symbol, risk = state.symbols[name], self._config.risk
        limits = [NO_SIZE for _ in portfolio.open_positions.of(name)]
        rules = level_rules(risk)
        positions = tuple(
            judge_position(position, rules)
            for position in position_states(name, portfolio, symbol.daily, limits, risk.thresholds)
        )
        tracker = self._trackers.get(name, NOTHING_CONFIRMED)
        before = self._judged.get(name)
        account = portfolio.account
        fresh = not _late(name, state)
        advice = recommendation(
            RuleInputs(
                score=symbol.score,
                positions=positions,
                marks_known=fresh and portfolio.marks_known(name),
                portfolio_known=not portfolio.late_marks,
                move_5m_sigmas=symbol.price.move_5m_sigmas,
                account_var=Missing("of_the_server") if account is None else account.var_1d_95,
                var_budget=Missing("of_the_server") if account is None else account.var_budget,
            ),
            risk.thresholds,
            (*symbol.recommendation.notes, *position_notes(positions, False, not fresh)),
            before.recommendation.rules if before is not None else (),
            tracker.confirmed,
        )
        severity, tracker, entry = judge_severity(
            name,
            symbol.score,
            advice,
            symbol.status,
            tracker,
            state.time_ms,
            self._config.alerts,
        )
        self._trackers[name] = tracker
        if entry is not None:
            self.log = log_folding.append(self.log, [entry])
        self._judged[name] = replace(
            symbol,
            positions=positions,
            position=nearest_to_liquidation(positions),
            recommendation=advice,
            severity=severity,
        )
        return self._judged[name]


def _contract(name: str, state: RiskState) -> Contract:
    symbol = state.symbols.get(name)
    if symbol is None:
        brackets, source = brackets_of(name, ())
        return Contract(Missing("not_served"), brackets, source)
    brackets, source = _brackets(name, symbol.brackets)
    return Contract(symbol.price.mark, brackets, source, symbol.funding.rate)


def _brackets(name: str, known: Brackets) -> tuple[tuple[Bracket, ...], str]:
    """The server's brackets, where it knows them."""
    if not known.tiers or isinstance(known.source, Missing):
        return brackets_of(name, ())
    tiers = tuple(
        Bracket(
            tier.floor,
            inf if isinstance(tier.cap, Missing) else tier.cap,
            tier.rate,
            tier.cumulative,
            tier.max_leverage,
        )
        for tier in known.tiers
    )
    return tiers, known.source


def _late(name: str, state: RiskState) -> bool:
    """Whether the mark price of a symbol is past its budget, or not there."""
    symbol = state.symbols.get(name)
    mark = None if symbol is None else symbol.freshness.get("mark")
    return mark is None or mark.stale
