"""The state of one symbol, part by part, each recomputed only when its data changed."""

from __future__ import annotations

from tuirisk import state as st
from tuirisk.analytics.leverage import position as position_
from tuirisk.analytics.leverage.brackets import bracket_tiers
from tuirisk.analytics.leverage.portfolio import Portfolio
from tuirisk.analytics.leverage.stress_result import stress_of
from tuirisk.analytics.score import freshness as freshness_
from tuirisk.analytics.score.severity import judge_severity
from tuirisk.analytics.symbol_parts import PARTS, SymbolParts
from tuirisk.config.model import Config
from tuirisk.market.market import SymbolMarket


def symbol_state(
    name: str,
    symbol: SymbolMarket,
    config: Config,
    now: int,
    exchange_ms: float,
    previous: st.SymbolState | None,
    portfolio: Portfolio,
    tracker: st.SeverityTracker,
    offered: frozenset[str] | None = None,
) -> tuple[st.SymbolState, st.LogEntry | None]:
    """The state of ``symbol`` at local time ``now`` (ns), and the log entry of a change of
    its severity.

    ``exchange_ms`` is the exchange's time, ``tracker`` the severities confirmed so far,
    ``offered`` the families of data that the source can have (None: all).
    """
    parts = SymbolParts(
        name, symbol, config, now, exchange_ms, previous, portfolio, tracker.confirmed, offered
    )
    parts.cache.fill(parts, PARTS)
    status, message = freshness_.status(symbol, parts.fresh, now)
    severity, tracker, entry = judge_severity(
        name, parts.score, parts.recommendation, status, tracker, parts.now_ms, config.alerts
    )
    state = st.SymbolState(
        severity=severity,
        status=status,
        age_ms=freshness_.age(parts.fresh),
        position=position_.nearest_to_liquidation(parts.positions),
        stress=stress_of(portfolio.stress, portfolio.open_positions, name),
        freshness=parts.fresh,
        message=message,
        tick_size=symbol.listed.tick_size,
        brackets=bracket_tiers(name, symbol.derivatives.brackets),
        tracker=tracker,
        score_memory=parts.score_memory,
        versions=parts.versions,
        **{part.name: getattr(parts, part.name) for part in PARTS if part.previous is None},
    )
    return state, entry
