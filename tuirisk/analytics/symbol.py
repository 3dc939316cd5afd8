"""The state of one symbol, part by part, each recomputed only when its data changed."""

from __future__ import annotations

from tuirisk import state as st
from tuirisk.analytics.leverage import position as position_
from tuirisk.analytics.leverage.brackets import bracket_tiers
from tuirisk.analytics.leverage.portfolio import Portfolio
from tuirisk.analytics.leverage.stress_result import stress_of
from tuirisk.analytics.score import freshness as freshness_
from tuirisk.analytics.score import recommendation as recommendation_
from tuirisk.analytics.score.escalation import SeverityChange, SeverityTracker, advance
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
    tracker: SeverityTracker,
) -> tuple[st.SymbolState, SeverityChange | None]:
    """The state of ``symbol`` at local time ``now`` (ns), and a change of its severity.

    ``exchange_ms`` is the exchange's time, ``tracker`` the severities confirmed so far.
    """
    parts = SymbolParts(name, symbol, config, now, exchange_ms, previous, portfolio)
    parts.cache.fill(parts, PARTS)
    status, message = freshness_.status(symbol, parts.fresh)
    advice = parts.recommendation
    silent = status == "warming" or advice.code == recommendation_.INSUFFICIENT_DATA
    confirm_ms = config.alerts.confirm_seconds * 1000
    tracker, change = advance(
        tracker, None if silent else advice.severity, now // 1_000_000, confirm_ms
    )
    time_ms = now // 1_000_000
    old = previous.severity if parts.cache.previous is not None and previous is not None else None
    level: st.Severity = tracker.confirmed or "unknown"
    same = old is not None and old.level == level
    severity = st.SymbolSeverity(
        level,
        advice.code,
        old.since_ms if old is not None and same else time_ms,
        held=silent and tracker.confirmed is not None,
        text=advice.text,
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
        confirmed=tracker.confirmed,
        rising=tracker.rising,
        versions=parts.versions,
        **{part.name: getattr(parts, part.name) for part in PARTS if part.previous is None},
    )
    return state, change
