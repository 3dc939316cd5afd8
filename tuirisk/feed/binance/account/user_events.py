"""The user-data stream's events as typed structs; bounds keep out what is no number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from tuirisk.events import FillReason, OrderFill
from tuirisk.feed.binance.account.schema import Amount, NotNegative, Positive, Side, decode
from tuirisk.feed.binance.schema import Symbol, Time

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
    ep: NotNegative
    mt: Literal["cross", "isolated"]
    iw: Amount = 0.0
    ps: Side = "BOTH"


class Changes(msgspec.Struct, frozen=True):
    """Balances (``B``) and positions (``P``) that ``ACCOUNT_UPDATE`` changes."""

    B: tuple[BalanceChange, ...] = ()
    P: tuple[PositionChange, ...] = ()


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
    T: Time
    o: str
    c: str = ""
    ot: str = ""
    ps: Side = "BOTH"
    l: NotNegative = 0.0  # noqa: E741
    L: NotNegative = 0.0
    rp: Amount = 0.0
    i: int = 0
    """The order's id."""

    @property
    def reason(self) -> FillReason:
        """Who placed the order, by its client order id and its type."""
        return reason_of(self.c, self.o, self.ot)


class OrderUpdate(msgspec.Struct, frozen=True):
    """``ORDER_TRADE_UPDATE``: an order was placed, filled in part or whole, or ended."""

    E: Time
    o: OrderChange

    def fill(self, received: int) -> OrderFill | None:
        """The trade that it reports, received at ``received`` (ns); None where there is none."""
        order = self.o
        if not order.l:
            return None
        return OrderFill(
            order.s,
            received,
            order.T,
            POSITION_SIDE[order.ps],
            order.S,
            order.reason,
            order.l,
            order.L,
            order.rp,
        )


class LeverageChange(msgspec.Struct, frozen=True):
    """The leverage ``l`` chosen for symbol ``s``."""

    s: Symbol
    l: Positive  # noqa: E741


class ConfigUpdate(msgspec.Struct, frozen=True):
    """``ACCOUNT_CONFIG_UPDATE``: a symbol's leverage, or (without ``ac``) the margin mode."""

    E: Time
    ac: LeverageChange | None = None


class CalledPosition(msgspec.Struct, frozen=True):
    """A position of ``MARGIN_CALL``."""

    s: Symbol


class MarginCall(msgspec.Struct, frozen=True):
    """``MARGIN_CALL``: positions whose margin ratio is high."""

    E: Time
    p: tuple[CalledPosition, ...] = ()


class RiskLevelChange(msgspec.Struct, frozen=True):
    """``riskLevelChange`` of portfolio margin: its status is another; REST tells the whole."""

    E: Time


class ListenKeyExpired(msgspec.Struct, frozen=True):
    """``listenKeyExpired``: the user-data stream ends."""

    E: Time


UserEvent: TypeAlias = (
    AccountUpdate | OrderUpdate | ConfigUpdate | MarginCall | RiskLevelChange | ListenKeyExpired
)


class _Named(msgspec.Struct, frozen=True):
    e: str


EVENTS = (
    "ACCOUNT_UPDATE",
    "ORDER_TRADE_UPDATE",
    "MARGIN_CALL",
    "ACCOUNT_CONFIG_UPDATE",
    "listenKeyExpired",
)
"""What is asked for. Positions come as ACCOUNT_UPDATE, the reason of a change as an order."""
_EVENT: Mapping[str, type[UserEvent]] = {
    "ACCOUNT_UPDATE": AccountUpdate,
    "ORDER_TRADE_UPDATE": OrderUpdate,
    "ACCOUNT_CONFIG_UPDATE": ConfigUpdate,
    "MARGIN_CALL": MarginCall,
    "riskLevelChange": RiskLevelChange,
    "listenKeyExpired": ListenKeyExpired,
}


def event(data: bytes) -> UserEvent | None:
    """A message of the user-data stream; None for one of no interest.

    Raises:
        BadAnswer: it is not understood.
    """
    kind = _EVENT.get(decode(_Named, data).e)
    return None if kind is None else decode(kind, data)
