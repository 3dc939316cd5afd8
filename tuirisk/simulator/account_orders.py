"""The account's orders as the user-data stream reports them: one event a fill."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from .frames import Payload
from .margin_engine import ExchangePosition

OrderReason: TypeAlias = Literal["user", "liquidation", "adl"]

_CLIENT_ID: Mapping[OrderReason, str] = {
    "user": "web_{number}",
    "liquidation": "autoclose-{time}{number}",
    "adl": "adl_autoclose",
}


class AccountOrders:
    """Numbers the orders of one account and writes their `ORDER_TRADE_UPDATE` events."""

    def __init__(self) -> None:
        self._number = 0
        self.trades: list[Payload] = []
        """Rows of `userTrades`, oldest first."""
        self.forced: list[Payload] = []
        """The orders of liquidations and ADL, as `forceOrders` lists them, oldest first."""

    def filled(
        self,
        before: ExchangePosition | None,
        after: ExchangePosition,
        price: float,
        reason: OrderReason,
        now_ms: int,
    ) -> Payload | None:
        """The order that made `after` of `before`, filled whole at `price`.

        None where the quantity is the same. The realised profit is of the part that was closed.
        """
        quantity_before = before.quantity if before is not None else 0.0
        change = after.quantity - quantity_before
        if not change:
            return None
        closed = min(abs(quantity_before), abs(change)) if quantity_before * change < 0 else 0.0
        profit = (
            before.profit(price) * closed / abs(quantity_before)
            if before is not None and closed
            else 0.0
        )
        self._number += 1
        liquidated = reason == "liquidation"
        kind, quantity, filled_at = (
            "LIQUIDATION" if liquidated else "MARKET",
            amount(abs(change)),
            f"{price:.8f}",
        )
        order = {
            "s": after.symbol,
            "c": _CLIENT_ID[reason].format(time=now_ms, number=self._number),
            "S": "BUY" if change > 0 else "SELL",
            "o": kind,
            "f": "IOC" if liquidated else "GTC",
            "q": quantity,
            "p": "0",
            "ap": filled_at,
            "sp": "0",
            "x": "CALCULATED" if liquidated else "TRADE",
            "X": "FILLED",
            "i": self._number,
            "l": quantity,
            "z": quantity,
            "L": filled_at,
            "N": "USDT",
            "n": "0",
            "T": now_ms,
            "t": self._number,
            "b": "0",
            "a": "0",
            "m": False,
            "R": False,
            "wt": "CONTRACT_PRICE",
            "ot": kind,
            "ps": after.side,
            "cp": False,
            "rp": f"{profit:.8f}",
        }
        self.trades.append(_trade(order))
        if reason != "user":
            self.forced.append(_listed(order))
        return {"e": "ORDER_TRADE_UPDATE", "E": now_ms, "T": now_ms, "o": order}


def _trade(order: Payload) -> Payload:
    """The row of `userTrades` of an order of the stream."""
    return {
        "symbol": order["s"],
        "id": order["t"],
        "orderId": order["i"],
        "side": order["S"],
        "price": order["L"],
        "qty": order["l"],
        "realizedPnl": order["rp"],
        "positionSide": order["ps"],
        "commission": "0",
        "buyer": order["S"] == "BUY",
        "maker": False,
        "time": order["T"],
    }


def _listed(order: Payload) -> Payload:
    """The row of `forceOrders` of an order of the stream."""
    return {
        "orderId": order["i"],
        "symbol": order["s"],
        "status": "FILLED",
        "clientOrderId": order["c"],
        "price": order["p"],
        "avgPrice": order["ap"],
        "origQty": order["q"],
        "executedQty": order["q"],
        "cumQuote": "0",
        "timeInForce": "IOC",
        "type": "LIMIT",
        "reduceOnly": False,
        "closePosition": False,
        "side": order["S"],
        "positionSide": order["ps"],
        "stopPrice": "0",
        "workingType": "CONTRACT_PRICE",
        "origType": "LIMIT",
        "time": order["T"],
        "updateTime": order["T"],
    }


def amount(quantity: float) -> str:
    """A quantity as the exchange writes it, without zeros at its end."""
    return f"{quantity:.8f}".rstrip("0").rstrip(".") if quantity else "0"
