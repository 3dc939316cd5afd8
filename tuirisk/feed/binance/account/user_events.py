"""The user-data stream's events as typed structs; bounds keep out what is no number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from tuirisk.events import FillReason, OrderFill
from tuirisk.feed.binance.account.exit_orders import OpenOrder, order_of_event
from tuirisk.feed.binance.account.schema import (
    Amount,
    Positive,
    Side,
    Told,
    decode,
    decode_list,
    told,
)
from tuirisk.feed.binance.rows import OnRefused, Origin, ignore
from tuirisk.feed.binance.schema import Symbol, Time
from tuirisk.foreign.decoding import UndecodableError, any_json, decode_json

POSITION_SIDE: Mapping[Side, Literal["both", "long", "short"]] = {
    "BOTH": "both",
    "LONG": "long",
    "SHORT": "short",
}


class BalanceChange(msgspec.Struct, frozen=True):
    """An asset (``a``) and its cross wallet balance (``cw``) in ``ACCOUNT_UPDATE``."""

    a: str
    cw: Amount


class PositionChange(msgspec.Struct, frozen=True):
    """A position in ``ACCOUNT_UPDATE``: quantity ``pa``, entry price ``ep``, its wallet ``iw``."""

    s: Symbol
    pa: Amount
    mt: Literal["cross", "isolated"]
    ep: Told = None
    iw: Told = None
    ps: Side = "BOTH"

    @property
    def is_complete(self) -> bool:
        """Whether it tells all that a position that is not closed needs."""
        return bool(told(self.ep)) and (self.mt == "cross" or told(self.iw) is not None)


class Changes(msgspec.Struct, frozen=True):
    """Balances (``B``) and positions (``P``) that ``ACCOUNT_UPDATE`` changes."""

    B: tuple[BalanceChange, ...] = ()
    P: tuple[PositionChange, ...] = ()


class _ChangesBody(msgspec.Struct, frozen=True):
    B: msgspec.Raw = msgspec.Raw(b"[]")
    P: msgspec.Raw = msgspec.Raw(b"[]")


class _UpdateBody(msgspec.Struct, frozen=True):
    a: _ChangesBody
    E: Time = 0
    T: int = 0
    fs: str = "UM"


class AccountUpdate(msgspec.Struct, frozen=True):
    """``ACCOUNT_UPDATE``: what changed, in absolute values."""

    E: Time
    a: Changes
    T: int = 0
    """When the matching engine made the change, UTC milliseconds: ``updateTime`` of REST."""
    fs: str = "UM"
    """Of portfolio margin: the business it belongs to, ``UM`` or (coin-margined) ``CM``."""


_AUTO_CLOSE: tuple[tuple[str, FillReason], ...] = (
    ("autoclose-", "liquidation"),
    ("adl_autoclose", "adl"),
    ("settlement_autoclose-", "settlement"),
    ("delivery_autoclose-", "settlement"),
)
"""Beginnings of the client order ids that the exchange gives to its own orders."""


def reason_of(client_order_id: str, *types: str) -> FillReason:
    """Who placed an order, by its client order id and its types."""
    for beginning, reason in _AUTO_CLOSE:
        if client_order_id.startswith(beginning):
            return reason
    return "liquidation" if "LIQUIDATION" in types else "user"


class OrderChange(msgspec.Struct, frozen=True):
    """``o`` of ``ORDER_TRADE_UPDATE``; ``l`` and ``L`` are quantity and price of the last trade."""

    s: Symbol
    S: Literal["BUY", "SELL"]
    o: str = ""
    T: Time = 0
    c: str = ""
    ot: str = ""
    ps: Side = "BOTH"
    l: Told = None  # noqa: E741
    L: Told = None
    rp: Told = None
    i: int = 0
    """The order's id."""

    @property
    def reason(self) -> FillReason:
        """Who placed the order, by its client order id and its type."""
        return reason_of(self.c, self.o, self.ot)


class OrderUpdate(msgspec.Struct, frozen=True):
    """``ORDER_TRADE_UPDATE``: an order was placed, filled in part or whole, or ended."""

    o: OrderChange
    E: Time = 0

    def fill(self, received: int) -> OrderFill | None:
        """The trade that it reports, received at ``received`` (ns); None where there is none."""
        order = self.o
        quantity = told(order.l)
        if not quantity or quantity < 0:
            return None
        return OrderFill(
            order.s,
            received,
            order.T or self.E,
            POSITION_SIDE[order.ps],
            order.S,
            order.reason,
            quantity,
            max(0.0, told(order.L) or 0.0),
            told(order.rp) or 0.0,
        )


class LeverageChange(msgspec.Struct, frozen=True):
    """The leverage ``l`` chosen for symbol ``s``."""

    s: Symbol
    l: Positive  # noqa: E741


class ConfigUpdate(msgspec.Struct, frozen=True):
    """``ACCOUNT_CONFIG_UPDATE``: a symbol's leverage, or (without ``ac``) the margin mode."""

    E: Time = 0
    ac: LeverageChange | None = None


class CalledPosition(msgspec.Struct, frozen=True):
    """A position of ``MARGIN_CALL``."""

    s: Symbol


class MarginCall(msgspec.Struct, frozen=True):
    """``MARGIN_CALL``: positions whose margin ratio is high."""

    E: Time = 0
    p: tuple[CalledPosition, ...] = ()


class _CallBody(msgspec.Struct, frozen=True):
    E: Time = 0
    p: msgspec.Raw = msgspec.Raw(b"[]")


class RiskLevelChange(msgspec.Struct, frozen=True):
    """``riskLevelChange`` of portfolio margin: its status is another; REST tells the whole."""

    E: Time = 0


class OrdersChange(msgspec.Struct, frozen=True):
    """An order was placed, triggered, filled or cancelled; REST tells which are open.

    ``order`` is as the message tells it, None where that cannot be read.
    """

    E: Time = 0
    order: OpenOrder | None = None


class ListenKeyExpired(msgspec.Struct, frozen=True):
    """``listenKeyExpired``: the user-data stream ends."""

    E: Time = 0


UserEvent: TypeAlias = (
    AccountUpdate
    | OrderUpdate
    | OrdersChange
    | ConfigUpdate
    | MarginCall
    | RiskLevelChange
    | ListenKeyExpired
)


_ANY = any_json()


class _Named(msgspec.Struct, frozen=True):
    e: str


EVENTS = (
    "ACCOUNT_UPDATE",
    "ORDER_TRADE_UPDATE",
    "MARGIN_CALL",
    "ACCOUNT_CONFIG_UPDATE",
    "listenKeyExpired",
    "ALGO_UPDATE",
)
"""What is asked for. Positions come as ACCOUNT_UPDATE, the reason of a change as an order, a
conditional order that is placed or ends as ALGO_UPDATE."""
_EVENT: Mapping[str, type[UserEvent]] = {
    "ORDER_TRADE_UPDATE": OrderUpdate,
    "ACCOUNT_CONFIG_UPDATE": ConfigUpdate,
    "riskLevelChange": RiskLevelChange,
    "listenKeyExpired": ListenKeyExpired,
}


def order_in(data: bytes) -> OpenOrder | None:
    """The order that a message of the user-data stream tells of, its status with it."""
    try:
        body = decode_json(_ANY, data)
    except UndecodableError:
        return None
    if not isinstance(body, dict):
        return None
    return order_of_event(body.get("so") or body.get("o"))


def event(data: bytes, on_refused: OnRefused = ignore) -> UserEvent | None:
    """A message of the user-data stream; None for one of no interest.

    ``on_refused`` is called for each row in it that cannot be read, and is left out.

    Raises:
        BadAnswer: it is not understood.
    """
    name = decode(_Named, data).e
    origin = Origin(name, on_refused=on_refused)
    if name == "ACCOUNT_UPDATE":
        body = decode(_UpdateBody, data)
        changes = Changes(
            tuple(decode_list(BalanceChange, body.a.B, origin)),
            tuple(decode_list(PositionChange, body.a.P, origin)),
        )
        return AccountUpdate(body.E, changes, body.T, body.fs)
    if name == "MARGIN_CALL":
        call = decode(_CallBody, data)
        return MarginCall(call.E, tuple(decode_list(CalledPosition, call.p, origin)))
    if name in ("ALGO_UPDATE", "CONDITIONAL_ORDER_TRADE_UPDATE"):
        return OrdersChange(order=order_in(data))
    kind = _EVENT.get(name)
    return None if kind is None else decode(kind, data)
