"""The payloads of the streams, field by field as the exchange sends them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .candles import INTERVALS, Bar
from .instruments import Instrument
from .symbol_market import ForcedFill, SimulatedMarket, SimulatedTrade

Payload = dict[str, Any]
_USDM = 1


class Notation:
    """How one contract's prices and quantities are written."""

    def __init__(self, instrument: Instrument) -> None:
        self._tick = instrument.tick_size
        self._step = instrument.step_size
        self._price = f"%.{instrument.price_decimals}f"
        self._quantity = f"%.{instrument.quantity_decimals}f"
        self._quote = f"%.{instrument.price_decimals + instrument.quantity_decimals}f"

    def price(self, tick: int) -> str:
        """A price given in ticks."""
        return self._price % (tick * self._tick)

    def quantity(self, steps: int) -> str:
        """A quantity given in steps."""
        return self._quantity % (steps * self._step)

    def contracts(self, amount: float) -> str:
        """A quantity given in the base asset."""
        return self._quantity % amount

    def quote(self, amount: float) -> str:
        """An amount of the quote asset."""
        return self._quote % amount

    def levels(self, levels: Iterable[tuple[int, int]]) -> list[tuple[str, str]]:
        """Book levels, (tick, steps) each."""
        price, quantity, tick, step = self._price, self._quantity, self._tick, self._step
        return [(price % (t * tick), quantity % (q * step)) for t, q in levels]


def kline(
    market: SimulatedMarket, notation: Notation, interval: str, bar: Bar, closed: bool
) -> Payload:
    """A `kline` event."""
    symbol = market.instrument.symbol
    return {
        "e": "kline",
        "E": market.time,
        "s": symbol,
        "k": {
            "t": bar.open_time,
            "T": bar.open_time + INTERVALS[interval] - 1,
            "s": symbol,
            "i": interval,
            "f": bar.first_id if bar.trades else -1,
            "L": bar.first_id + bar.trades - 1 if bar.trades else -1,
            "o": notation.price(bar.open),
            "c": notation.price(bar.close),
            "h": notation.price(bar.high),
            "l": notation.price(bar.low),
            "v": notation.quantity(bar.volume),
            "n": bar.trades,
            "x": closed,
            "q": notation.quote(bar.quote),
            "V": notation.quantity(bar.buy_volume),
            "Q": notation.quote(bar.buy_quote),
            "B": "0",
        },
        "st": _USDM,
    }


def agg_trade(market: SimulatedMarket, notation: Notation, trade: SimulatedTrade) -> Payload:
    """An `aggTrade` event."""
    quantity = notation.quantity(trade.quantity)
    first = trade.id * 2
    return {
        "e": "aggTrade",
        "E": market.time,
        "a": trade.id,
        "s": market.instrument.symbol,
        "p": notation.price(trade.tick),
        "q": quantity,
        "nq": quantity,
        "f": first,
        "l": first,
        "T": market.time - 3,
        "m": not trade.taker_buys,
        "st": _USDM,
    }


def mark_price(market: SimulatedMarket) -> Payload:
    """A `markPriceUpdate` event."""
    price, derivatives = market.price, market.derivatives
    mark = f"{price.mark_price:.8f}"
    perpetual = market.instrument.contract_type != "CURRENT_QUARTER"
    return {
        "e": "markPriceUpdate",
        "E": market.time,
        "s": market.instrument.symbol,
        "p": mark,
        "ap": mark,
        "P": f"{price.index_price * (1 + price.premium / 2):.8f}",
        "i": f"{price.index_price:.8f}",
        "r": f"{derivatives.rate:.8f}" if perpetual else "",
        "T": derivatives.next_funding if perpetual else 0,
        "st": _USDM,
    }


def coin_margined_mark(market: SimulatedMarket) -> Payload:
    """The row of the coin-margined sister the all-market stream carries as well (`st` 2)."""
    return {**mark_price(market), "s": f"{market.instrument.base_asset}USD_PERP", "st": 2}


def force_order(market: SimulatedMarket, notation: Notation, order: ForcedFill) -> Payload:
    """A `forceOrder` event."""
    symbol = market.instrument.symbol
    quantity = notation.quantity(order.quantity)
    bankruptcy = order.tick * (0.996 if order.long else 1.004)
    return {
        "e": "forceOrder",
        "E": market.time,
        "o": {
            "s": symbol,
            "S": "SELL" if order.long else "BUY",
            "o": "LIMIT",
            "f": "IOC",
            "q": quantity,
            "p": notation.price(max(1, round(bankruptcy))),
            "ap": notation.price(order.tick),
            "X": "FILLED",
            "l": quantity,
            "z": quantity,
            "T": order.time,
            "ps": symbol,
            "st": _USDM,
        },
    }


def book_ticker(market: SimulatedMarket, notation: Notation) -> Payload:
    """A `bookTicker` event."""
    bids, asks = market.book.bids, market.book.asks
    return {
        "e": "bookTicker",
        "u": market.book.last_update_id,
        "s": market.instrument.symbol,
        "b": notation.price(bids.best),
        "B": notation.quantity(bids.levels[bids.best]),
        "a": notation.price(asks.best),
        "A": notation.quantity(asks.levels[asks.best]),
        "T": market.time - 1,
        "E": market.time,
        "ps": market.instrument.symbol,
        "st": _USDM,
    }


def depth(
    market: SimulatedMarket,
    notation: Notation,
    ids: tuple[int, int, int],
    bids: Iterable[tuple[int, int]],
    asks: Iterable[tuple[int, int]],
) -> Payload:
    """A `depthUpdate` event; `ids` are (first, last, last of the event before)."""
    return {
        "e": "depthUpdate",
        "E": market.time,
        "T": market.time - 2,
        "s": market.instrument.symbol,
        "ps": market.instrument.symbol,
        "U": ids[0],
        "u": ids[1],
        "pu": ids[2],
        "b": notation.levels(bids),
        "a": notation.levels(asks),
        "st": _USDM,
    }


def day_summary(market: SimulatedMarket) -> dict[str, float]:
    """The last 24 hours in ticks, steps and quote: what `ticker` and `24hr` report."""
    bars = [*market.candles.closed("15m")[-96:], market.candles.forming("15m")]
    return {
        "open_time": bars[0].open_time,
        "open": bars[0].open,
        "high": max(bar.high for bar in bars),
        "low": min(bar.low for bar in bars),
        "close": bars[-1].close,
        "volume": sum(bar.volume for bar in bars),
        "quote": sum(bar.quote for bar in bars),
        "trades": sum(bar.trades for bar in bars),
        "first_id": bars[0].first_id,
    }


def ticker(market: SimulatedMarket, notation: Notation) -> Payload:
    """A `24hrTicker` event."""
    day = day_summary(market)
    opened, closed = int(day["open"]), int(day["close"])
    volume = day["volume"] * market.instrument.step_size
    return {
        "e": "24hrTicker",
        "E": market.time,
        "s": market.instrument.symbol,
        "c": notation.price(closed),
        "o": notation.price(opened),
        "h": notation.price(int(day["high"])),
        "l": notation.price(int(day["low"])),
        "v": notation.quantity(int(day["volume"])),
        "q": f"{day['quote']:.2f}",
        "ps": market.instrument.symbol,
        "st": _USDM,
        "p": notation.price(closed - opened),
        "P": f"{100 * (closed / opened - 1):.3f}",
        "w": f"{day['quote'] / max(volume, 1e-9):.8f}",
        "Q": notation.quantity(1),
        "O": int(day["open_time"]),
        "C": market.time,
        "F": int(day["first_id"]),
        "L": int(day["first_id"] + day["trades"] - 1),
        "n": int(day["trades"]),
    }


def contract_info(listing: Payload, now_ms: int) -> Payload:
    """`!contractInfo`: the terms of a contract as `exchangeInfo` lists them."""
    return {
        "e": "contractInfo",
        "E": now_ms,
        "s": listing["symbol"],
        "ps": listing["pair"],
        "ct": listing["contractType"],
        "dt": listing["deliveryDate"],
        "ot": listing["onboardDate"],
        "cs": listing["status"],
        "st": _USDM,
    }
