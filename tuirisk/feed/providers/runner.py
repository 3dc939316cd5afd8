"""One provider at work: its requests within its budget, its WebSocket, and how it fares.

Nothing that a provider does ends the run, delays another one or reaches the monitor but as events.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import aiohttp

from tuirisk.events.external import ProviderEvent, ProviderPhase, ProviderStatus
from tuirisk.feed.binance.account.credentials import Secret
from tuirisk.feed.clock import Clock
from tuirisk.feed.frames import ProviderFrame
from tuirisk.feed.providers.adapter import Adapter, Poll, ProviderRequest, ProviderStream
from tuirisk.feed.providers.errors import KEY_TROUBLES, ProviderError, Trouble
from tuirisk.feed.providers.http import PATIENCE, Route, get

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
"""Seconds after a failure, doubled with each further one."""
KEY_PAUSE = 900.0
"""Seconds after a refused key or plan."""
BROKEN_AFTER = 5
"""Failures in a row after which a provider is asked by one request alone until it answers."""
MOST_PAGES = 20
"""Pages of one answer that are read."""
MOST_MESSAGE = 4 * 1024 * 1024
_STREAM = "stream"
_log = logging.getLogger(__name__)


class Put(Protocol):
    """Takes the events of a provider."""

    def __call__(self, event: ProviderEvent, /) -> None: ...


@dataclass(slots=True)
class _Due:
    poll: Poll
    at: float
    """Time of the loop, seconds."""
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Access:
    """Where a provider is reached, and with which key."""

    rest: str
    ws: str
    query: str = ""
    key: Secret = Secret("")
    every: float = 0.0
    """Seconds between two requests in place of the provider's own; 0 keeps those."""
    proxy: str | None = None


class ProviderRunner:
    """Runs ``adapter`` until it is cancelled; ``record`` gets every frame, ``put`` every event."""

    def __init__(
        self,
        adapter: Adapter,
        access: Access,
        session: aiohttp.ClientSession,
        put: Put,
        record: Callable[[ProviderFrame], None],
        *,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self.adapter = adapter
        self._access = access
        self._session = session
        self._put = put
        self._record = record
        self._clock = clock
        self._rng = rng
        self._problems: dict[str, ProviderError] = {}
        self._answered: int | None = None
        self._refused = 0
        self._tried: set[str] = set()
        """Polls that have been answered or refused once."""
        self._status: ProviderStatus | None = None
        self._gap = adapter.gap
        self._wake = asyncio.Event()
        self._streaming = False
        self._restream = asyncio.Event()

    def retry_now(self) -> None:
        """Ask again at once for what had failed."""
        self._wake.set()
        self._restream.set()

    def watch(self, symbols: tuple[str, ...]) -> None:
        """Follow other symbols from now on."""
        if symbols != self.adapter.symbols:
            self.adapter.symbols = symbols
            self._wake.set()
            self._restream.set()

    async def run(self) -> None:
        """Poll and listen for ever."""
        self._report()
        if self.adapter.key == "needed" and not self._access.key:
            self._fail("key", ProviderError(Trouble.NO_KEY))
            return
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._forever(self._poll))
            if self._access.ws:
                tasks.create_task(self._forever(self._listen))

    async def _forever(self, work: Callable[[], object]) -> None:
        """Run ``work`` again after whatever bug ends it."""
        while True:
            try:
                await work()  # type: ignore[misc]
            except Exception as error:  # noqa: BLE001 - a bug in one provider is its own failure
                _log.error("%s failed", self.adapter.name, exc_info=error)
                self._fail("bug", ProviderError(Trouble.BAD_ANSWER, type(error).__name__))
            await asyncio.sleep(LONGEST_PAUSE)

    # Requests

    async def _poll(self) -> None:
        now = asyncio.get_running_loop().time
        dues: dict[str, _Due] = {}
        while True:
            polls = self.adapter.polls()
            dues = {p.name: dues.get(p.name) or _Due(p, 0.0) for p in polls}
            for poll in polls:
                dues[poll.name].poll = poll
            if not dues:
                await self._wait(LONGEST_PAUSE)
                continue
            due = min(dues.values(), key=lambda due: due.at)
            if due.at > now():
                if await self._wait(due.at - now()):
                    for failed in filter(lambda due: due.failures, dues.values()):
                        failed.at = 0.0
                continue
            if due.poll.fallback and self._streaming:
                self._problems.pop(due.poll.name, None)
                self._tried.add(due.poll.name)
                self._report()
                due.at = now() + due.poll.every
                continue
            pause = await self._ask(due)
            due.at = now() + pause
            if self._broken(dues):
                for other in dues.values():
                    other.at = max(other.at, due.at)
            await asyncio.sleep(self._gap)

    async def _wait(self, seconds: float) -> bool:
        """Wait; whether someone asked for everything at once meanwhile."""
        self._wake.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return False
        return True

    def _broken(self, dues: dict[str, _Due]) -> bool:
        failures = [due.failures for due in dues.values() if not due.poll.fallback]
        return bool(failures) and min(failures) >= 1 and max(failures) >= BROKEN_AFTER

    async def _ask(self, due: _Due) -> float:
        """Ask once; the seconds until it is due again."""
        poll = due.poll
        try:
            request: ProviderRequest | None = poll.request(self._clock.now_ns() // 1_000_000)
            for _ in range(MOST_PAGES):
                if request is None:
                    break
                await self._answer(request)
                request = self.adapter.next_page()
        except ProviderError as error:
            due.failures += 1
            self._fail(poll.name, error)
            return self._pause(error, due.failures, poll)
        due.failures = 0
        self._succeed(poll.name)
        return self._access.every or poll.every

    async def _answer(self, request: ProviderRequest) -> None:
        adapter, key = self.adapter, self._access.key.reveal()
        route = Route(
            self._access.rest,
            self._access.query,
            adapter.headers(key) if key else None,
            adapter.secret_params(key) if key else None,
        )
        answer = await get(self._session, route, request, self._access.proxy)
        self._gap = adapter.gap_now(answer.headers)
        frame = self._frame(request.line, answer.status, answer.body)
        self._record(frame)
        try:
            events = adapter.decode(frame)
        except ProviderError as error:
            error.retry_after = error.retry_after or answer.retry_after
            raise
        for event in events:
            self._put(event)

    def _frame(self, request: str, status: int, body: bytes) -> ProviderFrame:
        adapter = self.adapter
        key = self._access.key.reveal().encode()
        if key and key in body:
            # Some repeat the key in their refusal.
            body = body.replace(key, b"...")
        return ProviderFrame(
            self._clock.now_ns(),
            adapter.name,
            request,
            status,
            body,
            getattr(adapter, "path", ""),
            getattr(adapter, "unit", ""),
            getattr(adapter, "stale_after", 0.0),
        )

    def _pause(self, error: ProviderError, failures: int, poll: Poll) -> float:
        if error.retry_after is not None:
            return max(error.retry_after, self._gap)
        if error.trouble in KEY_TROUBLES or error.trouble is Trouble.PLAN_TOO_LOW:
            return KEY_PAUSE
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures - 1, 10))
        return pause * self._rng.uniform(0.8, 1.2)

    # WebSocket

    async def _listen(self) -> None:
        failures = 0
        while True:
            stream = self.adapter.stream()
            self._restream.clear()
            if stream is None:
                await self._restream.wait()
                continue
            try:
                if await self._receive(stream):
                    failures = 0
            except TimeoutError:
                self._fail(_STREAM, ProviderError(Trouble.SILENT))
            except (aiohttp.ClientError, OSError, ValueError) as error:
                self._fail(_STREAM, ProviderError(Trouble.UNAVAILABLE, type(error).__name__))
            finally:
                self._streaming = False
                for event in self._not_listening():
                    self._put(event)
            if self._restream.is_set():
                continue
            failures += 1
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures - 1, 10))
            try:
                async with asyncio.timeout(pause * self._rng.uniform(0.8, 1.2)):
                    await self._restream.wait()
            except TimeoutError:
                pass

    def _not_listening(self) -> list[ProviderEvent]:
        lost = getattr(self.adapter, "lost", None)
        return [] if lost is None else [lost(self._clock.now_ns())]

    async def _receive(self, stream: ProviderStream) -> bool:
        """Receive until the connection ends; whether anything was understood."""
        async with asyncio.timeout(PATIENCE):
            socket = await self._session.ws_connect(
                self._access.ws + stream.path,
                proxy=self._access.proxy,
                heartbeat=20.0,
                timeout=aiohttp.ClientWSTimeout(ws_close=0.1),
                max_msg_size=MOST_MESSAGE,
            )
        spoken = False
        pinging = asyncio.create_task(self._ping(socket, stream)) if stream.ping else None
        leaving = asyncio.create_task(self._leave(socket))
        try:
            for text in stream.hello:
                await socket.send_str(text)
            while True:
                message = await socket.receive(stream.silence)
                if message.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                    if not self._restream.is_set():
                        self._fail(_STREAM, ProviderError(Trouble.UNAVAILABLE, "closed"))
                    return spoken
                data = message.data
                spoken |= await self._message(
                    socket, data.encode() if isinstance(data, str) else data
                )
        finally:
            for task in filter(None, (pinging, leaving)):
                task.cancel()
            await socket.close()

    async def _message(self, socket: aiohttp.ClientWebSocketResponse[bool], data: bytes) -> bool:
        if data == b"pong":
            return False
        frame = self._frame("", 0, data)
        if reply := self.adapter.reply(frame):
            await socket.send_str(reply)
            return False
        try:
            events = self.adapter.decode(frame)
        except ProviderError as error:
            self._record(frame)
            self._fail(_STREAM, error)
            return False
        if not events:
            return False
        self._record(frame)
        self._streaming = True
        for event in events:
            self._put(event)
        self._succeed(_STREAM)
        return True

    async def _ping(
        self, socket: aiohttp.ClientWebSocketResponse[bool], stream: ProviderStream
    ) -> None:
        while True:
            await asyncio.sleep(stream.ping_every)
            await socket.send_str(stream.ping)

    async def _leave(self, socket: aiohttp.ClientWebSocketResponse[bool]) -> None:
        await self._restream.wait()
        await socket.close()

    # How it fares

    def _succeed(self, name: str) -> None:
        self._tried.add(name)
        self._problems.pop(name, None)
        self._problems.pop("bug", None)
        self._answered = self._clock.now_ns()
        self._report()

    def _fail(self, name: str, error: ProviderError) -> None:
        if error.trouble is Trouble.IMPLAUSIBLE:
            self._refused += 1
        self._problems[name] = error
        self._tried.add(name)
        _log.info("%s, %s: %s", self.adapter.name, name, error)
        self._report()

    def _problem(self) -> ProviderError | None:
        """What to tell: a WebSocket that fails while REST stands in for it is no problem."""
        problems = {
            name: error
            for name, error in self._problems.items()
            if name != _STREAM
            or error.trouble not in (Trouble.UNAVAILABLE, Trouble.SILENT)
            or not any(poll.fallback for poll in self.adapter.polls())
        }
        order = list(Trouble)
        return min(problems.values(), key=lambda e: order.index(e.trouble), default=None)

    def _report(self) -> None:
        """Put a status where it changed; the time of the last answer alone each minute."""
        problem = self._problem()
        phase: ProviderPhase = "live"
        if problem is not None:
            phase = "failing"
        elif self._answered is None or any(
            poll.awaited and poll.name not in self._tried for poll in self.adapter.polls()
        ):
            phase = "waiting"
        plan, before = self.adapter.plan, self._status
        status = ProviderStatus(
            "",
            self._clock.now_ns(),
            self.adapter.name,
            phase,
            self.adapter.gives,
            None if problem is None else problem.reason(self.adapter.name),
            plan.name,
            plan.resolution_s,
            plan.lag_s,
            self._answered,
            self._refused,
        )
        if before is not None and _same(before, status):
            return
        self._status = status
        self._put(status)


def _same(one: ProviderStatus, other: ProviderStatus) -> bool:
    recent = one.answered is not None and other.received - one.received < 60_000_000_000
    both_none = one.answered is None and other.answered is None
    return (recent or both_none) and (
        (one.phase, one.gives, one.problem, one.plan, one.resolution_s, one.lag_s, one.refused)
        == (
            other.phase,
            other.gives,
            other.problem,
            other.plan,
            other.resolution_s,
            other.lag_s,
            other.refused,
        )
    )
