"""The state of one symbol, part by part, each recomputed only when its data changed."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

from tuirisk import state as st
from tuirisk.analytics.contract import contract, contract_notices
from tuirisk.analytics.leverage import position as position_
from tuirisk.analytics.leverage.brackets import bracket_tiers
from tuirisk.analytics.leverage.portfolio import Portfolio
from tuirisk.analytics.leverage.stress_result import stress_of
from tuirisk.analytics.reasons import NEVER, with_reason
from tuirisk.analytics.score import freshness as freshness_
from tuirisk.analytics.score.levels import Rules
from tuirisk.analytics.score.severity import judge_severity
from tuirisk.analytics.symbol_inputs import SymbolParts
from tuirisk.analytics.symbol_parts import PARTS
from tuirisk.config.model import Config
from tuirisk.language.reason import Reason
from tuirisk.market.market import SymbolMarket

FAMILY_OF: Mapping[str, st.DataFamily] = {
    "liquidity": "depth",
    "funding": "funding",
    "open_interest": "open_interest",
    "flow": "flow",
}
"""Part of the state → the family of data that it is of."""


def symbol_state(
    name: str,
    symbol: SymbolMarket,
    config: Config,
    now: int,
    exchange_ms: float,
    previous: st.SymbolState | None,
    portfolio: Portfolio,
    tracker: st.SeverityTracker,
    rules: Rules,
    hours: tuple[Reason, ...] = (),
    latest_ms: float = inf,
) -> tuple[st.SymbolState, st.LogEntry | None]:
    """The state of ``symbol`` at local time ``now`` (ns), and the log entry of a change of
    its severity.

    ``exchange_ms`` is the exchange's time, ``tracker`` the severities confirmed so far, ``rules``
    those that judge, ``hours`` what is to be said of the hours of its underlying's market,
    ``latest_ms`` the latest time that an event can have.
    """
    parts = SymbolParts(
        name,
        symbol,
        config,
        now,
        exchange_ms,
        previous,
        portfolio,
        tracker.confirmed,
        rules,
        latest_ms,
    )
    parts.cache.fill(parts, PARTS)
    never = _never_had(symbol, parts)
    status, message = freshness_.status(symbol, parts.fresh, now, latest_ms)
    severity, tracker, entry = judge_severity(
        name, parts.score, parts.recommendation, status, tracker, parts.now_ms, config.alerts
    )
    state = st.SymbolState(
        severity=severity,
        status=status,
        age_ms=freshness_.age(parts.fresh)
        if symbol.can_have("depth")
        else parts.fresh["candles"].age_ms,
        position=position_.nearest_to_liquidation(parts.positions),
        stress=stress_of(portfolio.stress, portfolio.open_positions, name),
        freshness=parts.fresh,
        message=message,
        contract=contract(name, symbol),
        notices=(*_unpriced(parts), *contract_notices(symbol, exchange_ms), *hours),
        tick_size=symbol.listed.tick_size,
        brackets=bracket_tiers(name, symbol.derivatives.brackets),
        tracker=tracker,
        score_memory=parts.score_memory,
        versions=parts.versions,
        **{
            part.name: never.get(part.name, getattr(parts, part.name))
            for part in PARTS
            if part.previous is None
        },
    )
    return state, entry


def _unpriced(parts: SymbolParts) -> tuple[Reason, ...]:
    """That amounts in the quote asset cannot be told in USDT, where they cannot."""
    return () if parts.unpriced is None else (parts.unpriced,)


def _never_had(symbol: SymbolMarket, parts: SymbolParts) -> dict[str, Any]:
    """The parts whose data the source never has, saying so in place of every missing number."""
    never: dict[str, Any] = {
        name: with_reason(getattr(parts, name), NEVER)
        for name, family in FAMILY_OF.items()
        if not symbol.can_have(family)
    }
    if not symbol.can_have("flow"):
        clusters = parts.clusters if symbol.can_have("open_interest") else NEVER
        never["liquidations"] = st.Liquidations(
            False, NEVER, NEVER, NEVER, NEVER, NEVER, clusters, mix=parts.leverage_mix
        )
    return never
