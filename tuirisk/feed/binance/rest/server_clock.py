"""The exchange's time, measured by REST again and again."""

from __future__ import annotations

import asyncio

from tuirisk.feed.binance.bad_frame import BadFrame
from tuirisk.feed.binance.pipeline import Pipeline
from tuirisk.feed.binance.rest import client as rest
from tuirisk.feed.binance.rest.fetcher import Fetcher
from tuirisk.feed.binance.rest.rate_limiter import URGENT
from tuirisk.feed.binance.task_group import first_of
from tuirisk.feed.clock import Clock
from tuirisk.feed.frames import RestFrame

EVERY = 60.0
"""Seconds between measurements while nothing calls for one."""
AGAIN = 1.0
"""Seconds between measurements that contradict each other, and at least between any two."""
REQUESTS = 3
"""Requests a measurement: the one with the shortest round trip counts."""
SETTLING = 5
"""Measurements after which a contradiction is left to the next minute."""


class ServerClock:
    """Keeps ``pipeline.clock`` measured; its answers are recorded, stamped with the middle of
    their round trips.
    """

    def __init__(
        self, client: rest.RestClient, fetcher: Fetcher, pipeline: Pipeline, clock: Clock
    ) -> None:
        self._client = client
        self._fetcher = fetcher
        self._pipeline = pipeline
        self._clock = clock
        self._due = asyncio.Event()
        self._measuring = asyncio.Lock()

    async def measure_once(self) -> None:
        """One request that is answered well, for a quick start."""
        while not self._pipeline.clock.measured:
            await self._request(1)

    async def measure(self) -> None:
        """Measure until the newest measurement agrees with the clock, at most five times."""
        async with self._measuring:
            for _ in range(SETTLING):
                await self._request(REQUESTS)
                if not self._pipeline.clock.contradicted:
                    return
                await self._clock.sleep(AGAIN)

    def measure_soon(self) -> None:
        """The clock may be wrong: this machine slept, or a connection was replaced."""
        self._due.set()

    async def measure_forever(self) -> None:
        """Measure once a minute and whenever :meth:`measure_soon` was called, for ever."""
        while True:
            self._due.clear()
            await self.measure()
            await self._clock.sleep(AGAIN)
            await first_of(self._clock.sleep(EVERY), self._due.wait())

    async def _request(self, requests: int) -> None:
        """Take the answer of the shortest round trip into the clock; one that cannot be decoded
        is counted as dropped.
        """
        answers: list[tuple[float, RestFrame]] = []
        for _ in range(requests):
            answer = await self._fetcher.answer(rest.TIME, URGENT)
            answers.append((self._client.latency_ms or 0.0, answer))
        _, best = min(answers, key=lambda timed: timed[0])
        try:
            self._pipeline.process_answer(best, None)
        except BadFrame:
            await self._clock.sleep(AGAIN)
