"""The inputs of a simulation, and when they have moved enough for another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import ceil, nan

import numpy as np

from tuirisk.analytics.leverage.account import Times, shared_times
from tuirisk.analytics.leverage.open_positions import OpenPosition, OpenPositions
from tuirisk.analytics.leverage.portfolio import NO_ENTRY, Contract, Portfolio, portfolio_of
from tuirisk.analytics.liquidity.book_walk import Levels, walk
from tuirisk.analytics.market_risk.returns import ZERO_VARIANCE, log_returns, no_variance
from tuirisk.analytics.score.freshness import DEPTH_BUDGET
from tuirisk.analytics.stress.paths import HORIZONS, STEP_MS, SimulatedAsset
from tuirisk.analytics.stress.scenarios import Shock, shocks
from tuirisk.config.model import Config
from tuirisk.events.intervals import HOUR_MS, MINUTE_MS
from tuirisk.market.book import unusable
from tuirisk.market.candles import Bars, Column
from tuirisk.market.derivatives import DerivativesData
from tuirisk.market.market import Market, SymbolMarket
from tuirisk.state import SIMULATING, Missing, Number, maximum

INTERVAL = "15m"
MINIMUM_RETURNS = 672
"""A week of 15m bars, to draw a week from."""
MOVE_SIGMAS = 0.25
"""A price that moved this many standard deviations of a 15m bar is worth a new simulation …"""
MOVE_PAUSE_MS = 10_000
"""… but not more often than this, and a slow one less often yet."""
OLDEST_MS = 5 * MINUTE_MS
DEFAULT_FUNDING_HOURS = 8


@dataclass(frozen=True, slots=True)
class StressInputs:
    """Everything a simulation needs; nothing in it changes any more.

    ``returns`` has shape (assets, bars): the 15m log returns of the bars at which every asset has
    one. ``refused`` holds the positions that cannot be simulated. ``exits`` has the slippage of
    each position's exit, now under ``""`` and under each shock's name.
    """

    time_ms: int
    seed: int
    open_positions: OpenPositions
    assets: tuple[SimulatedAsset, ...]
    returns: Column
    refused: Mapping[OpenPosition, Missing]
    shocks: tuple[Shock, ...]
    exits: Mapping[OpenPosition, Mapping[str, Number]]


@dataclass(frozen=True, slots=True)
class StressTrigger:
    """The data that decide whether a simulation is due: marks, and all that changes in steps."""

    time_ms: int
    marks: Mapping[str, float]
    fixed: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class StressBaseline:
    """The trigger a simulation started from, and by symbol the move (a fraction) that matters.

    No move matters before ``pause_ms`` have passed.
    """

    trigger: StressTrigger
    moves: Mapping[str, float]
    pause_ms: float = MOVE_PAUSE_MS


def stress_trigger(market: Market, positions: OpenPositions, now: int) -> StressTrigger:
    """The trigger of a simulation of ``positions`` at local time ``now`` (ns)."""
    marks: dict[str, float] = {}
    fixed: list[object] = [positions]
    for name in positions.symbols:
        symbol = market.symbols.get(name)
        if symbol is None:
            fixed.append((name, market.refused.get(name)))
            continue
        derivatives, mark = symbol.derivatives, symbol.derivatives.mark
        if mark is not None:
            marks[name] = mark.mark
        fixed.append(
            (
                symbol.was_ready,
                symbol.candles[INTERVAL].version,
                derivatives.brackets,
                derivatives.terms,
                mark.next_funding_time if mark is not None else None,
                not unusable(symbol.book, stale=False),
            )
        )
    return StressTrigger(now // 1_000_000, marks, tuple(fixed))


def simulation_due(baseline: StressBaseline | None, now: StressTrigger) -> bool:
    """Whether what moved since ``baseline`` matters.

    Positions, wallet, brackets, a closed bar, the next funding time or whether there is a book
    changed; a price moved more than a quarter of a 15m bar's σ (after a pause); or five minutes
    have passed. Time that runs backwards (a replay) counts as passed.
    """
    if baseline is None:
        return True
    age = now.time_ms - baseline.trigger.time_ms
    if now.fixed != baseline.trigger.fixed or not 0 <= age <= OLDEST_MS:
        return True
    if now.marks.keys() != baseline.trigger.marks.keys():
        return True
    if age < baseline.pause_ms:
        return False
    return any(
        abs(mark / baseline.trigger.marks[name] - 1.0) > baseline.moves.get(name, 0.0)
        for name, mark in now.marks.items()
        if name in baseline.moves
    )


def stress_baseline(inputs: StressInputs, start: StressTrigger) -> StressBaseline:
    """The baseline that the next triggers are compared with."""
    moves = MOVE_SIGMAS * inputs.returns.std(axis=1) if inputs.assets else ()
    return StressBaseline(
        start, {a.symbol: float(m) for a, m in zip(inputs.assets, moves, strict=True)}
    )


def stress_inputs(
    market: Market, positions: OpenPositions, config: Config, now: int
) -> StressInputs:
    """The inputs of a simulation of ``positions`` at local time ``now`` (ns)."""
    portfolio = portfolio_of(market, positions)
    refused = _refused(market, portfolio)
    simulated = [
        name
        for name in positions.symbols
        if any(position not in refused for position in positions.of(name))
    ]
    rows = [_returns(market.symbols[name].candles[INTERVAL].bars()) for name in simulated]
    times = reduce(shared_times, (t for t, _ in rows)) if rows else np.empty(0, np.int64)
    if rows and times.size < MINIMUM_RETURNS:
        reason = Missing("few_common_15m_returns", have=times.size, need=MINIMUM_RETURNS)
        refused = dict.fromkeys(positions.positions, reason)
        simulated, rows = [], []
    shock_table = shocks(config.scenarios)
    exits = {
        position: _exits(market.symbols[name], position, shock_table, now)
        for name in simulated
        for position in positions.of(name)
        if position not in refused
    }
    exchange_ms = market.clock.exchange_ms(now)
    assets = tuple(
        _asset(name, market.symbols[name], portfolio.contracts[name], exits, exchange_ms)
        for name in simulated
    )
    returns = np.array([r[np.searchsorted(t, times)] for t, r in rows])
    return StressInputs(
        now // 1_000_000, config.risk.seed, positions, assets, returns, refused, shock_table, exits
    )


def _refused(market: Market, portfolio: Portfolio) -> dict[OpenPosition, Missing]:
    """Positions that cannot be simulated; one of the cross positions takes the others along."""
    refused: dict[OpenPosition, Missing] = {}
    for position in portfolio.open_positions.positions:
        reason = _unfit(market, position, portfolio.contracts[position.symbol])
        if reason is not None:
            refused[position] = reason
    cross = next((h for h in portfolio.open_positions.cross if h in refused), None)
    if cross is not None:
        own = refused[cross]
        awaited = own == SIMULATING
        reason = own if awaited else Missing("of_cross_margin", symbol=cross.symbol, reason=own)
        for position in portfolio.open_positions.cross:
            refused.setdefault(position, reason)
    return refused


def _unfit(market: Market, position: OpenPosition, contract: Contract) -> Missing | None:
    """Why ``position`` cannot be simulated; of a symbol that is not ready yet it will be."""
    if position.symbol in market.refused:
        return Missing.because(market.refused[position.symbol])
    symbol = market.symbols.get(position.symbol)
    if symbol is None or not symbol.was_ready or isinstance(contract.mark, Missing):
        return SIMULATING
    if not position.entry_price > 0:
        return NO_ENTRY
    _, returns = _returns(symbol.candles[INTERVAL].bars())
    if returns.size < MINIMUM_RETURNS:
        return Missing("few_15m_returns", have=returns.size, need=MINIMUM_RETURNS)
    if no_variance(returns, float(returns.std())):
        return ZERO_VARIANCE
    return None


def _returns(bars: Bars) -> tuple[Times, Column]:
    """Times of the bars that have a log return, and the returns."""
    returns = log_returns(bars)
    there = np.isfinite(returns)
    return bars.open_time[1:][there], returns[there]


def _asset(
    name: str,
    symbol: SymbolMarket,
    contract: Contract,
    exits: Mapping[OpenPosition, Mapping[str, Number]],
    exchange_ms: float,
) -> SimulatedAsset:
    assert not isinstance(contract.mark, Missing)
    positions = tuple(h for h in exits if h.symbol == name)
    costs = [exits[h][""] for h in positions]
    mark = symbol.derivatives.mark
    return SimulatedAsset(
        name,
        contract.mark,
        contract.brackets,
        positions,
        tuple(nan if isinstance(cost, Missing) else cost for cost in costs),
        mark.funding_rate if mark is not None else 0.0,
        settlement_steps(symbol.derivatives, exchange_ms),
    )


def settlement_steps(derivatives: DerivativesData, exchange_ms: float) -> tuple[int, ...]:
    """Steps (15 minutes, from 1) at or right after which funding is paid, within 7 days.

    From the announced time on at the symbol's own interval, 8 h where the exchange has not told
    one; none where no time is announced.
    """
    mark, terms = derivatives.mark, derivatives.terms
    if mark is None or mark.next_funding_time <= 0:
        return ()
    every = (terms.interval_hours if terms else DEFAULT_FUNDING_HOURS) * HOUR_MS
    ahead = mark.next_funding_time - exchange_ms
    ahead += max(0, ceil(-ahead / every)) * every
    last = max(HORIZONS.values()) * STEP_MS
    times = np.arange(ahead, last + 1, every)
    return tuple(max(1, ceil(time / STEP_MS)) for time in times.tolist())


def _exits(
    symbol: SymbolMarket, position: OpenPosition, table: Sequence[Shock], now: int
) -> Mapping[str, Number]:
    """Slippage of closing ``position`` (a fraction of mid) in today's book and in each shocked one.

    A book ``depth`` times thinner costs what an order ``depth`` times larger does today; a wider
    spread costs half of what it widens by.
    """
    received = symbol.book.received
    stale = received is None or (now - received) / 1e6 > DEPTH_BUDGET
    reason = unusable(symbol.book, stale)
    if reason:
        return dict.fromkeys(["", *(shock.name for shock in table)], Missing.because(reason))
    book = symbol.book
    bid, ask = book.bids.sign * book.bids.keys[-1], book.asks.sign * book.asks.keys[-1]
    mid, half = (bid + ask) / 2, (ask - bid) / (ask + bid)
    side, bound = (
        (book.bids, book.bid_floor) if position.sign > 0 else (book.asks, book.ask_ceiling)
    )
    thinnest = max((shock.depth for shock in table), default=1.0)
    levels = Levels.of(side, bound, 0.0, position.quantity * max(1.0, thinnest), mid)

    def slippage(depth: float, spread: float) -> Number:
        fill = walk(levels, mid, quantity=position.quantity * depth)
        if fill.exhausted:
            return Missing("order_book_too_short")
        return maximum(fill.slippage + half * (spread - 1.0), 0.0)

    return {"": slippage(1.0, 1.0)} | {s.name: slippage(s.depth, s.spread) for s in table}
