"""The largest size of each position of a symbol, from the market and the account."""

from __future__ import annotations

from collections.abc import Mapping

from tuirisk.analytics.leverage.account import equity_of, free_equity
from tuirisk.analytics.leverage.open_positions import OpenPosition
from tuirisk.analytics.leverage.portfolio import Portfolio
from tuirisk.analytics.leverage.sizing import SizeLimit, SizingInputs, largest_size
from tuirisk.config.model import RiskConfig
from tuirisk.market.book import unusable
from tuirisk.market.market import SymbolMarket
from tuirisk.state import DailyRisk, DataFamily, Freshness, Missing, Number


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
            sizing_inputs(position, contract.mark, portfolio, daily, risk, symbol.listed.step_size),
            contract.brackets if contract.known else (),
            symbol.book,
            reason,
        )
        for position in portfolio.open_positions.of(name)
    )


def sizing_inputs(
    position: OpenPosition,
    price: Number,
    portfolio: Portfolio,
    daily: DailyRisk,
    risk: RiskConfig,
    step: float,
) -> SizingInputs:
    """The inputs of the largest size of ``position``, all other positions unchanged."""
    equity = equity_of(portfolio)
    return SizingInputs(
        sign=position.sign,
        leverage=position.leverage,
        price=price,
        var=daily.var_long if position.sign > 0 else daily.var_short,
        budget=equity if isinstance(equity, Missing) else risk.var_budget * equity,
        free=free_equity(portfolio, besides=position),
        slippage=risk.thresholds.slippage_high,
        step=step,
    )
