"""When the positions are simulated, and where: beside the loop, or in step with a recording."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from functools import partial

from tuirisk.analytics.leverage.open_positions import OpenPositions
from tuirisk.analytics.leverage.stress_result import StressResult
from tuirisk.analytics.stress.inputs import StressBaseline, StressInputs, basis, due, gather, pulse
from tuirisk.analytics.stress.simulate import refusal, simulate
from tuirisk.config.model import Config
from tuirisk.market.market import Market
from tuirisk.state import Missing

SHARE = 0.1
"""Of the time that moving prices alone may keep a processor busy with simulations."""


class StressRunner:
    """The newest simulation, renewed whenever its inputs moved enough to matter.

    With ``inline`` it is computed within :meth:`consider`, so that a recording played twice gives
    the same states; else in a thread, one at a time, and is there some states later. Where one
    failed (a bug), the result is that reason in place of every number.
    """

    def __init__(self, inline: bool) -> None:
        self.result: StressResult | None = None
        self._inline = inline
        self._basis: StressBaseline | None = None
        self._inputs: StressInputs | None = None
        self._task: asyncio.Task[StressResult] | None = None
        self._closed = threading.Event()

    def consider(
        self, market: Market, positions: OpenPositions, config: Config, now: int
    ) -> StressResult | None:
        """The newest result at local time ``now`` (ns), having begun another one if it is due."""
        self._collect(now)
        if not positions.positions:
            self.result, self._basis = None, None
            return None
        if self._task is not None:
            return self.result
        start = pulse(market, positions, now)
        if not due(self._basis, start):
            return self.result
        inputs = gather(market, positions, config, now)
        self._basis = basis(inputs, start)
        if self._inline:
            self.result = simulate(inputs)
        else:
            self._inputs = inputs
            work = partial(simulate, inputs, stopped=self._closed.is_set)
            self._task = asyncio.create_task(asyncio.to_thread(work))
        return self.result

    def close(self) -> None:
        """Let a running simulation end at its next step; its result is not wanted."""
        self._closed.set()
        if self._task is not None:
            self._task.add_done_callback(_retrieve)

    def _collect(self, now: int) -> None:
        task, inputs = self._task, self._inputs
        if task is None or inputs is None or not task.done():
            return
        self._task = self._inputs = None
        if self._basis is not None:
            took = now / 1e6 - inputs.time_ms
            pause = max(self._basis.pause_ms, took / SHARE)
            self._basis = replace(self._basis, pause_ms=pause)
        error = task.exception()
        if error is None:
            self.result = task.result()
        else:
            why = Missing(f"the simulation failed: {type(error).__name__}: {error}")
            self.result = refusal(inputs, why)


def _retrieve(task: asyncio.Task[StressResult]) -> None:
    """Look at the task's exception, or asyncio complains that nobody did."""
    if not task.cancelled():
        task.exception()
