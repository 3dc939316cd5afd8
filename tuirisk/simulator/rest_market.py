"""`/fapi/v1` market data: candles, book, mark price, funding, open interest, trades."""

from __future__ import annotations

from typing import Any, Protocol

from . import frames
from .candles import INTERVALS, Bar
from .exchange_info import exchange_info
from .frames import Notation
from .instruments import Instrument
from .rest_query import Query, Refusal
from .symbol_market import SimulatedMarket
from .trading_schedule import trading_schedule

Body = Any
Answer = tuple[Body, int]

_DEPTH_WEIGHTS = {5: 2, 10: 2, 20: 2, 50: 2, 100: 5, 500: 10, 1_000: 20}


class Markets(Protocol):
    """The data behind the answers."""

    instruments: dict[str, Instrument]
    start_ms: int
    now_ms: int

    def market(self, symbol: str) -> SimulatedMarket:
        """The live market of a listed symbol."""


def find_market(exchange: Markets, query: Query) -> SimulatedMarket:
    """The market of the mandatory `symbol`; -1102 without one, -1121 for an unknown one."""
    symbol = query.required("symbol").upper()
    if symbol not in exchange.instruments:
        raise Refusal(-1121, "Invalid symbol.")
    return exchange.market(symbol)


def trading_markets(exchange: Markets) -> list[SimulatedMarket]:
    """All markets that trade, in listing order."""
    listed = exchange.instruments.values()
    return [exchange.market(instrument.symbol) for instrument in listed if instrument.trading]


def ping(exchange: Markets, query: Query) -> Answer:
    """`ping`."""
    return {}, 1


def schedule(exchange: Markets, query: Query) -> Answer:
    """`tradingSchedule`: the hours of TradFi underlyings."""
    return trading_schedule(exchange.now_ms), 5


def time(exchange: Markets, query: Query) -> Answer:
    """`time`."""
    return {"serverTime": exchange.now_ms}, 1


def info(exchange: Markets, query: Query) -> Answer:
    """`exchangeInfo`."""
    instruments = exchange.instruments.values()
    return exchange_info(instruments, exchange.now_ms, exchange.start_ms), 1


def klines(exchange: Markets, query: Query) -> Answer:
    """`klines`: rows oldest first, the forming bar last."""
    market = find_market(exchange, query)
    interval = query.required("interval")
    if interval not in INTERVALS:
        raise Refusal(-1120, "Invalid interval.")
    limit = query.limit(500, 1_500)
    start, end = query.span()
    notation = Notation(market.instrument)
    bars = market.candles.select(interval, start, end, limit)
    length = INTERVALS[interval]
    return [_kline_row(bar, length, notation) for bar in bars], klines_weight(limit)


def mark_klines(exchange: Markets, query: Query) -> Answer:
    """`markPriceKlines`: the bars of `klines`, for here the mark price follows the last one; what
    was traded is 0."""
    rows, weight = klines(exchange, query)
    return [[*row[:5], "0", row[6], "0", row[8], "0", "0", "0"] for row in rows], weight


def klines_weight(limit: int) -> int:
    """The weight of a klines request."""
    if limit < 100:
        return 1
    if limit < 500:
        return 2
    return 5 if limit <= 1_000 else 10


def _kline_row(bar: Bar, length: int, notation: Notation) -> list[Any]:
    return [
        bar.open_time,
        notation.price(bar.open),
        notation.price(bar.high),
        notation.price(bar.low),
        notation.price(bar.close),
        notation.quantity(bar.volume),
        bar.open_time + length - 1,
        notation.quote(bar.quote),
        bar.trades,
        notation.quantity(bar.buy_volume),
        notation.quote(bar.buy_quote),
        "0",
    ]


def depth(exchange: Markets, query: Query) -> Answer:
    """`depth`: a snapshot of the book's best `limit` levels a side."""
    market = find_market(exchange, query)
    limit = query.integer("limit")
    limit = 500 if limit is None else limit
    if limit not in _DEPTH_WEIGHTS:
        raise Refusal(-4021, f"{limit} is not valid depth limit")
    if not market.instrument.trading:
        raise Refusal(-1122, "Invalid symbol status.")
    notation = Notation(market.instrument)
    body = {
        "lastUpdateId": market.book.last_update_id,
        "E": exchange.now_ms,
        "T": market.time - 2,
        "bids": notation.levels(market.book.bids.top(limit)),
        "asks": notation.levels(market.book.asks.top(limit)),
    }
    return body, _DEPTH_WEIGHTS[limit]


def premium_index(exchange: Markets, query: Query) -> Answer:
    """`premiumIndex`: one symbol (weight 1) or all (weight 10)."""
    if query.text("symbol"):
        return _premium_row(find_market(exchange, query)), 1
    return [_premium_row(market) for market in trading_markets(exchange)], 10


def _premium_row(market: SimulatedMarket) -> dict[str, Any]:
    mark = frames.mark_price(market)
    return {
        "symbol": market.instrument.symbol,
        "markPrice": mark["p"],
        "indexPrice": mark["i"],
        "estimatedSettlePrice": mark["P"],
        "lastFundingRate": mark["r"],
        "interestRate": f"{0.0001 * market.instrument.funding_hours / 8:.8f}" if mark["r"] else "",
        "nextFundingTime": mark["T"],
        "time": market.time - market.time % 1_000,
    }


def open_interest(exchange: Markets, query: Query) -> Answer:
    """`openInterest`: now, in contracts."""
    market = find_market(exchange, query)
    amount = Notation(market.instrument).contracts(market.derivatives.contracts)
    body = {"symbol": market.instrument.symbol, "openInterest": amount, "time": market.time}
    return body, 1


def funding_rate(exchange: Markets, query: Query) -> Answer:
    """`fundingRate`: settlements, oldest first; of all symbols when none is named."""
    limit = query.limit(100, 1_000)
    start, end = query.span()
    markets = [find_market(exchange, query)] if query.text("symbol") else trading_markets(exchange)
    rows = []
    for market in markets:
        if market.instrument.contract_type == "CURRENT_QUARTER":
            continue
        for settlement in market.derivatives.settlements:
            if (start or 0) <= settlement.time and (end is None or settlement.time <= end):
                rows.append((settlement, market.instrument.symbol))
    rows.sort(key=lambda row: row[0].time)
    rows = rows[:limit] if start is not None else rows[-limit:]
    body = [
        {
            "symbol": symbol,
            "fundingTime": settlement.time,
            "fundingRate": f"{settlement.rate:.8f}",
            "markPrice": f"{settlement.mark:.8f}",
            "rateType": "Special" if settlement.special else "Regular",
        }
        for settlement, symbol in rows
    ]
    return body, 1


def funding_info(exchange: Markets, query: Query) -> Answer:
    """`fundingInfo`: the adjusted symbols alone, whatever `symbol` says."""
    rows = [
        {
            "symbol": instrument.symbol,
            "adjustedFundingRateCap": f"{instrument.funding_cap:.8f}",
            "adjustedFundingRateFloor": f"{-instrument.funding_cap:.8f}",
            "fundingIntervalHours": instrument.funding_hours,
            # The exchange leaves the time out where the row comes with a disclaimer.
            "disclaimer": instrument.funding_hours == 8,
            "updateTime": None if instrument.funding_hours == 8 else 1_758_377_721_362,
        }
        for instrument in exchange.instruments.values()
        if instrument.funding_adjusted and instrument.trading
    ]
    return sorted(rows, key=lambda row: bool(row["disclaimer"])), 1


def book_ticker(exchange: Markets, query: Query) -> Answer:
    """`ticker/bookTicker`: one symbol (weight 2) or all (weight 5)."""
    if query.text("symbol"):
        return _book_ticker_row(find_market(exchange, query)), 2
    return [_book_ticker_row(market) for market in trading_markets(exchange)], 5


def _book_ticker_row(market: SimulatedMarket) -> dict[str, Any]:
    ticker = frames.book_ticker(market, Notation(market.instrument))
    return {
        "symbol": ticker["s"],
        "bidPrice": ticker["b"],
        "bidQty": ticker["B"],
        "askPrice": ticker["a"],
        "askQty": ticker["A"],
        "time": ticker["T"],
        "lastUpdateId": ticker["u"],
    }


def day_ticker(exchange: Markets, query: Query) -> Answer:
    """`ticker/24hr`: one symbol (weight 1) or all (weight 40)."""
    if query.text("symbol"):
        return _day_row(find_market(exchange, query)), 1
    return [_day_row(market) for market in trading_markets(exchange)], 40


def _day_row(market: SimulatedMarket) -> dict[str, Any]:
    day, notation = frames.day_summary(market), Notation(market.instrument)
    opened, closed = int(day["open"]), int(day["close"])
    volume = day["volume"] * market.instrument.step_size
    return {
        "symbol": market.instrument.symbol,
        "priceChange": notation.price(closed - opened),
        "priceChangePercent": f"{100 * (closed / opened - 1):.3f}",
        "weightedAvgPrice": f"{day['quote'] / max(volume, 1e-9):.8f}",
        "lastPrice": notation.price(closed),
        "lastQty": notation.quantity(1),
        "openPrice": notation.price(opened),
        "highPrice": notation.price(int(day["high"])),
        "lowPrice": notation.price(int(day["low"])),
        "volume": notation.quantity(int(day["volume"])),
        "quoteVolume": f"{day['quote']:.2f}",
        "openTime": int(day["open_time"]),
        "closeTime": market.time,
        "firstId": int(day["first_id"]),
        "lastId": int(day["first_id"] + day["trades"] - 1),
        "count": int(day["trades"]),
    }
