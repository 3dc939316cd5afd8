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
from tuirisk.events.events import ConnectionReport, StreamReport, StreamStatus
from tuirisk.events.intervals import SECOND_NS
from tuirisk.feed.binance.account import schema
from tuirisk.feed.binance.account.credentials import Keys, KeysError
from tuirisk.feed.binance.account.signed import CLOCK_OFF, SignedClient
from tuirisk.feed.binance.account.snapshot import AccountAnswers, AccountSnapshot
from tuirisk.feed.binance.account.status import AccountStatus, Subject
from tuirisk.feed.binance.account.user_stream import AccountTiming, UserStream
from tuirisk.feed.binance.pipeline import Pipeline
from tuirisk.feed.binance.rest.errors import Fault
from tuirisk.feed.binance.rest.retry import full_jitter
from tuirisk.feed.binance.session import ExchangeSession
from tuirisk.feed.binance.task_group import first_of
from tuirisk.feed.clock import Clock

LEAST_PAUSE = 1.0
"""Seconds between two reconciliations, however often one is asked for."""
STALE_AFTER = 2.5
"""Missed reconciliations after which positions that nothing else follows are out of date."""

FindKeys: TypeAlias = Callable[[], Keys | None]
_T = TypeVar("_T")


class AccountFeed:
    """One account, or none when there are no keys. To be made in the running loop.

    ``want(symbol)`` is called when the account begins to hold a position in a symbol.
    """

    def __init__(
        self,
        config: ExchangeConfig,
        find_keys: FindKeys,
        link: ExchangeSession,
        pipeline: Pipeline,
        want: Callable[[str], None],
        *,
        clock: Clock,
        rng: random.Random,
        timing: AccountTiming,
    ) -> None:
        self._config = config
        self._find_keys = find_keys
        self._link = link
        self._pipeline = pipeline
        self._want = want
        self._clock = clock
        self._rng = rng
        self._timing = timing
        self._book = AccountSnapshot()
        self._notes = AccountStatus()
        self._rest: SignedClient | None = None
        self._stream: UserStream | None = None
        self._attention = asyncio.Event()
        self._hurry = asyncio.Event()
        self._since_asked: list[schema.UserEvent] = []
        self._told: int | None = None
        """When the positions were last told (ns)."""
        self._read: int | None = None
        """When everything was last read (ns)."""
        self._doubt = False
        """Whether something may have been missed since."""
        self._wanted: set[str] = set()

    # What is told

    def report(self, market: ConnectionReport, now: int) -> ConnectionReport:
        """``market`` with what there is to say of the account at ``now`` (ns)."""
        stale = self._stale(now)
        if self._stream is not None:
            self._notes.failed("stream", self._stream.trouble)
        stream = self._stream_report(now)
        lost = stale or (stream is not None and stream.status == "closed")
        message = self._notes.line(now, stale, market.message)
        return replace(
            market,
            status="degraded" if lost and market.status == "live" else market.status,
            streams=market.streams if stream is None else (*market.streams, stream),
            message=" · ".join(line for line in (market.message, message) if line),
        )

    def _stale(self, now: int) -> bool:
        """Whether the positions told may be out of date."""
        followed = self._stream is not None and self._stream.connected and not self._doubt
        if self._read is None or followed:
            return False
        return now - self._read > STALE_AFTER * self._timing.reconcile * SECOND_NS

    def _stream_report(self, now: int) -> StreamReport | None:
        """How the user-data stream fares, and how long ago the account was last told."""
        stream = self._stream
        if stream is None:
            return None
        lost = stream.trouble is not None or stream.was_connected
        status: StreamStatus = "live" if stream.connected else "closed" if lost else "awaiting"
        age = None if self._told is None else max(0.0, (now - self._told) / 1e6)
        return StreamReport("account", status, age)

    # What the source asks

    async def run(self) -> None:
        """Find the keys, judge them, then follow the account for ever."""
        try:
            # A keyring may wait for a person to unlock it.
            keys = await asyncio.to_thread(self._find_keys)
        except KeysError as error:
            self._notes.refusal = str(error)
            return
        if keys is None:
            return
        link = self._link
        rest = self._rest = SignedClient(
            self._config, keys, link.gate, self._clock, lambda: link.backfill.offset_ms
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
            connect_turn=link.sockets.connect_turn,
        )
        link.tasks.start(self._keep_facts(rest))
        link.tasks.start(self._stream.run())
        await self._keep_right(rest)

    def reconnect(self) -> None:
        """Try again at once whatever was given up or lost."""
        self._attention.set()
        self._hurry.set()
        self._hurry = asyncio.Event()
        if self._stream is not None:
            self._stream.hurry()

    async def close(self) -> None:
        """Hang up; to be called when the tasks have ended."""
        if self._stream is not None:
            await self._stream.close()
        if self._rest is not None:
            await self._rest.close()

    # What the user-data stream tells

    def on_open(self) -> None:
        self._read_soon()

    def on_unreadable(self) -> None:
        self._read_soon()

    def on_event(self, event: schema.UserEvent) -> None:
        self._since_asked.append(event)
        if self._told is not None and self._apply(event):
            self._tell()
        else:
            self._read_soon()

    # The course of things

    async def _admitted(self, rest: SignedClient) -> bool:
        """Whether the key may be used, as its rights tell."""
        if not rest.tells_rights:
            return True
        rights = await self._asked("rights", rest.rights)
        if rights is None:
            return False
        self._notes.refusal = rights.refusal
        self._notes.warnings = rights.warnings
        return not rights.refusal

    async def _keep_facts(self, rest: SignedClient) -> None:
        """The brackets and the position mode, again every hour."""
        while True:
            hedge_mode = await self._asked("brackets", rest.hedge_mode)
            if hedge_mode is not None:
                self._book.hedge_mode = hedge_mode
                self._attention.set()
            brackets = await self._asked("brackets", rest.brackets)
            if brackets is None:
                await self._stand_back("brackets")
                continue
            self._pipeline.set_brackets(brackets, self._clock.now_ns())
            await self._clock.sleep(self._timing.facts)

    async def _keep_right(self, rest: SignedClient) -> None:
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
        self._since_asked.clear()

        async def whole() -> AccountAnswers:
            answers = asyncio.gather(rest.account(), rest.position_risk(), rest.symbol_config())
            return AccountAnswers(*await answers)

        snapshot = await self._asked("positions", whole)
        if snapshot is None:
            return False
        self._book.replace(snapshot)
        self._read, self._doubt = self._clock.now_ns(), False
        # What came in meanwhile may be newer than the answers; all of it is absolute.
        for event in self._since_asked:
            if not self._apply(event):
                self._read_soon()
        self._tell()
        return True

    def _read_soon(self) -> None:
        self._doubt = True
        self._attention.set()

    def _apply(self, event: schema.UserEvent) -> bool:
        """Take an event in; False when only REST can tell what it means."""
        if isinstance(event, schema.AccountUpdate):
            return self._book.update(event)
        if isinstance(event, schema.ConfigUpdate):
            return self._book.configure(event)
        if isinstance(event, schema.MarginCall):
            symbols = ", ".join(sorted({position.s for position in event.p}))
            self._notes.called(symbols or "the account", self._clock.now_ns())
        return True

    def _tell(self) -> None:
        """Hand on the whole account, and have its symbols watched."""
        self._told = self._clock.now_ns()
        state = self._book.state(self._told)
        self._pipeline.queue_account(state)
        held = {position.symbol for position in state.positions} | set(self._book.left_out)
        dead = {symbol: self._status(symbol) for symbol in sorted(held)}
        self._notes.dead = {s: status for s, status in dead.items() if status != "TRADING"}
        self._notes.left_out = self._book.left_out
        held -= self._notes.dead.keys()
        for symbol in sorted(held - self._wanted):
            self._want(symbol)
        # One that is taken off the watchlist stays off while its position stands.
        self._wanted = held

    def _status(self, symbol: str) -> str:
        listing = self._pipeline.listings.get(symbol)
        return "not listed" if listing is None else listing.status

    async def _asked(self, subject: Subject, ask: Callable[[], Awaitable[_T]]) -> _T | None:
        """The answer, None when there is none; a clock that is off is measured anew first."""
        for again in (True, False):
            try:
                answer = await ask()
            except Fault as fault:
                if again and fault.code == CLOCK_OFF:
                    await self._link.backfill.server_time()
                    continue
                self._notes.failed(subject, fault)
                return None
            self._notes.failed(subject, None)
            return answer
        return None

    async def _stand_back(self, subject: Subject, failures: int = 1) -> None:
        fault = self._notes.faults.get(subject)
        lasting = fault is None or fault.lasting
        seconds = self._timing.stand_back if lasting else 1.0 + full_jitter(self._rng, failures)
        await first_of(self._clock.sleep(seconds), self._hurry.wait())
