"""Whether the terminal takes what is written to it.

Textual's writer queues what a terminal does not take, and when the queue is full the whole screen
stands still. So nothing is painted for a terminal that is behind; once it takes bytes again, it is
sent what the screen is by then.
"""

from __future__ import annotations

import asyncio
import select
from collections.abc import Callable

SETTLE = 0.03
"""Seconds between the terminal's first sign of life and the question whether it has caught up."""


class BackPressure:
    """The terminal behind ``descriptor``; ``resumed`` is called once it has caught up.

    Belongs to the thread and loop it is made in.
    """

    def __init__(self, descriptor: int, resumed: Callable[[], None]) -> None:
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
        self._watch()
        return False

    def close(self) -> None:
        """Wait no longer."""
        if self._waiting:
            self._loop.remove_writer(self._descriptor)
        self._waiting = False

    def _watch(self) -> None:
        self._loop.add_writer(self._descriptor, self._stirs)

    def _stirs(self) -> None:
        self._loop.remove_writer(self._descriptor)
        self._loop.call_later(SETTLE, self._look_again)

    def _look_again(self) -> None:
        if not self._waiting:
            return
        if not self._poll.poll(0):
            self._watch()
            return
        self._waiting = False
        self._resumed()
