"""Other exchanges: tickers of Bybit, instruments of OKX."""

from __future__ import annotations

from .draws import noise
from .request import Asked, Told

CONTRACTS = {"BTC": "0.01", "ETH": "0.1", "SOL": "1"}
"""Coins in a contract of OKX; 10 of any other coin."""


def bybit_ticker(asked: Asked) -> Told:
    """`/v5/market/tickers`."""
    symbol = asked.params.get("symbol", "")
    price = asked.prices.get(symbol)
    if price is None:
        return Told({"retCode": 10001, "retMsg": "params error: symbol invalid", "result": {}})
    rate = 0.0001 + 0.00003 * noise(asked.seed, f"bybit {symbol}", 1)
    row = {
        "symbol": symbol,
        "markPrice": str(price),
        "fundingRate": f"{rate:.8f}",
        "fundingIntervalHour": "8",
        "openInterest": "100000",
        "singleOpenInterest": "50000",
    }
    return Told(
        {
            "retCode": 0,
            "retMsg": "OK",
            "result": {"category": "linear", "list": [row]},
            "time": asked.now_ms,
        }
    )


def okx_instruments(asked: Asked) -> Told:
    """`/api/v5/public/instruments`: what a contract is worth."""
    coins = [name.removesuffix("USDT") for name in asked.prices if name.endswith("USDT")]
    rows = [
        {
            "instId": f"{coin}-USDT-SWAP",
            "ctVal": CONTRACTS.get(coin, "10"),
            "ctMult": "1",
            "ctValCcy": coin,
            "ctType": "linear",
        }
        for coin in coins
    ]
    return Told({"code": "0", "msg": "", "data": rows})
