"""Liquidations by the words of each provider: one event, seen by all, is one side."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tuirisk.events import Liquidation
from tuirisk.events.external import (
    ProviderEvent,
    ProviderLiquidation,
    ProviderLiquidationTotals,
    ProviderListening,
)
from tuirisk.feed.binance import decode
from tuirisk.feed.frames import ProviderFrame, StreamFrame
from tuirisk.feed.providers.decoding import decode_frame
from tuirisk.feed.providers.errors import ProviderError, Trouble
from tuirisk.feed.providers.okx import Okx
from tuirisk.feed.providers.registry import BY_NAME

NOW_MS = 1_795_003_200_000
NOW = NOW_MS * 1_000_000


def frame(name: str, body: Any, request: str = "", status: int = 200) -> ProviderFrame:
    data = json.dumps(body).encode()
    return ProviderFrame(NOW, name, request, status if request else 0, data)


def bybit(side: str) -> dict[str, Any]:
    row = {"T": NOW_MS, "s": "BTCUSDT", "S": side, "v": "0.5", "p": "60000"}
    return {"topic": "allLiquidation.BTCUSDT", "type": "snapshot", "ts": NOW_MS, "data": [row]}


def okx(**sides: str) -> dict[str, Any]:
    row = {**sides, "bkPx": "60000", "sz": "50", "ts": str(NOW_MS)}
    argument = {"channel": "liquidation-orders", "instType": "SWAP"}
    return {"arg": argument, "data": [{"instId": "BTC-USDT-SWAP", "details": [row]}]}


def okx_adapter() -> Okx:
    adapter = Okx()
    row = {"instId": "BTC-USDT-SWAP", "ctVal": "0.01", "ctMult": "1", "ctType": "linear"}
    adapter.decode(frame("okx", {"code": "0", "data": [row]}, "GET /api/v5/public/instruments"))
    return adapter


@pytest.mark.parametrize(
    ("long", "order", "position"), [(True, "SELL", "Buy"), (False, "BUY", "Sell")]
)
def test_the_words_of_each_exchange_are_opposite_and_mean_one_side(
    long: bool, order: str, position: str
) -> None:
    """A long of 0.5 BTC is liquidated: Binance tells the order, Bybit the position."""
    side = "long" if long else "short"
    inner = {
        "e": "forceOrder",
        "E": NOW_MS,
        "o": {
            "s": "BTCUSDT", "S": order, "o": "LIMIT", "f": "IOC", "q": "0.5", "p": "60000",
            "ap": "60000", "X": "FILLED", "l": "0.5", "z": "0.5", "T": NOW_MS,
        },
    }  # fmt: skip
    body = json.dumps({"stream": "btcusdt@forceOrder", "data": inner}).encode()
    (binance,) = decode.decode(StreamFrame(NOW, body))
    assert isinstance(binance, Liquidation)
    assert (binance.side == "SELL") is long

    seen = [
        *BY_NAME["bybit"](()).decode(frame("bybit", bybit(position))),
        *okx_adapter().decode(frame("okx", okx(side=order.lower(), posSide="net"))),
        *okx_adapter().decode(frame("okx", okx(side="", posSide=side))),
    ]
    for event in seen:
        assert isinstance(event, ProviderLiquidation)
        assert (event.asset, event.side, event.notional) == ("BTC", side, 30_000.0)
        assert event.time == NOW_MS

    amounts = (30_000.0, 0.0) if long else (0.0, 30_000.0)
    sides = dict(zip(("long_liquidation_usd", "short_liquidation_usd"), amounts, strict=True))
    request = "GET /api/futures/liquidation/exchange-list?range=1h&symbol=BTC"
    body_of_all = {"code": "0", "data": [{"exchange": "All", **sides}]}
    (totals,) = BY_NAME["coinglass"](()).decode(frame("coinglass", body_of_all, request, 200))
    assert isinstance(totals, ProviderLiquidationTotals)
    assert (totals.long, totals.short) == amounts


@pytest.mark.parametrize("message", [bybit("long"), bybit("")])
def test_a_side_that_is_no_known_word_is_refused(message: dict[str, Any]) -> None:
    with pytest.raises(ProviderError):
        BY_NAME["bybit"](()).decode(frame("bybit", message))


def test_contracts_of_an_unknown_instrument_are_not_taken_for_coins() -> None:
    assert Okx().decode(frame("okx", okx(side="sell", posSide="net"))) == []


def acknowledged(symbol: str) -> dict[str, Any]:
    return {"success": True, "ret_msg": "", "op": "subscribe", "req_id": symbol}


def listening(events: list[ProviderEvent]) -> list[tuple[str, ...]]:
    return [event.assets for event in events if isinstance(event, ProviderListening)]


def test_bybit_is_heard_of_what_it_accepted_and_anew_after_a_reconnection() -> None:
    adapter = BY_NAME["bybit"](("BTCUSDT", "ETHUSDT", "XUSDT"))
    assert listening(adapter.decode(frame("bybit", acknowledged("BTCUSDT")))) == [("BTC",)]
    refusal = {
        "success": False,
        "ret_msg": "error:handler not found,topic:allLiquidation.XUSDT",
        "op": "subscribe",
        "req_id": "XUSDT",
    }
    adapter.decode(frame("bybit", refusal))
    assert ("liquidations", "X") not in adapter.gives
    assert not any("XUSDT" in poll.name for poll in adapter.polls())
    again = adapter.decode(frame("bybit", acknowledged("BTCUSDT")))
    assert listening(again) == [(), ("BTC",)]


def test_bybit_counts_open_interest_once() -> None:
    row = {
        "symbol": "BTCUSDT", "markPrice": "60000", "fundingRate": "0.0001",
        "fundingIntervalHour": "4", "openInterest": "100", "singleOpenInterest": "50",
    }  # fmt: skip
    body = {"retCode": 0, "time": NOW_MS, "result": {"list": [row]}}
    rate, interest = BY_NAME["bybit"](()).decode(frame("bybit", body, "GET /v5/market/tickers"))
    assert rate.value == pytest.approx(0.0002)  # type: ignore[attr-defined]
    assert interest.value == 3_000_000.0  # type: ignore[attr-defined]


def test_a_watchlist_of_which_bybit_has_nothing_is_one_line() -> None:
    adapter = BY_NAME["bybit"](("XUSDT",))
    ticker = {"retCode": 10001, "retMsg": "params error: symbol invalid", "result": {}}
    with pytest.raises(ProviderError) as refused:
        adapter.decode(frame("bybit", ticker, "GET /v5/market/tickers?symbol=XUSDT", 200))
    assert refused.value.trouble is Trouble.UNKNOWN_SYMBOL


def test_notices_of_okx_do_not_end_the_listening() -> None:
    adapter = okx_adapter()
    adapter.decode(frame("okx", {"event": "subscribe", "arg": {}}))
    assert adapter.decode(frame("okx", {"event": "channel-conn-count", "connCount": "2"})) == []
    assert adapter.decode(frame("okx", {"event": "notice", "code": "64008", "msg": "soon"})) == []


def test_a_bad_row_takes_nothing_from_the_others() -> None:
    body = okx(side="sell", posSide="net")
    details = body["data"][0]["details"]
    body["data"][0]["details"] = [{**details[0], "bkPx": "-"}, *details]
    found, problem = decode_frame(okx_adapter(), frame("okx", body))
    assert [type(event) for event in found] == [ProviderLiquidation]
    assert problem is not None
    assert problem.trouble is Trouble.BAD_ANSWER
