"""The states of all symbols, and the log entries of severities that changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from tuirisk.analytics.leverage.portfolio import Portfolio
from tuirisk.analytics.market_hours import hours_notices
from tuirisk.analytics.score import escalation
from tuirisk.analytics.score.levels import Rules
from tuirisk.analytics.symbol import symbol_state
from tuirisk.analytics.unavailable import unavailable_symbol_state
from tuirisk.config.model import Config
from tuirisk.language.reason import Reason
from tuirisk.market.market import Market, SymbolMarket
from tuirisk.state import EarlierRuns, LogEntry, SeverityTracker, SymbolState


def symbol_states(
    market: Market,
    config: Config,
    now: int,
    past: Mapping[str, SymbolState],
    portfolio: Portfolio,
    log: tuple[LogEntry, ...],
    earlier_runs: EarlierRuns,
    due: Collection[str] | None,
    rules: Rules,
) -> tuple[dict[str, SymbolState], list[LogEntry]]:
    """Every symbol's state, and the log entries of the severities that changed.

    ``log`` is this run's. Severities that are those of ``earlier_runs`` bring no entry. What is not
    ``due`` keeps the state it has in ``past``. ``rules`` are those that judge.
    """
    exchange_ms = market.clock.exchange_ms(now)
    symbols: dict[str, SymbolState] = {}
    entries = []
    for name in watched_names(market, config):
        old = past.get(name)
        if name in market.refused:
            symbols[name] = _unavailable(name, market.refused[name], config, old, portfolio)
            continue
        symbol = market.symbols[name]
        waits = due is not None and name not in due
        if waits and old is not None and old.versions.get("listed") == symbol.listed.received:
            symbols[name] = old
            continue
        tracker = _tracker(name, symbol, old, log, earlier_runs)
        hours = tuple(hours_notices(market.sessions, symbol.listed, exchange_ms))
        symbols[name], entry = symbol_state(
            name,
            symbol,
            config,
            now,
            exchange_ms,
            old,
            portfolio,
            tracker,
            rules,
            hours,
            market.clock.latest_believed_ms(now),
        )
        if entry is not None:
            entries.append(entry)
    return symbols, entries


def watched_names(market: Market, config: Config) -> list[str]:
    """Watched and refused symbols: those of the configuration in its order, then the others."""
    rank = {name: i for i, name in enumerate(config.symbols)}
    names = [*market.symbols, *market.refused]
    return sorted(names, key=lambda name: rank.get(name, len(rank)))


def _unavailable(
    name: str, reason: Reason, config: Config, old: SymbolState | None, portfolio: Portfolio
) -> SymbolState:
    versions = {"open_positions": portfolio.version(name)}
    if old is not None and (old.status, old.message, old.versions) == ("error", reason, versions):
        return old
    state = unavailable_symbol_state(name, reason, config, portfolio)
    if old is None or old.tracker.confirmed is None:
        return state
    return replace(state, tracker=old.tracker, severity=replace(old.severity, held=True))


def _tracker(
    name: str,
    symbol: SymbolMarket,
    old: SymbolState | None,
    log: tuple[LogEntry, ...],
    earlier_runs: EarlierRuns,
) -> SeverityTracker:
    """The severity tracker of the previous state, or of a symbol that has just been added."""
    if old is None or old.versions.get("listed") != symbol.listed.received:
        return escalation.beginning(name, log, earlier_runs.severities, earlier_runs.log)
    return old.tracker
