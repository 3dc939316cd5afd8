"""Event loops whose time passes only while all of them are idle, whatever the machine does.

A loop that would wait for its next timer polls its sockets instead. When every loop of a
:class:`VirtualTime` has polled in vain since the last one of them worked, nothing is under way
(loopback delivers within the sender's call), and time leaps to the nearest timer. A time-out can
then be missed only by code that does too much, not by a machine that does too little.
"""

from __future__ import annotations

import asyncio
import selectors
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from selectors import SelectorKey
from typing import Any

import pytest

POLL = 0.0005
"""Real seconds that an idle loop waits for its sockets before it looks at the others again."""

Ready = list[tuple[SelectorKey, int]]


class VirtualTime:
    """Seconds since the first loop began, shared by loops that may run in several threads."""

    def __init__(self) -> None:
        self.now = 0.0
        self._lock = threading.Lock()
        self._work = 0
        """Rises whenever a loop has run callbacks or time has leapt."""
        self._idle: dict[VirtualLoop, tuple[int, float]] = {}
        """Loop → (the work it has seen before it polled in vain, its next timer)."""
        self._loops: set[VirtualLoop] = set()
        self._elsewhere = 0
        """Jobs in executor threads."""

    def monotonic(self) -> float:
        return self.now

    def new_loop(self) -> VirtualLoop:
        """A loop that takes part until it is closed."""
        loop = VirtualLoop(self)
        with self._lock:
            self._loops.add(loop)
        return loop

    def leave(self, loop: VirtualLoop) -> None:
        with self._lock:
            self._loops.discard(loop)
            self._idle.pop(loop, None)

    @contextmanager
    def without(self, loop: VirtualLoop) -> Iterator[None]:
        """Let time pass for the others while ``loop`` is blocked, as in joining a thread."""
        self.leave(loop)
        try:
            yield
        finally:
            with self._lock:
                self._loops.add(loop)

    def begin_job(self) -> None:
        with self._lock:
            self._elsewhere += 1

    def end_job(self) -> None:
        with self._lock:
            self._elsewhere -= 1
            self._work += 1

    def wait(self, loop: VirtualLoop, poll: Callable[[float], Ready], timeout: float) -> Ready:
        """What ``poll`` finds, or nothing once ``timeout`` virtual seconds are over."""
        deadline = self.now + timeout
        with self._lock:
            self._work += 1
        pause = 0.0
        try:
            while self.now < deadline:
                before = self._work
                if ready := poll(pause):
                    return ready
                pause = POLL
                with self._lock:
                    self._idle[loop] = before, deadline
                    if self._nothing_under_way():
                        pause = 0.0
                        self.now = max(self.now, min(due for _, due in self._idle.values()))
                        self._work += 1
            return []
        finally:
            with self._lock:
                self._idle.pop(loop, None)

    def _nothing_under_way(self) -> bool:
        all_idle = self._idle.keys() >= self._loops
        return (
            all_idle
            and not self._elsewhere
            and all(seen == self._work for seen, _ in self._idle.values())
        )


class VirtualSelector(selectors.DefaultSelector):
    """A selector that leaves waiting to :class:`VirtualTime`."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> Ready:
        if timeout is not None and timeout <= 0:
            return super().select(0)
        wait = float("inf") if timeout is None else timeout
        return self.loop.virtual.wait(self.loop, super().select, wait)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop by the clock of ``virtual``."""

    def __init__(self, virtual: VirtualTime) -> None:
        self.virtual = virtual
        selector = VirtualSelector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.virtual.now

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        self.virtual.begin_job()
        job = super().run_in_executor(executor, func, *args)
        job.add_done_callback(lambda _: self.virtual.end_job())
        return job

    def close(self) -> None:
        self.virtual.leave(self)
        super().close()


LoopFactories = Mapping[str, Callable[[], asyncio.AbstractEventLoop]]


def loop_factories(item: pytest.Item) -> LoopFactories:
    """For ``pytest_asyncio_loop_factories``: a loop on virtual time, but for what is marked
    ``real_time``."""
    if item.get_closest_marker("real_time") is not None:
        return {"real": asyncio.new_event_loop}
    return {"virtual": lambda: VirtualTime().new_loop()}


def running_virtual_loop() -> VirtualLoop | None:
    """The running loop, if its time is virtual."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None
    return loop if isinstance(loop, VirtualLoop) else None
