"""The account: its key judged, its positions followed, and read again before they are old.

Whatever is wrong with it is said in :meth:`AccountFeed.report`; the market goes on all the same.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from tuirisk.config.model import ExchangeConfig
from tuirisk.events import (
    AccountPosition,
    AccountReading,
    Bracket,
    ConnectionReport,
    StreamReport,
)
from tuirisk.events.intervals import SECOND_NS
from tuirisk.feed.binance.account import user_events
from tuirisk.feed.binance.account.confirmation import ReadingConfirmation
from tuirisk.feed.binance.account.credentials import Keys, KeysError
from tuirisk.feed.binance.account.details import PositionDetails
from tuirisk.feed.binance.account.exit_orders import OpenOrder
from tuirisk.feed.binance.account.forced_orders import Leg, explaining, unexplained
from tuirisk.feed.binance.account.reader import AccountReader
from tuirisk.feed.binance.account.reader import AccountRequests as KindRequests
from tuirisk.feed.binance.account.requests import AccountRequests
from tuirisk.feed.binance.account.signed import SignedClient
from tuirisk.feed.binance.account.snapshot import RECENT_NS, AccountAnswers, AccountSnapshot
from tuirisk.feed.binance.account.status import AccountStatus
from tuirisk.feed.binance.account.user_stream import AccountTiming, UserStream
from tuirisk.feed.binance.pipeline import Pipeline
from tuirisk.feed.binance.rest.confirmation import CONFIRM_AFTER
from tuirisk.feed.binance.rows import RefusedRow
from tuirisk.feed.binance.session import ExchangeSession
from tuirisk.feed.binance.task_group import first_of
from tuirisk.feed.clock import Clock
from tuirisk.language.reason import Reason

ResolveKeys: TypeAlias = Callable[[], Keys | None]
ORDERS_PAUSE = 5.0
"""Seconds that changes of orders are gathered before the stops are read again."""
OLDEST_MS = 15_000
"""Age of an event that changes the account, beyond which it is not applied."""
FORCED_BEFORE_NS = 10 * SECOND_NS
"""How long before the last reading forced orders are asked for: its copies may have been behind."""


class AccountFeed:
    """One account, or none when there are no keys. To be made in the running loop.

    ``add_symbol(symbol)`` is called when the account opens a position in a symbol: not again while
    that position stays open, but again when it was closed and another is opened.
    """

    def __init__(
        self,
        config: ExchangeConfig,
        resolve_keys: ResolveKeys,
        session: ExchangeSession,
        pipeline: Pipeline,
        add_symbol: Callable[[str], None],
        *,
        clock: Clock,
        rng: random.Random,
        timing: AccountTiming,
    ) -> None:
        self._config = config
        self._resolve_keys = resolve_keys
        self._session = session
        self._pipeline = pipeline
        self._add_symbol = add_symbol
        self._clock = clock
        self._rng = rng
        self._timing = timing
        self._snapshot = AccountSnapshot()
        self._confirmation = ReadingConfirmation()
        self._status = AccountStatus()
        self._requests = AccountRequests(
            self._status,
            session.server_clock,
            clock=clock,
            rng=rng,
            lasting_pause=timing.lasting_pause,
            on_garbled=lambda reason: pipeline.count_drop(reason, clock.now_ns()),
        )
        self._rest: SignedClient | None = None
        self._reader: AccountReader
        self._details: PositionDetails
        self._stream: UserStream | None = None
        self._attention = asyncio.Event()
        self._brackets_soon = asyncio.Event()
        self._kind_known = asyncio.Event()
        self._orders_changed = asyncio.Event()
        self._reading_details = asyncio.Lock()
        self._events_since_request: list[user_events.UserEvent] = []
        self._reported_at: int | None = None
        """When the account was last queued (ns)."""
        self._recorded: AccountReading | None = None
        """The newest reading that was recorded."""
        self._position_symbols: set[str] = set()
        self._fingerprint = ""
        self._traded: defaultdict[Leg, float] = defaultdict(float)
        """What the stream's orders traded since REST was last read, below 0 what they sold."""
        self._orders: deque[int] = deque(maxlen=1_000)
        """Ids of the stream's newest orders."""

    # Reports

    def report(self, market: ConnectionReport, now: int) -> ConnectionReport:
        """``market`` with how the account fares at ``now`` (ns)."""
        if self._stream is not None:
            self._status.set_error("stream", self._stream.error)
            self._status.stream_lost = self._stream.status == "closed"
        reading = self._status.reading(now)
        if reading is None:
            return market
        if reading != self._recorded:
            self._recorded = reading
            self._pipeline.record_reading(reading, now)
        return market.with_account(reading, self._stream_report(now))

    def _stream_report(self, now: int) -> StreamReport | None:
        """How the user-data stream fares, and how long ago the account was last reported."""
        if self._stream is None:
            return None
        age = None if self._reported_at is None else max(0.0, (now - self._reported_at) / 1e6)
        return StreamReport("account", self._stream.status, age)

    # Called by the source

    async def run(self) -> None:
        """Find the keys, judge them, then follow the account for ever."""
        try:
            # A keyring may wait for a person to unlock it.
            keys = await asyncio.to_thread(self._resolve_keys)
        except KeysError as error:
            self._status.refusal = error.reason
            return
        self._status.has_keys = keys is not None
        if keys is None:
            return
        self._fingerprint = keys.fingerprint
        session = self._session
        rest = self._rest = SignedClient(
            self._config,
            keys,
            session.rate_limiter,
            self._clock,
            lambda: self._pipeline.clock.ms,
        )
        self._reader = AccountReader(rest)
        self._details = PositionDetails(
            self._kind_requests, lambda: self._pipeline.clock.exchange_ms(self._clock.now_ns())
        )
        while not await self._admitted(rest):
            await self._requests.pause("rights")
        self._stream = UserStream(
            self._config,
            rest,
            self,
            clock=self._clock,
            rng=self._rng,
            timing=self._timing,
            wait_to_connect=session.sockets.wait_to_connect,
            layouts=session.sockets.layouts,
        )
        tasks, clock = session.tasks, self._clock
        tasks.restart_on_error(lambda: self._refresh_brackets(rest), clock)
        tasks.restart_on_error(self._follow_stream, clock)
        tasks.restart_on_error(self._refresh_details, clock)
        tasks.restart_on_error(lambda: self._reconcile_forever(rest), clock)

    def reconnect(self) -> None:
        """Try again at once whatever was given up or lost."""
        self._attention.set()
        self._requests.retry_now()
        if self._stream is not None:
            self._stream.reconnect()

    async def close(self) -> None:
        """Hang up; to be called when the tasks have ended."""
        if self._stream is not None:
            await self._stream.close()
        if self._rest is not None:
            await self._rest.close()

    # Called by the user-data stream

    def on_open(self) -> None:
        self.read_soon()

    def on_lost(self) -> None:
        self.read_soon()

    def on_unreadable(self, refused: Sequence[RefusedRow] = ()) -> None:
        for row in refused:
            self._pipeline.dropped.add(row.reason, self._clock.now_ns())
        self.read_soon()

    def on_event(self, event: user_events.UserEvent) -> None:
        if isinstance(event, user_events.OrdersChange):
            self._take_order(event.order)
            return
        if isinstance(event, user_events.OrderUpdate):
            fill = event.fill(self._clock.now_ns())
            if fill is not None:
                self._pipeline.queue_account(fill)
                sign = 1 if fill.side == "BUY" else -1
                self._traded[fill.symbol, event.o.ps] += sign * fill.quantity
                self._orders.append(event.o.i)
            # An order that was placed or cancelled may be a stop; a trade is part of the day's P&L.
            self._orders_changed.set()
            if fill is not None and fill.reason != "user":
                # A forced trade must not wait for an ACCOUNT_UPDATE that was lost.
                self.read_soon()
            return
        if self._is_out_of_time(event):
            reason = Reason("impossible_time")
            self._pipeline.count_drop(Reason("of_account", reason=reason), self._clock.now_ns())
            self.read_soon()
            return
        self._events_since_request.append(event)
        if self._reported_at is not None and self._apply(event):
            self._report_account()
        else:
            self.read_soon()

    def _is_out_of_time(self, event: user_events.UserEvent) -> bool:
        """Whether a change is so old, or of the future, that REST is asked instead: it may be one
        of long ago that is repeated."""
        clock, received = self._pipeline.clock, self._clock.now_ns()
        if not event.E or not clock.measured:
            return False
        oldest = clock.exchange_ms(received) - OLDEST_MS
        return not oldest <= event.E <= clock.latest_ms(received)

    def _take_order(self, order: OpenOrder | None) -> None:
        """Show at once that an order is open or has ended, and have all of them read again."""
        self._orders_changed.set()
        if order is None or not order.id[0]:
            return
        now = self._clock.now_ns()
        known = order if order.is_open else None
        if self._snapshot.exits.change(order.id, known, now) and self._reported_at is not None:
            self._report_account()

    # Tasks

    async def _refresh_details(self) -> None:
        """Read the details again after an order changed or was filled, at most every 5 s."""
        while True:
            await self._orders_changed.wait()
            await self._clock.sleep(ORDERS_PAUSE)
            self._orders_changed.clear()
            await self._read_details()
            if self._reported_at is not None:
                self._report_account()

    async def _follow_stream(self) -> None:
        """Follow the user-data stream of the kind of account that the first reading finds."""
        assert self._stream is not None
        await self._kind_known.wait()
        await self._stream.run()

    async def _admitted(self, rest: SignedClient) -> bool:
        """Whether the key may be used, as its rights tell."""
        if not rest.has_permissions_host:
            return True
        permissions = await self._requests.request("rights", rest.permissions)
        if permissions is None:
            return False
        self._status.refusal = permissions.refusal
        self._status.warnings = permissions.warnings
        return permissions.refusal is None

    async def _refresh_brackets(self, rest: SignedClient) -> None:
        """The brackets, soon again, then every hour; others than those known once they are told
        twice.
        """
        known: Mapping[str, tuple[Bracket, ...]] | None = None
        doubted: Mapping[str, tuple[Bracket, ...]] | None = None
        while True:
            requests = self._kind_requests()
            brackets = await self._requests.request("brackets", requests.brackets)
            if brackets is None:
                await self._requests.pause("brackets")
                continue
            if known is not None and brackets not in (known, doubted):
                doubted = brackets
                await self._clock.sleep(self._timing.least_pause)
                continue
            pause = CONFIRM_AFTER if known is None else self._timing.facts
            known, doubted = brackets, None
            self._pipeline.set_brackets(brackets, self._clock.now_ns())
            self._brackets_soon.clear()
            await first_of(self._clock.sleep(pause), self._brackets_soon.wait())

    async def _reconcile_forever(self, rest: SignedClient) -> None:
        """Read everything twice a budget of age, more often while the stream is closed, and
        whenever something may have been missed.
        """
        failures = 0
        while True:
            self._attention.clear()
            if await self._reconciled(rest):
                failures = 0
                await self._clock.sleep(self._timing.least_pause)
                closed = self._stream is None or not self._stream.connected
                pause = self._timing.reconcile_closed if closed else self._timing.reconcile
                await first_of(self._clock.sleep(pause), self._attention.wait())
            else:
                failures += 1
                await self._requests.pause("positions", failures)

    async def _reconciled(self, rest: SignedClient) -> bool:
        self._events_since_request.clear()
        requested = self._clock.now_ns()

        kind = self._reader.requests
        snapshot = await self._requests.request("positions", self._reader.read)
        if self._reader.requests is not kind:
            self._on_other_kind()
        self._kind_known.set()
        if snapshot is None:
            return False
        self._status.set_error("rates", self._reader.rates_error)
        if self._reader.looks_again:
            self.read_soon()
        if not self._believed(snapshot, requested):
            self.read_soon()
            return True
        before, since = self._snapshot.positions, self._status.read_at
        self._snapshot.replace(snapshot, requested)
        if self._snapshot.contradicted:
            self.read_soon()
        # What came in meanwhile may be newer than the answers; all of it is absolute.
        for event in self._events_since_request:
            if not self._apply(event):
                self.read_soon()
        if since is not None and isinstance(self._reader.requests, SignedClient):
            await self._ask_for_forced_orders(rest, before, since)
        self._traded.clear()
        await self._read_details()
        self._record_left_out(rest)
        self._status.read_at = requested
        self._report_account()
        return True

    def _believed(self, answers: AccountAnswers, requested: int) -> bool:
        """Whether the reading asked for at ``requested`` (ns) may be shown."""
        if self._status.read_at is None:
            return True
        legs, assets = self._snapshot.streamed_since(
            min(self._status.read_at, requested - RECENT_NS)
        )
        known, reading = self._snapshot.facts, AccountSnapshot()
        reading.replace(answers)
        unread = {leg for leg in known.positions if leg[0] in answers.unreadable}
        if "" in answers.unreadable:
            unread = {*known.positions}
        refuted = self._confirmation.refuted
        believed = self._confirmation.believes(reading.facts, known, legs | unread, assets)
        if self._confirmation.refuted > refuted:
            self._pipeline.count_drop(Reason("leaps", thing="account"), self._clock.now_ns())
        return believed

    def _record_left_out(self, rest: SignedClient) -> None:
        """Count and name the rows of the last answers that could not be read."""
        refused = [row for rows in rest.left_out.values() for row in rows]
        rows = [row.reason for row in (*refused, *self._details.left_out)]
        for reason in rows:
            self._pipeline.dropped.add(reason, self._clock.now_ns())
        self._status.left_out = tuple(dict.fromkeys(rows))

    def _kind_requests(self) -> KindRequests:
        return self._reader.requests

    def _on_other_kind(self) -> None:
        """Listen to the stream, and ask for the brackets, of the kind of account that was found."""
        if self._stream is not None:
            self._stream.use(self._reader.requests)
        self._brackets_soon.set()

    async def _read_exits(self) -> None:
        held, details = self._snapshot.positions, self._details
        requested = self._clock.now_ns()
        orders = await self._requests.request("orders", lambda: details.open_orders(held))
        doubtful = details.symbols_in_doubt if orders is not None else ()
        if self._snapshot.exits.set(orders or {}, doubtful, requested):
            # What the stream did not tell is read once more.
            self._orders_changed.set()

    async def _read_details(self) -> None:
        """Read what stands beside the positions; what fails of it is said, and is not known."""
        async with self._reading_details:
            await self._read_details_now()

    async def _read_details_now(self) -> None:
        snapshot, details = self._snapshot, self._details
        held, times = snapshot.positions, snapshot.update_times
        await self._read_exits()
        income = await self._requests.request(
            "income", lambda: details.income(held, times, snapshot.price_of)
        )
        snapshot.income = income or {}
        snapshot.day = (
            None
            if income is None
            else await self._requests.request("income", lambda: details.day(held, times))
        )
        if income is not None and not details.confirmed:
            self._orders_changed.set()

    async def _ask_for_forced_orders(
        self, rest: SignedClient, before: Mapping[Leg, AccountPosition], since: int
    ) -> None:
        """Queue what the exchange closed itself since ``since`` (ns) and the stream did not tell.

        It is asked for once where a position became smaller without an order that explains it.
        """
        legs = unexplained(before, self._snapshot.positions, self._traded)
        if not legs:
            return
        symbols = {symbol for symbol, _ in legs}
        (symbol,) = symbols if len(symbols) == 1 else ("",)
        start = since - FORCED_BEFORE_NS
        orders = await self._requests.request(
            "positions", lambda: rest.forced_orders(start, symbol)
        )
        for order in explaining(orders or (), legs, self._orders):
            fill = order.fill(self._clock.now_ns(), before[order.leg].entry_price)
            self._pipeline.queue_account(fill)
            self._orders.append(order.orderId)

    def read_soon(self) -> None:
        """Ask REST for everything: something may have been missed."""
        self._attention.set()

    def _apply(self, event: user_events.UserEvent) -> bool:
        """Take an event in; False when only REST can tell what it means."""
        if isinstance(event, user_events.AccountUpdate):
            return self._snapshot.update(event, self._clock.now_ns())
        if isinstance(event, user_events.ConfigUpdate):
            return self._snapshot.configure(event)
        if isinstance(event, user_events.RiskLevelChange):
            return False
        if isinstance(event, user_events.MarginCall):
            symbols = ", ".join(sorted({position.s for position in event.p}))
            self._status.record_margin_call(symbols or "?", self._clock.now_ns())
        return True

    def _report_account(self) -> None:
        """Queue the whole account and add the symbols in which a position was opened.

        A symbol is added when its position is opened, not while it stays open: one that the
        user removes stays removed until the position is closed and another is opened.
        """
        self._reported_at = self._clock.now_ns()
        state = self._snapshot.state(
            self._reported_at, self._status.read_at or 0, self._fingerprint
        )
        self._pipeline.queue_account(state)
        held = {position.symbol for position in state.positions}
        reasons = {symbol: self._why_not_trading(symbol) for symbol in sorted(held)}
        not_trading = {symbol: why for symbol, why in reasons.items() if why is not None}
        self._status.not_trading = not_trading
        self._status.take_snapshot(self._snapshot)
        for symbol in sorted(held - self._position_symbols):
            self._add_symbol(symbol)
        self._position_symbols = held

    def _why_not_trading(self, symbol: str) -> Reason | None:
        listing = self._pipeline.listings.get(symbol)
        if listing is None:
            return Reason("not_listed")
        return listing.refusal
