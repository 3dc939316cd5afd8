"""The account: equity, its one-day VaR against the budget, and its cross margin."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from tuirisk.analytics.leverage.open_positions import OpenPosition, OpenPositions
from tuirisk.analytics.leverage.portfolio import Portfolio
from tuirisk.analytics.leverage.position import cross_margin, free
from tuirisk.analytics.leverage.stress_result import AccountStress
from tuirisk.analytics.market_risk.daily_risk import CONFIDENCE
from tuirisk.analytics.market_risk.returns import simple_returns
from tuirisk.analytics.market_risk.value_at_risk import MINIMUM, historical_var
from tuirisk.config.model import RiskConfig
from tuirisk.market.candles import Bars, Column
from tuirisk.state import SIMULATING, AccountState, Missing, Number

Times = NDArray[np.int64]
NO_POSITIONS = Missing("no positions")


def account_state(
    desk: Portfolio, risk: RiskConfig, daily: Mapping[str, Bars]
) -> AccountState | None:
    """Equity, VaR and margin (quote asset); None without a position and without a key.

    ``daily`` has the 1d bars of the symbols held.
    """
    held = desk.holdings
    if held.source == "config" and not held.positions:
        return None
    equity = equity_of(desk)
    budget = equity if isinstance(equity, Missing) else risk.var_budget * max(0.0, equity)
    loss = value_at_risk(desk, daily)
    margin = cross_margin(desk)
    stress = _stress(desk)
    return AccountState(
        equity=equity,
        var_1d_95=loss,
        var_budget=budget,
        within_budget=_within(loss, budget),
        source=held.source,
        hedge_mode=held.hedge_mode,
        positions=len(held.positions),
        unrealised_pnl=unrealised(desk),
        margin_balance=margin.balance,
        maintenance_margin=margin.maintenance,
        margin_ratio=margin.ratio,
        free_collateral=free(margin),
        horizons=stress.horizons if stress else {},
        histogram=stress.histogram if stress else SIMULATING,
        p_liquidation_24h=stress.chances[0] if stress else SIMULATING,
        p_liquidation_7d=stress.chances[1] if stress else SIMULATING,
        scenarios=stress.scenarios if stress else (),
        time_ms=desk.stress.time_ms if desk.stress is not None and stress else 0,
    )


def equity_of(desk: Portfolio) -> Number:
    """The configured equity; of an account its wallets and all unrealised PnL."""
    held = desk.holdings
    if held.equity is not None:
        return held.equity
    profit = unrealised(desk)
    if isinstance(profit, Missing):
        return profit
    return held.wallet + sum(h.wallet for h in held.positions if h.isolated) + profit


def unrealised(desk: Portfolio) -> Number:
    """PnL of all positions at their mark prices."""
    total = 0.0
    for held in desk.holdings.positions:
        mark = desk.contracts[held.symbol].mark
        if isinstance(mark, Missing):
            return Missing(f"{held.symbol}: {mark.reason}")
        if not held.entry_price > 0:
            return Missing(f"{held.symbol}: the account gives no entry price")
        total += held.profit(mark)
    return total


def free_equity(desk: Portfolio, besides: OpenPosition | None = None) -> Number:
    """Equity that is no other position's initial margin."""
    left = equity_of(desk)
    if isinstance(left, Missing):
        return left
    for held in desk.holdings.positions:
        mark = desk.contracts[held.symbol].mark
        if held == besides:
            continue
        if isinstance(mark, Missing):
            return Missing(f"{held.symbol}: {mark.reason}")
        left -= held.initial_margin(mark)
    return left


def value_at_risk(desk: Portfolio, daily: Mapping[str, Bars]) -> Number:
    """One-day historical VaR at 95 % of all positions together, a positive loss (quote asset).

    The days are those on which every symbol held has a return, at least 100 of them; each gives
    Σ net notional · simple return, at today's marks. 0 where longs and shorts cancel throughout.
    """
    nets: dict[str, float] = {}
    for held in desk.holdings.positions:
        mark = desk.contracts[held.symbol].mark
        if isinstance(mark, Missing):
            return Missing(f"{held.symbol}: {mark.reason}")
        nets[held.symbol] = nets.get(held.symbol, 0.0) + held.sign * held.quantity * mark
    if not nets:
        return NO_POSITIONS
    rows = [_returns(daily[name]) for name in nets]
    common = reduce(shared, (days for days, _ in rows))
    need = MINIMUM[CONFIDENCE]
    if common.size < need:
        return Missing(f"insufficient history: {common.size} of {need} returns of all positions")
    profit = np.zeros(common.size)
    for net, (days, returns) in zip(nets.values(), rows, strict=True):
        profit += net * returns[np.searchsorted(days, common)]
    return historical_var(profit, CONFIDENCE)


def shared(one: Times, other: Times) -> Times:
    """The times that stand in both; each is ascending."""
    if one.size == other.size and np.array_equal(one, other):
        return one
    return np.intersect1d(one, other, assume_unique=True)


def _returns(bars: Bars) -> tuple[Times, Column]:
    returns = simple_returns(bars)
    there = np.isfinite(returns)
    return bars.open_time[1:][there], returns[there]


def _within(loss: Number, budget: Number) -> bool | Missing:
    if isinstance(loss, Missing):
        return loss
    return budget if isinstance(budget, Missing) else loss <= budget


def _stress(desk: Portfolio) -> AccountStress | None:
    """The simulation of exactly the positions that are held."""
    held: OpenPositions = desk.holdings
    if desk.stress is None or set(desk.stress.holdings.positions) != set(held.positions):
        return None
    return desk.stress.account
