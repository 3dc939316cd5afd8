"""Accounts of the embedded exchange: margin rule, events, signed requests, user-data stream."""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import aiohttp
import pytest

from tuirisk.simulator import margin_engine
from tuirisk.simulator.account import ExchangeAccount
from tuirisk.simulator.api_key import ApiKeyPermissions
from tuirisk.simulator.exchange import Exchange
from tuirisk.simulator.margin_engine import (
    ExchangePosition,
    MarginTier,
    Standing,
    maintenance_margin,
    positions_to_liquidate,
    scaled_brackets,
)
from tuirisk.simulator.server import Server

START = 1_794_999_960_000
KEY, SECRET = "K" * 64, "S" * 64
TWO = (
    MarginTier(0.0, 50_000.0, 0.004, 0.0, 125),
    MarginTier(50_000.0, 600_000.0, 0.005, 50.0, 100),
)


def standing(wallet: float) -> Standing:
    """A single-asset account with that wallet."""
    return Standing("single_asset", {"USDT": wallet}, lambda symbol: "USDT")


def at(mark: float, position: ExchangePosition, cross_wallet: float = 0.0) -> bool:
    """Whether the position falls at that mark price."""
    return bool(
        positions_to_liquidate(
            [position], standing(cross_wallet), lambda symbol: mark, lambda symbol: TWO
        )
    )


def test_the_brackets_leave_no_jump_and_the_cumulative_amounts_are_the_published_ones() -> None:
    exchange = Exchange(["BTCUSDT", "AVAXUSDT"], start_ms=START)
    large, small = (
        margin_engine.brackets_of(exchange.instruments[s]) for s in ("BTCUSDT", "AVAXUSDT")
    )
    assert [tier.cumulative for tier in large[:5]] == [0.0, 50.0, 950.0, 11_450.0, 131_450.0]
    assert large[0].leverage == 125
    for rows in (large, small):
        for before, after in pairwise(rows):
            assert before.cap == after.floor
            below = after.floor * before.rate - before.cumulative
            assert math.isclose(after.floor * after.rate - after.cumulative, below)


def test_maintenance_margin_by_bracket_with_an_own_coefficient() -> None:
    assert maintenance_margin(50_000.0, TWO) == 200.0
    assert maintenance_margin(100_000.0, TWO) == 450.0
    assert maintenance_margin(1e9, TWO) == 1e9 * 0.005 - 50.0
    wider = scaled_brackets(TWO, 4.0)
    assert maintenance_margin(100_000.0, wider) == 400.0
    assert maintenance_margin(400_000.0, wider) == 1_800.0


def test_an_isolated_long_falls_at_the_price_of_the_formula() -> None:
    position = ExchangePosition("BTCUSDT", "BOTH", 1.0, 70_000.0, 3_500.0)
    price = (3_500.0 + 50.0 - 70_000.0) / (0.005 - 1.0)
    assert at(price - 1e-6, position)
    assert not at(price + 1e-6, position)
    assert not at(price + 1e-6, position, cross_wallet=-1e9)


def test_an_isolated_short_falls_at_the_price_of_the_formula() -> None:
    position = ExchangePosition("BTCUSDT", "SHORT", -1.0, 70_000.0, 3_500.0)
    price = (3_500.0 + 50.0 + 70_000.0) / (0.005 + 1.0)
    assert at(price + 1e-6, position)
    assert not at(price - 1e-6, position)


def test_cross_positions_carry_each_other_and_fall_together() -> None:
    long = ExchangePosition("BTCUSDT", "LONG", 1.0, 70_000.0, None)
    short = ExchangePosition("BTCUSDT", "SHORT", -1.0, 70_000.0, None)
    apart = ExchangePosition("BTCUSDT", "BOTH", 1.0, 70_000.0, 100_000.0)

    def down(*held: ExchangePosition) -> list[ExchangePosition]:
        return positions_to_liquidate(
            held, standing(1_000.0), lambda symbol: 60_000.0, lambda symbol: TWO
        )

    assert down(long) == [long]
    assert down(long, short) == []
    assert down(long, apart) == [long]


def step(exchange: Exchange, seconds: float = 1.0) -> list[tuple[str, Any]]:
    return exchange.advance_to(exchange.now_ms + round(1_000 * seconds))


def move_mark(exchange: Exchange, symbol: str, mark: float) -> None:
    price = exchange.market(symbol).price
    price.log_index = math.log(mark / (1.0 + price.mark_premium))


def test_a_liquidation_closes_the_position_and_is_sent_to_every_listener() -> None:
    exchange = Exchange(["BTCUSDT"], start_ms=START)
    account = exchange.accounts.open(KEY, SECRET, 1_000.0)
    exchange.subscribe("btcusdt@forceOrder")
    exchange.frozen = True
    mark = account.mark("BTCUSDT")
    account.set_position("BTCUSDT", 0.1, isolated_wallet=0.05 * 0.1 * mark)
    account.events.clear()
    assert step(exchange) == []
    assert exchange.accounts.forced_closes == []
    move_mark(exchange, "BTCUSDT", 0.94 * mark)
    ((name, order),) = step(exchange)
    (forced,) = exchange.accounts.forced_closes
    assert forced.position.quantity == 0.1
    assert forced.previous_mark == mark
    assert forced.mark == pytest.approx(0.94 * mark)
    assert (name, order["o"]["S"], order["o"]["q"]) == ("btcusdt@forceOrder", "SELL", "0.100")
    fill, event = account.events
    assert {name: fill["o"][name] for name in ("s", "S", "o", "x", "X", "ps", "z")} == {
        "s": "BTCUSDT", "S": "SELL", "o": "LIQUIDATION", "x": "CALCULATED", "X": "FILLED",
        "ps": "BOTH", "z": "0.1",
    }  # fmt: skip
    assert fill["o"]["c"].startswith("autoclose-")
    assert float(fill["o"]["rp"]) == pytest.approx(-0.05 * 0.1 * mark), "its own wallet"
    assert float(fill["o"]["ap"]) == pytest.approx(0.95 * mark)
    (row,) = event["a"]["P"]
    assert (event["e"], row["s"], row["pa"], row["mt"]) == (
        "ACCOUNT_UPDATE",
        "BTCUSDT",
        "0",
        "isolated",
    )
    assert event["a"]["B"][0]["cw"] == "1000.00000000"
    assert account.positions == {}
    assert step(exchange) == []


def test_a_cross_liquidation_takes_the_cross_wallet() -> None:
    exchange = Exchange(["BTCUSDT", "ETHUSDT"], start_ms=START)
    exchange.frozen = True
    account = exchange.accounts.open(KEY, SECRET, 1_000.0)
    account.set_position("BTCUSDT", 0.1)
    account.set_position("ETHUSDT", 0.1)
    account.events.clear()
    move_mark(exchange, "BTCUSDT", 0.8 * account.mark("BTCUSDT"))
    step(exchange)
    fills = [event["o"] for event in account.events if event["e"] == "ORDER_TRADE_UPDATE"]
    assert sum(float(fill["rp"]) for fill in fills) == pytest.approx(-1_000.0)
    assert {forced.position.symbol for forced in exchange.accounts.forced_closes} == {
        "BTCUSDT",
        "ETHUSDT",
    }
    assert account.wallet_balance == 0.0


def fills_of(account: ExchangeAccount) -> list[tuple[str, str, str, float]]:
    """Side, quantity, type and realised profit of the account's orders."""
    orders = [event["o"] for event in account.events if event["e"] == "ORDER_TRADE_UPDATE"]
    return [(o["S"], o["l"], o["o"], round(float(o["rp"]), 2)) for o in orders]


def test_a_position_set_is_an_order_and_its_fill() -> None:
    exchange = Exchange(["BTCUSDT"], start_ms=START)
    exchange.frozen = True
    account = exchange.accounts.open(KEY, SECRET, 1_000.0)
    mark = account.mark("BTCUSDT")
    account.set_position("BTCUSDT", 0.2, entry_price=mark - 50.0)
    account.set_position("BTCUSDT", 0.3, entry_price=mark - 20.0)
    account.set_position("BTCUSDT", -0.1)
    account.set_position("BTCUSDT", -0.1, entry_price=mark)
    account.set_position("BTCUSDT", 0.0)
    assert fills_of(account) == [
        ("BUY", "0.2", "MARKET", 0.0),
        ("BUY", "0.1", "MARKET", 0.0),
        ("SELL", "0.4", "MARKET", round(0.3 * 20.0, 2)),
        ("BUY", "0.1", "MARKET", 0.0),
    ]


@pytest.mark.parametrize("isolated_wallet", [None, 400.0])
def test_a_position_closed_in_parts_is_settled_with_its_wallet(
    isolated_wallet: float | None,
) -> None:
    exchange = Exchange(["BTCUSDT"], start_ms=START)
    exchange.frozen = True
    account = exchange.accounts.open(KEY, SECRET, 1_000.0)
    mark = account.mark("BTCUSDT")
    account.set_position("BTCUSDT", 0.4, entry_price=mark + 100.0, isolated_wallet=isolated_wallet)
    total = account.wallet_balance
    half = account.reduce("BTCUSDT", 0.2)
    assert (half.quantity, half.entry_price) == (0.2, mark + 100.0)
    assert account.wallet_balance == pytest.approx(total - 20.0)
    forced = account.reduce("BTCUSDT", 0.1, reason="liquidation")
    assert forced.quantity == 0.1
    lost = 10.0 if isolated_wallet is None else 100.0
    assert account.wallet_balance == pytest.approx(total - 20.0 - lost)
    account.reduce("BTCUSDT", 0.1, reason="adl")
    assert account.positions == {}
    assert [side for side, *_ in fills_of(account)] == ["BUY", "SELL", "SELL", "SELL"]
    assert [kind for _, _, kind, _ in fills_of(account)][2] == "LIQUIDATION"
    assert account.wallet_balance == pytest.approx(
        total + sum(profit for *_, profit in fills_of(account)), abs=0.05
    )
    with pytest.raises(KeyError):
        account.reduce("BTCUSDT", 0.1)


# Over real sockets


@asynccontextmanager
async def opened(server: Server, wallet: float = 1_000.0) -> AsyncIterator[ExchangeAccount]:
    yield server.exchange.accounts.open(KEY, SECRET, wallet)


async def ask(
    client: aiohttp.ClientSession,
    server: Server,
    path: str,
    *,
    key: str = KEY,
    secret: str = SECRET,
    late_ms: int = 0,
    query: str = "",
    tamper: str = "",
) -> tuple[int, Any]:
    """A GET signed as Binance's documents say, over the raw query string."""
    now = server.clock.now_ms() + server.faults.clock_offset_ms
    signed = f"{query}timestamp={now - late_ms}"
    signature = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).hexdigest()
    url = f"{server.rest_url}{path}?{signed}{tamper}&signature={signature}"
    async with client.get(url, headers={"X-MBX-APIKEY": key} if key else {}) as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        ({"key": ""}, 401, -2014),
        ({"key": "short"}, 401, -2014),
        ({"key": "U" * 64}, 401, -2015),
        ({"secret": "T" * 64}, 400, -1022),
        ({"tamper": "&symbol=ETHUSDT"}, 400, -1022),
        ({"late_ms": 70_000}, 400, -1021),
        ({"late_ms": -30_000}, 400, -1021),
        ({"query": "recvWindow=90000&"}, 400, -1131),
    ],
)
async def test_what_is_not_signed_well_is_refused_in_the_exchanges_words(
    server: Server, client: aiohttp.ClientSession, words: dict[str, Any], status: int, code: int
) -> None:
    async with opened(server):
        answered, body = await ask(client, server, "/fapi/v3/account", **words)
    assert (answered, body["code"]) == (status, code)


async def test_a_longer_window_and_a_clock_that_is_off_are_allowed_for(
    server: Server, client: aiohttp.ClientSession
) -> None:
    async with opened(server):
        server.faults.set_clock_offset(3_600_000)
        slow = await ask(
            client, server, "/fapi/v3/account", late_ms=200_000, query="recvWindow=30000&"
        )
    assert slow[0] == 200


async def test_an_unsigned_request_lacks_its_timestamp(
    server: Server, client: aiohttp.ClientSession
) -> None:
    async with opened(server):
        url = f"{server.rest_url}/fapi/v3/account"
        async with client.get(url, headers={"X-MBX-APIKEY": KEY}) as answer:
            body = await answer.json()
    assert (answer.status, body["code"]) == (400, -1102)
    assert "timestamp" in body["msg"]


async def test_the_answers_of_an_account(server: Server, client: aiohttp.ClientSession) -> None:
    async with opened(server, 500.0) as account:
        account.rights = ApiKeyPermissions(futures=True)
        account.set_position("BTCUSDT", -0.5, entry_price=80_000.0, leverage=25)
        account.set_position("ETHUSDT", 2.0, entry_price=2_000.0, isolated_wallet=300.0)
        account.notional_coefficient["BTCUSDT"] = 2.0
        _, whole = await ask(client, server, "/fapi/v3/account")
        _, risks = await ask(client, server, "/fapi/v3/positionRisk")
        _, brackets = await ask(client, server, "/fapi/v1/leverageBracket", query="symbol=BTCUSDT&")
        _, config = await ask(client, server, "/fapi/v1/symbolConfig")
        _, mode = await ask(client, server, "/fapi/v1/positionSide/dual")
        _, rights = await ask(client, server, "/sapi/v1/account/apiRestrictions")
    assert whole["totalCrossWalletBalance"] == "500.00000000"
    assert whole["totalWalletBalance"] == "800.00000000"
    assert [(r["symbol"], float(r["positionAmt"]), r["isolatedWallet"]) for r in risks] == [
        ("BTCUSDT", -0.5, "0.00000000"),
        ("ETHUSDT", 2.0, "300.00000000"),
    ]
    assert "leverage" not in risks[0]
    assert brackets[0]["notionalCoef"] == 2.0
    assert brackets[0]["brackets"][1]["notionalFloor"] == 50_000.0
    assert brackets[0]["brackets"][1]["cum"] == 50.0
    rows = {row["symbol"]: row for row in config}
    assert (rows["BTCUSDT"]["leverage"], rows["BTCUSDT"]["marginType"]) == (25, "CROSSED")
    assert rows["ETHUSDT"]["marginType"] == "ISOLATED"
    assert mode == {"dualSidePosition": False}
    assert (rights["enableFutures"], rights["enableWithdrawals"]) == (True, False)


async def test_a_listen_key_and_its_stream(server: Server, client: aiohttp.ClientSession) -> None:
    url, header = f"{server.rest_url}/fapi/v1/listenKey", {"X-MBX-APIKEY": KEY}
    async with opened(server) as account:
        async with client.put(url, headers=header) as answer:
            assert (await answer.json())["code"] == -1125
        async with client.post(url, headers=header) as answer:
            first = (await answer.json())["listenKey"]
        async with client.post(url, headers=header) as answer:
            assert (await answer.json())["listenKey"] == first
        stream = f"{server.stream_url}/private/ws?listenKey={first}&events="
        async with (
            client.ws_connect(stream + "ACCOUNT_UPDATE/listenKeyExpired") as socket,
            client.ws_connect(stream + "ACCOUNT_CONFIG_UPDATE") as other,
            client.ws_connect(f"{server.stream_url}/private/ws?listenKey=none") as mute,
        ):
            account.set_position("BTCUSDT", 0.5, leverage=3)
            update = await socket.receive_json(timeout=5)
            assert update["a"]["P"][0] | {"up": "", "ep": "", "bep": ""} == {
                "s": "BTCUSDT", "pa": "0.5", "ep": "", "bep": "", "cr": "0", "up": "",
                "mt": "cross", "iw": "0.00000000", "ps": "BOTH",
            }  # fmt: skip
            assert (await other.receive_json(timeout=5))["ac"] == {"s": "BTCUSDT", "l": 3}
            account.listen_key.expire()
            assert (await socket.receive_json(timeout=5))["listenKey"] == first
            async with client.post(url, headers=header) as answer:
                assert (await answer.json())["listenKey"] != first
            account.set_wallet(7.0)
            server.close_sockets(1001)
            closed = {each: (await each.receive(timeout=5)).type for each in (socket, other, mute)}
        assert set(closed.values()) == {aiohttp.WSMsgType.CLOSE}
