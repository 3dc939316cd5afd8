"""One provider at work: its requests within its budget, and its WebSocket.

Nothing that a provider does ends the run, delays another one or reaches the monitor but as events.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aiohttp

from tuirisk.feed.clock import Clock
from tuirisk.feed.frames import ProviderFrame
from tuirisk.feed.providers.adapter import Adapter, Poll, ProviderRequest
from tuirisk.feed.providers.backoff import LONGEST_PAUSE, backoff
from tuirisk.feed.providers.errors import KEY_TROUBLES, ProviderError, Trouble
from tuirisk.feed.providers.http import Route, get
from tuirisk.feed.providers.intake import Access, ProviderIntake, Put
from tuirisk.feed.providers.listener import ProviderListener

KEY_PAUSE = 900.0
"""Seconds after a refused key or plan."""
BROKEN_AFTER = 5
"""Failures in a row after which a provider is asked by one request alone until it answers."""
MOST_PAGES = 20
"""Pages of one answer that are read."""
_CONCERN_ALL = (*KEY_TROUBLES, Trouble.RATE_LIMITED)
"""Refusals of one request after which no other of the provider is sent either."""
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Due:
    poll: Poll
    at: float
    """Time of the loop, seconds."""
    failures: int = 0


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
        adapter.keyed = bool(access.key)
        self._access = access
        self._session = session
        self._intake = ProviderIntake(adapter, access, put, record, clock)
        self._listener = ProviderListener(self._intake, session, rng)
        self._clock = clock
        self._rng = rng
        self._gap = adapter.gap
        self._wake = asyncio.Event()

    def retry_now(self) -> None:
        """Ask again at once for what had failed."""
        self._wake.set()
        self._listener.renew()

    def watch(self, symbols: tuple[str, ...]) -> None:
        """Follow other symbols from now on."""
        if symbols != self.adapter.symbols:
            self.adapter.symbols = symbols
            self._wake.set()
            self._listener.renew()

    async def run(self) -> None:
        """Poll and listen for ever."""
        self._intake.report()
        if self.adapter.key == "needed" and not self._access.key:
            self._intake.fail_without_answer("key", ProviderError(Trouble.NO_KEY))
            return
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._forever(self._poll))
            if self._access.ws:
                tasks.create_task(self._forever(self._listener.run))

    async def _forever(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run ``work`` again after whatever bug ends it."""
        while True:
            try:
                await work()
            except Exception as error:  # noqa: BLE001 - a bug in one provider is its own failure
                # The text of the error might hold an address, and that a key.
                name = type(error).__name__
                _log.error("%s failed: %s", self.adapter.name, name)
                self._intake.fail("bug", ProviderError(Trouble.BAD_ANSWER, name))
            await asyncio.sleep(LONGEST_PAUSE)

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
            if due.poll.fallback and self._listener.speaks:
                self._intake.health.stand_in(due.poll.name)
                self._intake.report()
                due.at = now() + due.poll.every
                continue
            pause, concerns_all = await self._ask(due)
            due.at = now() + pause
            if concerns_all or self._broken(dues):
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

    async def _ask(self, due: _Due) -> tuple[float, bool]:
        """Ask once; the seconds until it is due again, and whether all requests wait for them."""
        poll = due.poll
        try:
            request: ProviderRequest | None = poll.request(self._clock.now_ns() // 1_000_000)
            for page in range(MOST_PAGES):
                if request is None:
                    break
                if page:
                    await asyncio.sleep(self._gap)
                await self._answer(request)
                request = self.adapter.next_page()
        except ProviderError as error:
            due.failures += 1
            if not error.recorded:
                line = request.line if request is not None else ""
                self._intake.fail_without_answer(poll.name, error, line)
            else:
                self._intake.fail(poll.name, error)
            return self._pause(error, due.failures), error.trouble in _CONCERN_ALL
        due.failures = 0
        self._intake.succeed(poll.name)
        return self._access.every or poll.every, False

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
        frame = self._intake.frame(request.line, answer.status, answer.body)
        try:
            self._intake.answer(frame)
        except ProviderError as error:
            # That no key was sent is not to be read from the answer alone.
            error.recorded = error.trouble is not Trouble.NO_KEY
            if error.retry_after is None:
                error.retry_after = answer.retry_after(frame.received // 1_000_000_000)
            raise

    def _pause(self, error: ProviderError, failures: int) -> float:
        """Seconds: at least what the provider asked for, and longer with every failure."""
        if error.trouble in KEY_TROUBLES or error.trouble is Trouble.PLAN_TOO_LOW:
            return KEY_PAUSE
        return max(error.retry_after or 0.0, backoff(failures, self._rng), self._gap)
