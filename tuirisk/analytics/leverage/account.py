"""The account: equity, its one-day VaR against the budget, and its cross margin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from tuirisk.analytics.asset_prices import MAIN_ASSET
from tuirisk.analytics.forecast.daily_risk import CONFIDENCE
from tuirisk.analytics.leverage.exchange_facts import NOT_TOLD
from tuirisk.analytics.leverage.margin_balance import (
    account_margin,
    free_collateral,
    group_margin,
    worst_margin_ratio,
)
from tuirisk.analytics.leverage.open_positions import OpenPosition
from tuirisk.analytics.leverage.pnl_today import pnl_today
from tuirisk.analytics.leverage.portfolio import POSITION_UNREAD, Portfolio
from tuirisk.analytics.leverage.stress_result import AccountStress
from tuirisk.analytics.market_risk.returns import simple_returns
from tuirisk.analytics.market_risk.value_at_risk import MINIMUM, blended_es, blended_var
from tuirisk.config.model import RiskConfig
from tuirisk.events import PositionIncome
from tuirisk.language.reason import Reason
from tuirisk.market.candles import Bars, Column
from tuirisk.state import (
    NOT_APPLICABLE,
    NOT_YET,
    SIMULATING,
    AccountState,
    Missing,
    Number,
    ratio,
)

Times = NDArray[np.int64]
NO_POSITIONS = Missing("no_positions")
ALL = Missing("no_maintenance_margin")
"""There is no ratio to a maintenance margin of 0."""


def account_state(
    portfolio: Portfolio,
    risk: RiskConfig,
    daily: Mapping[str, Bars],
    funding_next_24h: Number = NOT_YET,
    exchange_ms: float = 0.0,
) -> AccountState | None:
    """Equity, VaR and margin (USDT); None without a position and without a key.

    ``daily`` has the 1d bars of every symbol with a position; ``exchange_ms`` is the exchange's
    time, UTC.
    """
    positions = portfolio.open_positions
    if positions.source == "config" and not positions.positions:
        return None
    equity = equity_of(portfolio)
    budget = equity if isinstance(equity, Missing) else risk.var_budget * max(0.0, equity)
    loss = account_value_at_risk(portfolio, daily)
    margin, whole = account_margin(portfolio), positions.portfolio_margin
    stress = _stress(portfolio)
    return AccountState(
        equity=equity,
        var_1d_95=loss,
        var_budget=budget,
        within_budget=_within(loss, budget, portfolio),
        age_ms=portfolio.read_age_ms,
        stale=portfolio.reading is not None and portfolio.reading.stale,
        source=positions.source,
        hedge_mode=positions.hedge_mode,
        positions=len(positions.positions),
        mode=positions.mode,
        not_counted=positions.unpriced,
        wallet_balance=wallet_balance(portfolio),
        unrealised_pnl=unrealised_pnl(portfolio),
        margin_balance=margin.balance,
        available_balance=available_balance(portfolio),
        initial_margin=margin.initial if whole is None else whole.initial_margin,
        maintenance_margin=margin.maintenance,
        margin_ratio=worst_margin_ratio(portfolio),
        uni_mmr=NOT_APPLICABLE if whole is None else ratio(margin.balance, margin.maintenance, ALL),
        funding_next_24h=funding_next_24h,
        funding_paid=_of_income(portfolio, lambda income: income.funding_paid),
        realised_pnl=_of_income(portfolio, lambda income: income.realised_pnl),
        pnl_today=pnl_today(
            positions, {n: c.mark for n, c in portfolio.contracts.items()}, exchange_ms
        ),
        free_collateral=free_collateral(margin),
        horizons=stress.horizons if stress else {},
        histogram=stress.histogram if stress else SIMULATING,
        scenarios=stress.scenarios if stress else (),
        time_ms=portfolio.stress.time_ms if portfolio.stress is not None and stress else 0,
    )


def equity_of(portfolio: Portfolio) -> Number:
    """The configured equity; of an account its wallets and all unrealised PnL, USDT.

    Of a portfolio-margin account it is the exchange's own, after haircuts, at the marks of now.
    """
    positions = portfolio.open_positions
    if positions.equity is not None:
        return positions.equity
    if positions.portfolio_margin is not None:
        return positions.wallet + unrealised_pnl(portfolio)
    return wallet_balance(portfolio) + unrealised_pnl(portfolio)


def wallet_balance(portfolio: Portfolio) -> float:
    """All wallets without unrealised PnL, at the exchange's index prices, USDT."""
    positions = portfolio.open_positions
    if positions.assets:
        total = sum(each.cross_wallet * each.price for each in positions.assets)
    else:
        total = positions.wallet
    if positions.source == "config":
        return total
    isolated = (p for p in positions.positions if p.isolated and isfinite(p.rate))
    return total + sum(position.wallet * position.rate for position in isolated)


def available_balance(portfolio: Portfolio) -> Number:
    """What may be margin of new positions, USDT: as the exchange tells it, else what is free."""
    positions = portfolio.open_positions
    if positions.available is None:
        return free_collateral(account_margin(portfolio))
    if positions.mode != "single_asset":
        return positions.available
    others = (a for a in positions.assets if a.asset != MAIN_ASSET and a.available)
    return positions.available + sum((a.available or 0.0) * a.price for a in others)


def unrealised_pnl(portfolio: Portfolio) -> Number:
    """PnL of all positions at their mark prices, USDT."""
    total = 0.0
    for symbol in portfolio.open_positions.unread:
        return Missing("of_symbol", symbol=symbol, reason=POSITION_UNREAD)
    for position in portfolio.open_positions.positions:
        profit = portfolio.profit(position)
        if isinstance(profit, Missing):
            return Missing("of_symbol", symbol=position.symbol, reason=profit)
        total += profit * position.rate
    return total


def free_equity(
    portfolio: Portfolio, position: OpenPosition, without: OpenPosition | None = None
) -> Number:
    """Equity behind ``position`` that is no other position's initial margin, its margin asset.

    Of a wallet that stands for itself it is what is free of that wallet.
    """
    positions = portfolio.open_positions
    group = positions.group_of(position)
    if group:
        margin = group_margin(portfolio, group)
        free = margin.balance - margin.initial
        if without is None or without.isolated or positions.group_of(without) != group:
            return free
        own = portfolio.margin(without)
        return own if isinstance(own, Missing) else free + own.initial
    left = equity_of(portfolio)
    for held in positions.positions:
        own = portfolio.margin(held)
        if isinstance(left, Missing) or held == without:
            continue
        if isinstance(own, Missing):
            return Missing("of_symbol", symbol=held.symbol, reason=own)
        left -= own.initial * held.rate
    return left / position.rate


def _of_income(portfolio: Portfolio, part: Callable[[PositionIncome], float | Reason]) -> Number:
    """Σ over the open positions of a part of their income, USDT."""
    total: Number = 0.0
    positions = portfolio.open_positions
    if positions.source == "config":
        return NOT_APPLICABLE
    by_both: set[str] = set()
    for position in positions.positions:
        income = position.told.income if position.told is not None else None
        value = NOT_TOLD if income is None else part(income)
        if income is not None and value is income.funding_paid and income.paid_by_both is not None:
            # Which leg paid it is not known; what both paid is.
            value = 0.0 if position.symbol in by_both else income.paid_by_both
            by_both.add(position.symbol)
        if isinstance(value, Reason):
            return Missing("of_symbol", symbol=position.symbol, reason=value)
        total += value * position.rate
    return total


def account_value_at_risk(portfolio: Portfolio, daily: Mapping[str, Bars]) -> Number:
    """One-day blended VaR at 95 % of all positions together, a positive loss (quote asset).

    The days are those on which every symbol with a position has a return, at least 100 of them;
    each gives Σ net notional · simple return, at today's marks. 0 where longs and shorts cancel.
    A symbol that no stream values has no returns and is not in it.
    """
    days = _joint_days(portfolio, daily)
    if isinstance(days, Missing):
        return days
    return blended_var(days[1], CONFIDENCE)


def account_es(portfolio: Portfolio, daily: Mapping[str, Bars]) -> Number:
    """One-day blended ES at 95 % of all positions together, as :func:`account_value_at_risk`."""
    days = _joint_days(portfolio, daily)
    if isinstance(days, Missing):
        return days
    return blended_es(days[1], CONFIDENCE)


def var_of_size(
    position: OpenPosition, others: Portfolio, bars: Bars
) -> Callable[[float], float] | Missing:
    """The account's one-day VaR (quote asset) by the quantity of ``position``, at today's marks.

    ``others`` are the other positions, ``bars`` the 1d bars of the position's symbol. It is never
    negative: the account's VaR is 0 where it would be a gain.
    """
    mark = others.contracts[position.symbol].mark
    if isinstance(mark, Missing):
        return mark
    own = _returns(bars)
    joint = _joint_days(others, others.daily_bars)
    if joint is NO_POSITIONS:
        common, base = own[0], np.zeros(own[0].size)
    elif isinstance(joint, Missing):
        return joint
    else:
        common = shared_times(joint[0], own[0])
        base = joint[1][np.searchsorted(joint[0], common)]
    need = MINIMUM[CONFIDENCE]
    if common.size < need:
        return Missing("few_common_returns", have=common.size, need=need)
    unit = position.sign * position.rate * mark * own[1][np.searchsorted(own[0], common)]

    def value_at_risk(quantity: float) -> float:
        return max(0.0, blended_var(base + quantity * unit, CONFIDENCE) or 0.0)

    return value_at_risk


def _joint_days(portfolio: Portfolio, daily: Mapping[str, Bars]) -> tuple[Times, Column] | Missing:
    """The days on which every symbol with a position has a return, and the P&L of each."""
    nets: dict[str, float] = {}
    for symbol in portfolio.open_positions.unread:
        return Missing("of_symbol", symbol=symbol, reason=POSITION_UNREAD)
    for position in portfolio.open_positions.positions:
        contract = portfolio.contracts[position.symbol]
        mark = contract.mark
        if contract.by_exchange:
            continue
        if isinstance(mark, Missing):
            return Missing("of_symbol", symbol=position.symbol, reason=mark)
        nets[position.symbol] = (
            nets.get(position.symbol, 0.0)
            + position.sign * position.quantity * mark * position.rate
        )
    if not nets:
        return NO_POSITIONS
    rows = [_returns(daily[name]) for name in nets]
    common = reduce(shared_times, (days for days, _ in rows))
    need = MINIMUM[CONFIDENCE]
    if common.size < need:
        return Missing("few_common_returns", have=common.size, need=need)
    profit = np.zeros(common.size)
    for net, (days, returns) in zip(nets.values(), rows, strict=True):
        profit += net * returns[np.searchsorted(days, common)]
    return common, profit


def shared_times(one: Times, other: Times) -> Times:
    """The times that stand in both; each is ascending."""
    if one.size == other.size and np.array_equal(one, other):
        return one
    return np.intersect1d(one, other, assume_unique=True)


def _returns(bars: Bars) -> tuple[Times, Column]:
    returns = simple_returns(bars)
    there = np.isfinite(returns)
    return bars.open_time[1:][there], returns[there]


def _within(loss: Number, budget: Number, portfolio: Portfolio) -> bool | Missing:
    """Whether the loss is within the budget; not known where a position is not in it."""
    if isinstance(loss, Missing):
        return loss
    if isinstance(budget, Missing):
        return budget
    absent = next((n for n, contract in portfolio.contracts.items() if contract.by_exchange), None)
    if absent is not None and loss <= budget:
        return Missing("not_in_var", symbol=absent)
    return loss <= budget


def _stress(portfolio: Portfolio) -> AccountStress | None:
    """The simulation, if it is of exactly these positions."""
    stress, positions = portfolio.stress, portfolio.open_positions.positions
    if stress is None or set(stress.open_positions.positions) != set(positions):
        return None
    return stress.account
