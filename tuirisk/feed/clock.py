"""The clock a feed runs by: the wall's, or the embedded exchange's."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    def now_ns(self) -> int:
        """UTC, nanoseconds."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class WallClock:
    """UTC that never steps back: the system's time at the start plus monotonic time since."""

    def __init__(self) -> None:
        self._origin = time.time_ns() - time.monotonic_ns()

    def now_ns(self) -> int:
        return self._origin + time.monotonic_ns()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
