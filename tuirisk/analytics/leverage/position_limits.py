"""What each position of a symbol may grow to: its terms, from the market and the account."""

from __future__ import annotations

from collections.abc import Mapping

from tuirisk.analytics.leverage.account import equity_of, free_equity
from tuirisk.analytics.leverage.open_positions import OpenPosition
from tuirisk.analytics.leverage.portfolio import Portfolio
from tuirisk.analytics.leverage.sizing import SizeLimit, SizingInputs, size
from tuirisk.config.model import RiskConfig
from tuirisk.market.book import unusable
from tuirisk.market.market import SymbolMarket
from tuirisk.state import DailyRisk, DataFamily, Freshness, Missing, Number


def position_limits(
    name: str,
    symbol: SymbolMarket,
    desk: Portfolio,
    daily: DailyRisk,
    risk: RiskConfig,
    fresh: Mapping[DataFamily, Freshness],
) -> tuple[SizeLimit, ...]:
    """The largest size of each position of ``name``, in the order in which they are held."""
    contract = desk.contracts.get(name)
    if contract is None:
        return ()
    reason = unusable(symbol.book, fresh["depth"].stale)
    return tuple(
        size(
            sizing_inputs(held, contract.mark, desk, daily, risk, symbol.listed.step_size),
            contract.brackets,
            symbol.book,
            reason,
        )
        for held in desk.holdings.of(name)
    )


def sizing_inputs(
    held: OpenPosition,
    price: Number,
    desk: Portfolio,
    daily: DailyRisk,
    risk: RiskConfig,
    step: float,
) -> SizingInputs:
    """What ``held`` is sized by, with all other positions as they are."""
    equity = equity_of(desk)
    return SizingInputs(
        sign=held.sign,
        leverage=held.leverage,
        price=price,
        var=daily.var_long if held.sign > 0 else daily.var_short,
        budget=equity if isinstance(equity, Missing) else risk.var_budget * equity,
        free=free_equity(desk, besides=held),
        slippage=risk.thresholds.slippage_high,
        step=step,
    )
