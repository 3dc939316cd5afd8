"""The clock a feed runs by: the wall's, or the embedded exchange's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

STANDSTILL_NS = 3_000_000_000
STEP_NS = 1_000_000_000


class Clock(Protocol):
    """Where the feed has its time from: real, or virtual in tests."""

    def now_ns(self) -> int:
        """UTC, nanoseconds."""
        ...

    async def sleep(self, seconds: float) -> None: ...


# Monotonic time stops while a laptop sleeps; boot time does not.
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def _steady_ns() -> int:
    return time.clock_gettime_ns(_STEADY)


class WallClock:
    """UTC that never steps back: the system's time at the start plus steady time since."""

    def __init__(self) -> None:
        self._origin = time.time_ns() - _steady_ns()

    def now_ns(self) -> int:
        return self._origin + _steady_ns()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class StandstillWatch:
    """Tells when this machine slept or the process stood still, and when the system's time was
    set: what was measured of the exchange's clock may then be wrong.
    """

    def __init__(
        self,
        wall_ns: Callable[[], int] = time.time_ns,
        steady_ns: Callable[[], int] = _steady_ns,
    ) -> None:
        self._wall_ns, self._steady_ns = wall_ns, steady_ns
        self._last = steady_ns()
        self._offset = wall_ns() - self._last

    def check(self) -> bool:
        """Whether one of these happened since the last call; to be called every second at least."""
        last, offset = self._last, self._offset
        self._last = self._steady_ns()
        self._offset = self._wall_ns() - self._last
        return self._last - last > STANDSTILL_NS or abs(self._offset - offset) > STEP_NS
