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


# Monotonic time stops while a laptop sleeps; boot time does not.
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class WallClock:
    """UTC that never steps back: the system's time at the start plus steady time since."""

    def __init__(self) -> None:
        self._origin = time.time_ns() - time.clock_gettime_ns(_STEADY)

    def now_ns(self) -> int:
        return self._origin + time.clock_gettime_ns(_STEADY)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
