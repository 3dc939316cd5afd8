"""When the terminal goes away (a dropped SSH session), nobody is left to quit the screen.

Textual's writer dies with the terminal and its loop then waits for it for ever, deaf to SIGHUP:
so a thread of its own watches the terminal.
"""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable

GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL
GRACE = 1.0
"""Seconds for the screen to end by itself."""
HUNG_UP = 129
"""The exit code of a process that SIGHUP ended: 128 + 1."""


def watch_terminal(
    descriptor: int,
    ended: threading.Event,
    close: Callable[[], None],
    leave: Callable[[int], object] = os._exit,
) -> threading.Thread:
    """Call ``close`` and ``leave`` when the terminal behind ``descriptor`` hangs up.

    Nothing happens when ``ended`` is set by then, or within the grace.
    """

    def wait() -> None:
        terminal = select.poll()
        terminal.register(descriptor, 0)
        while not any(flags & GONE for _, flags in terminal.poll()):
            pass
        if not ended.wait(GRACE):
            close()
            leave(HUNG_UP)

    thread = threading.Thread(target=wait, name="hangup", daemon=True)
    thread.start()
    return thread
