"""Orders that the exchange placed itself, read by REST where the stream did not tell of them.

A position that became smaller while the stream was away may have been liquidated in part: neither
the positions nor the balance tell that, ``GET /fapi/v1/forceOrders`` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isclose
from typing import Literal

import msgspec

from tuirisk.events import AccountPosition, OrderFill
from tuirisk.feed.binance.account.schema import NOWHERE, NotNegative, Side, decode_rows
from tuirisk.feed.binance.account.user_events import POSITION_SIDE, reason_of
from tuirisk.feed.binance.rows import Origin
from tuirisk.feed.binance.schema import Symbol

Leg = tuple[str, Side]


class AutoCloseOrder(msgspec.Struct, frozen=True):
    """A row of ``forceOrders``; quantity in the base asset, price in the quote asset."""

    orderId: int
    symbol: Symbol
    side: Literal["BUY", "SELL"]
    executedQty: NotNegative
    avgPrice: NotNegative
    updateTime: int
    clientOrderId: str = ""
    positionSide: Side = "BOTH"

    @property
    def leg(self) -> Leg:
        return self.symbol, self.positionSide

    def fill(self, received: int, entry_price: float) -> OrderFill:
        """The order as one trade, received at ``received`` (ns), of a position at that entry."""
        sign = -1 if self.side == "BUY" else 1
        return OrderFill(
            self.symbol,
            received,
            self.updateTime,
            POSITION_SIDE[self.positionSide],
            self.side,
            reason_of(self.clientOrderId, "LIQUIDATION"),
            self.executedQty,
            self.avgPrice,
            sign * self.executedQty * (self.avgPrice - entry_price),
        )


def forced_orders(body: bytes, origin: Origin = NOWHERE) -> tuple[AutoCloseOrder, ...]:
    """The filled orders of ``GET /fapi/v1/forceOrders``; a bad row takes no other along.

    Raises:
        BadAnswer: the answer cannot be understood.
    """
    return tuple(row for row in decode_rows(AutoCloseOrder, body, origin) if row.executedQty > 0)


def unexplained(
    before: Mapping[Leg, AccountPosition],
    after: Mapping[Leg, AccountPosition],
    traded: Mapping[Leg, float],
) -> list[Leg]:
    """The legs that became smaller by more than the stream's orders ``traded`` (below 0: sold)."""
    found = []
    for leg, old in before.items():
        change = _signed(after.get(leg)) - _signed(old)
        smaller = change * _signed(old) < 0
        if smaller and not isclose(change, traded.get(leg, 0.0), rel_tol=1e-9, abs_tol=1e-12):
            found.append(leg)
    return found


def explaining(
    orders: Iterable[AutoCloseOrder], legs: Iterable[Leg], logged_ids: Iterable[int]
) -> list[AutoCloseOrder]:
    """The orders of ``legs`` that the stream did not tell, oldest first; ``known`` are its ids."""
    wanted, already = set(legs), set(logged_ids)
    rows = [row for row in orders if row.leg in wanted and row.orderId not in already]
    return sorted(rows, key=lambda row: row.updateTime)


def _signed(position: AccountPosition | None) -> float:
    if position is None:
        return 0.0
    return position.quantity if position.side == "long" else -position.quantity
