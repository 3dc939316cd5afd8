"""Accounts of every kind on the embedded exchange, from its answers to the report."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from support.account_source import QUICK, account, exchange, following, on, open_account, positions
from support.live_source import Watcher

from tuirisk.events import DayIncome
from tuirisk.simulator.account import ExchangeAccount

STOP: dict[str, Any] = {
    "symbol": "BTCUSDT", "side": "SELL", "positionSide": "BOTH", "type": "STOP_MARKET",
    "stopPrice": "70000", "origQty": "0.5", "executedQty": "0",
}  # fmt: skip
PLACED: dict[str, Any] = {
    "e": "ORDER_TRADE_UPDATE", "E": 1, "T": 1,
    "o": {"s": "BTCUSDT", "S": "SELL", "T": 1, "o": "STOP_MARKET", "X": "NEW", "i": 99},
}  # fmt: skip


def reading(seen: Watcher) -> str:
    assert seen.report.account is not None
    return " · ".join(map(str, seen.report.account.messages))


async def test_the_mode_is_asked_and_asked_again_when_it_changes() -> None:
    with exchange("BTCUSDT", "ETHUSDC") as server:
        held = open_account(server)
        held.other_wallets = {"USDC": 2_000.0, "BTC": 0.1}
        on(server, lambda: held.set_position("ETHUSDC", -2.0, leverage=5))
        async with following(server) as seen:
            await seen.until(lambda: ("ETHUSDC", "short") in positions(seen))
            assert account(seen).mode == "single_asset"
            assert positions(seen)["ETHUSDC", "short"].margin_asset == "USDC"
            on(server, lambda: held.set_mode("multi_assets"))
            await seen.until(lambda: account(seen).mode == "multi_assets")
            assert {each.asset for each in account(seen).assets} == {"USDT", "USDC", "BTC"}
            assert account(seen).wallet_balance > 15_000.0
            assert reading(seen) == ""


async def test_where_no_mode_is_told_that_is_said() -> None:
    with exchange() as server:
        open_account(server)
        server.faults.fail_rest("/fapi/v1/accountConfig", 404)
        server.faults.fail_rest("/fapi/v1/multiAssetsMargin", 404)
        async with following(server) as seen:
            await seen.until(lambda: seen.market.account is not None)
            await seen.until(lambda: "does not tell its margin mode" in reading(seen))


async def test_portfolio_margin_is_found_and_followed_by_its_own_stream() -> None:
    def whole(held: ExchangeAccount) -> None:
        held.mode, held.loans = "portfolio_margin", 50.0
        held.set_position("BTCUSDT", 0.5, leverage=10)

    with exchange() as server:
        held = open_account(server)
        on(server, lambda: whole(held))
        async with following(server) as seen:
            await seen.until(lambda: ("BTCUSDT", "long") in positions(seen))
            report = account(seen)
            assert report.mode == "portfolio_margin"
            assert report.portfolio_margin is not None
            assert (report.portfolio_margin.uni_mmr or 0.0) > 1.05
            assert positions(seen)["BTCUSDT", "long"].adl == 2
            assert positions(seen)["BTCUSDT", "long"].leverage == 10.0
            await seen.until(lambda: any(p.startswith("/pm/ws/") for p in server.handshakes))
            on(server, lambda: held.set_position("BTCUSDT", 0.7))
            await seen.until(lambda: positions(seen)["BTCUSDT", "long"].quantity == 0.7)
            assert not any(path.startswith("/private") for path in server.handshakes)
            known = account(seen).as_of
            on(server, lambda: held.events.append({"e": "riskLevelChange", "E": 1, "u": "1.9"}))
            await seen.until(lambda: account(seen).as_of > known)


async def test_stops_and_income_stand_beside_the_position() -> None:
    stop: dict[str, Any] = {
        "symbol": "BTCUSDT", "side": "SELL", "positionSide": "BOTH", "orderType": "STOP_MARKET",
        "triggerPrice": "70000", "quantity": "0", "closePosition": True,
    }  # fmt: skip

    def filled(held: ExchangeAccount) -> None:
        held.set_position("BTCUSDT", 0.5)
        held.receive("FUNDING_FEE", "BTCUSDT", -3.5)
        held.algo_orders.append(stop)

    with exchange() as server:
        held = open_account(server)
        on(server, lambda: filled(held))
        async with following(server) as seen:
            await seen.until(lambda: ("BTCUSDT", "long") in positions(seen))
            (position,) = account(seen).positions
            assert position.exits is not None
            assert [(one.type, one.trigger) for one in position.exits] == [("stop_market", 70_000)]
            assert position.income is not None
            assert (position.income.funding_paid, position.income.realised_pnl) == (3.5, 0.0)
            day = account(seen).day
            assert day is not None
            assert day.incomes == (DayIncome("funding", "USDT", -3.5),)
            (btc,) = day.symbols
            assert (btc.quantity, btc.bought, btc.first_mark) == (0.5, 0.5, None)
            assert btc.spent == pytest.approx(0.5 * position.entry_price)
            server.faults.fail_rest("/fapi/v1/income", 503)
            server.faults.fail_rest("/fapi/v1/openAlgoOrders", 503)
            on(server, lambda: held.set_position("BTCUSDT", 0.6))
            await seen.until(lambda: "open stops are not known" in reading(seen))
            assert account(seen).positions[0].exits is None


async def test_a_row_that_cannot_be_read_is_named_and_the_rest_stands() -> None:
    with exchange() as server:
        held = open_account(server)
        on(server, lambda: held.set_position("BTCUSDT", 0.5))
        on(server, lambda: held.set_position("ETHUSDT", -2.0))
        async with following(server) as seen:
            await seen.until(lambda: len(positions(seen)) == 2)
            rows = [
                {"symbol": "BTCUSDT", "positionAmt": "0.75", "entryPrice": "77000"},
                {"symbol": "ETHUSDT", "positionAmt": "much", "entryPrice": "2300"},
            ]
            body = msgspec.json.encode(rows).decode()
            server.faults.fail_rest("/fapi/v3/positionRisk", 200, body=body)
            await seen.until(lambda: positions(seen)["BTCUSDT", "long"].quantity == 0.75)
            # It is not closed because its row cannot be read.
            assert positions(seen)["ETHUSDT", "short"].quantity == 2.0
            said = "GET /fapi/v3/positionRisk ETHUSDT: positionAmt cannot be read, left out"
            await seen.until(lambda: f"account: {said}" in reading(seen))
            assert seen.report.dropped_frames > 0


async def test_a_stop_that_is_placed_is_seen_without_reading_the_whole_account() -> None:
    with exchange() as server:
        held = open_account(server)
        on(server, lambda: held.set_position("BTCUSDT", 0.5))
        async with following(server, timing=replace(QUICK, reconcile=120.0)) as seen:
            await seen.until(lambda: ("BTCUSDT", "long") in positions(seen))
            assert account(seen).positions[0].exits == ()
            await seen.until(lambda: seen.report.streams[-1].status == "live")
            await seen.until(lambda: account(seen).as_of > 0)
            on(server, lambda: held.open_orders.append(STOP))
            on(server, lambda: held.events.append(PLACED))
            await seen.until(lambda: len(account(seen).positions[0].exits or ()) == 1)
