"""When a position was opened, what it cost and brought since, and its open stops."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tuirisk.events import AccountPosition, ExitOrder, PositionIncome
from tuirisk.feed.binance.account.exit_orders import exits_of, open_orders
from tuirisk.feed.binance.account.income import (
    AccountTrade,
    IncomeRow,
    Opening,
    income_rows,
    income_since,
    opening,
)
from tuirisk.feed.binance.rows import Origin, RefusedRow
from tuirisk.language.reason import Reason

PRICES: dict[str, float] = {"USDT": 1.0, "BNFCR": 1.0, "BNB": 800.0}


def held(side: Any = "long", quantity: float = 2.0, symbol: str = "BTCUSDT") -> AccountPosition:
    return AccountPosition(symbol, side, quantity, 100.0, 5.0, "cross", 0.0)


def trade(time: int, change: float, pnl: float = 0.0, leg: Any = "BOTH") -> AccountTrade:
    side = "BUY" if change > 0 else "SELL"
    return AccountTrade("BTCUSDT", side, time, str(abs(change)), str(pnl), leg, time)


@pytest.mark.parametrize(
    ("position", "leg", "trades", "expected"),
    [
        (held(), "BOTH", [trade(1, 2)], Opening(1, 0.0)),
        (held(), "BOTH", [trade(1, 5), trade(2, -5, 9), trade(3, 3), trade(4, -1, 4)],
         Opening(3, 4.0)),
        (held(), "BOTH", [trade(1, -1), trade(2, 3, 7)], Opening(2, 0.0)),
        (held("short"), "BOTH", [trade(1, -3), trade(2, 1, -2)], Opening(1, -2.0)),
        (held("short"), "SHORT", [trade(1, 9, leg="LONG"), trade(2, -2, leg="SHORT")],
         Opening(2, 0.0)),
        (held(), "BOTH", [trade(5, 1)], None),
        (held(), "BOTH", [], None),
    ],
    ids=["opened", "reopened", "flipped", "short", "leg", "earlier", "no trades"],
)  # fmt: skip
def test_a_position_was_opened_by_the_trade_before_which_there_was_none(
    position: AccountPosition, leg: Any, trades: list[AccountTrade], expected: Opening | None
) -> None:
    assert opening(position, leg, trades) == expected


def incomes(*rows: tuple[str, int, str, str]) -> list[Any]:
    body = [
        {"incomeType": kind, "time": time, "symbol": symbol, "income": amount, "tranId": n}
        for n, (kind, time, symbol, amount) in enumerate(rows)
    ]
    return income_rows(json.dumps([*body, {"incomeType": 7, "time": "x"}]).encode())


def test_funding_and_realised_pnl_count_from_the_opening() -> None:
    rows = incomes(
        ("FUNDING_FEE", 5, "BTCUSDT", "-9"),
        ("REALIZED_PNL", 10, "BTCUSDT", "50"),
        ("FUNDING_FEE", 20, "BTCUSDT", "-3.5"),
        ("FUNDING_FEE", 30, "BTCUSDT", "1"),
        ("REALIZED_PNL", 30, "BTCUSDT", "7"),
        ("FUNDING_FEE", 30, "ETHUSDT", "-100"),
        ("COMMISSION", 30, "BTCUSDT", "-2"),
        ("FUNDING_FEE", 40, "BTCUSDT", ""),
    )
    assert income_since(held(), Opening(10), rows, PRICES.get) == PositionIncome(10, 2.5, 7.0)
    told = income_since(held(), Opening(10, 6.0), rows, PRICES.get, [10, 5])
    why = Reason("funding_by_both_legs", asset="USDT", total="+11.5")
    assert told == PositionIncome(10, why, 6.0, 11.5)
    told = income_since(held(), Opening(10, 6.0), rows, PRICES.get, [10, None])
    assert told == PositionIncome(10, Reason("funding_of_two_legs"), 6.0)


def test_an_amount_that_is_blank_is_named() -> None:
    named: list[RefusedRow] = []
    body = [{"incomeType": "FUNDING_FEE", "time": 1, "symbol": "BTCUSDT", "income": ""}]
    origin = Origin("GET /fapi/v1/income", on_refused=named.append)
    assert income_rows(json.dumps(body).encode(), origin) == []
    assert [str(row.reason) for row in named] == [
        "GET /fapi/v1/income BTCUSDT: income cannot be read, left out"
    ]


@pytest.mark.parametrize(("asset", "paid"), [("BNB", 800.0), ("BNFCR", 1.0), ("", 1.0)])
def test_funding_in_another_asset_is_converted(asset: str, paid: float) -> None:
    row = IncomeRow("FUNDING_FEE", 20, "BTCUSDT", "-1", asset)
    assert income_since(held(), Opening(10, 0.0), [row], PRICES.get).funding_paid == paid


def test_funding_in_an_asset_without_a_price_is_not_known() -> None:
    row = IncomeRow("FUNDING_FEE", 20, "BTCUSDT", "-1", "XYZ")
    told = income_since(held(), Opening(10, 0.0), [row], PRICES.get)
    assert told.funding_paid == Reason("income_without_price", name="XYZ")


def order(**fields: Any) -> dict[str, Any]:
    return {"symbol": "BTCUSDT", "side": "SELL", "positionSide": "BOTH", **fields}


def exits(position: AccountPosition, *orders: dict[str, Any]) -> tuple[ExitOrder, ...]:
    return exits_of(position, open_orders(json.dumps([*orders, {"symbol": 3}]).encode()))


def test_the_exits_of_a_position() -> None:
    algo = order(orderType="STOP_MARKET", triggerPrice="90", quantity="0", closePosition=True)
    plain = order(type="TAKE_PROFIT_MARKET", stopPrice="130", origQty="2", executedQty="0.5")
    limit = order(type="LIMIT", price="140", origQty="1", reduceOnly=True)
    trailing = order(orderType="TRAILING_STOP_MARKET", triggerPrice="120", quantity="1")
    entry = order(type="LIMIT", price="150", origQty="1")
    buys = order(side="BUY", type="STOP_MARKET", stopPrice="150", origQty="1")
    other = order(symbol="ETHUSDT", type="STOP_MARKET", stopPrice="1", origQty="1")
    assert exits(held(), algo, plain, limit, trailing, entry, buys, other) == (
        ExitOrder("stop_market", "sell", 90.0, None),
        ExitOrder("take_profit_market", "sell", 130.0, 1.5),
        ExitOrder("limit", "sell", 140.0, 1.0),
        ExitOrder("trailing_stop_market", "sell", None, 1.0),
    )


def test_in_hedge_mode_an_order_belongs_to_its_leg() -> None:
    stop = order(positionSide="LONG", orderType="STOP", triggerPrice="90", quantity="1")
    assert len(exits(held(), stop)) == 1
    assert exits(held("short"), order(side="BUY", positionSide="LONG", type="LIMIT")) == ()
