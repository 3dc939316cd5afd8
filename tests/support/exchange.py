"""The embedded exchange on the virtual time of the test's loop."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from support.virtual_time import running_virtual_loop
from tuirisk.simulator.embedded import EmbeddedExchange


class TestExchange(EmbeddedExchange):
    """An exchange in a thread whose time passes only while it and the test have nothing to do.

    Where the test's loop is an ordinary one, it runs on real time. Its contracts are listed for
    ``listed_days``, None since ever: the history of months takes most of a test's time.
    """

    __test__ = False

    def __init__(
        self,
        symbols: Iterable[str] | None = None,
        *,
        speed: float = 1.0,
        start_ms: int | None = None,
        crowd: int = 0,
        listed_days: int | None = None,
    ) -> None:
        self._test_loop = loop = running_virtual_loop()
        if loop is None:
            super().__init__(symbols, speed=speed, start_ms=start_ms, crowd=crowd)
        else:
            super().__init__(
                symbols,
                speed=speed,
                start_ms=start_ms,
                crowd=crowd,
                monotonic=loop.virtual.monotonic,
                loop_factory=loop.virtual.new_loop,
            )

        if listed_days is not None:
            known = self.exchange.instruments
            for name, instrument in known.items():
                known[name] = replace(instrument, listed_days=listed_days)

    def stop(self) -> None:
        with self._test_loop_blocked():
            super().stop()

    def _test_loop_blocked(self) -> AbstractContextManager[None]:
        loop = self._test_loop
        return loop.virtual.without(loop) if loop is not None else nullcontext()
