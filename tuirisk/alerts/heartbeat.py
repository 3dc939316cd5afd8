"""Calls an address once a minute while data are fresh, so that others notice when they are not."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from tuirisk.alerts.delivery import DeliveryFailure
from tuirisk.alerts.http import get
from tuirisk.alerts.shown_address import shown_address
from tuirisk.language.reason import Reason
from tuirisk.state import RiskState

EVERY_MS = 60_000
LIMIT_S = 10.0


class Heartbeat:
    """The calls of one run; a call that hangs holds up nothing, and none waits behind it."""

    def __init__(
        self, url: str, report: Callable[[Reason], None], limit_s: float = LIMIT_S
    ) -> None:
        """``report`` is called in the heartbeat's thread, once until a call succeeds again."""
        self._url = url
        self._report = report
        self._limit_s = limit_s
        self._called_ms: int | None = None
        self._due: queue.Queue[bool] = queue.Queue(1)
        self._thread: threading.Thread | None = None
        self._failing = False

    def beat(self, state: RiskState) -> None:
        """Call the address if it is time to and the data of ``state`` are fresh; never blocks."""
        called = self._called_ms
        due = called is None or not 0 <= state.time_ms - called < EVERY_MS
        if not (self._url and due and data_fresh(state)):
            return
        self._called_ms = state.time_ms
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
            self._thread.start()
        if self._due.empty():
            self._due.put_nowait(True)

    def close(self, timeout: float = 0.3) -> None:
        """End the thread, at most ``timeout`` seconds from now."""
        if self._thread is not None:
            if self._due.empty():
                self._due.put_nowait(False)
            self._thread.join(timeout)

    def _run(self) -> None:
        while self._due.get():
            try:
                get(self._url, self._limit_s)
                self._failing = False
            except DeliveryFailure as failure:
                if not self._failing:
                    name = shown_address(self._url)
                    self._report(Reason("heartbeat_failed", what=name, reason=str(failure)))
                self._failing = True


def data_fresh(state: RiskState) -> bool:
    """Whether the monitor sees what it should: connected, no alert that data of something held are
    missing, something ready, and nothing that is held stale.
    """
    if state.connection.status not in ("live", "degraded"):
        return False
    if any(sight.blind_since_ms is not None for sight in state.sights.values()):
        return False
    held = [symbol.status for symbol in state.symbols.values() if symbol.legs]
    if any(status not in ("ready", "warming") for status in held):
        return False
    return any(symbol.status == "ready" for symbol in state.symbols.values())
