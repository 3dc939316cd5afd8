"""The exchange's time, and pauses that end when it says so."""

from __future__ import annotations

from tuirisk.feed.clock import Clock
from tuirisk.market.clock import ExchangeClock

LONGEST_NAP = 30.0
"""Seconds: a longer pause is many such, as a clock may be set or outrun its own sleeps."""


class ExchangeTime:
    """This machine's clock and the exchange's, which differ."""

    def __init__(self, clock: Clock, exchange_clock: ExchangeClock) -> None:
        self._clock = clock
        self._exchange_clock = exchange_clock

    def now_ns(self) -> int:
        """This machine's time."""
        return self._clock.now_ns()

    def ms(self, now_ns: int | None = None) -> float:
        """The exchange's time at ``now_ns`` of this machine; now without it."""
        return self._exchange_clock.exchange_ms(self.now_ns() if now_ns is None else now_ns)

    async def sleep(self, seconds: float) -> None:
        """One pause, of less than a minute."""
        await self._clock.sleep(seconds)

    async def long_sleep(self, seconds: float) -> None:
        """A pause of any length."""
        until = self.now_ns() + seconds * 1e9
        while (left := (until - self.now_ns()) / 1e9) > 0:
            await self.sleep(min(left, LONGEST_NAP))
