"""One REST request, repeated until it succeeds; its answer goes into the pipeline."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from tuirisk.events import Event
from tuirisk.feed.binance.bad_frame import BadFrame
from tuirisk.feed.binance.pipeline import Pipeline
from tuirisk.feed.binance.rest.client import Request, RestClient
from tuirisk.feed.binance.rest.errors import ExchangeError
from tuirisk.feed.binance.rest.retry import LONGEST, full_jitter
from tuirisk.feed.binance.task_group import first_of
from tuirisk.feed.clock import Clock
from tuirisk.feed.frames import RestFrame
from tuirisk.language.reason import Reason

LEAST_PAUSE = 0.1
LASTING_PAUSE = 15.0
"""Seconds to wait after a lasting error (the rate limiter waits after a 429 or 418)."""
LONGEST_MORE = 10.0
"""Seconds, drawn at random, by which that becomes longer at most."""
LONGEST_GARBLED = 12.0
"""Seconds at most after an answer that cannot be read or be true: it says little of the next."""
LONGEST_PROBE = 5.0
LASTING_PROBE = 7.0
"""Seconds at most until one of the requests that fail in the same way is repeated, after an error
that may pass and after a lasting one; when it succeeds the others are repeated too."""

NOT_TRADED = frozenset({-1121, -1122, -4108})
"""Codes of refusals: no such symbol, not in a status in which it trades, in delivery."""

E = TypeVar("E", bound=Event)
T = TypeVar("T")


class _Outage:
    """What several requests wait for that fail in the same way."""

    def __init__(self) -> None:
        self.over = asyncio.Event()
        self.probed = False
        """Whether one of them is to be repeated soon."""
        self.waiting = 0


class Fetcher:
    """Asks through ``client`` and hands answers to ``pipeline``, retrying for ever.

    ``failing`` has the newest error of each request that fails repeatedly, by (symbol, path).
    """

    def __init__(
        self,
        client: RestClient,
        pipeline: Pipeline,
        clock: Clock,
        rng: random.Random,
        on_symbol_refused: Callable[[str], None] = lambda symbol: None,
    ) -> None:
        """``on_symbol_refused`` is called with a symbol that the exchange does not trade."""
        self.failing: dict[tuple[str, str], ExchangeError] = {}
        self._rest = client
        self._pipeline = pipeline
        self._clock = clock
        self._rng = rng
        self._on_symbol_refused = on_symbol_refused
        self._outages: dict[tuple[str, str], _Outage] = {}

    def retry_now(self) -> None:
        """End all pauses of ours (not those the exchange has imposed)."""
        for outage in list(self._outages.values()):
            outage.over.set()
        self._outages.clear()

    def forget(self, symbol: str) -> None:
        """Nothing of ``symbol`` counts as failing any more."""
        for key in [key for key in self.failing if key[0] == symbol]:
            del self.failing[key]

    async def fetch_event(
        self,
        expected: type[E],
        kind: Request,
        symbol: str,
        priority: float,
        **parameters: str | int | None,
    ) -> E:
        """:meth:`fetch`, and the answer's event of the ``expected`` type."""
        events = await self.fetch(kind, symbol, priority, optional=False, **parameters)
        return next(event for event in events if isinstance(event, expected))

    async def fetch(
        self,
        kind: Request,
        symbol: str,
        priority: float,
        *,
        optional: bool = False,
        **optional_parameters: str | int | None,
    ) -> list[Event]:
        """Ask until there is a good answer, pass it to the pipeline and return its events.

        Parameters that are None are left out. An ``optional`` request that the exchange refuses
        is given up and has no events.
        """
        parameters: dict[str, str | int] = {"symbol": symbol} if symbol else {}
        parameters |= {
            name: value for name, value in optional_parameters.items() if value is not None
        }

        async def ask() -> list[Event]:
            generation = self._pipeline.generation(symbol) if symbol else None
            frame = await self._get(kind, priority, parameters)
            return self._process(frame, generation)

        key = symbol, kind.path
        events = await self._until_good(key, ask, optional=optional) or []
        if any(getattr(e, "left_out", 0) or getattr(e, "short", False) for e in events):
            # Once more, in case a row was bad or lost on the way: what is there now stays.
            await self._clock.sleep(LEAST_PAUSE)
            events = await self._until_good(key, ask, optional=optional) or events
        return events

    async def answer(self, kind: Request, priority: float) -> RestFrame:
        """Ask until there is an answer, and return it without passing it to the pipeline."""
        frame = await self._until_good(("", kind.path), lambda: self._get(kind, priority, {}))
        assert frame is not None
        return frame

    async def _get(
        self, kind: Request, priority: float, parameters: Mapping[str, str | int]
    ) -> RestFrame:
        """One answer; one that is none of the exchange's is counted as dropped.

        Raises:
            ExchangeError: there is none.
        """
        try:
            return await self._rest.get(kind, priority, **parameters)
        except ExchangeError as error:
            if error.kind == "garbled":
                self._pipeline.count_drop(error.reason, self._clock.now_ns())
            raise

    async def _until_good(
        self, key: tuple[str, str], request: Callable[[], Awaitable[T]], *, optional: bool = False
    ) -> T | None:
        """What ``request`` gives, repeated until it raises no ``ExchangeError``; None where an
        ``optional`` request is refused.
        """
        failures = 0
        failed: ExchangeError | None = None
        while True:
            try:
                answer = await request()
            except ExchangeError as error:
                if key[0] and error.code in NOT_TRADED:
                    self._on_symbol_refused(key[0])
                if optional and error.kind == "refused":
                    self.failing.pop(key, None)
                    return None
                failures += 1
                failed = error
                if failures > 1 or error.lasting:
                    self.failing[key] = error
                await self._pause(error, failures, key[1])
                continue
            self.failing.pop(key, None)
            if failed is not None:
                ended = self._outages.pop(_shared_by(failed, key[1]), None)
                if ended is not None:
                    ended.over.set()
            return answer

    async def _pause(self, error: ExchangeError, failures: int, path: str) -> None:
        """Wait before a request is repeated, at most until another one has shown that it may."""
        seconds = self._pause_after(error, failures)
        shared_by = _shared_by(error, path)
        outage = self._outages.setdefault(shared_by, _Outage())
        probes = not outage.probed
        if probes:
            outage.probed = True
            seconds = min(seconds, LASTING_PROBE if error.lasting else LONGEST_PROBE)
        outage.waiting += 1
        try:
            await first_of(self._clock.sleep(seconds), outage.over.wait())
        finally:
            outage.waiting -= 1
            outage.probed &= not probes
            if not outage.waiting and self._outages.get(shared_by) is outage:
                del self._outages[shared_by]

    def _process(self, frame: RestFrame, generation: int | None) -> list[Event]:
        try:
            return self._pipeline.process_answer(frame, generation)
        except BadFrame as error:
            path = frame.request.partition("?")[0]
            reason = Reason("undecodable_answer", what=path, error=error.detail)
            raise ExchangeError("garbled", reason) from error

    def _pause_after(self, error: ExchangeError, failures: int) -> float:
        longest = LONGEST_GARBLED if error.kind == "garbled" else LONGEST
        pause = LEAST_PAUSE + full_jitter(self._rng, failures, longest)
        if error.pause:
            return pause
        if error.lasting:
            return LASTING_PAUSE + full_jitter(self._rng, failures, LONGEST_MORE)
        return pause


def _shared_by(error: ExchangeError, path: str) -> tuple[str, str]:
    """What the requests have in common that fail for the same cause: the error alone, or the path
    too where it is about what was asked."""
    return error.kind, path if error.kind in ("refused", "garbled") else ""
