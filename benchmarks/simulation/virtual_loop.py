"""An event loop whose time passes only when it has nothing to do."""

from __future__ import annotations

import asyncio
import selectors
from selectors import SelectorKey


class _LeapingSelector(selectors.DefaultSelector):
    """Waits for nothing: where the loop would wait, its time leaps."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("the simulation waits for something that never comes")
        if timeout > 0:
            self.loop.now += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Its time, seconds, begins at 0. No socket and no thread can be awaited in it."""

    def __init__(self) -> None:
        self.now = 0.0
        selector = _LeapingSelector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.now
