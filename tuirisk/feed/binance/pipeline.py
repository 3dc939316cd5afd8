"""Frames in, events out: recorded, decoded, every book kept in sequence.

The live feed and the replay share this path from the frame onward.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Protocol

from tuirisk import events as ev
from tuirisk.events.contract_names import TRADFI, delivery_time
from tuirisk.feed.binance import decode
from tuirisk.feed.binance.bad_frame import BadFrame, ImpossibleTime
from tuirisk.feed.binance.depth_sync import BUFFERED_LEVELS, DepthSync
from tuirisk.feed.binance.dropped_frames import DroppedFrames
from tuirisk.feed.binance.event_times import EventTimes
from tuirisk.feed.binance.listings import (
    EXCHANGE_INFO,
    FUNDING_INFO,
    Listing,
    decode_exchange_info,
    decode_funding_info,
)
from tuirisk.feed.binance.plausibility.changes import ChangeChecks
from tuirisk.feed.binance.plausibility.prices import near
from tuirisk.feed.binance.plausibility.symbol import SymbolPlausibility
from tuirisk.feed.binance.rows import RefusedRow
from tuirisk.feed.binance.schema import FundingInfoRow
from tuirisk.feed.binance.stream_frames import number
from tuirisk.feed.event_queue import EventQueue
from tuirisk.feed.frames import AccountFrame, Frame, RestFrame
from tuirisk.feed.recorded_account import RecordedAccount, account_frame
from tuirisk.language.reason import Reason
from tuirisk.market.clock import ExchangeClock

DEFAULT_FUNDING_HOURS = 8
ASSET_LEAP = 1.1
"""Factor between two index prices of an asset, half a minute apart, that must be confirmed."""
_STEADY = (ev.Trade, ev.MarkPrice, ev.CandleForming)
"""Events of streams that speak on while the book stands still."""


class Recorder(Protocol):
    """Where received frames are recorded."""

    error: str
    """Why nothing is recorded any more; empty while all is well."""

    def write(self, frame: Frame | AccountFrame) -> None: ...
    def close(self) -> None: ...


def _named(symbol: str, reason: Reason) -> Reason:
    if reason.code == "row_left_out":
        return reason
    return Reason("of_symbol", symbol=symbol, reason=reason)


def _nobody(symbol: str) -> None:
    return None


def _nobody_at(symbol: str, received: int) -> None:
    return None


def _nobody_since(received: int) -> None:
    return None


class Pipeline:
    """The watched symbols' events, in ``queue``, and what was dropped on the way.

    ``on_snapshot_needed(symbol)`` is called once each time a book needs
    ``GET /fapi/v1/depth?symbol=…&limit=1000``, ``on_shallow_needed(symbol)`` when the price is
    about to leave a shallow book before the whole one has come, ``on_book_still(symbol, received)``
    when one has told that a silent depth stream has nothing to say, ``on_listings(received)`` when
    exchangeInfo was read: symbols may have begun or ceased to trade; ``on_announcement(received)``
    when the exchange announces that it is another by now. A frame that cannot be understood, or
    cannot be true, is counted in ``dropped`` and named in ``last_drop``; it is never fatal.
    """

    def __init__(
        self,
        recorder: Recorder | None = None,
        on_snapshot_needed: Callable[[str], None] = _nobody,
        on_shallow_needed: Callable[[str], None] = _nobody,
        on_book_still: Callable[[str, int], None] = _nobody_at,
        on_listings: Callable[[int], None] = _nobody_since,
        on_announcement: Callable[[int], None] = _nobody_since,
    ) -> None:
        self.queue = EventQueue(on_drop=self._count_queue_drops)
        self.clock = ExchangeClock()
        self.listings: Mapping[str, Listing] = {}
        self._unreadable: Mapping[str, Reason] = {}
        """Symbol → why its entry in exchangeInfo cannot be read."""
        self.request_weight_limit: int | None = None
        self.dropped = DroppedFrames()
        self.last_drop: Reason | None = None
        self.times_refused = 0
        """How many of the dropped frames have a time that cannot be true."""
        self._recorder = recorder
        self._on_snapshot_needed = on_snapshot_needed
        self._on_shallow_needed = on_shallow_needed
        self._times = EventTimes(self.clock)
        self._on_book_still = on_book_still
        self._on_listings = on_listings
        self._on_announcement = on_announcement
        self.announced: dict[str, str] = {}
        """Symbol → its announced status (empty: unknown), until exchangeInfo has told of it."""
        self._syncs: dict[str, DepthSync] = {}
        self._plausibility: dict[str, SymbolPlausibility] = {}
        self._snapshots_requested: set[str] = set()
        self._generations: dict[str, int] = {}
        self._changes = ChangeChecks()
        self._doubted_limit: int | None = None
        self._funding: dict[str, FundingInfoRow] | None = None
        self._brackets: Mapping[str, tuple[ev.Bracket, ...]] = {}
        self._asset_prices: Mapping[str, float] = {}
        self._lost_resyncs = 0
        self._traded: tuple[str, ...] = ()
        self._traded_of: Mapping[str, Listing] = self.listings

    @property
    def resyncs(self) -> int:
        """Books that were lost after having been live."""
        return self._lost_resyncs + sum(sync.resyncs for sync in self._syncs.values())

    @property
    def dropped_frames(self) -> int:
        return self.dropped.count

    @property
    def book_problems(self) -> dict[str, Reason]:
        """Symbol → why its book, once live, is not now."""
        return {
            symbol: sync.problem for symbol, sync in self._syncs.items() if sync.problem is not None
        }

    @property
    def traded(self) -> tuple[str, ...]:
        """Every perpetual that trades, by name; the same object until the listings change."""
        if self._traded_of is not self.listings:
            self._traded_of = self.listings
            self._traded = tuple(
                sorted(
                    name
                    for name, listing in self.listings.items()
                    if listing.trades and listing.is_perpetual
                )
            )
        return self._traded

    @property
    def conflated(self) -> int:
        return self.queue.conflated

    @property
    def watched(self) -> tuple[str, ...]:
        return tuple(self._syncs)

    def trades(self, symbol: str) -> bool:
        """Whether ``symbol`` is listed and trades."""
        return symbol in self.listings and self.listings[symbol].trades

    @property
    def settled_elsewhere(self) -> bool:
        """Whether a watched symbol's money is not in USDT."""
        listed = (self.listings[symbol] for symbol in self._syncs if symbol in self.listings)
        return any({one.quote_asset, one.margin_asset} - {"", "USDT"} for one in listed)

    @property
    def follows_hours(self) -> bool:
        """Whether the underlying of a watched symbol trades in a market with hours."""
        listed = (self.listings[symbol] for symbol in self._syncs if symbol in self.listings)
        return any(one.contract_type == TRADFI for one in listed)

    def book_is_live(self, symbol: str) -> bool:
        return symbol in self._syncs and self._syncs[symbol].live

    def generation(self, symbol: str) -> int:
        """Changes whenever ``symbol`` is watched or unwatched."""
        return self._generations.get(symbol, 0)

    def add_symbol(self, symbol: str, received: int) -> bool:
        """Begin with ``symbol``; False (and ``SymbolRefused``) when it does not trade."""
        listing = self.listings.get(symbol)
        if listing is None and symbol in self._unreadable:
            why = Reason("listing_unreadable", why=self._unreadable[symbol])
            return self._refuse(symbol, received, why)
        if listing is None:
            return self._refuse(symbol, received, Reason("not_listed"))
        if listing.refusal is not None:
            return self._refuse(symbol, received, listing.refusal)
        self._begin(symbol)
        self.queue.put(listing.listed(received))
        self._queue_funding_schedule(symbol, received)
        self._queue_brackets(symbol, received)
        return True

    def add_unlisted_symbol(self, symbol: str, received: int) -> None:
        """Begin with a symbol of a recording that carries no exchangeInfo."""
        self._begin(symbol)
        delivered = delivery_time(symbol)
        kind = "DELIVERY" if delivered else "PERPETUAL"
        self.queue.put(ev.SymbolListed(symbol, received, kind, ends_at=delivered))

    def refuse_symbol(self, symbol: str, received: int, reason: Reason) -> None:
        """Say that ``symbol`` cannot be watched, and why."""
        self._refuse(symbol, received, reason)

    def remove_symbol(self, symbol: str, received: int) -> None:
        """End with ``symbol``: nothing about it leaves after its ``SymbolRemoved``."""
        sync = self._syncs.pop(symbol, None)
        if sync is not None:
            self._lost_resyncs += sync.resyncs
        self._share_buffers()
        self._snapshots_requested.discard(symbol)
        self._times.forget(symbol)
        self._plausibility.pop(symbol, None)
        self._generations[symbol] = self.generation(symbol) + 1
        self.queue.discard_symbol(symbol)
        self.queue.put(ev.SymbolRemoved(symbol, received))

    def process_frame(self, frame: Frame) -> None:
        """Record and decode a frame, and queue its events; a bad one is counted and dropped."""
        with suppress(BadFrame):
            self._process(frame, None)

    def process_answer(self, frame: RestFrame, generation: int | None) -> list[ev.Event]:
        """Record and decode a REST answer, queue its events and return them.

        Events of a symbol whose :meth:`generation` is another by now are returned, not queued.

        Raises:
            BadFrame: the body cannot be understood; it is counted as dropped.
        """
        return self._process(frame, generation)

    def queue_account(self, event: ev.AccountReport | ev.OrderFill) -> None:
        """Record and queue what is known of the account."""
        self._record_account(event, event.received)
        self.queue.put(event)

    def record_reading(self, reading: ev.AccountReading, received: int) -> None:
        """Record how the reading of the account fares."""
        self._record_account(reading, received)

    def count_drop(self, reason: Reason, received: int) -> None:
        """Count an answer that is none of the exchange's, and name it."""
        self._count_drop(reason, reason, received)

    def set_brackets(self, brackets: Mapping[str, tuple[ev.Bracket, ...]], received: int) -> None:
        """Keep the brackets of all symbols, for those watched now and later."""
        self._brackets = brackets
        for symbol in self._syncs:
            self._queue_brackets(symbol, received)

    def set_symbol_brackets(self, event: ev.LeverageBrackets) -> None:
        """Keep the brackets of one symbol in the place of those known."""
        self._brackets = {**self._brackets, event.symbol: event.brackets}
        if event.symbol in self._syncs:
            self._queue_brackets(event.symbol, event.received)

    @property
    def recording_error(self) -> str:
        """Why the recording stopped; empty while there is none or it goes on."""
        return self._recorder.error if self._recorder is not None else ""

    def close(self) -> None:
        """End the recording, if there is one."""
        if self._recorder is not None:
            self._recorder.close()

    def expect_change(self, symbol: str, received: int, status: str = "") -> None:
        """Have exchangeInfo read again: ``symbol`` is said to have another ``status`` by now, or
        no longer to trade where that is empty.
        """
        self.announced[symbol] = status
        self._on_announcement(received)

    def depth_lost(self, symbol: str, reason: Reason, received: int) -> None:
        """The depth stream of ``symbol`` broke off: no book until it is synced anew."""
        sync = self._syncs.get(symbol)
        if sync is not None:
            self._snapshots_requested.discard(symbol)
            for event in sync.lost(reason, received):
                self.queue.put(event)

    def _process(self, frame: Frame, generation: int | None) -> list[ev.Event]:
        if self._recorder is not None:
            self._recorder.write(frame)
        try:
            events = self._decode(frame)
            answer = isinstance(frame, RestFrame)
            for event in events:
                if isinstance(event, ev.AssetPrices):
                    self._check_asset_prices(event.prices)
            if answer and len(events) > 1:
                return self._process_rows(events)
            self._check_times(events, answer=answer)
            admitted = self._plausible(events, answer=answer)
        except BadFrame as error:
            self._count_drop(error.detail, error.reason, frame.received)
            raise
        for event in admitted:
            if generation is None or generation == self.generation(event.symbol):
                self._route(event)
        return admitted if isinstance(frame, RestFrame) else events

    def _process_rows(self, events: list[ev.Event]) -> list[ev.Event]:
        """Queue the events of an answer that is of many symbols, and return them.

        Those of symbols that are not watched are left out. One that cannot be true is counted as
        dropped, and does not speak against the others.
        """
        admitted: list[ev.Event] = []
        for event in events:
            if event.symbol not in self._syncs:
                continue
            try:
                self._check_times([event], answer=True)
                admitted += self._plausible([event], answer=True)
            except BadFrame as error:
                self._count_drop(error.detail, error.reason, event.received)
        for event in admitted:
            self._route(event)
        return admitted

    def _plausible(self, events: list[ev.Event], *, answer: bool) -> list[ev.Event]:
        """Those of ``events`` that may go on now, and what they confirm of what was held back.

        Raises:
            BadFrame: they cannot be true.
        """
        admitted: list[ev.Event] = []
        for event in events:
            checks = self._plausibility.get(event.symbol)
            if checks is None:
                admitted.append(event)
            elif answer:
                admitted.append(checks.check_answer(event))
            else:
                admitted += checks.admit(event)
        return admitted

    def _count_drop(self, detail: Reason, reason: Reason, received: int) -> None:
        self.dropped.add(reason, received)
        self.last_drop = detail

    def _count_queue_drops(self, count: int, received: int) -> None:
        self.dropped.add(Reason("queue_full"), received, count)
        self.last_drop = Reason("queue_full")

    def _count_depth_drops(self, symbol: str, count: int, received: int) -> None:
        self.last_drop = Reason("of_symbol", symbol=symbol, reason=Reason("depth_queue_full"))
        self.dropped.add(self.last_drop, received, count)

    def _decode(self, frame: Frame) -> list[ev.Event]:
        """The events of a frame; exchangeInfo and fundingInfo are kept for all symbols."""

        def on_refused(refusal: RefusedRow) -> None:
            self._count_drop(refusal.reason, refusal.reason, frame.received)

        if isinstance(frame, RestFrame) and frame.status == 200:
            path, _ = decode.split_request(frame.request)
            if path == EXCHANGE_INFO:
                info = decode_exchange_info(frame.body, on_refused)
                # What was known of a symbol stands while its row cannot be read.
                kept = {s: self.listings[s] for s in info.unreadable if s in self.listings}
                listings = info.listings | kept
                self._check_listings(listings)
                self._unreadable = info.unreadable
                self._set_weight_limit(info.weight_limit)
                self._set_listings(listings, frame.received)
                return []
            if path == FUNDING_INFO:
                terms = decode_funding_info(frame.body, on_refused)
                self._check_funding_terms(terms)
                self._funding = terms
                for symbol in self._syncs:
                    self._queue_funding_schedule(symbol, frame.received)
                return []
        return decode.decode(frame, on_refused)

    def _set_weight_limit(self, limit: int | None) -> None:
        """Take the limit of request weight, another than the known once two answers say it."""
        doubted, self._doubted_limit = self._doubted_limit, limit
        if self.request_weight_limit is None or limit == doubted:
            self.request_weight_limit = limit

    def _set_listings(self, listings: Mapping[str, Listing], received: int) -> None:
        before, self.listings = self.listings, listings
        for symbol, status in [*self.announced.items()]:
            if not status or (symbol in listings and listings[symbol].status == status):
                del self.announced[symbol]
        for symbol in self._syncs:
            old, new = before.get(symbol), listings.get(symbol)
            if old is None or new is None or old == new or not new.trades:
                continue
            changes = new.changes(old)
            self.queue.put(ev.ContractChanged(symbol, received, new.listed(received), changes))
        self._on_listings(received)

    def _announce(self, event: ev.ContractStatus) -> None:
        """Have exchangeInfo read again where it is not yet as the exchange announces."""
        listing = self.listings.get(event.symbol)
        listed = None if listing is None else (listing.status, listing.ends_at)
        if listed != (event.status, event.ends_at) and self.listings:
            self.expect_change(event.symbol, event.received, event.status)

    def _check_listings(self, listings: Mapping[str, Listing]) -> None:
        """Check what is listed, of watched symbols whose change was not announced.

        Raises:
            BadFrame: it changes them, and the answer before did not say the same.
        """
        if not self.listings:
            return
        changed: dict[str, object] = {
            symbol: listings.get(symbol)
            for symbol in self._syncs.keys() & self.listings.keys() - self.announced.keys()
            if listings.get(symbol) != self.listings[symbol]
        }
        self._changes.check("exchange_info", changed)

    def _check_funding_terms(self, terms: Mapping[str, FundingInfoRow]) -> None:
        """Raises as :meth:`_check_listings`."""
        known = self._funding
        if known is not None:
            changed = {s: terms.get(s) for s in self._syncs if terms.get(s) != known.get(s)}
            self._changes.check("funding_terms", changed)

    def _check_asset_prices(self, prices: Mapping[str, float]) -> None:
        """Raises as :meth:`_check_listings`."""
        leaps = {
            asset: True
            for asset, price in self._asset_prices.items()
            if not near(prices.get(asset, 0.0), price, ASSET_LEAP)
        }
        self._changes.check("asset_prices", leaps)
        self._asset_prices = prices

    def _check_times(self, events: list[ev.Event], *, answer: bool) -> None:
        for event in events:
            fault = self._times.fault(event, answer=answer)
            if fault is not None:
                self.times_refused += 1
                raise ImpossibleTime(fault)

    def _route(self, event: ev.Event) -> None:
        if isinstance(event, ev.ServerTime):
            self.clock.measure(event.server_time, event.received)
            self.queue.put(event)
            return
        if isinstance(event, ev.AssetPrices | ev.MarketSessions):
            self.queue.put(event)
            return
        if isinstance(event, ev.ContractStatus):
            self._announce(event)
            return
        if self._times.superseded(event):
            return
        sync = self._syncs.get(event.symbol)
        if sync is None:
            return
        if isinstance(event, ev.DepthDiff):
            self._put_depth(sync, sync.on_diff(event))
        elif isinstance(event, ev.DepthSnapshot) and event.partial:
            self._put_depth(sync, sync.on_partial_book(event))
        elif isinstance(event, ev.DepthSnapshot):
            self._take_snapshot(sync, event)
        else:
            if isinstance(event, ev.Trade) and event.counts:
                sync.on_trade(event.price, event.received)
                if sync.wants_shallow_snapshot:
                    sync.wants_shallow_snapshot = False
                    self._on_shallow_needed(sync.symbol)
            if isinstance(event, _STEADY):
                self._put_depth(sync, sync.on_other_stream(event.received))
            self.queue.put(event)

    def _take_snapshot(self, sync: DepthSync, snapshot: ev.DepthSnapshot) -> None:
        self._snapshots_requested.discard(sync.symbol)
        before = sync.contradicted
        self._put_depth(sync, sync.on_snapshot(snapshot))
        if sync.contradicted > before:
            reason = Reason("contradicts_itself", thing="order_book")
            self.count_drop(_named(sync.symbol, reason), snapshot.received)

    def _put_depth(self, sync: DepthSync, events: list[ev.Event]) -> None:
        for event in events:
            self.queue.put(event)
            if isinstance(event, ev.DepthSnapshot) and event.still:
                self._on_book_still(sync.symbol, event.received)
        if sync.wants_snapshot and sync.symbol not in self._snapshots_requested:
            self._snapshots_requested.add(sync.symbol)
            self._on_snapshot_needed(sync.symbol)

    def _queue_funding_schedule(self, symbol: str, received: int) -> None:
        if self._funding is None:
            return
        row = self._funding.get(symbol)
        self.queue.put(
            ev.FundingSchedule(
                symbol,
                received,
                row.fundingIntervalHours if row else DEFAULT_FUNDING_HOURS,
                number(row.adjustedFundingRateCap) if row else None,
                number(row.adjustedFundingRateFloor) if row else None,
            )
        )

    def _queue_brackets(self, symbol: str, received: int) -> None:
        rows = self._brackets.get(symbol)
        if rows:
            event = ev.LeverageBrackets(symbol, received, rows)
            self._record_account(event, received)
            self.queue.put(event)

    def _record_account(self, event: RecordedAccount, received: int) -> None:
        if self._recorder is not None:
            self._recorder.write(account_frame(event, received))

    def _begin(self, symbol: str) -> None:
        sync = self._syncs[symbol] = DepthSync(symbol)
        sync.on_overflow = partial(self._count_depth_drops, symbol)
        self._share_buffers()
        self._plausibility[symbol] = SymbolPlausibility(
            self.clock,
            lambda reason, at: self._count_drop(_named(symbol, reason), reason, at),
        )
        self._generations[symbol] = self.generation(symbol) + 1

    def _share_buffers(self) -> None:
        for sync in self._syncs.values():
            sync.most_buffered = BUFFERED_LEVELS // len(self._syncs)

    def _refuse(self, symbol: str, received: int, reason: Reason) -> bool:
        self.queue.put(ev.SymbolRefused(symbol, received, reason))
        return False
