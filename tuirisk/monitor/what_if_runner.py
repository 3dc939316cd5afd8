"""Answers what a position would be: by the rules at once, with its chances once simulated."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial

from tuirisk.analytics.stress.paths import SimulationStopped
from tuirisk.analytics.stress.simulate import simulate
from tuirisk.analytics.stress.what_if import WhatIfRequest
from tuirisk.state import Position


class WhatIfRunner:
    """One simulation at a time, beside the loop: a newer question stops the one before it."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._task: asyncio.Task[None] | None = None

    def ask(self, asked: WhatIfRequest, answer: Callable[[Position], None]) -> None:
        """Call ``answer`` now, and again with the chances; from the loop's thread."""
        self.close()
        answer(asked.answer(None))
        self._stop = threading.Event()
        self._task = asyncio.create_task(self._simulate(asked, answer, self._stop))

    def close(self) -> None:
        """Let a running simulation end at its next step; its result is not wanted."""
        self._stop.set()

    async def _simulate(
        self, asked: WhatIfRequest, answer: Callable[[Position], None], stop: threading.Event
    ) -> None:
        work = partial(simulate, asked.inputs, stopped=stop.is_set)
        try:
            result = await asyncio.to_thread(work)
        except SimulationStopped:
            return
        if not stop.is_set():
            answer(asked.answer(result))
