"""Open orders that make a position smaller: stops, take-profits, reducing limit orders.

Since December 2025 conditional orders stand in ``/fapi/v1/openAlgoOrders`` (``orderType``,
``triggerPrice``); before, and on other hosts, in ``openOrders`` (``type``, ``stopPrice``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, TypeAlias

import msgspec

from tuirisk.events import AccountPosition, ExitOrder
from tuirisk.feed.binance.account.schema import NOWHERE, Side, Told, decode_rows, told
from tuirisk.feed.binance.rows import Origin
from tuirisk.feed.binance.schema import Symbol
from tuirisk.foreign.text import printable

OrderId: TypeAlias = tuple[Literal["order", "algo", ""], str]
"""Of which numbering, and the number; the first is empty of a row without one."""
LONGEST_TYPE = 40
CONDITIONAL = ("STOP", "TAKE_PROFIT", "TRAILING_STOP")
"""Beginnings of the types that have a trigger."""


ENDED = frozenset(
    {"CANCELED", "CANCELLED", "EXPIRED", "EXPIRED_IN_MATCH", "FILLED", "FINISHED", "REJECTED",
     "TRIGGERED"}
)  # fmt: skip
"""Statuses of orders that are open no more; of a triggered one the matching engine has another."""


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
    algoStatus: Any = None
    strategyStatus: Any = None
    status: Any = None
    algoId: Any = None
    strategyId: Any = None
    orderId: Any = None

    @property
    def id(self) -> OrderId:
        """What tells it from other orders; of one without a number, what it is."""
        for number in (self.algoId, self.strategyId):
            if number:
                return "algo", str(number)
        if self.orderId:
            return "order", str(self.orderId)
        return "", f"{self.kind} {self.side} {self.positionSide} {self.exit()}"

    @property
    def is_open(self) -> bool:
        """Whether it waits for its trigger or its fill."""
        statuses = (self.algoStatus, self.strategyStatus, self.status)
        return not any(status in ENDED for status in statuses if isinstance(status, str))

    @property
    def kind(self) -> str:
        """The type as the exchange names it."""
        return (self.orderType or self.strategyType or self.type).upper()

    @property
    def is_complete(self) -> bool:
        """Whether it tells at which price it acts; a trailing stop has none."""
        kind = self.kind
        return kind.startswith("TRAILING_STOP") or self.exit().trigger is not None

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


def order_of_event(told_of: Any) -> OpenOrder | None:
    """The order of a message of the user-data stream, its status with it.

    ``told_of`` is ``o`` of ``ORDER_TRADE_UPDATE`` or ``ALGO_UPDATE``, ``so`` of
    ``CONDITIONAL_ORDER_TRADE_UPDATE``; None where it is no order that can be read.
    """
    if not isinstance(told_of, dict):
        return None
    row = {
        "symbol": told_of.get("s"),
        "side": told_of.get("S"),
        "positionSide": told_of.get("ps") or "BOTH",
        "type": told_of.get("ot") or told_of.get("st") or told_of.get("o") or "",
        "quantity": told_of.get("q"),
        "executedQty": told_of.get("z") or told_of.get("aq"),
        "price": told_of.get("p"),
        "triggerPrice": told_of.get("tp") or told_of.get("sp"),
        "closePosition": told_of.get("cp") is True,
        "reduceOnly": told_of.get("R") is True,
        "status": told_of.get("X") or told_of.get("os"),
        "algoId": told_of.get("aid"),
        "strategyId": told_of.get("si"),
        "orderId": None if "aid" in told_of or "si" in told_of else told_of.get("i"),
    }
    try:
        return msgspec.convert(row, OpenOrder, strict=False)
    except msgspec.ValidationError:
        return None


def exits_of(position: AccountPosition, orders: Iterable[OpenOrder]) -> tuple[ExitOrder, ...]:
    """The orders that make ``position`` smaller, by their trigger."""
    exits = [order.exit() for order in orders if order.is_open and order.closes(position)]
    return tuple(sorted(exits, key=lambda one: (one.trigger is None, one.trigger or 0.0, one.type)))
