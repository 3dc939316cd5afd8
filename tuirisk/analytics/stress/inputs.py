"""The inputs of a simulation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import nan, sqrt

import numpy as np

from tuirisk.analytics.forecast.volatility_forecast import volatility_forecast
from tuirisk.analytics.leverage.account import Times, shared_times
from tuirisk.analytics.leverage.liquidation import liquidation_of
from tuirisk.analytics.leverage.open_positions import OpenPosition, OpenPositions
from tuirisk.analytics.leverage.portfolio import (
    NO_ENTRY,
    POSITION_UNREAD,
    Contract,
    Portfolio,
    of_cross,
    portfolio_of,
)
from tuirisk.analytics.market_risk.returns import (
    ZERO_VARIANCE,
    finite,
    log_returns,
    no_variance,
)
from tuirisk.analytics.stress.exit_costs import exit_costs
from tuirisk.analytics.stress.filtered import DAY_STEPS
from tuirisk.analytics.stress.paths import SimulatedAsset
from tuirisk.analytics.stress.return_models import BarMoves
from tuirisk.analytics.stress.scenarios import Shock, shocks
from tuirisk.analytics.stress.settlement_times import settlement_steps
from tuirisk.config.model import Config
from tuirisk.market.candles import Bars, Column
from tuirisk.market.market import Market, SymbolMarket
from tuirisk.state import SIMULATING, Missing, Number

INTERVAL = "15m"
MINIMUM_RETURNS = 672
"""A week of 15m bars, to draw a week from."""
MOVE_SIGMAS = 0.25
"""A price that moved this many daily standard deviations calls for a new simulation at once …"""
MOVE_DISTANCE = 0.25
"""… and one that moved by this share of the distance to a liquidation price."""


@dataclass(frozen=True, slots=True)
class StressInputs:
    """Everything a simulation needs; nothing in it changes any more.

    ``moves`` are the 15m bars at which every asset has a return, one row an asset; ``sigmas`` the
    forecast σ of each one's 24 h log return. ``triggers`` are the moves of each mark price, a
    fraction of it, that call for the next simulation. ``refused`` holds the positions that cannot
    be simulated. ``exits`` has the slippage of each position's exit, now under ``""`` and under
    each shock's name.
    """

    time_ms: int
    seed: int
    open_positions: OpenPositions
    assets: tuple[SimulatedAsset, ...]
    moves: BarMoves
    sigmas: Column
    triggers: Mapping[str, float]
    refused: Mapping[OpenPosition, Missing]
    shocks: tuple[Shock, ...]
    exits: Mapping[OpenPosition, Mapping[str, Number]]

    @property
    def returns(self) -> Column:
        """15m log returns, shape (assets, bars)."""
        return self.moves.returns


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
    rows = [bar_moves(market.symbols[name].candles[INTERVAL].bars()) for name in simulated]
    times = reduce(shared_times, (t for t, _ in rows)) if rows else np.empty(0, np.int64)
    if rows and times.size < MINIMUM_RETURNS:
        reason = Missing("few_common_15m_returns", have=times.size, need=MINIMUM_RETURNS)
        refused = dict.fromkeys(positions.positions, reason)
        simulated, rows = [], []
    shock_table = shocks(config.scenarios)
    exchange_ms = market.clock.exchange_ms(now)
    exits = {
        position: exit_costs(market.symbols[name], position, shock_table, now, exchange_ms)
        for name in simulated
        for position in positions.of(name)
        if position not in refused
    }
    assets = tuple(
        _asset(name, market.symbols[name], portfolio.contracts[name], exits, exchange_ms)
        for name in simulated
    )
    # (assets, 3, bars): returns, lows and highs at the common times.
    common = np.array([m[:, np.searchsorted(t, times)] for t, m in rows])
    common = common.reshape(len(rows), 3, times.size)
    moves = BarMoves(common[:, 0], common[:, 1], common[:, 2])
    sigmas = np.array(
        [
            forecast_sigma(market.symbols[name], row)
            for name, row in zip(simulated, moves.returns, strict=True)
        ]
    )
    return StressInputs(
        time_ms=now // 1_000_000,
        seed=config.risk.seed,
        open_positions=positions,
        assets=assets,
        moves=moves,
        sigmas=sigmas,
        triggers=_triggers(portfolio, assets, sigmas),
        refused=refused,
        shocks=shock_table,
        exits=exits,
    )


def forecast_sigma(symbol: SymbolMarket, returns: Column) -> float:
    """Forecast σ of the log return of the next 24 h.

    Of a coin too young for that the standard deviation of its 15m ``returns``, times √96.
    """
    bars = (symbol.candles[interval].bars() for interval in (INTERVAL, "1d"))
    sigma = volatility_forecast(*bars).sigma_24h
    return float(returns.std()) * sqrt(DAY_STEPS) if isinstance(sigma, Missing) else sigma


def _triggers(
    portfolio: Portfolio, assets: Sequence[SimulatedAsset], sigmas: Column
) -> dict[str, float]:
    """By symbol the move of its mark price, a fraction, that calls for the next simulation."""
    moves_of: dict[str, float] = {}
    for asset, sigma in zip(assets, sigmas.tolist(), strict=True):
        moves = [MOVE_SIGMAS * sigma]
        for position in asset.positions:
            prices = liquidation_of(position, portfolio)
            moves += [
                MOVE_DISTANCE * abs(price / asset.mark - 1.0)
                for price in (prices.near, prices.far)
                if not isinstance(price, Missing)
            ]
        moves_of[asset.symbol] = min(moves)
    return moves_of


def _refused(market: Market, portfolio: Portfolio) -> dict[OpenPosition, Missing]:
    """Positions that cannot be simulated; one of the cross positions takes the others along."""
    refused: dict[OpenPosition, Missing] = {}
    for position in portfolio.open_positions.positions:
        reason = _unfit(market, position, portfolio.contracts[position.symbol])
        if reason is not None:
            refused[position] = reason
    for unread in portfolio.open_positions.unread[:1]:
        reason = of_cross(unread, POSITION_UNREAD)
        refused |= {h: reason for h in portfolio.open_positions.cross if h not in refused}
    cross = next((h for h in portfolio.open_positions.cross if h in refused), None)
    if cross is not None:
        own = refused[cross]
        simulating = own == SIMULATING
        reason = own if simulating else Missing("of_cross_margin", symbol=cross.symbol, reason=own)
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
    returns = finite(log_returns(symbol.candles[INTERVAL].bars()))
    if returns.size < MINIMUM_RETURNS:
        return Missing("few_15m_returns", have=returns.size, need=MINIMUM_RETURNS)
    if no_variance(returns, float(returns.std())):
        return ZERO_VARIANCE
    return None


def bar_moves(bars: Bars) -> tuple[Times, Column]:
    """Times of the bars that have a log return, and their moves.

    The moves have shape (3, bars): returns, lows and highs against the close, as in BarMoves.
    """
    returns = log_returns(bars)
    there = np.isfinite(returns)
    close, low, high = (column[1:][there] for column in (bars.close, bars.low, bars.high))
    # A low or high that is no price counts as the close.
    low = np.where(low > 0.0, np.minimum(low, close), close)
    high = np.where(np.isfinite(high), np.maximum(high, close), close)
    moves = np.array([returns[there], np.log(low / close), np.log(high / close)])
    return bars.open_time[1:][there], moves


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
        (mark.funding_rate or 0.0) if mark is not None else 0.0,
        settlement_steps(symbol.derivatives, exchange_ms),
    )
