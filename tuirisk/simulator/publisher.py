"""Turns a step of a market into frames of the subscribed streams."""

from __future__ import annotations

from collections.abc import Iterator

from . import frames
from .candles import INTERVALS
from .frames import Notation, Payload
from .streams import DEPTH_STEPS, PARTIAL_DEPTH, StreamName
from .symbol_market import MarketStep, SimulatedMarket

Frame = tuple[str, Payload | list[Payload]]

_KLINE_PHASES = (0, 300)
_SLOW_MARK_MS = 3_000
_TICKER_MS = 1_000


class DepthAggregate:
    """Changes of several steps put together into one depth event, numbers chained."""

    def __init__(self, period: int, previous: int) -> None:
        self.period = period
        self._bids: dict[int, int] = {}
        self._asks: dict[int, int] = {}
        self._first: int | None = None
        self._previous = previous

    def add(self, market: SimulatedMarket, step: MarketStep) -> tuple[int, int, int] | None:
        """Take a step in; the event's (first, last, previous) numbers when one is due."""
        self._bids.update(step.bids)
        self._asks.update(step.asks)
        if self._first is None:
            self._first = market.book.first_update_id
        if not self._due(step.time):
            return None
        ids = (self._first, market.book.last_update_id, self._previous)
        self._previous, self._first = ids[1], None
        return ids

    def drain(self) -> tuple[dict[int, int], dict[int, int]]:
        """The collected (bids, asks), which are then forgotten."""
        bids, asks = self._bids, self._asks
        self._bids, self._asks = {}, {}
        return bids, asks

    def _due(self, time: int) -> bool:
        # 250 ms is not a multiple of the step: events fall after 200 and 300 ms in turn.
        return time % 500 in (0, 300) if self.period == 250 else time % self.period == 0


class SymbolPublisher:
    """The frames of one symbol, for the streams subscribed."""

    def __init__(self, market: SimulatedMarket) -> None:
        self.market = market
        self._notation = Notation(market.instrument)
        self._streams: dict[str, StreamName] = {}
        self._depths: dict[str, DepthAggregate] = {}
        self._klines: dict[str, str] = {}
        self._kline_changed: set[str] = set()

    def add(self, stream: StreamName) -> None:
        """Begin to publish a stream of this symbol."""
        self._streams[stream.kind] = stream
        if stream.kind in DEPTH_STEPS:
            last = self.market.book.last_update_id
            self._depths[stream.kind] = DepthAggregate(DEPTH_STEPS[stream.kind], last)
        elif stream.kind.startswith("kline_"):
            interval = stream.kind.removeprefix("kline_")
            self._klines[stream.kind] = interval
            self._kline_changed.add(interval)
            self.market.candles.forming(interval)

    def discard(self, stream: StreamName) -> None:
        """Publish that stream no longer."""
        self._streams.pop(stream.kind, None)
        self._depths.pop(stream.kind, None)
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
        for kind, aggregate in self._depths.items():
            ids = aggregate.add(self.market, step)
            if ids is not None:
                bids, asks = aggregate.drain()
                yield (
                    self._streams[kind].name,
                    frames.depth(
                        self.market,
                        self._notation,
                        ids,
                        sorted(bids.items()),
                        sorted(asks.items()),
                    ),
                )
        if step.top_changed and "bookTicker" in self._streams:
            name = self._streams["bookTicker"].name
            yield name, frames.book_ticker(self.market, self._notation)
        for kind, stream in self._streams.items():
            match = PARTIAL_DEPTH.match(kind)
            if match and _partial_due(match.group(2), step.time):
                yield stream.name, self._partial_depth(int(match.group(1)))

    def _partial_depth(self, limit: int) -> Payload:
        book = self.market.book
        ids = (book.first_update_id, book.last_update_id, book.previous_update_id)
        bids, asks = book.bids.top(limit), book.asks.top(limit)
        return frames.depth(self.market, self._notation, ids, bids, asks)

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
        if "markPrice" in streams and step.time % _SLOW_MARK_MS == 0:
            yield streams["markPrice"].name, frames.mark_price(market)
        if "miniTicker" in streams:
            yield streams["miniTicker"].name, frames.mini_ticker(market, self._notation)
        if "ticker" in streams:
            yield streams["ticker"].name, frames.ticker(market, self._notation)


def _partial_due(period: str | None, time: int) -> bool:
    if period is None or period == "250":
        return time % 500 in (0, 300)
    return time % int(period) == 0
