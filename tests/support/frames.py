"""Frames and events as the exchange sends them, for tests."""

from __future__ import annotations

import json
from typing import Any

from tuirisk.events import DepthDiff, DepthSnapshot, Level
from tuirisk.feed.frames import RestFrame, StreamFrame

T0 = 1_790_000_000_000
"""An instant in September 2026, ms."""
NS = 1_000_000


def stream(name: str, data: dict[str, Any], received: int = T0 * NS) -> StreamFrame:
    return StreamFrame(received, json.dumps({"stream": name, "data": data}).encode())


def rest(request: str, body: Any, received: int = T0 * NS, status: int = 200) -> RestFrame:
    return RestFrame(received, f"GET {request}", status, json.dumps(body).encode())


def depth_data(
    first: int,
    last: int,
    previous: int,
    bids: list[list[str]] | None = None,
    asks: list[list[str]] | None = None,
    symbol: str = "BTCUSDT",
    time: int = T0,
) -> dict[str, Any]:
    return {
        "e": "depthUpdate", "E": time, "T": time, "s": symbol, "U": first, "u": last,
        "pu": previous, "b": bids or [], "a": asks or [],
    }  # fmt: skip


def diff(
    first: int,
    last: int,
    previous: int,
    bids: tuple[Level, ...] = (),
    asks: tuple[Level, ...] = (),
    received: int = T0 * NS,
) -> DepthDiff:
    return DepthDiff("BTCUSDT", received, first, last, previous, T0, bids, asks)


def snapshot(
    last_id: int,
    bids: tuple[Level, ...] = ((99.0, 1.0),),
    asks: tuple[Level, ...] = ((101.0, 1.0),),
    received: int = T0 * NS,
) -> DepthSnapshot:
    return DepthSnapshot("BTCUSDT", received, last_id, T0, bids, asks)


def exchange_info(*symbols: str, status: str = "TRADING") -> RestFrame:
    rows = [
        {
            "symbol": s, "status": status, "contractType": "PERPETUAL", "liquidationFee": "0.0125",
            "filters": [
                {"filterType": "PRICE_FILTER", "tickSize": "0.10"},
                {"filterType": "LOT_SIZE", "stepSize": "0.001"},
            ],
        }
        for s in symbols
    ]  # fmt: skip
    limits = [{"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "limit": 2400}]
    body = {"serverTime": T0, "rateLimits": limits, "symbols": rows}
    return rest("/fapi/v1/exchangeInfo", body)
