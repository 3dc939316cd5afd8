"""The margin balance behind a position: its own if isolated, else that of all cross ones."""

from __future__ import annotations

from dataclasses import dataclass

from tuirisk.analytics.leverage.brackets import UNKNOWN
from tuirisk.analytics.leverage.margin import maintenance_margin
from tuirisk.analytics.leverage.open_positions import OpenPosition
from tuirisk.analytics.leverage.portfolio import NO_ENTRY, Portfolio, of_cross
from tuirisk.state import Missing, Number, ratio

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
    return ratio(maintenance, balance, NO_BALANCE)


def margin_of(position: OpenPosition, portfolio: Portfolio) -> Margin:
    """The margin balance behind ``position``: its own, or that of all cross positions."""
    if not position.isolated:
        return cross_margin(portfolio, position.symbol)
    contract = portfolio.contracts[position.symbol]
    mark = contract.mark
    if isinstance(mark, Missing) or not position.entry_price > 0:
        reason = mark if isinstance(mark, Missing) else NO_ENTRY
        return Margin(reason, reason, reason, reason)
    maintenance: Number = UNKNOWN
    if contract.brackets_known:
        maintenance = maintenance_margin(contract.brackets, position.quantity * mark)
    return Margin(
        position.wallet + position.profit(mark),
        maintenance,
        position.initial_margin(mark),
        position.wallet,
    )


def cross_margin(portfolio: Portfolio, symbol: str = "") -> Margin:
    """The cross margin; ``outside`` leaves the positions of ``symbol`` out.

    Where the brackets of a symbol are not known, nor is the maintenance margin; ``outside`` then
    leaves the least that the symbol can ask for.
    """
    total, others = portfolio.cross(), portfolio.cross(without=symbol)
    if isinstance(total, Missing):
        return Margin(total, total, total, total)
    assert not isinstance(others, Missing)
    wallet = portfolio.open_positions.wallet
    names = (position.symbol for position in portfolio.open_positions.cross)
    unknown = next((name for name in names if not portfolio.contracts[name].brackets_known), None)
    return Margin(
        balance=wallet + total.profit,
        maintenance=total.maintenance if unknown is None else of_cross(unknown, UNKNOWN),
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
