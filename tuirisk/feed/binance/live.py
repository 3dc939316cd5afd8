"""The live source: Binance, or a server that speaks its protocol, as batches of events."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from typing import Literal, TypeAlias

from tuirisk.config.model import ExchangeConfig
from tuirisk.events import Batch, CandleHistory
from tuirisk.feed.binance.account.account import AccountFeed, ResolveKeys
from tuirisk.feed.binance.account.user_stream import AccountTiming
from tuirisk.feed.binance.endpoints import endpoints
from tuirisk.feed.binance.pipeline import Pipeline, Recorder
from tuirisk.feed.binance.rest.confirmation import CONFIRM_AFTER
from tuirisk.feed.binance.session import ExchangeSession
from tuirisk.feed.binance.streams.stream_connection import StreamTiming
from tuirisk.feed.binance.streams.stream_plan import symbol_of
from tuirisk.feed.clock import Clock, StandstillWatch
from tuirisk.feed.free_memory import return_free_memory
from tuirisk.language.reason import Reason

LISTINGS_POLL = 900.0
"""Seconds until exchangeInfo is read again."""
LISTINGS_AGAIN = 10.0
"""Seconds until a first answer that did not list a symbol as trading is asked for again."""
LISTINGS_AWAITED = 60.0
"""… while a symbol of the watchlist does not trade."""
ANNOUNCED_AGAIN = (0.5, 10.0, 60.0)
"""Seconds until exchangeInfo is read after an announcement that it is another; and read again,
while it is not yet."""
FUNDING_INFO_POLL = 3_600.0
SESSIONS_POLL = 3_600.0
"""Seconds between two readings of the hours of underlyings' markets."""
ASSET_PRICES_POLL = 30.0
"""Seconds between two readings of the assets' index prices, while they are needed."""
FIRST_RETURN, LONGEST_RETURN = 5.0, 600.0
"""Seconds from the first history until freed memory is given back; at most between two times."""

SourceName: TypeAlias = Literal["binance", "simulator", "recording"]


def _no_keys() -> None:
    return None


class LiveSource:
    """Receives ``symbols`` and never gives up: the connection report carries what is wrong.

    ``latency_ms`` of the report is the round trip of ``GET /fapi/v1/time``, sent every minute.
    With the keys that ``resolve_keys`` returns the account is followed too. A symbol in which the
    account opens a position is added; one that is removed while its position stays open is not
    added again before the account has closed that position and opened another.
    All methods are to be called in the loop that runs :meth:`batches`.

    Raises:
        ConfigError: an address in ``config`` makes no sense.
    """

    def __init__(
        self,
        config: ExchangeConfig,
        symbols: Sequence[str],
        *,
        clock: Clock,
        rng: random.Random,
        cadence: float = 0.25,
        recorder: Recorder | None = None,
        name: SourceName = "binance",
        timing: StreamTiming | None = None,
        resolve_keys: ResolveKeys = _no_keys,
        account_timing: AccountTiming | None = None,
        held: Collection[str] = (),
    ) -> None:
        """``held``: symbols with a position, whose history comes first."""
        endpoints(config)
        self.name: SourceName = name
        self.clock = clock
        self.rng = rng
        self.pipeline = Pipeline(
            recorder,
            self._request_snapshot,
            self._request_shallow_snapshot,
            self._on_book_still,
            self._on_listings,
            self._on_announcement,
        )
        self._config = config
        self._timing = timing or StreamTiming()
        self._resolve_keys = resolve_keys
        self._account_timing = account_timing or AccountTiming()
        self._cadence = cadence
        self._symbols = dict.fromkeys(symbols)
        self._held = {*held}
        self._session: ExchangeSession | None = None
        self._account: AccountFeed | None = None
        self._nap: asyncio.Task[None] | None = None
        self._rereading: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols of the watchlist, refused ones included."""
        return tuple(self._symbols)

    def add(self, symbol: str) -> None:
        """Add ``symbol``; ``SymbolListed`` or ``SymbolRefused`` follows."""
        if symbol in self._symbols:
            return
        self._symbols[symbol] = None
        session = self._session
        if session is None or not session.listed:
            return
        if symbol in self.pipeline.listings:
            self._begin(symbol)
        else:
            session.tasks.start(session.backfill.exchange_info())

    def remove(self, symbol: str) -> None:
        """Remove ``symbol``; nothing about it comes after its ``SymbolRemoved``."""
        if symbol in self._symbols:
            del self._symbols[symbol]
            self._end(symbol)

    def use_stored(self, bars: CandleHistory) -> None:
        """Do not ask for these bars of an earlier run; see ``Backfill.use_stored``."""
        if self._session is not None:
            self._session.backfill.use_stored(bars)

    def reconnect(self) -> None:
        """Replace every connection now, without waiting for pauses to end."""
        if self._session is not None:
            self._session.reconnect()
        if self._account is not None:
            self._account.reconnect()

    def resync(self, symbol: str, reason: Reason) -> None:
        """Build the book of ``symbol`` anew, for it contradicts itself."""
        self.pipeline.depth_lost(symbol, reason, self.clock.now_ns())

    async def batches(self) -> AsyncIterator[Batch]:
        """A batch every ``cadence`` seconds, until :meth:`close`."""
        session = self._session = ExchangeSession(
            self._config,
            self.pipeline,
            self,
            clock=self.clock,
            rng=self.rng,
            timing=self._timing,
        )
        account = self._account = AccountFeed(
            self._config,
            self._resolve_keys,
            session,
            self.pipeline,
            self.add,
            clock=self.clock,
            rng=self.rng,
            timing=self._account_timing,
        )
        session.tasks.restart_on_error(lambda: self._run(session, account), self.clock)
        session.tasks.restart_on_error(session.sockets.check_forever, self.clock)
        standstill = StandstillWatch()
        times_refused = clock_steps = 0
        try:
            seconds = asyncio.get_running_loop().time
            while not self._closed:
                begun = seconds()
                stood_still = standstill.check()
                if stood_still or self.pipeline.times_refused != times_refused:
                    times_refused = self.pipeline.times_refused
                    session.server_clock.measure_soon()
                if stood_still:
                    account.read_soon()
                if self.pipeline.clock.steps != clock_steps:
                    clock_steps = self.pipeline.clock.steps
                    session.backfill.check_bars()
                now = self.clock.now_ns()
                report = account.report(session.report(now), now)
                events = self.pipeline.queue.drain()
                yield Batch(now, events, report, listed=self.pipeline.traded)
                # What the reader of the batch took is part of the cadence.
                rest = max(self._cadence / 4, self._cadence - (seconds() - begun))
                self._nap = asyncio.ensure_future(self.clock.sleep(rest))
                await asyncio.wait([self._nap])
        finally:
            await self.close()

    async def close(self) -> None:
        """End everything; a second call does nothing."""
        self._closed = True
        if self._nap is not None:
            self._nap.cancel()
        session, self._session = self._session, None
        account, self._account = self._account, None
        if session is not None:
            await session.close()
        if account is not None:
            await account.close()
        self.pipeline.close()

    # Called by the sockets and the pipeline

    def on_live(self, stream: str, last: int, received: int) -> None:
        kind = stream.partition("@")[2]
        if self._session is not None and kind.startswith("kline_"):
            interval = kind.removeprefix("kline_")
            self._session.backfill.stream_back(symbol_of(stream), interval, last, received)

    def on_lost(self, streams: Iterable[str], reason: Reason) -> None:
        if self._session is not None:
            self._session.server_clock.measure_soon()
        for stream in streams:
            if "@depth" in stream:
                self.pipeline.depth_lost(symbol_of(stream), reason, self.clock.now_ns())

    def on_symbol_refused(self, symbol: str) -> None:
        if self.pipeline.trades(symbol):
            self.pipeline.expect_change(symbol, self.clock.now_ns())

    def _request_snapshot(self, symbol: str) -> None:
        if self._session is not None:
            self._session.backfill.request_snapshot(symbol)

    def _request_shallow_snapshot(self, symbol: str) -> None:
        if self._session is not None:
            self._session.backfill.request_shallow_snapshot(symbol)

    def _on_book_still(self, symbol: str, received: int) -> None:
        if self._session is not None:
            self._session.sockets.excuse_depth(symbol, received)

    def _on_listings(self, received: int) -> None:
        """Begin with what trades now, end with what no longer does."""
        session = self._session
        if session is None:
            return
        if self.pipeline.request_weight_limit:
            session.rate_limiter.limit_weight(self.pipeline.request_weight_limit)
        session.listed = True
        for symbol in self._symbols:
            if symbol in self.pipeline.watched:
                if self.pipeline.trades(symbol):
                    continue
                self._end(symbol)
            self._begin(symbol)

    def _on_announcement(self, received: int) -> None:
        session = self._session
        if session is not None and (self._rereading is None or self._rereading.done()):
            self._rereading = session.tasks.start(self._read_announced(session))

    # Tasks

    async def _run(self, session: ExchangeSession, account: AccountFeed) -> None:
        await session.server_clock.measure_once()
        await session.backfill.exchange_info()
        session.tasks.start(account.run())
        session.tasks.restart_on_error(lambda: self._refresh_listings(session), self.clock)
        session.tasks.restart_on_error(session.server_clock.measure_forever, self.clock)
        session.tasks.restart_on_error(lambda: self._poll_asset_prices(session), self.clock)
        session.tasks.restart_on_error(lambda: self._poll_sessions(session), self.clock)
        session.tasks.restart_on_error(lambda: self._return_memory(session), self.clock)

    async def _refresh_listings(self, session: ExchangeSession) -> None:
        await session.backfill.funding_info()
        # Much rests on the first answers, and for long: one that is false differs from the next.
        await self.clock.sleep(CONFIRM_AFTER)
        await session.backfill.exchange_info()
        await session.backfill.funding_info()
        since_funding, awaited = 0.0, LISTINGS_AGAIN
        while True:
            all_trade = set(self._symbols) <= set(self.pipeline.watched)
            pause = LISTINGS_POLL if all_trade else awaited
            await self.clock.sleep(pause)
            awaited = LISTINGS_AWAITED
            await session.backfill.exchange_info()
            since_funding += pause
            if since_funding >= FUNDING_INFO_POLL:
                since_funding = 0.0
                await session.backfill.funding_info()

    async def _read_announced(self, session: ExchangeSession) -> None:
        for pause in ANNOUNCED_AGAIN:
            await self.clock.sleep(pause)
            await session.backfill.exchange_info()
            if not self.pipeline.announced:
                return

    async def _poll_asset_prices(self, session: ExchangeSession) -> None:
        """Read what other assets than USDT are worth, while a watched symbol is in one."""
        pause = CONFIRM_AFTER
        while True:
            if self.pipeline.settled_elsewhere:
                await session.backfill.asset_prices()
                await self.clock.sleep(pause - 1.0)
                pause = ASSET_PRICES_POLL
            await self.clock.sleep(1.0)

    async def _poll_sessions(self, session: ExchangeSession) -> None:
        """Read the hours of underlyings' markets, while a watched symbol has such an underlying."""
        while True:
            if self.pipeline.follows_hours:
                await session.backfill.trading_schedule()
                await self.clock.sleep(SESSIONS_POLL)
            await self.clock.sleep(1.0)

    async def _return_memory(self, session: ExchangeSession) -> None:
        """Give back what the first history took to decode, and from time to time what more did."""
        while not session.backfill.settled:
            await self.clock.sleep(1.0)
        pause = FIRST_RETURN
        while True:
            await self.clock.sleep(pause)
            return_free_memory()
            pause = min(2 * pause, LONGEST_RETURN)

    def _begin(self, symbol: str) -> None:
        session = self._session
        if session is not None and self.pipeline.add_symbol(symbol, self.clock.now_ns()):
            session.sockets.add(symbol)
            listing = self.pipeline.listings[symbol]
            held = symbol in self._held
            session.backfill.begin(symbol, funding=listing.is_perpetual, held=held)

    def _end(self, symbol: str) -> None:
        if self._session is not None:
            self._session.sockets.remove(symbol)
            self._session.backfill.end(symbol)
        self.pipeline.remove_symbol(symbol, self.clock.now_ns())
