"""The market: one :class:`SymbolMarket` a symbol, changed by events and by nothing else."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Literal

from msgspec.structs import replace

from tuirisk import events as ev
from tuirisk.events.columnar import ColumnarSequence
from tuirisk.events.external import (
    ProviderEvent,
    ProviderLiquidation,
    ProviderListening,
    asset_of,
)
from tuirisk.events.intervals import INTERVALS
from tuirisk.events.radar import RadarUpdate
from tuirisk.language.reason import Reason
from tuirisk.market.ages import RecentAges
from tuirisk.market.book import OrderBook, levels_each
from tuirisk.market.candles import CandleRing
from tuirisk.market.clock import ExchangeClock
from tuirisk.market.derivatives import DerivativesData
from tuirisk.market.external import ExternalData
from tuirisk.market.liquidation_prices import LiquidationPrices
from tuirisk.market.radar import RadarMarket
from tuirisk.market.recent_prices import RecentPrices
from tuirisk.market.samples import BookSamples
from tuirisk.market.tape import LiquidationTape, Tape

FAR = 2.0
"""A book whose middle is so many times another price, or so small a part, is far from it."""
STILL_ANSWER_MS = 1_000
"""A snapshot older than that does not confirm that the book stands still."""
STILL_LAG_MS = 2_500
"""Nor is a book still whose line was later: it would tell of a change as late."""
CHANGES = 5
"""Changes of a contract's terms that are kept."""
ORDER_FILLS = 500
"""The account's trades that are kept: many more than two assessments are apart."""


class SymbolMarket:
    """Everything known of one symbol."""

    def __init__(self, listed: ev.SymbolListed) -> None:
        self.listed = listed
        self.candles = {interval: CandleRing(interval) for interval in INTERVALS}
        self.book = OrderBook()
        self.samples = BookSamples()
        self.tape = Tape()
        self.prices = RecentPrices()
        self.liquidations = LiquidationTape()
        self.outside_liquidations = LiquidationTape()
        """Every liquidation of its asset at the exchanges that report each of them."""
        self.liquidation_prices = LiquidationPrices()
        """Of its own sample and of every provider."""
        self.derivatives = DerivativesData()
        self.book_ages = RecentAges()
        self.mark_ages = RecentAges()
        self.received: int | None = None
        """Receive time (ns) of the newest event of any kind."""
        self.contract_changes: deque[tuple[float, tuple[Reason, ...]]] = deque(maxlen=CHANGES)
        """(exchange's time in ms, what changed) of the newest changes of its terms."""
        self.was_ready = False
        """Whether everything a symbol needs has been there at some time."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Data not yet received, by the codes of ``waiting_for``."""
        awaited = {
            "candles": all(ring.answered for ring in self.candles.values()),
            "order_book": self.book.live or not self.can_have("depth"),
            "mark_price": self.derivatives.mark is not None,
            "funding_history": self.derivatives.funding_received is not None
            or not self.listed.is_perpetual
            or not self.can_have("funding"),
        }
        return tuple(name for name, there in awaited.items() if not there)

    def can_have(self, family: str) -> bool:
        """Whether the source can have the data of ``family`` (``DataFamily``) at all."""
        return self.listed.offered is None or family in self.listed.offered

    def book_is_far(self, mark: ev.MarkPrice) -> bool:
        """Whether the book is nowhere near the mark price nor the last price."""
        bid, ask = self.book.bids.best(), self.book.asks.best()
        forming = self.candles["15m"].forming
        last = self.tape.last_price or (forming.close if forming is not None else None)
        if bid is None or ask is None or last is None:
            return False
        middle = (bid + ask) / 2
        return all(max(middle, price) > FAR * min(middle, price) for price in (mark.mark, last))


class Market:
    """The watchlist's symbols, those refused with the reason, and the exchange's clock."""

    def __init__(self) -> None:
        self.symbols: dict[str, SymbolMarket] = {}
        self.refused: dict[str, Reason] = {}
        self.clock = ExchangeClock()
        self.external = ExternalData()
        """What other people's data say."""
        self.radar: RadarMarket | None = None
        """Every perpetual; None while nobody reads it."""
        self.account: ev.AccountReport | None = None
        """The account's positions and wallet; None without a key."""
        self.order_fills: deque[ev.OrderFill] = deque(maxlen=ORDER_FILLS)
        """The account's newest trades, oldest first."""
        self.order_fill_count = 0
        """How many there were in all."""
        self.asset_prices: Mapping[str, float] = {}
        self.sessions: Mapping[str, tuple[ev.MarketSession, ...]] = {}
        """Of the markets of TradFi underlyings, by kind; empty where they are not told."""
        """USDT for one of each asset, by the exchange's index prices."""
        self.generation = 0
        """Rises whenever a symbol is added, refused or removed."""
        self.distrusted: dict[str, Reason] = {}
        """Symbols whose book contradicted itself, with the reason: their source must resync."""
        self._symbol_handlers: dict[type[ev.Event], Callable[[SymbolMarket, Any], None]] = {
            ev.CandleForming: self._candle_forming,
            ev.CandleClosed: self._candle_closed,
            ev.CandleHistory: self._candle_history,
            ev.DepthSnapshot: self._depth_snapshot,
            ev.DepthDiff: self._depth_diff,
            ev.DepthLost: lambda m, e: m.book.invalidate(e.reason),
            ev.BestQuote: self._best_quote,
            ev.Trade: self._trade,
            ev.TradesLost: lambda m, e: m.tape.begin_anew(),
            ev.MarkPrice: self._mark_price,
            ev.Liquidation: self._liquidation,
            ev.OpenInterestReading: lambda m, e: m.derivatives.set_open_interest(e),
            ev.OpenInterestHistory: lambda m, e: m.derivatives.merge_open_interest_history(e),
            ev.LongShortRatio: lambda m, e: m.derivatives.set_ratio(e),
            ev.FundingHistory: lambda m, e: m.derivatives.merge_funding(e),
            ev.FundingSchedule: lambda m, e: m.derivatives.set_funding_schedule(e),
            ev.LeverageBrackets: lambda m, e: m.derivatives.set_brackets(e),
            ev.ContractChanged: self._contract_changed,
        }

    def apply(self, event: ev.Event) -> None:
        """Take one event in. What belongs to a symbol that is not watched is dropped."""
        handler = self._symbol_handlers.get(type(event))
        if handler is None:
            self._membership(event)
            return
        symbol = self.symbols.get(event.symbol)
        if symbol is None:
            return
        handler(symbol, event)
        symbol.received = event.received
        if not symbol.was_ready and not symbol.missing:
            symbol.was_ready = True

    def sample(self, now_ns: int) -> None:
        """Take the five-second samples that are due at ``now_ns``."""
        for symbol in self.symbols.values():
            symbol.samples.sample(symbol.book, now_ns)

    def _external(self, event: ProviderEvent) -> None:
        """Keep what a provider says; complete liquidations are put beside the symbols' own."""
        self.external.apply(event)
        if isinstance(event, ProviderListening) and event.complete:
            for name, symbol in self.symbols.items():
                heard = asset_of(name) in event.assets
                tape = symbol.outside_liquidations
                if heard and tape.since_ms is None:
                    tape.since_ms = event.received // 1_000_000
                elif not heard:
                    # What comes until it is heard again is not known: begin anew.
                    symbol.outside_liquidations = LiquidationTape()
        elif isinstance(event, ProviderLiquidation):
            listening = self.external.listening.get((event.asset, event.provider))
            complete = listening is not None and listening.complete
            for name, symbol in self.symbols.items():
                if asset_of(name) != event.asset:
                    continue
                time, side, notional = event.time, event.side, event.notional
                symbol.liquidation_prices.add(time, side, event.price, notional)
                if complete:
                    symbol.outside_liquidations.add(time, side, notional)

    def _radar(self, event: RadarUpdate) -> None:
        if event.update is None:
            self.radar = None
            return
        if self.radar is None:
            self.radar = RadarMarket()
        self.radar.apply(event.update)

    def _membership(self, event: ev.Event) -> None:
        if isinstance(event, ProviderEvent):
            self._external(event)
            return
        if isinstance(event, RadarUpdate):
            self._radar(event)
            return
        if isinstance(event, ev.ServerTime):
            self.clock.measure(event.server_time, event.received)
            return
        if isinstance(event, ev.AssetPrices):
            self.asset_prices = event.prices
            return
        if isinstance(event, ev.MarketSessions):
            self.sessions = event.sessions
            return
        if isinstance(event, ev.AccountReport):
            self.account = event
            return
        if isinstance(event, ev.OrderFill):
            self.order_fills.append(event)
            self.order_fill_count += 1
            return
        name = event.symbol
        if isinstance(event, ev.SymbolListed):
            if name in self.symbols:
                self.symbols[name].listed = event
                return
            self.refused.pop(name, None)
            market = SymbolMarket(event)
            market.liquidations.since_ms = int(self.clock.exchange_ms(event.received))
            self.symbols[name] = market
        elif isinstance(event, ev.SymbolRefused):
            self.symbols.pop(name, None)
            self.refused[name] = event.reason
        elif isinstance(event, ev.SymbolRemoved):
            self.symbols.pop(name, None)
            self.refused.pop(name, None)
        self.generation += 1
        for symbol in self.symbols.values():
            symbol.book.most_levels = levels_each(len(self.symbols))

    def _liquidation(self, market: SymbolMarket, event: ev.Liquidation) -> None:
        market.liquidations.add_order(event)
        side: Literal["long", "short"] = "long" if event.side == "SELL" else "short"
        notional = event.price * event.quantity
        market.liquidation_prices.add(event.trade_time, side, event.price, notional)

    def _contract_changed(self, market: SymbolMarket, event: ev.ContractChanged) -> None:
        # Its time of joining stays: nothing of what is known of the symbol begins anew.
        market.listed = replace(event.listed, received=market.listed.received)
        if event.changes:
            time_ms = self.clock.exchange_ms(event.received)
            market.contract_changes.append((time_ms, event.changes))

    def _candle_forming(self, market: SymbolMarket, event: ev.CandleForming) -> None:
        ring = market.candles.get(event.interval)
        if ring is not None:
            ring.set_forming(event.candle, event.received)
            if event.interval == "15m":
                time_ms = int(self.clock.exchange_ms(event.received))
                market.prices.last.record(time_ms, event.candle.close)

    def _candle_closed(self, market: SymbolMarket, event: ev.CandleClosed) -> None:
        ring = market.candles.get(event.interval)
        if ring is not None:
            ring.close(event.candle, event.received)

    def _candle_history(self, market: SymbolMarket, event: ev.CandleHistory) -> None:
        ring = market.candles.get(event.interval)
        if ring is None:
            return
        if event.cached:
            ring.preload(event.candles)
            return
        now = self.clock.exchange_ms(event.received)
        candles = event.candles
        if isinstance(candles, ColumnarSequence) and len(candles) and candles[-1].close_time < now:
            ring.merge(candles, event.received)
            return
        ring.merge(
            (
                c if c.closed == (c.close_time < now) else replace(c, closed=c.close_time < now)
                for c in event.candles
            ),
            event.received,
        )

    def _depth_snapshot(self, market: SymbolMarket, event: ev.DepthSnapshot) -> None:
        age_ms = self.clock.exchange_ms(event.received) - event.event_time
        old = event.event_time and age_ms > STILL_ANSWER_MS
        if event.still and (old or market.book_ages.lag_ms > STILL_LAG_MS):
            # A copy of an older answer says nothing about the book since.
            event = replace(event, still=False)
        market.book.reset(event)
        self._check_crossed(market)

    def _depth_diff(self, market: SymbolMarket, event: ev.DepthDiff) -> None:
        if market.book.live:
            market.book_ages.record(
                event.event_time,
                market.book.event_time,
                event.received,
                self.clock.exchange_ms(event.received),
            )
        market.book.apply(event)
        self._check_crossed(market)

    def _check_crossed(self, market: SymbolMarket) -> None:
        if market.book.crossed():
            self._distrust(market, Reason("order_book_crossed"))

    def _distrust(self, market: SymbolMarket, reason: Reason) -> None:
        market.book.invalidate(reason)
        self.distrusted[market.listed.symbol] = reason

    def _best_quote(self, market: SymbolMarket, event: ev.BestQuote) -> None:
        book = market.book
        same_moment = book.live and event.update_id == book.last_update_id
        if same_moment and (event.bid, event.ask) != (book.bids.best(), book.asks.best()):
            self._distrust(market, Reason("order_book_disagrees"))

    def _mark_price(self, market: SymbolMarket, event: ev.MarkPrice) -> None:
        before = market.derivatives.mark
        market.mark_ages.record(
            event.event_time,
            before.event_time if before is not None else 0,
            event.received,
            self.clock.exchange_ms(event.received),
        )
        market.derivatives.set_mark(event)
        if market.book_is_far(event):
            self._distrust(market, Reason("order_book_far"))
        market.prices.mark.record(event.event_time, event.mark)

    def _trade(self, market: SymbolMarket, event: ev.Trade) -> None:
        market.tape.add_trade(event)
        if event.counts:
            market.prices.last.record(event.trade_time, event.price)
