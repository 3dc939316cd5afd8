"""All checks of one symbol's messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tuirisk import events as ev
from tuirisk.events.intervals import INTERVAL_MS
from tuirisk.feed.binance.plausibility import bars, statistics
from tuirisk.feed.binance.plausibility.implausible import Why, implausible
from tuirisk.feed.binance.plausibility.marks import MarkChain, check_funding
from tuirisk.feed.binance.plausibility.prices import WitnessPrices
from tuirisk.feed.binance.plausibility.trades import TradeChain
from tuirisk.language.reason import Reason
from tuirisk.market.clock import ExchangeClock

LARGEST_STEP = 10**9
"""Update ids of a book rise by less than a million between two messages."""
BOOK_FAR = 1.1
"""Factor between the middle of a snapshot and every other price known, beyond which it is another
symbol's, however often it is repeated."""
ANSWERED_BARS = 64
SECOND_MS = 1_000


class SymbolPlausibility:
    """Judges the events of one symbol before they go on.

    ``on_drop`` is called with the reason and the time (ns) when an event that was held back turns
    out to be false.
    """

    def __init__(self, clock: ExchangeClock, on_drop: Callable[[Reason, int], None]) -> None:
        self._clock = clock
        self._prices = WitnessPrices()
        self._marks = MarkChain(self._prices, _as_reason(on_drop, "mark_price"))
        self._trades = TradeChain(self._prices, _as_reason(on_drop, "trades"))
        self._forming: dict[str, ev.Candle] = {}
        self._open_interest: ev.OpenInterestReading | None = None
        self._answered: dict[str, dict[int, bars.Figures]] = {}
        """Interval → open time (ms) of the newest closed bars of earlier answers → what they said:
        a closed bar does not change."""
        self._doubted: dict[tuple[str, ...], Any] = {}
        """What an answer that was doubted said, by kind: the same again is believed."""

    def admit(self, event: ev.Event) -> list[ev.Event]:
        """The events of a stream that may go on now: ``event``, others held before, or none.

        Raises:
            Implausible: ``event`` cannot be true.
        """
        match event:
            case ev.Trade():
                self._check_trade(event)
                return [*self._trades.admit(event)]
            case ev.MarkPrice():
                check_funding(event, self._clock.exchange_ms(event.received))
                return [*self._marks.admit(event)]
            case ev.CandleForming() | ev.CandleClosed():
                self._check_candle(event)
            case ev.DepthDiff():
                _check_diff(event)
            case ev.Liquidation():
                statistics.check_forced_order(event, self._prices)
            case ev.BestQuote():
                if event.bid >= event.ask:
                    raise implausible("order_book", "contradicts_itself")
        return [event]

    def check_answer(self, event: ev.Event) -> None:
        """Check an answer of REST. What is merely unlikely is believed when it is repeated.

        Raises:
            Implausible: it cannot be true, or should be asked for again.
        """
        latest = self._clock.latest_ms(event.received)
        match event:
            case ev.CandleHistory():
                if event.interval in INTERVAL_MS:
                    self._check_page(event, latest)
            case ev.DepthSnapshot():
                _check_snapshot(event)
                if self._is_far(event):
                    raise implausible("order_book", "far_from_prices")
            case ev.MarkPrice():
                check_funding(event, self._clock.exchange_ms(event.received))
                usual = not self._marks.disagrees(event)
                self._doubt("mark_price", event, usual, event.next_funding_time)
                self._prices.record("premium index", event.mark, event.received)
            case ev.FundingHistory():
                statistics.check_settlements(event, latest)
            case ev.OpenInterestReading():
                usual = not statistics.leaps(event, self._open_interest)
                self._doubt("open_interest", event, usual, None)
                self._open_interest = event
            case ev.OpenInterestHistory():
                usual = statistics.check_open_interest(event, latest)
                self._doubt("open_interest", event, usual, tuple(event.rows[:-1]))
            case ev.LongShortRatio():
                statistics.check_ratios(event, latest)

    def _doubt(self, subject: str, event: ev.Event, usual: bool, content: Any) -> None:
        key = (type(event).__name__, getattr(event, "interval", ""))
        if usual:
            self._doubted.pop(key, None)
            return
        repeated = key in self._doubted and self._doubted[key] == content
        self._doubted[key] = content
        if not repeated:
            raise implausible(subject, "leaps")

    def _is_far(self, snapshot: ev.DepthSnapshot) -> bool:
        if not (snapshot.bids and snapshot.asks):
            return False
        middle = (snapshot.bids[0][0] + snapshot.asks[0][0]) / 2
        return self._prices.disputed(middle, snapshot.received, BOOK_FAR)

    def _check_page(self, page: ev.CandleHistory, latest_ms: float) -> None:
        """Check an answer with bars: against themselves, the prices of now, and the answer before.

        Raises:
            Implausible: they cannot be true, or should be asked for again.
        """
        candles, interval = page.candles, page.interval
        usual = bars.check_page(candles, interval, latest_ms)
        if candles and candles[-1].close_time > latest_ms - INTERVAL_MS[interval]:
            newest = candles[-1].close
            if self._prices.disputed(newest, page.received, bars.STEP):
                raise implausible("candles", "far_from_prices")
        known = self._answered.setdefault(interval, {})
        closed = {
            bar.open_time: bars.figures(bar)
            for bar in candles[-ANSWERED_BARS:]
            if bar.close_time < latest_ms - SECOND_MS
        }
        usual &= all(known.get(time, bar) == bar for time, bar in closed.items())
        self._doubt("candles", page, usual, tuple(candles[:-1]))
        known.update(closed)
        for time in sorted(known)[:-ANSWERED_BARS]:
            del known[time]

    @staticmethod
    def _check_trade(trade: ev.Trade) -> None:
        if trade.price * trade.quantity > statistics.LARGEST_NOTIONAL:
            raise implausible("trades", "out_of_range")

    def _check_candle(self, event: ev.CandleForming | ev.CandleClosed) -> None:
        """A closed bar in doubt is dropped: REST is asked for it seconds after its end anyway."""
        interval, bar = event.interval, event.candle
        if interval not in INTERVAL_MS:
            return
        bars.check_bar(bar, interval, self._clock.latest_ms(event.received))
        forming = self._forming.get(interval)
        if self._prices.disputed(bar.close, event.received, bars.STEP):
            raise implausible("candles", "far_from_prices")
        if bar.closed:
            same = forming is not None and forming.open_time == bar.open_time
            if bars.unusual(bar):
                raise implausible("candles", "leaps")
            if same and forming is not None and bars.contradicts_forming(bar, forming):
                raise implausible("candles", "contradicts_itself")
        else:
            self._forming[interval] = bar
            if interval == "15m":
                self._prices.record("candle", bar.close, event.received)


def _check_diff(diff: ev.DepthDiff) -> None:
    if not diff.previous_id <= diff.last_id or diff.first_id > diff.last_id:
        raise implausible("order_book", "contradicts_itself")
    if diff.last_id - max(diff.previous_id, diff.first_id - LARGEST_STEP) > LARGEST_STEP:
        raise implausible("order_book", "ids_leap")
    _check_levels(diff.bids)
    _check_levels(diff.asks)


def _check_snapshot(snapshot: ev.DepthSnapshot) -> None:
    bids = [price for price, _ in snapshot.bids]
    asks = [price for price, _ in snapshot.asks]
    if bids != sorted(set(bids), reverse=True) or asks != sorted(set(asks)):
        raise implausible("order_book", "out_of_order")
    if bids and asks and bids[0] >= asks[0]:
        raise implausible("order_book", "contradicts_itself")
    _check_levels(snapshot.bids)
    _check_levels(snapshot.asks)


def _check_levels(levels: tuple[ev.Level, ...]) -> None:
    if any(price * quantity > statistics.LARGEST_NOTIONAL for price, quantity in levels):
        raise implausible("order_book", "out_of_range")


def _as_reason(on_drop: Callable[[Reason, int], None], subject: str) -> Callable[[Why, int], None]:
    def drop(why: Why, received: int) -> None:
        on_drop(Reason(why, thing=subject), received)

    return drop
