"""Stops as the conditional-order service tells them, by REST and on the user-data stream."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tuirisk.events import AccountPosition, ExitOrder
from tuirisk.feed.binance.account.exit_orders import OpenOrder, open_orders
from tuirisk.feed.binance.account.open_exits import OpenExits
from tuirisk.feed.binance.account.user_events import EVENTS, OrdersChange, event, order_in

SECOND = 1_000_000_000
HELD = AccountPosition("BTCUSDT", "long", 1.0, 100.0, 10.0, "cross", 0.0)
STOP = ExitOrder("stop_market", "sell", 90.0, None)


def rows(*given: dict[str, Any]) -> list[OpenOrder]:
    usual = {"symbol": "BTCUSDT", "side": "SELL", "algoId": 7, "orderType": "STOP_MARKET",
             "triggerPrice": "90", "closePosition": True, "algoStatus": "NEW"}  # fmt: skip
    return open_orders(json.dumps([usual | row for row in given]).encode())


def algo(status: str, **fields: Any) -> bytes:
    order = {"caid": "x", "aid": 7, "at": "CONDITIONAL", "o": "STOP_MARKET", "s": "BTCUSDT",
             "S": "SELL", "ps": "BOTH", "f": "GTC", "q": "0", "X": status, "ai": "", "tp": "90",
             "p": "0", "cp": True, "R": False, **fields}  # fmt: skip
    return json.dumps({"e": "ALGO_UPDATE", "T": 1, "E": 2, "o": order}).encode()


def tell(exits: OpenExits, message: bytes, received: int = 0) -> bool:
    order = order_in(message)
    assert order is not None
    return exits.change(order.id, order if order.is_open else None, received)


def test_conditional_orders_are_asked_for_on_the_stream() -> None:
    assert "ALGO_UPDATE" in EVENTS


@pytest.mark.parametrize("status", ["CANCELED", "EXPIRED", "REJECTED", "FINISHED", "TRIGGERED"])
def test_a_stop_that_has_ended_is_gone_at_once_and_no_older_answer_brings_it_back(
    status: str,
) -> None:
    exits = OpenExits()
    exits.set({"BTCUSDT": rows({})})
    assert exits.of(HELD) == (STOP,)
    assert tell(exits, algo(status))
    assert exits.of(HELD) == ()
    exits.set({"BTCUSDT": rows({})}, requested=3 * SECOND)
    assert exits.of(HELD) == ()


def test_a_stop_that_was_just_placed_stands_though_an_answer_does_not_have_it_yet() -> None:
    exits = OpenExits()
    exits.set({"BTCUSDT": []})
    assert tell(exits, algo("NEW"), received=10 * SECOND)
    assert not tell(exits, algo("NEW"), received=10 * SECOND)
    exits.set({"BTCUSDT": []}, requested=11 * SECOND)
    assert exits.of(HELD) == (STOP,)
    exits.set({"BTCUSDT": []}, requested=60 * SECOND)
    assert exits.of(HELD) == ()


def test_what_was_not_read_is_not_without_a_stop() -> None:
    exits = OpenExits()
    assert exits.of(HELD) is None
    tell(exits, algo("NEW"))
    assert exits.of(HELD) is None


@pytest.mark.parametrize("symbol", ["BTCUSDT", ""])
def test_a_row_that_cannot_be_read_may_be_the_stop(symbol: str) -> None:
    exits = OpenExits()
    profit = {"orderType": "TAKE_PROFIT_MARKET", "triggerPrice": "130"}
    exits.set({"BTCUSDT": rows(profit)}, {symbol})
    assert exits.of(HELD) is None
    exits.set({"BTCUSDT": rows(profit, {"algoId": 8})}, {symbol})
    assert exits.of(HELD) is not None
    exits.set({"BTCUSDT": rows(profit)}, {"ETHUSDT"})
    assert exits.of(HELD) is not None


def test_rows_of_orders_that_have_ended_are_no_stops() -> None:
    exits = OpenExits()
    exits.set({"BTCUSDT": rows({"algoStatus": "CANCELED"}, {"algoId": 8, "algoStatus": None})})
    assert exits.of(HELD) == (STOP,)


def test_an_order_and_a_conditional_order_of_one_number_are_two() -> None:
    exits = OpenExits()
    plain = {"algoId": None, "orderId": 7, "orderType": "", "type": "STOP", "triggerPrice": "80"}
    exits.set({"BTCUSDT": rows({}, plain)})
    tell(exits, algo("CANCELED"))
    (left,) = exits.of(HELD) or ()
    assert left.trigger == 80.0


def test_a_stop_of_portfolio_margin_by_its_own_event() -> None:
    so = {"s": "BTCUSDT", "si": 5, "S": "SELL", "st": "STOP_MARKET", "q": "1", "sp": "90",
          "os": "NEW", "ps": "BOTH", "R": True, "cp": False, "i": 9}  # fmt: skip
    message = {"e": "CONDITIONAL_ORDER_TRADE_UPDATE", "E": 1, "fs": "UM", "so": so}
    exits = OpenExits()
    exits.set({"BTCUSDT": []})
    assert tell(exits, json.dumps(message).encode())
    assert exits.of(HELD) == (ExitOrder("stop_market", "sell", 90.0, 1.0),)
    so["os"] = "CANCELED"
    assert tell(exits, json.dumps(message).encode())
    assert exits.of(HELD) == ()


@pytest.mark.parametrize("body", ["{}", '{"o":3}', '{"o":{"s":"BTCUSDT","S":"UP"}}', '{"o":{}}'])
def test_an_event_that_cannot_be_read_has_the_orders_read_again(body: str) -> None:
    message = (
        b'{"e":"ALGO_UPDATE",' + body[1:].encode() if len(body) > 2 else b'{"e":"ALGO_UPDATE"}'
    )
    assert event(message) == OrdersChange()
