"""Turns a step of a market into frames of the subscribed streams."""

from __future__ import annotations

from collections.abc import Iterator

from . import frames
from .candles import INTERVALS
from .frames import Notation, Payload
from .streams import DEPTH, StreamName
from .symbol_market import MarketStep, SimulatedMarket

Frame = tuple[str, Payload | list[Payload]]

_KLINE_PHASES = (0, 300)
_TICKER_MS = 1_000


class SymbolPublisher:
    """The frames of one symbol, for the streams subscribed."""

    def __init__(self, market: SimulatedMarket) -> None:
        self.market = market
        self._notation = Notation(market.instrument)
        self._streams: dict[str, StreamName] = {}
        self._klines: dict[str, str] = {}
        self._kline_changed: set[str] = set()

    def add(self, stream: StreamName) -> None:
        """Begin to publish a stream of this symbol."""
        self._streams[stream.kind] = stream
        if stream.kind.startswith("kline_"):
            interval = stream.kind.removeprefix("kline_")
            self._klines[stream.kind] = interval
            self._kline_changed.add(interval)
            self.market.candles.forming(interval)

    def discard(self, stream: StreamName) -> None:
        """Publish that stream no longer."""
        self._streams.pop(stream.kind, None)
        self._klines.pop(stream.kind, None)

    def publish(self, step: MarketStep) -> Iterator[Frame]:
        """The frames this step gives rise to, in the order the exchange would send them."""
        streams, market = self._streams, self.market
        if not streams or not market.instrument.trading:
            return
        if self._klines:
            yield from self._closed_bars(step)
        if "aggTrade" in streams:
            name = streams["aggTrade"].name
            for trade in step.trades:
                yield name, frames.agg_trade(market, self._notation, trade)
        yield from self._book_frames(step)
        if step.force_order is not None and "forceOrder" in streams:
            order = frames.force_order(market, self._notation, step.force_order)
            yield streams["forceOrder"].name, order
        if self._klines:
            yield from self._forming_bars(step)
        yield from self._timed_frames(step)

    def _book_frames(self, step: MarketStep) -> Iterator[Frame]:
        if DEPTH in self._streams:
            book = self.market.book
            ids = (book.first_update_id, book.last_update_id, book.previous_update_id)
            bids, asks = sorted(step.bids.items()), sorted(step.asks.items())
            yield (
                self._streams[DEPTH].name,
                frames.depth(self.market, self._notation, ids, bids, asks),
            )
        if step.top_changed and "bookTicker" in self._streams:
            name = self._streams["bookTicker"].name
            yield name, frames.book_ticker(self.market, self._notation)

    def _closed_bars(self, step: MarketStep) -> Iterator[Frame]:
        if step.boundary is None:
            return
        for kind, interval in self._klines.items():
            bars = self.market.candles.closed(interval)
            length = INTERVALS[interval]
            if bars and bars[-1].open_time + length == step.boundary:
                bar = bars[-1]
                frame = frames.kline(self.market, self._notation, interval, bar, closed=True)
                yield self._streams[kind].name, frame

    def _forming_bars(self, step: MarketStep) -> Iterator[Frame]:
        candles = self.market.candles
        if candles.changed:
            candles.changed = False
            self._kline_changed.update(self._klines.values())
        if step.time % 500 not in _KLINE_PHASES or not self._kline_changed:
            return
        for kind, interval in self._klines.items():
            if interval in self._kline_changed:
                bar = candles.forming(interval)
                frame = frames.kline(self.market, self._notation, interval, bar, closed=False)
                yield self._streams[kind].name, frame
        self._kline_changed.clear()

    def _timed_frames(self, step: MarketStep) -> Iterator[Frame]:
        streams, market = self._streams, self.market
        if step.time % _TICKER_MS:
            return
        if "markPrice@1s" in streams:
            yield streams["markPrice@1s"].name, frames.mark_price(market)
        if "ticker" in streams:
            yield streams["ticker"].name, frames.ticker(market, self._notation)
