"""Open orders that make a position smaller: stops, take-profits, reducing limit orders.

Since December 2025 conditional orders stand in ``/fapi/v1/openAlgoOrders`` (``orderType``,
``triggerPrice``); before, and on other hosts, in ``openOrders`` (``type``, ``stopPrice``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from tuirisk.events import AccountPosition, ExitOrder
from tuirisk.feed.binance.account.schema import NOWHERE, Side, Told, decode_rows, told
from tuirisk.feed.binance.rows import Origin
from tuirisk.feed.binance.schema import Symbol
from tuirisk.foreign.text import printable

LONGEST_TYPE = 40
CONDITIONAL = ("STOP", "TAKE_PROFIT", "TRAILING_STOP")
"""Beginnings of the types that have a trigger."""


class OpenOrder(msgspec.Struct, frozen=True):
    """A row of ``openOrders`` or ``openAlgoOrders``; prices and quantities may be blank."""

    symbol: Symbol
    side: Literal["BUY", "SELL"]
    positionSide: Side = "BOTH"
    type: str = ""
    orderType: str = ""
    strategyType: str = ""
    origQty: Told = None
    quantity: Told = None
    executedQty: Told = None
    price: Told = None
    stopPrice: Told = None
    triggerPrice: Told = None
    closePosition: bool = False
    reduceOnly: bool = False

    @property
    def kind(self) -> str:
        """The type as the exchange names it."""
        return (self.orderType or self.strategyType or self.type).upper()

    def closes(self, position: AccountPosition) -> bool:
        """Whether it makes ``position`` smaller."""
        if self.symbol != position.symbol or self.side == _OPENING[position.side]:
            return False
        if self.positionSide != "BOTH":
            return self.positionSide.lower() == position.side
        conditional = self.kind.startswith(CONDITIONAL)
        return self.reduceOnly or self.closePosition or conditional

    def exit(self) -> ExitOrder:
        """What it does to the position."""
        kind = self.kind
        trigger = told(self.triggerPrice) or told(self.stopPrice)
        if kind.startswith("TRAILING_STOP"):
            trigger = None
        elif not kind.startswith(CONDITIONAL):
            trigger = told(self.price)
        size = told(self.quantity) or told(self.origQty)
        left = None if size is None else max(0.0, size - (told(self.executedQty) or 0.0))
        return ExitOrder(
            printable(kind.lower())[:LONGEST_TYPE],
            "buy" if self.side == "BUY" else "sell",
            trigger or None,
            None if self.closePosition or not left else left,
        )


_OPENING = {"long": "BUY", "short": "SELL"}


def open_orders(body: bytes, origin: Origin = NOWHERE) -> list[OpenOrder]:
    """The rows of ``openOrders`` or ``openAlgoOrders``; one that is no good takes no other along.

    Raises:
        BadAnswer: the answer is no list.
    """
    return decode_rows(OpenOrder, body, origin)


def exits_of(position: AccountPosition, orders: Iterable[OpenOrder]) -> tuple[ExitOrder, ...]:
    """The orders that make ``position`` smaller, by their trigger."""
    exits = [order.exit() for order in orders if order.closes(position)]
    return tuple(sorted(exits, key=lambda one: (one.trigger is None, one.trigger or 0.0, one.type)))
