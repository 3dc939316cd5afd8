"""Back-pressure of the terminal: paint nothing while it does not read.

Textual's writer queues what a terminal does not read, and a full queue blocks the whole screen. So
nothing is painted for a terminal that is behind; once it reads again, it gets the newest screen.
"""

from __future__ import annotations

import asyncio
import select
from collections.abc import Callable

SETTLE = 0.03
"""Seconds from the first byte that the terminal reads to the check that it has caught up."""


class BackPressure:
    """Whether the terminal behind ``descriptor`` reads; calls ``resumed`` once it has caught up.

    Use it in the thread of the event loop in which it is made.
    """

    def __init__(self, descriptor: int, resumed: Callable[[], object]) -> None:
        self._descriptor = descriptor
        self._resumed = resumed
        self._loop = asyncio.get_running_loop()
        self._waiting = False
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLOUT)

    def takes(self) -> bool:
        """Whether the terminal takes bytes now; if not, ``resumed`` will be called later."""
        if self._waiting:
            return False
        if self._poll.poll(0):
            return True
        self._waiting = True
        self._add_writer()
        return False

    def close(self) -> None:
        """Stop waiting for the terminal."""
        if self._waiting:
            self._loop.remove_writer(self._descriptor)
        self._waiting = False

    def _add_writer(self) -> None:
        self._loop.add_writer(self._descriptor, self._on_writable)

    def _on_writable(self) -> None:
        self._loop.remove_writer(self._descriptor)
        self._loop.call_later(SETTLE, self._check_again)

    def _check_again(self) -> None:
        if not self._waiting:
            return
        if not self._poll.poll(0):
            self._add_writer()
            return
        self._waiting = False
        self._resumed()
