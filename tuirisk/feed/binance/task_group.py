"""Background tasks with one owner: none is forgotten, and a bug in one is told, not swallowed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from tuirisk.feed.clock import Clock
from tuirisk.foreign.text import printable
from tuirisk.language.reason import Reason

LONGEST_PAUSE = 60.0
"""Seconds before a task that failed again and again is begun anew."""
Work = Coroutine[object, object, None]

_log = logging.getLogger(__name__)


class TaskGroup:
    """A set of running tasks. ``failure`` says which of them failed last; None while all is well.

    A task that fails ends no other, and not the program.
    """

    def __init__(self) -> None:
        self.failure: Reason | None = None
        self._running: set[asyncio.Task[None]] = set()

    def start(self, work: Work) -> asyncio.Task[None]:
        """Run ``work`` once."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def restart_on_error(self, make: Callable[[], Work], clock: Clock) -> asyncio.Task[None]:
        """Run what ``make`` makes, and make it anew whenever it fails, ever more slowly."""
        return self.start(self._restarting(make, clock))

    async def _restarting(self, make: Callable[[], Work], clock: Clock) -> None:
        pause = 1.0
        while True:
            begun = clock.now_ns()
            work = make()
            try:
                await work
                return
            except Exception as error:  # noqa: BLE001 - whatever it is, the other tasks go on
                self._record(work, error)
            if clock.now_ns() - begun > LONGEST_PAUSE * 1e9:
                pause = 1.0
            await clock.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def cancel(self) -> None:
        """End all of them and wait until they have."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            work = task.get_coro()
            self._record(work, error)

    def _record(self, work: object, error: BaseException) -> None:
        what = str(getattr(work, "__qualname__", "a task"))
        _log.error("%s failed", what, exc_info=error)
        text = printable(f"{type(error).__name__}: {error}")
        self.failure = Reason("task_failed", what=what, error=text)


async def first_of(*waits: Coroutine[Any, Any, object]) -> None:
    """Wait for one of ``waits`` and cancel the others."""
    waiters = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(waiters, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for waiter in waiters:
            waiter.cancel()
