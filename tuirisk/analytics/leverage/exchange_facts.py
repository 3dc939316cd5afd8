"""What only the exchange knows of a position: ADL rank, stops, funding paid, realised PnL."""

from __future__ import annotations

from dataclasses import dataclass

from tuirisk.analytics.leverage.open_positions import OpenPosition
from tuirisk.events import ExitOrder
from tuirisk.language.reason import Reason
from tuirisk.state import NOT_APPLICABLE, MaybeCount, MaybeText, Missing, Number, StopOrder
from tuirisk.state.codec import iso

TRAILING = Missing("trailing_stop")
NOT_TOLD = Missing("not_told")


@dataclass(frozen=True, slots=True)
class ExchangeFacts:
    """The facts of one position; missing where the exchange does not tell, or was not asked."""

    adl: MaybeCount = NOT_APPLICABLE
    opened: MaybeText = NOT_APPLICABLE
    funding_paid: Number = NOT_APPLICABLE
    realised_pnl: Number = NOT_APPLICABLE
    stops: tuple[StopOrder, ...] | Missing = NOT_APPLICABLE


def exchange_facts(position: OpenPosition) -> ExchangeFacts:
    """What the account told of ``position``; not applicable to one of the configuration."""
    row = position.told
    if row is None:
        return ExchangeFacts()
    income = row.income
    return ExchangeFacts(
        NOT_TOLD if row.adl is None else row.adl,
        iso(income.opened) if income is not None and income.opened else NOT_TOLD,
        NOT_TOLD if income is None else _number(income.funding_paid),
        NOT_TOLD if income is None else _number(income.realised_pnl),
        NOT_TOLD
        if row.exits is None
        else tuple(_stop(order, position.quantity) for order in row.exits),
    )


def _number(value: float | Reason) -> Number:
    return Missing.because(value) if isinstance(value, Reason) else value


def _stop(order: ExitOrder, whole: float) -> StopOrder:
    trigger = TRAILING if order.trigger is None else order.trigger
    quantity = whole if order.quantity is None else order.quantity
    return StopOrder(order.type, order.side, trigger, quantity)
