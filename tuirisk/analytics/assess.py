"""Assessment: from the market data to the RiskState that the screen, alerts and JSON read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from tuirisk.analytics.account_assessment import assessed_account
from tuirisk.analytics.account_values import advance_account_values
from tuirisk.analytics.asset_prices import asset_prices
from tuirisk.analytics.conditions import (
    Measured,
    advance_conditions,
    condition_messages,
    conditions_of,
    repeated_conditions,
)
from tuirisk.analytics.connection import connection_state, lag_seconds, with_lag
from tuirisk.analytics.external import external_state
from tuirisk.analytics.leverage.account import account_state
from tuirisk.analytics.leverage.late_marks import with_substituted_marks
from tuirisk.analytics.leverage.open_positions import OpenPositions, open_positions
from tuirisk.analytics.leverage.portfolio import Portfolio, portfolio_of
from tuirisk.analytics.leverage.position_funding import funding_next_day
from tuirisk.analytics.leverage.position_log import position_log, unacknowledged_liquidations
from tuirisk.analytics.leverage.stress_result import StressResult
from tuirisk.analytics.market_risk.correlation import watchlist_state
from tuirisk.analytics.messages import messages
from tuirisk.analytics.order_impact import order_impacts
from tuirisk.analytics.overflows import overflow_messages
from tuirisk.analytics.part_cache import outdated
from tuirisk.analytics.portfolio.simulation import AccountSimulation
from tuirisk.analytics.radar import assess_radar, radar_rules
from tuirisk.analytics.score import blindness, log_folding, repetition
from tuirisk.analytics.score.danger import danger_order
from tuirisk.analytics.score.freshness import MARK_BUDGET, account_freshness, account_late
from tuirisk.analytics.score.levels import judge_account, level_rules
from tuirisk.analytics.symbol_states import symbol_states
from tuirisk.config.model import Config
from tuirisk.events import ConnectionReport
from tuirisk.language.reason import Reason
from tuirisk.market.candles import Bars, CandleRing
from tuirisk.market.market import Market
from tuirisk.state import (
    AccountState,
    Acknowledgement,
    EarlierRuns,
    LogEntry,
    OrderSize,
    RiskState,
    Severity,
    Sight,
    Source,
    SymbolState,
    WatchlistState,
)
from tuirisk.state.account_values import AccountValue
from tuirisk.state.radar import RadarState
from tuirisk.state.track_record import TrackRecord

WATCHLIST_INTERVAL = "1h"
RADAR_EVERY_MS = 1_000
NO_EARLIER_RUNS = EarlierRuns()


def assess(
    market: Market,
    config: Config,
    now: int,
    previous: RiskState | None = None,
    *,
    connection: ConnectionReport,
    source: Source,
    positions: OpenPositions | None = None,
    stress: StressResult | None = None,
    simulated: AccountSimulation | None = None,
    order: OrderSize | None = None,
    listed: tuple[str, ...] = (),
    earlier_runs: EarlierRuns = NO_EARLIER_RUNS,
    notices: tuple[Reason, ...] = (),
    acknowledgements: Collection[Acknowledgement] = (),
    headless: bool = False,
    track_record: TrackRecord | None = None,
    live_record: TrackRecord | None = None,
    due: Collection[str] | None = None,
) -> RiskState:
    """The state of all symbols at local time ``now`` (UTC, ns); pure.

    Parts whose data did not change since ``previous`` are its very objects. ``previous`` must
    come from the same market and configuration (else see :func:`reconfigured`); with None
    everything is computed anew and the
    log starts with that of ``earlier_runs``.

    ``positions`` are those of the market and configuration, if the caller has them already;
    ``stress`` and ``simulated`` are their newest simulations, leg by leg and as one portfolio.
    ``order`` is the order whose impact is computed for every symbol. ``listed`` names every
    perpetual that trades. ``notices`` are the session's.
    ``track_record`` and ``live_record`` stand in the state as they are.
    ``due`` are the symbols that are assessed; the others, once they have a state, keep that of
    ``previous``. None assesses every symbol.
    ``acknowledgements`` are those since ``previous``. ``headless``: nobody looks, so that a first
    severity that is critical is an alert.
    """
    time_ms = now // 1_000_000
    if positions is None:
        positions = open_positions(market.account, config, asset_prices(market))
    past = previous.symbols if previous is not None else {}
    history_entries = len(earlier_runs.log)
    log = previous.log if previous is not None else earlier_runs.log
    log = repetition.acknowledged(log, acknowledgements)
    ledger, entries = position_log(market, positions, previous, earlier_runs, time_ms)
    portfolio, account = _portfolio(market, positions, config, stress, now)
    portfolio = replace(
        portfolio,
        account_late=account_late(market.account, now, awaited=connection.account is not None),
        liquidated=unacknowledged_liquidations(ledger, log),
    )
    own_log = log[history_entries:]
    rules = level_rules(config.risk) if previous is None else previous.level_rules
    symbols, changes = symbol_states(
        market, config, now, past, portfolio, own_log, earlier_runs, due, rules
    )
    before = previous.account if previous is not None else None
    account, change = assessed_account(
        account, market, portfolio, symbols, simulated, before, config, time_ms
    )
    if change is not None:
        changes.append(change)
    sights, blind = _sights(market, config, now, previous, symbols, positions, connection)
    log = _appended(
        log,
        [*entries, *changes],
        blind,
        past,
        symbols,
        history_entries,
        config,
        time_ms,
        headless,
        None if account is None else account.severity.level,
    )
    external = external_state(market.external, symbols, market.clock.exchange_ms(now))
    radar = _radar(market, config, now, previous, source)
    radar_is_new = previous is None or radar is not previous.radar
    conditions, met = advance_conditions(
        previous.conditions if previous is not None else (),
        conditions_of(config),
        Measured(symbols, account, external, radar, radar_is_new),
        time_ms,
        config.alerts.release_seconds * 1000,
    )
    log = log_folding.append(log, met, history_entries)
    log, conditions = repeated_conditions(log, conditions, time_ms, config.alerts)
    notices = (
        *notices,
        *condition_messages(config, conditions, symbols, radar, source),
        *overflow_messages(market.external, market.clock.exchange_ms(now)),
    )
    lag_s = lag_seconds(market, symbols, now)
    connection = with_lag(connection, lag_s)
    return RiskState(
        time_ms=time_ms,
        source=source,
        connection=connection_state(connection, lag_s),
        watchlist=_watchlist(market, symbols, previous),
        account=account,
        symbols=symbols,
        alerts=repetition.alerts(log, history_entries),
        messages=messages(connection, symbols, notices, external),
        external=external,
        danger_order=danger_order(symbols),
        log=log,
        conditions=conditions,
        position_ledger=ledger,
        sights=sights,
        account_values=_account_values(market, account, portfolio, previous, earlier_runs, time_ms),
        history_entries=history_entries,
        absence=earlier_runs.absence,
        notices=notices,
        generation=market.generation,
        level_rules=rules,
        order_impacts=order_impacts(order, market, positions, config.risk, symbols, previous),
        listed=listed,
        radar=radar,
        track_record=track_record,
        live_record=live_record,
    )


def _account_values(
    market: Market,
    account: AccountState | None,
    portfolio: Portfolio,
    previous: RiskState | None,
    earlier_runs: EarlierRuns,
    time_ms: int,
) -> tuple[AccountValue, ...]:
    """What the account was worth in the last day; a run begins with what earlier ones kept."""
    before = () if previous is None else previous.account_values
    if not before and market.account is not None:
        before = earlier_runs.account_values.get(market.account.account, ())
    current = not (portfolio.late_marks or portfolio.account_late)
    return advance_account_values(before, account, time_ms, current=current)


def reconfigured(state: RiskState, config: Config) -> RiskState:
    """``state`` as the previous one of an assessment by another configuration than its own: the
    log and the confirmed severities go on, every number is judged anew.
    """
    symbols = {name: outdated(symbol) for name, symbol in state.symbols.items()}
    return replace(state, symbols=symbols, level_rules=level_rules(config.risk))


def _sights(
    market: Market,
    config: Config,
    now: int,
    previous: RiskState | None,
    symbols: Mapping[str, SymbolState],
    positions: OpenPositions,
    connection: ConnectionReport,
) -> tuple[Mapping[str, Sight], Sequence[LogEntry]]:
    """When the data of what is held last came, and the alerts of what stopped or came back."""
    awaited = connection.account is not None
    ages = blindness.data_ages(
        symbols, positions, market.account, now, config.symbols, account_awaited=awaited
    )
    before = previous.sights if previous is not None else {}
    blind_ms = config.alerts.blind_seconds * 1000
    return blindness.advance_sights(before, ages, now // 1_000_000, blind_ms)


def _appended(
    log: tuple[LogEntry, ...],
    entries: Sequence[LogEntry],
    blind: Sequence[LogEntry],
    past: Mapping[str, SymbolState],
    symbols: Mapping[str, SymbolState],
    history_entries: int,
    config: Config,
    time_ms: int,
    headless: bool,
    account: Severity | None = None,
) -> tuple[LogEntry, ...]:
    """``log`` with the new entries, and with the alerts repeated that are due."""
    begun: Collection[str] = ()
    if headless:
        entries = [repetition.alerting(entry) for entry in entries]
        begun = repetition.just_ready(past, symbols)
    log = log_folding.append(log, [*entries, *blind], history_entries)
    return repetition.repeated(
        log, symbols, time_ms, config.alerts.repeat_seconds * 1000, begun, account
    )


def _portfolio(
    market: Market,
    positions: OpenPositions,
    config: Config,
    stress: StressResult | None,
    now: int,
) -> tuple[Portfolio, AccountState | None]:
    """The portfolio that every symbol's positions are assessed in, and the account's state."""
    portfolio = portfolio_of(market, positions, stress)
    if positions.source == "account":
        portfolio = replace(portfolio, reading=account_freshness(market.account, now))
    portfolio = with_substituted_marks(
        portfolio, market, market.clock.exchange_ms(now), MARK_BUDGET
    )
    daily = {name: _bars(market, name, "1d") for name in positions.symbols}
    exchange_ms = market.clock.exchange_ms(now)
    funding = funding_next_day(portfolio, market, exchange_ms)
    state = account_state(portfolio, config.risk, daily, funding, exchange_ms)
    if state is not None:
        state = judge_account(state, level_rules(config.risk))
    over = state is not None and state.within_budget is False
    return replace(portfolio, over_budget=over, account=state), state


def _radar(
    market: Market, config: Config, now: int, previous: RiskState | None, source: Source
) -> RadarState | None:
    """Every perpetual, anew once a second of the exchange's time."""
    if market.radar is None:
        return None
    now_ms = int(market.clock.exchange_ms(now))
    before = previous.radar if previous is not None else None
    if before is not None and now_ms // RADAR_EVERY_MS == before.time_ms // RADAR_EVERY_MS:
        return before
    return assess_radar(market.radar, now_ms, radar_rules(config.risk), source=source)


def _watchlist(
    market: Market, symbols: dict[str, SymbolState], previous: RiskState | None
) -> WatchlistState:
    """Correlations, anew only when a 1h bar closed or the membership changed."""
    if previous is not None and list(previous.symbols) == list(symbols):
        versions = ((state.versions, previous.symbols[n].versions) for n, state in symbols.items())
        if all(now is before or _hourly(now) == _hourly(before) for now, before in versions):
            return previous.watchlist
    return watchlist_state({name: _bars(market, name, WATCHLIST_INTERVAL) for name in symbols})


def _hourly(versions: Mapping[str, int]) -> tuple[int | None, int | None]:
    return versions.get("listed"), versions.get(WATCHLIST_INTERVAL)


def _bars(market: Market, name: str, interval: str) -> Bars:
    symbol = market.symbols.get(name)
    ring = symbol.candles[interval] if symbol else CandleRing(interval)
    return ring.bars()
