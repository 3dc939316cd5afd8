"""From what is known of the market to the one state that everything reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tuirisk.analytics.leverage.account import account
from tuirisk.analytics.leverage.open_positions import open_positions
from tuirisk.analytics.leverage.portfolio import Portfolio, portfolio_of
from tuirisk.analytics.leverage.stress_result import StressResult
from tuirisk.analytics.market_risk.correlation import watchlist
from tuirisk.analytics.score import escalation
from tuirisk.analytics.score.levels import judge_account, level_rules
from tuirisk.analytics.score.recommendation import BY_SCORE, INSUFFICIENT_DATA, deciding
from tuirisk.analytics.symbol import symbol_state
from tuirisk.analytics.unavailable import unavailable_symbol_state
from tuirisk.config.model import Config
from tuirisk.events.events import ConnectionReport
from tuirisk.market.candles import Bars, CandleRing
from tuirisk.market.market import Market
from tuirisk.state import (
    AccountState,
    ConnectionState,
    LogEntry,
    Missing,
    RiskState,
    Severity,
    Source,
    StreamState,
    SymbolState,
    WatchlistState,
)

WATCHLIST_INTERVAL = "1h"
NOTHING_KNOWN: Mapping[str, Severity] = {}


def assess(
    market: Market,
    config: Config,
    now: int,
    previous: RiskState | None = None,
    *,
    connection: ConnectionReport,
    source: Source,
    stress: StressResult | None = None,
    listed: tuple[str, ...] = (),
    known: Mapping[str, Severity] = NOTHING_KNOWN,
) -> RiskState:
    """The state of all symbols at local time ``now`` (UTC, ns); pure.

    Parts whose data did not change since ``previous`` are its very objects. ``previous`` must
    come from the same market and configuration; with None everything is computed anew and the
    log starts empty. ``stress`` is the newest simulation of the positions,
    ``listed`` names every perpetual that trades, ``known`` gives the severities that an earlier
    run ended with: only what differs from them is logged.
    """
    time_ms = now // 1_000_000
    exchange_ms = market.clock.exchange_ms(now)
    leverage, held_account = _leverage(market, config, stress)
    past = previous.symbols if previous is not None else {}
    symbols: dict[str, SymbolState] = {}
    log = previous.log if previous is not None else ()
    news: list[LogEntry] = []
    for name in _names(market, config):
        old = past.get(name)
        if name in market.refused:
            symbols[name] = _refused(name, market.refused[name], config, old, leverage)
            continue
        state = symbol_state(name, market.symbols[name], config, now, exchange_ms, old, leverage)
        before = _standing(name, state, old, log, known)
        confirm_ms = config.alerts.confirm_seconds * 1000
        symbols[name], entry = _stand(name, state, before, time_ms, confirm_ms)
        if entry is not None:
            news.append(entry)
    return RiskState(
        time_ms=time_ms,
        source=source,
        connection=_connection(connection),
        watchlist=_watchlist(market, symbols, previous),
        account=held_account,
        symbols=symbols,
        log=escalation.append(log, news),
        generation=market.generation,
        level_rules=level_rules(config.risk) if previous is None else previous.level_rules,
        listed=listed,
    )


def _names(market: Market, config: Config) -> list[str]:
    """Watched and refused symbols: those of the configuration in its order, then the others."""
    place = {name: i for i, name in enumerate(config.symbols)}
    names = [*market.symbols, *market.refused]
    return sorted(names, key=lambda name: place.get(name, len(place)))


def _refused(
    name: str, reason: str, config: Config, old: SymbolState | None, leverage: Portfolio
) -> SymbolState:
    told = {"open_positions": leverage.version(name)}
    if old is not None and (old.status, old.message, old.versions) == ("error", reason, told):
        return old
    return unavailable_symbol_state(name, reason, config, leverage)


def _leverage(
    market: Market, config: Config, stress: StressResult | None
) -> tuple[Portfolio, AccountState | None]:
    """The desk at which every symbol's positions are looked at, and the account."""
    leverage = portfolio_of(market, open_positions(market.account, config), stress)
    daily = {name: _bars(market, name, "1d") for name in leverage.holdings.symbols}
    found = account(leverage, config.risk, daily)
    if found is not None:
        found = judge_account(found, level_rules(config.risk))
    over = found is not None and found.within_budget is False
    return replace(leverage, over_budget=over), found


def _standing(
    name: str,
    state: SymbolState,
    old: SymbolState | None,
    log: tuple[LogEntry, ...],
    known: Mapping[str, Severity],
) -> escalation.SeverityTracker:
    if old is None or old.versions.get("listed") != state.versions["listed"]:
        return escalation.beginning(name, log, known)
    return escalation.SeverityTracker(old.confirmed, old.rising)


def _stand(
    name: str,
    state: SymbolState,
    before: escalation.SeverityTracker,
    time_ms: int,
    confirm_ms: float,
) -> tuple[SymbolState, LogEntry | None]:
    """``state`` with its standing in the log, and the log's entry where that changed."""
    advice = state.recommendation
    silent = state.status == "warming" or advice.code == INSUFFICIENT_DATA
    standing, change = escalation.advance(
        before, None if silent else advice.severity, time_ms, confirm_ms
    )
    state = replace(state, confirmed=standing.confirmed, rising=standing.rising)
    if change is None:
        return state, None
    entry = escalation.entry(change, name, time_ms, state.score.total)
    rule = deciding(advice, change.after)
    component = _heaviest(state) if rule in BY_SCORE else ""
    return state, replace(entry, rule=rule, component=component)


def _heaviest(state: SymbolState) -> str:
    """The component with the largest part in the score; empty where none has a number."""
    parts = state.score.components
    shares = {
        name: weight * value
        for name, weight in state.score.weights.items()
        if not isinstance(value := getattr(parts, name), Missing)
    }
    return max(shares, key=lambda name: shares[name], default="")


def _watchlist(
    market: Market, symbols: dict[str, SymbolState], previous: RiskState | None
) -> WatchlistState:
    """Correlations, anew only when a 1h bar closed or the membership changed."""
    if previous is not None and list(previous.symbols) == list(symbols):
        versions = ((state.versions, previous.symbols[n].versions) for n, state in symbols.items())
        if all(_hourly(now) == _hourly(before) for now, before in versions):
            return previous.watchlist
    return watchlist({name: _bars(market, name, WATCHLIST_INTERVAL) for name in symbols})


def _hourly(versions: Mapping[str, int]) -> tuple[int | None, int | None]:
    return versions.get("listed"), versions.get(WATCHLIST_INTERVAL)


def _bars(market: Market, name: str, interval: str) -> Bars:
    symbol = market.symbols.get(name)
    ring = symbol.candles[interval] if symbol else CandleRing(interval)
    return ring.bars()


def _connection(report: ConnectionReport) -> ConnectionState:
    unknown = Missing("not measured")
    return ConnectionState(
        status=report.status,
        latency_ms=unknown if report.latency_ms is None else report.latency_ms,
        used_weight_1m=unknown if report.used_weight_1m is None else report.used_weight_1m,
        reconnects=report.reconnects,
        resyncs=report.resyncs,
        dropped_frames=report.dropped_frames,
        streams=tuple(
            StreamState(s.name, s.status, Missing("no frame yet") if s.age_ms is None else s.age_ms)
            for s in report.streams
        ),
        message=report.message,
    )
