"""The positions of a symbol: margin, liquidation price and its distance, and the largest size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tuirisk.analytics.leverage.brackets import bracket_at
from tuirisk.analytics.leverage.margin import MarginPosition, barriers, maintenance_margin
from tuirisk.analytics.leverage.open_positions import OpenPosition
from tuirisk.analytics.leverage.portfolio import NO_ENTRY, Contract, Portfolio
from tuirisk.analytics.leverage.sizing import SizeLimit
from tuirisk.analytics.leverage.stress_result import chances
from tuirisk.state import DailyRisk, Missing, Number, Position

NO_LIQUIDATION = Missing("no liquidation price: no price of this symbol can cause one")
ALWAYS_DUE = Missing("no liquidation price: the margin is gone at every price of this symbol")
NO_BALANCE = Missing("the margin balance is used up")
NO_OTHER = Missing("there is no other liquidation price")


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
        return ratio(self.maintenance, self.balance)


def ratio(maintenance: Number, balance: Number) -> Number:
    """Maintenance margin over margin balance; Missing where nothing is left of the latter."""
    if isinstance(maintenance, Missing):
        return maintenance
    if isinstance(balance, Missing):
        return balance
    return maintenance / balance if balance > 0 else NO_BALANCE


def positions(
    symbol: str, desk: Portfolio, daily: DailyRisk, sizes: Sequence[SizeLimit]
) -> tuple[Position, ...]:
    """The symbol's positions in the order in which they are held; ``sizes`` has one for each."""
    held = desk.holdings.of(symbol)
    return tuple(
        _position(holding, desk, daily, size) for holding, size in zip(held, sizes, strict=True)
    )


def nearest(found: Sequence[Position]) -> Position | None:
    """The position that is nearest to its liquidation; of several far off, the largest."""

    def key(position: Position) -> tuple[bool, float, float]:
        distance, notional = position.distance, position.notional
        return (
            not position.liquidation_due,
            float("inf") if isinstance(distance, Missing) else abs(distance),
            0.0 if isinstance(notional, Missing) else -notional,
        )

    return min(found, key=key, default=None)


def _position(held: OpenPosition, desk: Portfolio, daily: DailyRisk, size: SizeLimit) -> Position:
    contract = desk.contracts[held.symbol]
    mark = contract.mark
    margin = margin_of(held, desk)
    notional = _of(mark, lambda price: held.quantity * price)
    near, far, due = _liquidation(held, desk, margin)
    distance = _between(near, mark)
    soon, later = chances(desk.stress, desk.holdings, held)
    return Position(
        side=held.side,
        quantity=held.quantity,
        entry_price=held.entry_price,
        notional=notional,
        unrealised_pnl=_of(mark, held.profit) if held.entry_price > 0 else NO_ENTRY,
        leverage=ratio(notional, margin.balance),
        margin_mode=held.margin_mode,
        liquidation_price=near,
        distance=distance,
        distance_sigmas=_over(distance, daily.sigma),
        distance_atr=_over(_times(distance, mark), daily.atr),
        margin_ratio=margin.ratio,
        maintenance_margin=_of(
            notional, lambda value: maintenance_margin(contract.brackets, value)
        ),
        bracket_source=contract.source,
        p_liquidation_24h=soon,
        p_liquidation_7d=later,
        max_size=size.quantity,
        max_size_limit=size.limit,
        liquidation_due=due,
        other_liquidation_price=far,
        leverage_setting=held.leverage if held.leverage > 0 else Missing("not told"),
        max_leverage=_of(notional, lambda v: bracket_at(contract.brackets, v).max_leverage),
        margin_balance=margin.balance,
        initial_margin=margin.initial,
        free_collateral=free(margin),
        size_limits=size.limits,
        next_funding=_times(_times(contract.funding_rate, held.sign), notional),
    )


def margin_of(held: OpenPosition, desk: Portfolio) -> Margin:
    """The margin balance behind ``held``: its own, or that of all cross positions."""
    if not held.isolated:
        return cross_margin(desk, held.symbol)
    contract = desk.contracts[held.symbol]
    mark = contract.mark
    if isinstance(mark, Missing) or not held.entry_price > 0:
        reason = mark if isinstance(mark, Missing) else NO_ENTRY
        return Margin(reason, reason, reason, reason)
    maintenance = maintenance_margin(contract.brackets, held.quantity * mark)
    return Margin(
        held.wallet + held.profit(mark), maintenance, held.initial_margin(mark), held.wallet
    )


def cross_margin(desk: Portfolio, symbol: str = "") -> Margin:
    """The cross margin; ``outside`` leaves the positions of ``symbol`` out."""
    total, others = desk.cross(), desk.cross(without=symbol)
    if isinstance(total, Missing):
        return Margin(total, total, total, total)
    assert not isinstance(others, Missing)
    wallet = desk.holdings.wallet
    return Margin(
        balance=wallet + total.profit,
        maintenance=total.maintenance,
        initial=total.initial,
        outside=wallet - others.maintenance + others.profit,
    )


def free(margin: Margin) -> Number:
    """Margin balance above the initial margin, at least 0."""
    if isinstance(margin.balance, Missing):
        return margin.balance
    if isinstance(margin.initial, Missing):
        return margin.initial
    return max(0.0, margin.balance - margin.initial)


def _liquidation(
    held: OpenPosition, desk: Portfolio, margin: Margin
) -> tuple[Number, Number, bool]:
    """The nearest liquidation price, the one on the other side, and whether it is due."""
    contract: Contract = desk.contracts[held.symbol]
    mark = contract.mark
    if isinstance(mark, Missing):
        return mark, mark, False
    if isinstance(margin.outside, Missing):
        return margin.outside, margin.outside, False
    together = (held,) if held.isolated else _sharing(held, desk)
    legs = [MarginPosition(h.sign, h.quantity, h.entry_price) for h in together]
    found = barriers(legs, contract.brackets, margin.outside, mark)
    near, far = found.nearest(mark), found.other(mark)
    if near is None:
        return ALWAYS_DUE if found.due else NO_LIQUIDATION, NO_OTHER, found.due
    return near, NO_OTHER if far is None else far, found.due


def _sharing(held: OpenPosition, desk: Portfolio) -> tuple[OpenPosition, ...]:
    return tuple(h for h in desk.holdings.of(held.symbol) if not h.isolated)


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
    return value / unit if unit > 0 else Missing("the price does not move")
