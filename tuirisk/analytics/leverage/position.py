"""The positions of a symbol: margin, liquidation price and its distance, and the largest size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tuirisk.analytics.leverage.brackets import bracket_at
from tuirisk.analytics.leverage.liquidation_chance import (
    NO_LIQUIDATION,
    NO_OTHER,
    Barriers,
    liquidation_chance,
)
from tuirisk.analytics.leverage.margin import (
    liquidation_barriers,
    maintenance_margin,
)
from tuirisk.analytics.leverage.open_positions import OpenPosition
from tuirisk.analytics.leverage.portfolio import NO_ENTRY, Contract, Portfolio
from tuirisk.analytics.leverage.sizing import SizeLimit
from tuirisk.state import DailyRisk, Missing, Number, Position

ALWAYS_DUE = Missing("margin_gone_everywhere")
NO_BALANCE = Missing("margin_used")


@dataclass(frozen=True, slots=True)
class Margin:
    """A margin balance at the mark prices of now, quote asset.

    ``outside`` is what other symbols leave of the wallet: WB − TMM + UPNL.
    """

    balance: Number
    maintenance: Number
    initial: Number
    outside: Number

    @property
    def ratio(self) -> Number:
        """Maintenance margin over margin balance; at 1 the positions are liquidated."""
        return margin_ratio(self.maintenance, self.balance)


def margin_ratio(maintenance: Number, balance: Number) -> Number:
    """Maintenance margin over margin balance; Missing where nothing is left of the latter."""
    if isinstance(maintenance, Missing):
        return maintenance
    if isinstance(balance, Missing):
        return balance
    return maintenance / balance if balance > 0 else NO_BALANCE


def position_states(
    symbol: str, portfolio: Portfolio, daily: DailyRisk, limits: Sequence[SizeLimit]
) -> tuple[Position, ...]:
    """The states of the symbol's positions, in their order; ``limits`` has one for each."""
    positions = portfolio.open_positions.of(symbol)
    return tuple(
        _position(position, portfolio, daily, limit)
        for position, limit in zip(positions, limits, strict=True)
    )


def nearest_to_liquidation(positions: Sequence[Position]) -> Position | None:
    """The position that is nearest to its liquidation; of several far off, the largest."""

    def key(position: Position) -> tuple[bool, float, float]:
        distance, notional = position.distance, position.notional
        return (
            not position.liquidation_due,
            float("inf") if isinstance(distance, Missing) else abs(distance),
            0.0 if isinstance(notional, Missing) else -notional,
        )

    return min(positions, key=key, default=None)


def _position(
    position: OpenPosition, portfolio: Portfolio, daily: DailyRisk, limit: SizeLimit
) -> Position:
    contract = portfolio.contracts[position.symbol]
    mark = contract.mark
    margin = margin_of(position, portfolio)
    notional = _of(mark, lambda price: position.quantity * price)
    near, far, due = _liquidation(position, portfolio, margin)
    distance = _between(near, mark)
    chance = liquidation_chance(position, portfolio, daily, Barriers(near, far, due))
    return Position(
        side=position.side,
        quantity=position.quantity,
        entry_price=position.entry_price,
        notional=notional,
        unrealised_pnl=_of(mark, position.profit) if position.entry_price > 0 else NO_ENTRY,
        leverage=margin_ratio(notional, margin.balance),
        margin_mode=position.margin_mode,
        liquidation_price=near,
        distance=distance,
        distance_sigmas=_over(distance, daily.sigma),
        distance_atr=_over(_times(distance, mark), daily.atr),
        margin_ratio=margin.ratio,
        maintenance_margin=_of(
            notional, lambda value: maintenance_margin(contract.brackets, value)
        ),
        bracket_source=contract.source,
        p_liquidation_24h=chance.day,
        p_liquidation_7d=chance.week,
        max_size=limit.quantity,
        max_size_limit=limit.limit,
        p_liquidation_model=chance.model,
        p_liquidation_time=chance.time,
        liquidation_due=due,
        other_liquidation_price=far,
        leverage_setting=position.leverage if position.leverage > 0 else Missing("not_given"),
        max_leverage=_of(notional, lambda v: bracket_at(contract.brackets, v).max_leverage),
        margin_balance=margin.balance,
        initial_margin=margin.initial,
        free_collateral=free_collateral(margin),
        size_limits=limit.limits,
        next_funding=_times(_times(contract.funding_rate, position.sign), notional),
    )


def margin_of(position: OpenPosition, portfolio: Portfolio) -> Margin:
    """The margin balance behind ``position``: its own, or that of all cross positions."""
    if not position.isolated:
        return cross_margin(portfolio, position.symbol)
    contract = portfolio.contracts[position.symbol]
    mark = contract.mark
    if isinstance(mark, Missing) or not position.entry_price > 0:
        reason = mark if isinstance(mark, Missing) else NO_ENTRY
        return Margin(reason, reason, reason, reason)
    maintenance = maintenance_margin(contract.brackets, position.quantity * mark)
    return Margin(
        position.wallet + position.profit(mark),
        maintenance,
        position.initial_margin(mark),
        position.wallet,
    )


def cross_margin(portfolio: Portfolio, symbol: str = "") -> Margin:
    """The cross margin; ``outside`` leaves the positions of ``symbol`` out."""
    total, others = portfolio.cross(), portfolio.cross(without=symbol)
    if isinstance(total, Missing):
        return Margin(total, total, total, total)
    assert not isinstance(others, Missing)
    wallet = portfolio.open_positions.wallet
    return Margin(
        balance=wallet + total.profit,
        maintenance=total.maintenance,
        initial=total.initial,
        outside=wallet - others.maintenance + others.profit,
    )


def free_collateral(margin: Margin) -> Number:
    """Margin balance above the initial margin, at least 0."""
    if isinstance(margin.balance, Missing):
        return margin.balance
    if isinstance(margin.initial, Missing):
        return margin.initial
    return max(0.0, margin.balance - margin.initial)


def _liquidation(
    position: OpenPosition, portfolio: Portfolio, margin: Margin
) -> tuple[Number, Number, bool]:
    """The nearest liquidation price, the one on the other side, and whether it is due."""
    contract: Contract = portfolio.contracts[position.symbol]
    mark = contract.mark
    if isinstance(mark, Missing):
        return mark, mark, False
    if isinstance(margin.outside, Missing):
        return margin.outside, margin.outside, False
    together = (position,) if position.isolated else _sharing(position, portfolio)
    barriers = liquidation_barriers(together, contract.brackets, margin.outside, mark)
    near, far = barriers.nearest(mark), barriers.other(mark)
    if near is None:
        return ALWAYS_DUE if barriers.due else NO_LIQUIDATION, NO_OTHER, barriers.due
    return near, NO_OTHER if far is None else far, barriers.due


def _sharing(position: OpenPosition, portfolio: Portfolio) -> tuple[OpenPosition, ...]:
    return tuple(h for h in portfolio.open_positions.of(position.symbol) if not h.isolated)


def _of(value: Number, make: Callable[[float], float]) -> Number:
    return value if isinstance(value, Missing) else make(value)


def _between(price: Number, mark: Number) -> Number:
    """Where the price must go, as a fraction of the mark."""
    if isinstance(price, Missing):
        return price
    return mark if isinstance(mark, Missing) else price / mark - 1.0


def _times(value: Number, factor: Number) -> Number:
    if isinstance(value, Missing):
        return value
    return factor if isinstance(factor, Missing) else value * factor


def _over(value: Number, unit: Number) -> Number:
    if isinstance(value, Missing):
        return value
    if isinstance(unit, Missing):
        return unit
    return value / unit if unit > 0 else Missing("price_does_not_move")
