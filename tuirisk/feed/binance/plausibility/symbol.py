"""All checks of one symbol's messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from tuirisk import events as ev
from tuirisk.events.intervals import INTERVAL_MS, SECOND_NS
from tuirisk.feed.binance.plausibility import bars, statistics
from tuirisk.feed.binance.plausibility.implausible import Why, implausible
from tuirisk.feed.binance.plausibility.known_points import KnownPoints
from tuirisk.feed.binance.plausibility.marks import MarkChain, check_funding
from tuirisk.feed.binance.plausibility.prices import WitnessPrices
from tuirisk.feed.binance.plausibility.trades import TradeChain
from tuirisk.feed.binance.rows import RefusedRow
from tuirisk.language.reason import Reason
from tuirisk.market.clock import ExchangeClock

LARGEST_STEP = 10**9
"""Update ids of a book rise by less than a million between two messages."""
BOOK_FAR = 1.1
"""Factor between the middle of a snapshot and every other price known, beyond which it is another
symbol's, however often it is repeated."""
ANSWERED_BARS = 64
MOST_DOUBTFUL = 0.1
"""Share of an answer's bars in doubt beyond which the answer is."""
_PATHS: Mapping[type[ev.Event], str] = {
    ev.CandleHistory: "/fapi/v1/klines",
    ev.FundingHistory: "/fapi/v1/fundingRate",
    ev.OpenInterestHistory: "/futures/data/openInterestHist",
    ev.LongShortRatio: "/futures/data/longShortRatio",
    ev.DepthSnapshot: "/fapi/v1/depth",
    ev.DepthDiff: "@depth",
}
SECOND_MS = 1_000
EARLY_NS = 20 * SECOND_NS
"""How long answers must lack the newest bars until it is believed that there are none."""


class SymbolPlausibility:
    """Judges the events of one symbol before they go on.

    ``on_drop`` is called with the reason and the time (ns) when an event that was held back turns
    out to be false.
    """

    def __init__(self, clock: ExchangeClock, on_drop: Callable[[Reason, int], None]) -> None:
        self._clock = clock
        self._on_drop = on_drop
        self._prices = WitnessPrices()
        self._marks = MarkChain(self._prices, _as_reason(on_drop, "mark_price"))
        self._trades = TradeChain(self._prices, _as_reason(on_drop, "trades"))
        self._aggregated: bool | None = None
        """Whether the trades so far are aggregate ones; None before the first."""
        self._forming: dict[str, ev.Candle] = {}
        self._open_interest: ev.OpenInterestReading | None = None
        self._points = KnownPoints()
        self._answered: dict[str, bars.KnownBars] = {}
        """Interval → the newest closed bars of earlier answers: a closed bar does not change."""
        self._doubted_bars: dict[str, dict[int, bars.Figures]] = {}
        """Interval → the bars of the newest answer that were in doubt."""
        self._early_since: dict[str, int] = {}
        """Interval → receive time (ns) of the first answer in a row that lacked the newest bars."""
        self._doubted: dict[tuple[str, ...], Any] = {}
        """What an answer that was doubted said, by kind: the same again is believed."""

    def admit(self, event: ev.Event) -> list[ev.Event]:
        """The events of a stream that may go on now: ``event``, others held before, or none.

        Raises:
            Implausible: ``event`` cannot be true.
        """
        match event:
            case ev.Trade():
                return self._admit_trade(event)
            case ev.MarkPrice():
                check_funding(event, self._clock.exchange_ms(event.received))
                return [*self._marks.admit(event)]
            case ev.CandleForming() | ev.CandleClosed():
                self._check_candle(event)
            case ev.DepthDiff():
                _check_diff(event)
                if any(map(_is_huge, event.bids)) or any(map(_is_huge, event.asks)):
                    return [self._sifted(event)]
            case ev.DepthSnapshot():
                _check_snapshot(event)
                return [self._sifted(event)]
            case ev.Liquidation():
                statistics.check_forced_order(event, self._prices)
            case ev.BestQuote():
                if event.bid >= event.ask:
                    raise implausible("order_book", "contradicts_itself")
        return [event]

    def check_answer(self, event: ev.Event) -> ev.Event:
        """An answer of REST without the rows that cannot be true.

        What is merely unlikely is believed when it is repeated.

        Raises:
            Implausible: it cannot be true, or should be asked for again.
        """
        event = self._sifted(event)
        latest = self._clock.latest_ms(event.received)
        match event:
            case ev.CandleHistory():
                if event.interval in INTERVAL_MS:
                    event = self._without_doubtful_bars(event)
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
            case ev.OpenInterestReading():
                usual = not statistics.leaps(event, self._open_interest)
                self._doubt("open_interest", event, usual, None)
                self._open_interest = event
            case ev.OpenInterestHistory():
                usual = self._points.open_interest_is_usual(event, self._open_interest, latest)
                self._doubt("open_interest", event, usual, tuple(event.rows[:-1]))
            case ev.FundingHistory():
                usual = self._points.settlements_are_usual(event)
                self._doubt("funding_history", event, usual, event.rows)
            case ev.LongShortRatio():
                usual = self._points.ratios_are_usual(event)
                self._doubt("account_ratio", event, usual, event.rows[:-1])
        return event

    def _sifted(self, event: ev.Event) -> ev.Event:
        """``event`` without the rows that cannot be true by themselves.

        Raises:
            Implausible: it has rows and none of them can be true.
        """
        latest = self._clock.latest_ms(event.received)
        path = _PATHS.get(type(event), "")

        def on_row(why: Reason) -> None:
            self._on_drop(RefusedRow(path, event.symbol, why).reason, event.received)

        match event:
            case ev.CandleHistory() if event.interval in INTERVAL_MS:
                return bars.without_bad_bars(event, latest, on_row)
            case ev.FundingHistory():
                return statistics.sift_settlements(event, latest, on_row)
            case ev.OpenInterestHistory():
                return statistics.sift_open_interest(event, latest, on_row)
            case ev.LongShortRatio():
                return statistics.sift_ratios(event, latest, on_row)
            case ev.DepthSnapshot() | ev.DepthDiff():
                return self._without_huge_levels(event, on_row)
        return event

    def _without_huge_levels(
        self, event: ev.DepthSnapshot | ev.DepthDiff, on_row: Callable[[Reason], None]
    ) -> ev.DepthSnapshot | ev.DepthDiff:
        bids = tuple(level for level in event.bids if not _is_huge(level))
        asks = tuple(level for level in event.asks if not _is_huge(level))
        huge = len(event.bids) + len(event.asks) - len(bids) - len(asks)
        if not huge:
            return event
        if not bids and not asks and isinstance(event, ev.DepthSnapshot):
            raise implausible("order_book", "out_of_range")
        for _ in range(huge):
            on_row(Reason("out_of_range", thing="order_book"))
        if isinstance(event, ev.DepthDiff):
            return replace(event, bids=bids, asks=asks, incomplete=True)
        return replace(event, bids=bids, asks=asks)

    def _doubt(self, subject: str, event: ev.Event, usual: bool, content: Any) -> None:
        kinds = (getattr(event, name, "") for name in ("interval", "kind", "period"))
        key = (type(event).__name__, *kinds)
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

    def _without_doubtful_bars(self, page: ev.CandleHistory) -> ev.CandleHistory:
        """``page`` without the few bars in doubt that the answer before did not have as well."""
        doubted = bars.doubtful(page)
        before = self._doubted_bars.get(page.interval, {})
        self._doubted_bars[page.interval] = doubted
        new = {time for time, figures in doubted.items() if before.get(time) != figures}
        if not new or len(new) > MOST_DOUBTFUL * len(page.candles):
            return page
        for _ in new:
            why = Reason("leaps", thing="candles")
            self._on_drop(RefusedRow("/fapi/v1/klines", page.symbol, why).reason, page.received)
        return bars.without(page, new)

    def _check_page(self, page: ev.CandleHistory, latest_ms: float) -> None:
        """Check an answer with bars: against themselves, the prices of now, and the answer before.

        Raises:
            Implausible: they cannot be true, or should be asked for again.
        """
        candles, interval = page.candles, page.interval
        self._check_end(page, latest_ms)
        usual = bars.is_usual(page)
        if candles and candles[-1].close_time > latest_ms - INTERVAL_MS[interval]:
            newest = candles[-1].close
            if self._prices.disputed(newest, page.received, bars.STEP):
                raise implausible("candles", "far_from_prices")
        known = dict(self._answered.get(interval, ()))
        closed = {
            bar.open_time: bars.figures(bar)
            for bar in candles[-ANSWERED_BARS:]
            if bar.close_time < latest_ms - SECOND_MS
        }
        usual &= all(known.get(time, bar) == bar for time, bar in closed.items())
        self._doubt("candles", page, usual, tuple(candles[:-1]))
        kept = sorted((known | closed).items())[-ANSWERED_BARS:]
        self._answered[interval] = bars.known_bars(kept)

    def _check_end(self, page: ev.CandleHistory, latest_ms: float) -> None:
        """See that the newest bars are there; that they lack is believed when it lasts.

        Raises:
            Implausible: they lack, and have not for long.
        """
        if not bars.ends_early(page, latest_ms):
            self._early_since.pop(page.interval, None)
            return
        since = self._early_since.setdefault(page.interval, page.received)
        if page.received - since < EARLY_NS:
            raise implausible("candles", "ends_early")

    def _admit_trade(self, trade: ev.Trade) -> list[ev.Event]:
        """Aggregate trades and single ones have ids of their own: the aggregate ones are taken
        where there are both."""
        if trade.aggregated == self._aggregated:
            return [*self._trades.admit(self._checked_trade(trade))]
        if self._aggregated:
            return []
        begun, self._aggregated = self._aggregated is not None, trade.aggregated
        if not begun:
            return [*self._trades.admit(self._checked_trade(trade))]
        self._trades = TradeChain(self._prices, _as_reason(self._on_drop, "trades"))
        lost = ev.TradesLost(trade.symbol, trade.received)
        return [lost, *self._trades.admit(self._checked_trade(trade))]

    def _checked_trade(self, trade: ev.Trade) -> ev.Trade:
        """``trade``; one that cannot be is not counted, but its id is one of the sequence."""
        if trade.price * trade.quantity <= statistics.LARGEST_NOTIONAL:
            return trade
        path = "@aggTrade" if trade.aggregated else "@trade"
        why = Reason("out_of_range", thing="trades")
        self._on_drop(RefusedRow(path, trade.symbol, why).reason, trade.received)
        return replace(trade, counts=False)

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


def _check_snapshot(snapshot: ev.DepthSnapshot) -> None:
    bids = [price for price, _ in snapshot.bids]
    asks = [price for price, _ in snapshot.asks]
    if bids != sorted(set(bids), reverse=True) or asks != sorted(set(asks)):
        raise implausible("order_book", "out_of_order")
    if bids and asks and bids[0] >= asks[0]:
        raise implausible("order_book", "contradicts_itself")


def _is_huge(level: ev.Level) -> bool:
    return level[0] * level[1] > statistics.LARGEST_NOTIONAL


def _as_reason(on_drop: Callable[[Reason, int], None], subject: str) -> Callable[[Why, int], None]:
    def drop(why: Why, received: int) -> None:
        on_drop(Reason(why, thing=subject), received)

    return drop
