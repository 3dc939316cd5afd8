"""Delivery in the background: a bounded queue, attempts with growing pauses, a line of failure."""

from __future__ import annotations

import contextlib
import queue
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from tuirisk.language.reason import Reason

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DeliveryTiming:
    """How patient a hook is, seconds."""

    limit: float = 10.0
    """For one attempt."""
    tries: int = 3
    pause: float = 2.0
    """Before the second attempt, at most; twice as much before each one that follows."""
    queue: int = 1_000
    """Events that may wait; beyond that the oldest is given up."""
    longest_wait: float = 120.0
    """One that has waited longer is given up, so that what is new is not late behind it."""


class DeliveryFailure(Exception):
    """An attempt failed: a few words that say why. ``final``: another would fail as well."""

    def __init__(self, why: str, final: bool) -> None:
        super().__init__(why)
        self.final = final


class DeliveryQueue(Generic[T]):
    """One way out: its queue and its thread, which starts with the first item."""

    def __init__(
        self,
        name: str,
        attempt: Callable[[T], None],
        report: Callable[[Reason], None],
        rng: random.Random,
        timing: DeliveryTiming,
        clock: Callable[[], float] = time.monotonic,
        *,
        alerts: Callable[[T], int] = lambda item: 1,
        outlives: bool = False,
    ) -> None:
        """``clock``: seconds, never stepping. ``alerts``: how many an item has. ``outlives``: an
        attempt goes on to its end when the process has ended.
        """
        self._name = name
        self._attempt = attempt
        self._report = report
        self._rng = rng
        self._timing = timing
        self._clock = clock
        self._alerts = alerts
        self._outlives = outlives
        self._under_way = self._failed_late = 0
        """Alerts of the item that is attempted, and of those that failed since the end."""
        self._queue: queue.Queue[tuple[float, T] | None] = queue.Queue(timing.queue)
        """Each item with the time at which it was queued, seconds."""
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def put(self, item: T) -> None:
        """Queue ``item``, in the place of the oldest where too many wait; never blocks."""
        if self._stopped.is_set():
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        if self._queue.full():
            with contextlib.suppress(queue.Empty):
                self._queue.get_nowait()
                self._report(Reason("hook_too_slow", what=self._name))
        with contextlib.suppress(queue.Full):
            self._queue.put_nowait((self._clock(), item))

    def stop(self) -> None:
        """End once what waits has had one attempt; no more is queued."""
        self._stopped.set()
        with contextlib.suppress(queue.Full):
            self._queue.put_nowait(None)

    def join(self, timeout: float) -> int:
        """Wait for the thread to end, at most ``timeout`` seconds, and give up the rest.

        Returns how many alerts were not delivered since :meth:`stop`.
        """
        if self._thread is not None:
            self._thread.join(max(0.0, timeout))
        given_up = self._failed_late + (0 if self._outlives else self._under_way)
        with contextlib.suppress(queue.Empty):
            while True:
                waiting = self._queue.get_nowait()
                given_up += 0 if waiting is None else self._alerts(waiting[1])
        return given_up

    def _run(self) -> None:
        while (waiting := self._queue.get()) is not None:
            queued_s, item = waiting
            self._under_way = self._alerts(item)
            if self._clock() - queued_s > self._timing.longest_wait:
                self._give_up(Reason("hook_too_slow", what=self._name))
            else:
                self._deliver(item)
            self._under_way = 0
            if self._stopped.is_set() and self._queue.empty():
                return

    def _deliver(self, item: T) -> None:
        """Attempts with pauses between (full jitter on a bound that doubles)."""
        for number in range(self._timing.tries):
            try:
                self._attempt(item)
                return
            except DeliveryFailure as failure:
                last = number == self._timing.tries - 1
                if failure.final or last or self._stopped.is_set():
                    self._give_up(Reason("hook_failed", what=f"{self._name}: {failure}"))
                    return
            bound = self._timing.pause * 2**number
            self._stopped.wait(self._rng.uniform(bound / 2, bound))

    def _give_up(self, why: Reason) -> None:
        if self._stopped.is_set():
            self._failed_late += self._under_way
        self._under_way = 0
        self._report(why)
