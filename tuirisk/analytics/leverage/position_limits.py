"""What each position of a symbol may grow to: its terms, from the market and the account."""

from __future__ import annotations

from collections.abc import Mapping

from tuirisk.analytics.leverage.account import equity_of, free_equity
from tuirisk.analytics.leverage.open_positions import Holding
from tuirisk.analytics.leverage.portfolio import Desk
from tuirisk.analytics.leverage.sizing import Size, Terms, size
from tuirisk.analytics.liquidity.depth import unusable
from tuirisk.config.model import RiskConfig
from tuirisk.market.market import SymbolMarket
from tuirisk.state import DailyRisk, Family, Freshness, Missing, Number


def sizes(
    name: str,
    symbol: SymbolMarket,
    desk: Desk,
    daily: DailyRisk,
    risk: RiskConfig,
    fresh: Mapping[Family, Freshness],
) -> tuple[Size, ...]:
    """The largest size of each position of ``name``, in the order in which they are held."""
    contract = desk.contracts.get(name)
    if contract is None:
        return ()
    reason = unusable(symbol.book, fresh["depth"].stale)
    return tuple(
        size(
            terms(held, contract.mark, desk, daily, risk, symbol.listed.step_size),
            contract.brackets,
            symbol.book,
            reason,
        )
        for held in desk.holdings.of(name)
    )


def terms(
    held: Holding, price: Number, desk: Desk, daily: DailyRisk, risk: RiskConfig, step: float
) -> Terms:
    """What ``held`` is sized by, with all other positions as they are."""
    equity = equity_of(desk)
    return Terms(
        sign=held.sign,
        leverage=held.leverage,
        price=price,
        var=daily.var_long if held.sign > 0 else daily.var_short,
        budget=equity if isinstance(equity, Missing) else risk.var_budget * equity,
        free=free_equity(desk, besides=held),
        slippage=risk.thresholds.slippage_high,
        step=step,
    )
