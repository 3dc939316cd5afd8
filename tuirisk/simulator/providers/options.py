"""Implied volatility: Deribit's DVOL, Binance's option marks, Volmex."""

from __future__ import annotations

from datetime import UTC, datetime

from .draws import DAY_MS, MINUTE_MS, day_start, implied
from .request import Asked, Told

_OPTION_COINS = ("BTC", "ETH", "BNB", "SOL", "XRP", "DOGE")
_EXPIRIES = (2, 9, 23, 37, 65, 121)
_STRIKES = (0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.2)


def dvol(asked: Asked) -> Told:
    """Deribit `get_volatility_index_data`: candles in percent points."""
    asset = asked.params.get("currency", "")
    steps = {"1": 1_000, "60": MINUTE_MS, "3600": 60 * MINUTE_MS, "43200": DAY_MS // 2}
    step = steps.get(asked.params.get("resolution", ""), DAY_MS)
    if asset not in ("BTC", "ETH"):
        error = {
            "code": -32602,
            "message": "Invalid params",
            "data": {"reason": "unknown currency", "param": "currency"},
        }
        return Told({"jsonrpc": "2.0", "error": error, "testnet": True}, 400)
    end = min(asked.number("end_timestamp", asked.now_ms), asked.now_ms)
    begin = max(asked.number("start_timestamp", end - 30 * step), end - 1_000 * step)
    rows = []
    for start in range(begin - begin % step, end + 1, step):
        opened = implied(asked.seed, asset, start)
        closed = implied(asked.seed, asset, min(start + step - 1, asked.now_ms))
        rows.append([start, opened, max(opened, closed), min(opened, closed), closed])
    return Told({"jsonrpc": "2.0", "result": {"data": rows, "continuation": None}, "testnet": True})


def option_index(asked: Asked) -> Told:
    """`/eapi/v1/index`: the price of the underlying."""
    price = asked.prices.get(asked.params.get("underlying", ""))
    if price is None:
        return Told({"code": -1121, "msg": "Invalid symbol."}, 400)
    return Told({"time": asked.now_ms, "indexPrice": str(price)})


def option_marks(asked: Asked) -> Told:
    """`/eapi/v1/mark`: every option, everything as text, volatilities as fractions."""
    rows = []
    for coin in _OPTION_COINS:
        price = asked.prices.get(f"{coin}USDT")
        if price is None:
            continue
        level = implied(asked.seed, coin, asked.now_ms) / 100
        for days in _EXPIRIES:
            moment = (day_start(asked.now_ms) + days * DAY_MS) / 1_000
            date = datetime.fromtimestamp(moment, UTC).strftime("%y%m%d")
            for strike in _STRIKES:
                smile = level * (1 + 0.6 * abs(strike - 1.0) - 0.03 * (days < 20))
                for kind in "CP":
                    rows.append(
                        {
                            "symbol": f"{coin}-{date}-{price * strike:.6g}-{kind}",
                            "markPrice": "100.0",
                            "bidIV": f"{smile - 0.01:.6f}",
                            "askIV": f"{smile + 0.01:.6f}",
                            "markIV": f"{smile:.6f}",
                            "riskFreeInterest": "0.05",
                        }
                    )
    return Told(rows)


def volmex(asked: Asked) -> Told:
    """`/v2/history`: TradingView's form, seconds, percent points."""
    asset = {"BVIV": "BTC", "EVIV": "ETH"}.get(asked.params.get("symbol", ""))
    if asset is None:
        return Told({"s": "error", "errmsg": "unknown symbol"})
    step = 86_400 if asked.params.get("resolution") == "D" else 3_600
    end = min(asked.number("to", asked.now_ms // 1_000), asked.now_ms // 1_000)
    begin = max(asked.number("from", end - 30 * step), end - 1_000 * step)
    times = list(range(begin - begin % step, end + 1, step))
    if not times:
        return Told({"s": "no_data"})
    closes = [implied(asked.seed, asset, t * 1_000) for t in times]
    return Told({"s": "ok", "t": times, "o": closes, "h": closes, "l": closes, "c": closes})
