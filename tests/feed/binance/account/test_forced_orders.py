"""What the exchange closed itself while the stream was away is asked of REST."""

from __future__ import annotations

from support.account_source import exchange, following, on, open_account, positions
from support.live_source import Watcher

from tuirisk.events import AccountPosition, OrderFill
from tuirisk.feed.binance.account.forced_orders import (
    AutoCloseOrder,
    Leg,
    explaining,
    forced_orders,
    unexplained,
)

BTC: Leg = ("BTCUSDT", "BOTH")
ETH: Leg = ("ETHUSDT", "BOTH")
LONG = AccountPosition("BTCUSDT", "long", 0.5, 70_000.0, 10.0, "cross", 0.0)
SHORT = AccountPosition("ETHUSDT", "short", 3.0, 3_500.0, 10.0, "cross", 0.0)
ROW = b"""[{"orderId": 7, "symbol": "BTCUSDT", "status": "FILLED", "clientOrderId":
"autoclose-1596107620040000020", "price": "10871.09", "avgPrice": "69000.00000", "origQty": "0.2",
"executedQty": "0.200", "cumQuote": "13800", "timeInForce": "IOC", "type": "LIMIT", "side": "SELL",
"positionSide": "BOTH", "origType": "LIMIT", "time": 1596107620044, "updateTime": 1596107620087}]"""


def sized(position: AccountPosition, quantity: float) -> AccountPosition:
    return AccountPosition(
        position.symbol, position.side, quantity, position.entry_price, 10.0, "cross", 0.0
    )


def test_forced_orders_are_requested_only_for_unexplained_reductions() -> None:
    before = {BTC: LONG, ETH: SHORT}
    assert unexplained(before, before, {}) == []
    assert unexplained(before, {BTC: sized(LONG, 0.3)}, {}) == [BTC, ETH]
    assert unexplained(before, {BTC: sized(LONG, 0.3), ETH: SHORT}, {BTC: -0.2}) == []
    assert unexplained(before, {BTC: sized(LONG, 0.9), ETH: sized(SHORT, 4.0)}, {}) == []


def test_a_row_is_a_trade_with_its_reason_and_loss() -> None:
    (row,) = forced_orders(ROW)
    fill = row.fill(5, 70_000.0)
    assert fill == OrderFill(
        "BTCUSDT", 5, 1596107620087, "both", "SELL", "liquidation", 0.2, 69_000.0, -200.0
    )
    deleveraged = AutoCloseOrder(8, "ETHUSDT", "BUY", 1.0, 3_000.0, 9, "adl_autoclose")
    assert deleveraged.fill(5, 3_500.0).reason == "adl"
    assert deleveraged.fill(5, 3_500.0).realised_pnl == 500.0
    assert explaining([row, deleveraged], [BTC], []) == [row]
    assert explaining([row, deleveraged], [BTC, ETH], [7]) == [deleveraged]


async def test_a_partial_liquidation_during_an_outage_has_its_reason() -> None:
    with exchange() as server:
        held = open_account(server)
        on(server, lambda: held.set_position("BTCUSDT", 0.5))

        def quantity(seen: Watcher) -> float:
            return sum(position.quantity for position in positions(seen).values())

        async with following(server) as seen:
            await seen.until(lambda: quantity(seen) == 0.5)
            await seen.until(lambda: bool(held.listen_key.value))
            server.faults.refuse_connections()
            server.faults.abort_sockets()
            on(server, lambda: held.reduce("BTCUSDT", 0.2, reason="liquidation"))
            server.faults.accept_connections()
            seen.source.reconnect()
            await seen.until(lambda: quantity(seen) == 0.3)
            (fill,) = seen.of(OrderFill)
        assert isinstance(fill, OrderFill)
        assert (fill.reason, fill.quantity, fill.side) == ("liquidation", 0.2, "SELL")
        asked = [query for path, query in server.requests if path == "/fapi/v1/forceOrders"]
        assert [query["symbol"] for query in asked] == ["BTCUSDT"]
