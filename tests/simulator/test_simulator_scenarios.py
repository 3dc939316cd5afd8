from __future__ import annotations

from typing import Any

import pytest

from tuirisk.simulator.exchange import Exchange

START = 1_795_000_000_000


def watch(scenario: str, seconds: int, seed: int = 7) -> tuple[Exchange, list[dict[str, Any]]]:
    exchange = Exchange(None, seed, scenario, START)
    exchange.subscribe("btcusdt@forceOrder")
    exchange.subscribe("solusdt@forceOrder")
    frames = exchange.advance_to(START + seconds * 1_000)
    return exchange, [data["o"] for _, data in frames if isinstance(data, dict)]


def price(exchange: Exchange, symbol: str = "BTCUSDT") -> float:
    return exchange.market(symbol).price.price


def notional(orders: list[dict[str, Any]], side: str) -> float:
    return sum(float(o["z"]) * float(o["ap"]) for o in orders if o["S"] == side)


@pytest.mark.parametrize("seed", [1, 7])
def test_crash_falls_and_liquidates_longs(seed: int) -> None:
    exchange = Exchange(None, seed, "crash", START)
    exchange.subscribe("btcusdt@forceOrder")
    exchange.advance_to(START + 28_000)
    market = exchange.market("BTCUSDT")
    before, held = price(exchange), market.derivatives.contracts
    spread = market.book.asks.best - market.book.bids.best
    exchange.advance_to(START + 65_000)
    assert price(exchange) < before * 0.99
    assert market.price.ratio > 3
    assert market.book.asks.best - market.book.bids.best > spread
    frames = exchange.advance_to(START + 130_000)
    assert 0.80 < price(exchange) / before < 0.96
    assert market.derivatives.contracts < held * 0.95
    orders = [data["o"] for _, data in frames if isinstance(data, dict)]
    assert notional(orders, "SELL") > 20 * notional(orders, "BUY")


@pytest.mark.parametrize("seed", [1, 7, 42])
def test_calm_funding_is_ordinary_and_varies(seed: int) -> None:
    exchange = Exchange(seed=seed, start_ms=START)
    for symbol in ("BTCUSDT", "ETHUSDT", "XRPUSDT"):
        query = {"symbol": symbol, "limit": "300"}
        _, rows, _ = exchange.rest("/fapi/v1/fundingRate", query)
        rates = [float(row["fundingRate"]) for row in rows]
        assert abs(sum(rates[-9:])) * 365 / 3 < 0.20
        assert len(set(rates)) > 50
        assert -0.0005 < rates[-1] <= 0.0001


def test_a_cascade_ends() -> None:
    exchange = Exchange(None, 7, "crash", START)
    exchange.market("BTCUSDT")
    exchange.advance_to(START + 400_000)
    assert 0.75 < price(exchange) / 76_920 < 0.99
    assert exchange.market("BTCUSDT").derivatives.contracts > 0.5 * 106_312


def test_squeeze_has_extreme_funding_and_liquidates_shorts() -> None:
    exchange, orders = watch("squeeze", 130)
    assert price(exchange) > 76_920 * 1.03
    assert notional(orders, "BUY") > 20 * notional(orders, "SELL")
    for symbol in ("BTCUSDT", "SOLUSDT"):
        _, body, _ = exchange.rest("/fapi/v1/premiumIndex", {"symbol": symbol})
        assert 0.0004 < float(body["lastFundingRate"]) < 0.0016
        _, rows, _ = exchange.rest("/fapi/v1/fundingRate", {"symbol": symbol, "limit": "300"})
        rates = [float(row["fundingRate"]) for row in rows]
        assert sum(rates[-9:]) * 365 / 3 > 0.20
        before = sorted(rates[:-15])
        assert before[len(before) // 2] <= 0.0001


@pytest.mark.parametrize("symbol", ["BTCUSDT", "SOLUSDT", "DOGEUSDT"])
def test_illiquid_cannot_carry_an_order_of_100_000(symbol: str) -> None:
    exchange = Exchange(None, 7, "illiquid", START)
    for moment in (0, 20, 60):
        exchange.advance_to(START + moment * 1_000)
        _, body, _ = exchange.rest("/fapi/v1/depth", {"symbol": symbol, "limit": "1000"})
        bid, ask = float(body["bids"][0][0]), float(body["asks"][0][0])
        mid = (bid + ask) / 2
        assert (ask - bid) / mid > 0.0005
        left, filled, paid = 100_000.0, 0.0, 0.0
        for level, size in body["bids"]:
            take = min(left, float(level) * float(size))
            left, filled, paid = left - take, filled + take / float(level), paid + take
        assert left > 0 or 1 - paid / filled / mid > 0.005


def test_calm_is_calm_and_deep() -> None:
    exchange, _ = watch("calm", 300)
    assert abs(price(exchange) / 76_920 - 1) < 0.01
    book = exchange.market("BTCUSDT").book
    mid = book.bids.best
    depth = sum(t * 0.1 * q * 0.001 for t, q in book.bids.levels.items() if t > mid * 0.99)
    assert depth > 2e7
    assert exchange.market("BTCUSDT").derivatives.contracts > 0.97 * 106_312


def test_at_most_one_liquidation_per_symbol_and_second() -> None:
    exchange = Exchange(None, 7, "crash", START)
    exchange.subscribe("btcusdt@forceOrder")
    frames = exchange.advance_to(START + 120_000)
    seconds = [data["E"] // 1_000 for _, data in frames if isinstance(data, dict)]
    assert len(seconds) > 40
    assert len(seconds) == len(set(seconds))
