"""One field of one row of any answer or frame is wrong: everything else stays as it was.

What is tried is derived from the code: a request or stream without an example fails.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from tuirisk import events as ev
from tuirisk.feed.binance import answers, decode, listings, stream_frames
from tuirisk.feed.binance.account import (
    brackets,
    exit_orders,
    forced_orders,
    income,
    schema,
    signed,
)
from tuirisk.feed.binance.account.asset_rates import asset_rates
from tuirisk.feed.binance.bad_frame import BadFrame
from tuirisk.feed.binance.radar.decoder import MARKS, TICKERS, RadarDecoder
from tuirisk.feed.binance.rest import client
from tuirisk.feed.frames import RestFrame, StreamFrame
from tuirisk.simulator.exchange import Exchange

START_MS = 1_795_003_200_000 + 300_000
BTC = "BTCUSDT"
QUERIES = {
    "/fapi/v1/klines": {"interval": "15m", "limit": "12"},
    "/fapi/v1/depth": {"limit": "20"},
    "/fapi/v1/fundingRate": {"limit": "6"},
    "/futures/data/openInterestHist": {"period": "5m", "limit": "12"},
    "/futures/data/globalLongShortAccountRatio": {"period": "5m", "limit": "12"},
    "/futures/data/topLongShortPositionRatio": {"period": "5m", "limit": "12"},
}
OF_ALL = frozenset({"/fapi/v1/assetIndex", "/fapi/v1/time", "/fapi/v1/tradingSchedule"})
"""Requests that name no symbol."""
LISTED = frozenset({listings.EXCHANGE_INFO, listings.FUNDING_INFO})
OF_RADAR = frozenset({"/fapi/v1/ticker/24hr"})
ODD: tuple[Any, ...] = (
    None, "", "abc", "NaN", "inf", "-1", -5, {}, [], [None], True, 10**30, "1e300", "0", 0,
)  # fmt: skip
STREAMS = {
    "depth": "btcusdt@depth@100ms", "partial_depth": "btcusdt@depth20@100ms",
    "kline": "btcusdt@kline_15m", "aggTrade": "btcusdt@aggTrade", "trade": "btcusdt@trade",
    "markPrice": "btcusdt@markPrice@1s", "forceOrder": "btcusdt@forceOrder",
    "bookTicker": "btcusdt@bookTicker", "contractInfo": "!contractInfo",
}  # fmt: skip
T = START_MS
MADE: dict[str, Any] = {
    "partial_depth": {"e": "depthUpdate", "E": T, "s": BTC, "U": 1, "u": 2, "pu": 0,
                      "b": [["99", "1"], ["98", "2"]], "a": [["101", "1"]]},
    "trade": {"e": "trade", "E": T, "s": BTC, "t": 1, "p": "100", "q": "1", "T": T, "m": True},
    "forceOrder": {"e": "forceOrder", "E": T, "o": {
        "s": BTC, "S": "SELL", "p": "100", "ap": "100", "q": "1", "z": "1", "T": T}},
}  # fmt: skip
"""Messages that the embedded exchange sends seldom or never."""


@pytest.fixture(scope="module")
def exchange() -> Exchange:
    return Exchange((BTC, "ETHUSDT", "SOLUSDT", "BNBUSDT"), start_ms=START_MS)


@pytest.fixture(scope="module")
def messages(exchange: Exchange) -> dict[str, Any]:
    """The newest message of each kind of stream."""
    for name in STREAMS.values():
        exchange.subscribe(name)
    exchange.change_terms("SOLUSDT", ends_ms=START_MS + 86_400_000)
    frames = dict(exchange.advance_to(START_MS + 3_000))
    return {kind: frames.get(name, MADE.get(kind)) for kind, name in STREAMS.items()}


def test_every_request_and_stream_has_an_example(messages: dict[str, Any]) -> None:
    requested = {one.path for one in vars(client).values() if isinstance(one, client.Request)}
    assert requested <= answers.PATHS | LISTED | OF_RADAR
    assert set(messages) == stream_frames.KINDS
    assert None not in messages.values()
    asked = {one.name for one in vars(signed).values() if isinstance(one, signed.RequestKind)}
    assert asked == {f"GET /{name}" for name in SIGNED} | WHOLE


def body_of(exchange: Exchange, path: str) -> Any:
    query = QUERIES.get(path, {}) | ({} if path in OF_ALL else {"symbol": BTC})
    status, body, _ = exchange.rest(path, query)
    assert status == 200
    return json.loads(json.dumps(body))


def request_of(path: str) -> str:
    query = QUERIES.get(path, {}) | ({} if path in OF_ALL else {"symbol": BTC})
    return f"GET {path}?" + "&".join(f"{key}={value}" for key, value in query.items())


def decoded(path: str, body: Any) -> tuple[dict[Any, Any], int]:
    """What the answer says, by what it is about; how many rows were refused."""
    refused: list[object] = []
    frame = RestFrame(START_MS * 10**6, request_of(path), 200, json.dumps(body).encode())
    said: dict[Any, Any] = {}
    for event in decode.decode(frame, refused.append):
        said |= facts(event)
    return said, len(refused)


def facts(event: ev.Event) -> dict[Any, Any]:
    if isinstance(event, ev.CandleHistory):
        return {bar.open_time: bar for bar in event.candles}
    if isinstance(event, ev.AssetPrices):
        return dict(event.prices)
    rows = getattr(event, "rows", None)
    return {row[0]: row for row in rows} if rows is not None else {type(event).__name__: event}


def mutilate(row: Any, rng: random.Random) -> Any:
    """``row`` with one of its fields replaced or taken away, or another thing in its place."""
    row = copy.deepcopy(row)
    if rng.random() < 0.1:
        return rng.choice(ODD)
    holder = row
    while True:
        key = rng.choice(sorted(holder)) if isinstance(holder, dict) else rng.randrange(len(holder))
        if not isinstance(holder[key], dict | list) or not holder[key] or rng.random() < 0.3:
            break
        holder = holder[key]
    if isinstance(holder, dict) and rng.random() < 0.2:
        del holder[key]
    else:
        holder[key] = rng.choice(ODD)
    return row


@pytest.mark.parametrize("path", sorted(answers.PATHS))
def test_a_row_of_an_answer_takes_no_other_along(exchange: Exchange, path: str) -> None:
    whole = body_of(exchange, path)
    said, _ = decoded(path, whole)
    assert said
    rng = random.Random(path)
    for _ in range(40):
        if not isinstance(whole, list):
            try:
                decoded(path, mutilate(whole, rng))
            except BadFrame:
                continue
            continue
        place = rng.randrange(len(whole))
        rest = {key: said[key] for key in decoded(path, whole[:place] + whole[place + 1 :])[0]}
        body = [*whole[:place], mutilate(whole[place], rng), *whole[place + 1 :]]
        left, _ = decoded(path, body)
        # The price of the dollar itself is in every other price.
        if path != "/fapi/v1/assetIndex" or "USDTUSD" not in str(whole[place]):
            assert {key: left.get(key) for key in rest} == rest, body[place]


@pytest.mark.parametrize("kind", sorted(STREAMS))
def test_a_bad_message_is_refused_and_breaks_nothing(messages: dict[str, Any], kind: str) -> None:
    rng = random.Random(kind)
    whole = messages[kind]
    for _ in range(60):
        data = {"stream": STREAMS[kind], "data": mutilate(whole, rng)}
        frame = StreamFrame(START_MS * 10**6, json.dumps(data).encode())
        try:
            found = decode.decode(frame, lambda refused: None)
        except BadFrame:
            continue
        assert len(found) <= 1
    intact = json.dumps({"stream": STREAMS[kind], "data": whole}).encode()
    refused: list[object] = []
    assert decode.decode(StreamFrame(START_MS * 10**6, intact), refused.append)
    assert refused == []


def test_a_row_of_what_is_listed_takes_no_other_along(exchange: Exchange) -> None:
    rng = random.Random(3)
    info = json.loads(json.dumps(exchange.rest(listings.EXCHANGE_INFO, {})[1]))
    whole = listings.decode_exchange_info(json.dumps(info).encode()).listings
    for _ in range(40):
        body = copy.deepcopy(info)
        place = rng.randrange(len(info["symbols"]))
        body["symbols"][place] = mutilate(info["symbols"][place], rng)
        left = listings.decode_exchange_info(json.dumps(body).encode()).listings
        name = info["symbols"][place]["symbol"]
        others = {key: row for key, row in whole.items() if key != name}
        assert {key: left.get(key) for key in others} == others, body["symbols"][place]


@pytest.mark.parametrize("stream", [TICKERS, MARKS])
def test_a_row_of_the_whole_market_takes_no_other_along(exchange: Exchange, stream: str) -> None:
    exchange.subscribe(stream)
    rows: Any = dict(exchange.advance_to(exchange.now_ms + 3_000))[stream]
    rng = random.Random(stream)
    for _ in range(30):
        place = rng.randrange(len(rows))
        body = [*rows[:place], mutilate(rows[place], rng), *rows[place + 1 :]]
        data = json.dumps({"stream": stream, "data": body}).encode()
        frame = StreamFrame((exchange.now_ms + 100) * 10**6, data)
        event: Any
        (event,) = RadarDecoder().events(frame)
        others = {row["s"] for row in rows if row is not rows[place] and row.get("st") != 2}
        assert others <= set(event.symbols), body[place]


ORDER = {"symbol": BTC, "side": "SELL", "type": "STOP_MARKET", "stopPrice": "90", "origQty": "1",
         "positionSide": "BOTH", "closePosition": False, "reduceOnly": True}  # fmt: skip
RISK = {"positionAmt": "1", "entryPrice": "100", "positionSide": "BOTH", "isolatedWallet": "0",
        "marginAsset": "USDT", "notional": "100", "updateTime": T, "markPrice": "100",
        "unRealizedProfit": "0", "maintMargin": "1", "liquidationPrice": "50"}  # fmt: skip
SIGNED: dict[str, tuple[Callable[[bytes], Any], dict[str, Any]]] = {
    "fapi/v1/leverageBracket": (brackets.leverage_brackets, {"brackets": [
        {"bracket": 1, "initialLeverage": 50, "notionalCap": 10_000, "notionalFloor": 0,
         "maintMarginRatio": 0.01, "cum": 0.0}]}),
    "fapi/v3/positionRisk": (schema.position_risk, RISK),
    "fapi/v1/symbolConfig": (schema.symbol_config, {
        "marginType": "CROSSED", "isAutoAddMargin": False, "leverage": 20,
        "maxNotionalValue": "1000000"}),
    "fapi/v1/assetIndex": (asset_rates, {"index": "2", "bidBuffer": "0.1", "askBuffer": "0.1"}),
    "fapi/v1/openOrders": (exit_orders.open_orders, ORDER),
    "fapi/v1/openAlgoOrders": (exit_orders.open_orders, ORDER | {"triggerPrice": "90"}),
    "fapi/v1/userTrades": (income.trades, {
        "side": "BUY", "time": T, "qty": "1", "realizedPnl": "0", "price": "100",
        "positionSide": "BOTH"}),
    "fapi/v1/income": (income.income_rows, {
        "incomeType": "FUNDING_FEE", "time": T, "income": "-1", "asset": "USDT", "tranId": 7}),
    "fapi/v1/forceOrders": (forced_orders.forced_orders, {
        "orderId": 1, "side": "SELL", "updateTime": T, "executedQty": "1", "avgPrice": "100",
        "autoCloseType": "LIQUIDATION", "positionSide": "BOTH"}),
}  # fmt: skip
WHOLE = frozenset({
    "GET /sapi/v1/account/apiRestrictions", "GET /fapi/v3/account",
    "GET /fapi/v1/positionSide/dual", "GET /fapi/v1/accountConfig",
    "GET /fapi/v1/multiAssetsMargin", "GET /fapi/v1/markPriceKlines", "POST /fapi/v1/listenKey",
    "PUT /fapi/v1/listenKey",
})  # fmt: skip
"""Answers that are one thing, or one row."""
NAMES = ("AAAUSD", "BBBUSD", "CCCUSD", "DDDUSD")


@pytest.mark.parametrize("name", SIGNED)
def test_a_row_of_the_account_takes_no_other_along(name: str) -> None:
    read, example = SIGNED[name]
    rng = random.Random(name)
    rows = [example | {"symbol": symbol, "id": n} for n, symbol in enumerate(NAMES)]
    for _ in range(40):
        place = rng.randrange(len(rows))
        others = rows[:place] + rows[place + 1 :]
        body = [*rows[:place], mutilate(rows[place], rng), *rows[place + 1 :]]
        left, alone = (read(json.dumps(each).encode()) for each in (body, others))
        if isinstance(alone, dict):
            assert {key: left.get(key) for key in alone} == alone, body[place]
        else:
            assert [row for row in left if row in alone] == [*alone], body[place]
