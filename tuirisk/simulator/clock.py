"""Simulated time: a monotonic clock, scaled by a speed and anchored at a start."""

from __future__ import annotations

import time
from collections.abc import Callable


class SimulatedClock:
    """Time that runs `speed` times as fast as the machine's monotonic clock.

    `start_ms` is the simulated time, in milliseconds since the epoch UTC, at construction.
    `monotonic` returns seconds and may be replaced by a test. A speed that is not positive
    raises ValueError.
    """

    def __init__(
        self,
        start_ms: int,
        speed: float = 1.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if not speed > 0:
            raise ValueError(f"speed must be positive, not {speed}")
        self.start_ms = start_ms
        self.speed = speed
        self._monotonic = monotonic
        self._origin = monotonic()

    def restart(self, start_ms: int) -> None:
        """Count from `start_ms` again, from this moment on."""
        self.start_ms = start_ms
        self._origin = self._monotonic()

    def now_ms(self) -> int:
        """Simulated time, milliseconds since the epoch UTC."""
        return self.start_ms + int(self._elapsed() * self.speed * 1e3)

    def now_ns(self) -> int:
        """Simulated time, nanoseconds since the epoch UTC."""
        return self.start_ms * 1_000_000 + int(self._elapsed() * self.speed * 1e9)

    def _elapsed(self) -> float:
        return self._monotonic() - self._origin

    def real_seconds(self, sim_seconds: float) -> float:
        """How long `sim_seconds` of simulated time take on the machine's clock."""
        return sim_seconds / self.speed


def wall_clock_ms() -> int:
    """The machine's time, milliseconds since the epoch UTC: the default start of a simulation."""
    return time.time_ns() // 1_000_000
