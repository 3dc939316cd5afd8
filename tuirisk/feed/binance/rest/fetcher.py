"""One REST request, asked until it is well answered, into the pipeline."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import msgspec

from tuirisk.feed.binance.pipeline import Pipeline
from tuirisk.feed.binance.rest.client import Request, RestClient
from tuirisk.feed.binance.rest.errors import Fault
from tuirisk.feed.binance.rest.retry import full_jitter
from tuirisk.feed.binance.task_group import first_of
from tuirisk.feed.clock import Clock
from tuirisk.feed.frames import RestFrame

LEAST_PAUSE = 0.1
LASTING_PAUSE = 30.0
"""Seconds to stand back from what will not go away at once (the gate sees to a 429 or 418)."""
_ANYTHING = msgspec.json.Decoder(msgspec.Raw)
"""Whatever is JSON, of which nothing is built."""


class Fetcher:
    """Asks through ``client`` and hands answers to ``pipeline``, retrying for ever.

    ``failing`` tells what fails again and again, by (symbol, path).
    """

    def __init__(
        self, client: RestClient, pipeline: Pipeline, clock: Clock, rng: random.Random
    ) -> None:
        self.failing: dict[tuple[str, str], Fault] = {}
        self._rest = client
        self._pipeline = pipeline
        self._clock = clock
        self._rng = rng
        self._hurry = asyncio.Event()

    def hurry(self) -> None:
        """End all pauses of ours (not those the exchange has imposed)."""
        self._hurry.set()
        self._hurry = asyncio.Event()

    def forget(self, symbol: str) -> None:
        """Nothing of ``symbol`` counts as failing any more."""
        for key in [key for key in self.failing if key[0] == symbol]:
            del self.failing[key]

    async def fetch(
        self,
        kind: Request,
        symbol: str,
        priority: float,
        *,
        decoder: msgspec.json.Decoder[Any] = _ANYTHING,
        optional: bool = False,
        **given: str | int | None,
    ) -> Any:
        """Ask until there is a good answer, hand it to the pipeline, return it decoded.

        Parameters that are None are left out. What is ``optional`` is given up (None) when the
        exchange refuses it.
        """
        parameters: dict[str, str | int] = {"symbol": symbol} if symbol else {}
        parameters |= {name: value for name, value in given.items() if value is not None}
        key = (symbol, kind.path)
        failures = 0
        while True:
            generation = self._pipeline.generation(symbol) if symbol else None
            try:
                frame = await self._rest.get(kind, priority, **parameters)
                answer = self._accept(frame, generation, decoder)
            except Fault as fault:
                if optional and fault.kind == "refused":
                    self.failing.pop(key, None)
                    return None
                failures += 1
                if failures > 1 or fault.lasting:
                    self.failing[key] = fault
                pause = self._clock.sleep(self._stand_back(fault, failures))
                await first_of(pause, self._hurry.wait())
                continue
            self.failing.pop(key, None)
            return answer

    def _accept(
        self, frame: RestFrame, generation: int | None, decoder: msgspec.json.Decoder[Any]
    ) -> Any:
        dropped = self._pipeline.dropped_frames
        self._pipeline.take(frame, generation)
        path = frame.request.partition("?")[0]
        try:
            answer = decoder.decode(frame.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Fault("garbled", f"{path} was answered with something unreadable") from error
        if self._pipeline.dropped_frames > dropped:
            raise Fault("garbled", f"{path}: {self._pipeline.last_drop}")
        return answer

    def _stand_back(self, fault: Fault, failures: int) -> float:
        pause = LEAST_PAUSE + full_jitter(self._rng, failures)
        if fault.pause:
            return pause
        return LASTING_PAUSE + pause if fault.lasting else pause
