"""The account: its key judged, its positions read, followed and put right every minute.

Whatever is wrong with it is said in :meth:`AccountFeed.report`; the market goes on all the same.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeAlias, TypeVar

from msgspec.structs import replace

from tuirisk.config.model import ExchangeConfig
from tuirisk.events.events import ConnectionReport, StreamReport
from tuirisk.events.intervals import SECOND_NS
from tuirisk.feed.binance.account import schema
from tuirisk.feed.binance.account.credentials import Keys, KeysError
from tuirisk.feed.binance.account.signed import CLOCK_OFF, SignedClient
from tuirisk.feed.binance.account.snapshot import AccountAnswers, AccountSnapshot
from tuirisk.feed.binance.account.status import AccountStatus, Subject
from tuirisk.feed.binance.account.user_stream import AccountTiming, UserStream
from tuirisk.feed.binance.pipeline import Pipeline
from tuirisk.feed.binance.rest.errors import ExchangeError
from tuirisk.feed.binance.rest.retry import full_jitter
from tuirisk.feed.binance.session import ExchangeSession
from tuirisk.feed.binance.task_group import first_of
from tuirisk.feed.clock import Clock
from tuirisk.language.reason import Reason, joined

LEAST_PAUSE = 1.0
"""Seconds between two reconciliations, however often one is asked for."""
STALE_AFTER = 2.5
"""Missed reconciliations after which positions that nothing else follows are out of date."""

ResolveKeys: TypeAlias = Callable[[], Keys | None]
_T = TypeVar("_T")


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
        self._status_line = AccountStatus()
        self._rest: SignedClient | None = None
        self._stream: UserStream | None = None
        self._attention = asyncio.Event()
        self._retry = asyncio.Event()
        self._events_since_request: list[schema.UserEvent] = []
        self._reported_at: int | None = None
        """When the positions were last told (ns)."""
        self._read_at: int | None = None
        """When everything was last read (ns)."""
        self._maybe_missed = False
        """Whether something may have been missed since."""
        self._position_symbols: set[str] = set()
        self._no_keys = False
        """Whether there is no account to be read."""

    # Reports

    def report(self, market: ConnectionReport, now: int) -> ConnectionReport:
        """``market`` with what there is to say of the account at ``now`` (ns)."""
        stale = self._stale(now)
        if self._stream is not None:
            self._status_line.set_error("stream", self._stream.error)
        stream = self._stream_report(now)
        lost = stale or (stream is not None and stream.status == "closed")
        message = self._status_line.message(now, stale, market.message)
        return replace(
            market,
            status="degraded" if lost and market.status == "live" else market.status,
            streams=market.streams if stream is None else (*market.streams, stream),
            message=joined(market.message, message, by="lines"),
            account_awaited=not self._no_keys and self._reported_at is None,
        )

    def _stale(self, now: int) -> bool:
        """Whether the positions told may be out of date."""
        followed = self._stream is not None and self._stream.connected and not self._maybe_missed
        if self._read_at is None or followed:
            return False
        return now - self._read_at > STALE_AFTER * self._timing.reconcile * SECOND_NS

    def _stream_report(self, now: int) -> StreamReport | None:
        """How the user-data stream fares, and how long ago the account was last told."""
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
            self._status_line.refusal = Reason.from_text(str(error))
            return
        if keys is None:
            self._no_keys = True
            return
        session = self._session
        rest = self._rest = SignedClient(
            self._config,
            keys,
            session.rate_limiter,
            self._clock,
            lambda: self._pipeline.clock.ms,
        )
        while not await self._admitted(rest):
            await self._stand_back("rights")
        self._stream = UserStream(
            self._config,
            rest,
            self,
            clock=self._clock,
            rng=self._rng,
            timing=self._timing,
            wait_to_connect=session.sockets.wait_to_connect,
        )
        tasks, clock = session.tasks, self._clock
        tasks.keep(lambda: self._refresh_brackets(rest), clock)
        tasks.keep(self._stream.run, clock)
        tasks.keep(lambda: self._reconcile_forever(rest), clock)

    def reconnect(self) -> None:
        """Try again at once whatever was given up or lost."""
        self._attention.set()
        self._retry.set()
        self._retry = asyncio.Event()
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

    def on_unreadable(self) -> None:
        self.read_soon()

    def on_event(self, event: schema.UserEvent) -> None:
        if isinstance(event, schema.OrderUpdate):
            fill = event.fill(self._clock.now_ns())
            if fill is not None:
                self._pipeline.queue_account(fill)
            if fill is not None and fill.reason != "user":
                # A forced trade must not wait for an ACCOUNT_UPDATE that was lost.
                self.read_soon()
            return
        self._events_since_request.append(event)
        if self._reported_at is not None and self._apply(event):
            self._report_account()
        else:
            self.read_soon()

    # Tasks

    async def _admitted(self, rest: SignedClient) -> bool:
        """Whether the key may be used, as its rights tell."""
        if not rest.has_permissions_host:
            return True
        permissions = await self._request("rights", rest.permissions)
        if permissions is None:
            return False
        refusal = permissions.refusal
        self._status_line.refusal = Reason.from_text(refusal) if refusal else None
        self._status_line.warnings = permissions.warnings
        return not permissions.refusal

    async def _refresh_brackets(self, rest: SignedClient) -> None:
        """The brackets and the position mode, again every hour."""
        while True:
            hedge_mode = await self._request("brackets", rest.hedge_mode)
            if hedge_mode is not None:
                self._snapshot.hedge_mode = hedge_mode
                self._attention.set()
            brackets = await self._request("brackets", rest.brackets)
            if brackets is None:
                await self._stand_back("brackets")
                continue
            self._pipeline.set_brackets(brackets, self._clock.now_ns())
            await self._clock.sleep(self._timing.facts)

    async def _reconcile_forever(self, rest: SignedClient) -> None:
        """Read everything every minute, and whenever something may have been missed."""
        failures = 0
        while True:
            self._attention.clear()
            if await self._reconciled(rest):
                failures = 0
                await self._clock.sleep(LEAST_PAUSE)
                await first_of(self._clock.sleep(self._timing.reconcile), self._attention.wait())
            else:
                failures += 1
                await self._stand_back("positions", failures)

    async def _reconciled(self, rest: SignedClient) -> bool:
        self._events_since_request.clear()
        requested = self._clock.now_ns()

        async def whole() -> AccountAnswers:
            answers = asyncio.gather(rest.account(), rest.position_risk(), rest.symbol_config())
            return AccountAnswers(*await answers)

        snapshot = await self._request("positions", whole)
        if snapshot is None:
            return False
        self._snapshot.replace(snapshot, requested)
        self._read_at, self._maybe_missed = self._clock.now_ns(), False
        if self._snapshot.contradicted:
            self.read_soon()
        # What came in meanwhile may be newer than the answers; all of it is absolute.
        for event in self._events_since_request:
            if not self._apply(event):
                self.read_soon()
        self._report_account()
        return True

    def read_soon(self) -> None:
        """Ask REST for everything: something may have been missed."""
        self._maybe_missed = True
        self._attention.set()

    def _apply(self, event: schema.UserEvent) -> bool:
        """Take an event in; False when only REST can tell what it means."""
        if isinstance(event, schema.AccountUpdate):
            return self._snapshot.update(event, self._clock.now_ns())
        if isinstance(event, schema.ConfigUpdate):
            return self._snapshot.configure(event)
        if isinstance(event, schema.MarginCall):
            symbols = ", ".join(sorted({position.s for position in event.p}))
            self._status_line.record_margin_call(symbols or "the account", self._clock.now_ns())
        return True

    def _report_account(self) -> None:
        """Queue the whole account and add the symbols in which a position was opened.

        A symbol is added when its position is opened, not while it stays open: one that the
        user removes stays removed until the position is closed and another is opened.
        """
        self._reported_at = self._clock.now_ns()
        state = self._snapshot.state(self._reported_at)
        self._pipeline.queue_account(state)
        held = {position.symbol for position in state.positions} | set(self._snapshot.left_out)
        statuses = {symbol: self._listing_status(symbol) for symbol in sorted(held)}
        not_trading = {s: status for s, status in statuses.items() if status != "TRADING"}
        self._status_line.not_trading = not_trading
        self._status_line.left_out = self._snapshot.left_out
        held -= not_trading.keys()
        for symbol in sorted(held - self._position_symbols):
            self._add_symbol(symbol)
        self._position_symbols = held

    def _listing_status(self, symbol: str) -> str:
        listing = self._pipeline.listings.get(symbol)
        return "not listed" if listing is None else listing.status

    async def _request(self, subject: Subject, ask: Callable[[], Awaitable[_T]]) -> _T | None:
        """The answer, None when there is none; a clock that is off is measured anew first."""
        for again in (True, False):
            try:
                answer = await ask()
            except ExchangeError as error:
                if again and error.code == CLOCK_OFF:
                    await self._session.server_clock.measure()
                    continue
                self._status_line.set_error(subject, error)
                return None
            self._status_line.set_error(subject, None)
            return answer
        return None

    async def _stand_back(self, subject: Subject, failures: int = 1) -> None:
        error = self._status_line.errors.get(subject)
        lasting = error is None or error.lasting
        seconds = self._timing.stand_back if lasting else 1.0 + full_jitter(self._rng, failures)
        await first_of(self._clock.sleep(seconds), self._retry.wait())
