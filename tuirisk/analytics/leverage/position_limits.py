"""The largest size of each position of a symbol, from the market and the account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tuirisk.analytics.leverage.account import equity_of, free_equity, var_of_size
from tuirisk.analytics.leverage.open_positions import OpenPosition
from tuirisk.analytics.leverage.portfolio import Contract, Portfolio
from tuirisk.analytics.leverage.size_limits import SizingInputs
from tuirisk.analytics.leverage.sizing import SizeLimit, largest_size
from tuirisk.config.model import RiskConfig
from tuirisk.market.book import unusable
from tuirisk.market.market import SymbolMarket
from tuirisk.state import DailyRisk, DataFamily, Freshness, Missing, Number, mapped


def position_limits(
    name: str,
    symbol: SymbolMarket,
    portfolio: Portfolio,
    daily: DailyRisk,
    risk: RiskConfig,
    fresh: Mapping[DataFamily, Freshness],
) -> tuple[SizeLimit, ...]:
    """The largest size of each position of ``name``, in their order."""
    contract = portfolio.contracts.get(name)
    if contract is None:
        return ()
    reason = unusable(symbol.book, fresh["depth"].stale)
    return tuple(
        largest_size(
            sizing_inputs(position, contract, symbol, portfolio, daily, risk), symbol.book, reason
        )
        for position in portfolio.open_positions.of(name)
    )


def sizing_inputs(
    position: OpenPosition,
    contract: Contract,
    symbol: SymbolMarket,
    portfolio: Portfolio,
    daily: DailyRisk,
    risk: RiskConfig,
) -> SizingInputs:
    """The inputs of the largest size of ``position``, all other positions unchanged.

    A position that is held is sized as if it were opened anew at the mark price.
    """
    equity = equity_of(portfolio)
    others = _without(position, portfolio, contract)
    return SizingInputs(
        position=position,
        portfolio=others,
        daily=daily,
        thresholds=risk.thresholds,
        var=var_of_size(position, others, symbol.candles["1d"].bars()),
        budget=mapped(lambda value: risk.var_budget * max(0.0, value), equity),
        free=_free(position, portfolio, contract.mark),
        step=symbol.listed.step_size,
    )


def _without(position: OpenPosition, portfolio: Portfolio, contract: Contract) -> Portfolio:
    """The portfolio without ``position``, whose unrealised PnL stays in the cross wallet."""
    positions = portfolio.open_positions
    rest = tuple(other for other in positions.positions if other != position)
    if position in positions.positions and not position.isolated:
        mark = contract.mark
        gain = 0.0 if isinstance(mark, Missing) else position.profit(mark)
        positions = positions.paid(position, gain)
    return replace(
        portfolio,
        open_positions=replace(positions, positions=rest),
        contracts={**portfolio.contracts, position.symbol: contract},
    )


def _free(position: OpenPosition, portfolio: Portfolio, mark: Number) -> Number:
    """What may be the position's margin: the exchange's figure where it gives one."""
    positions = portfolio.open_positions
    available = positions.available_to(position)
    if available is None:
        return free_equity(portfolio, position, position)
    if position not in positions.positions:
        return available
    return mark if isinstance(mark, Missing) else available + position.initial_margin(mark)
