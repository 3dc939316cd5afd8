"""Neither a terminal that goes away or stands still nor a slow look-up may keep the process.

When it goes away (a dropped SSH session), Textual's writer dies with it and its loop waits for the
writer for ever, deaf to SIGHUP. When it stands still (a frozen window, a stalled line), the end of
the screen waits for it to read on. So threads of their own watch it.
"""

from __future__ import annotations

import contextlib
import os
import select
import termios
import threading
import time
from collections.abc import Callable
from typing import Any

GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL
GRACE = 1.0
"""Seconds for the screen to end by itself."""
TEARDOWN = 0.1
"""Seconds for the interpreter to end once the screen has."""
PROMPT = 0.2
"""Seconds for a screen that ends to have what it wrote read."""
RESTORE = (
    b"\x1b[0m\x1b[?2004l\x1b[?7h\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1004l"
    b"\x1b[?1049l\x1b[?25h"
)
"""Ends what Textual began: paste and mouse reports, no wrapping, the other screen, no cursor."""
HUNG_UP = 129
"""The exit code of a process that SIGHUP ended: 128 + 1."""
LEFT_BEHIND = 1
"""The exit code where the screen did not end by itself."""


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


def leave_soon(code: int, leave: Callable[[int], object] = os._exit) -> threading.Thread:
    """End the process with ``code``, even where the interpreter's own end is held up.

    It waits for threads that are in a system call, such as the look-up of a name that nobody
    answers, for as long as that takes.
    """

    def wait() -> None:
        time.sleep(TEARDOWN)
        leave(code)

    thread = threading.Thread(target=wait, name="teardown", daemon=True)
    thread.start()
    return thread


class ExitWatchdog:
    """The end of the screen, on a terminal that may have stopped reading."""

    def __init__(
        self,
        descriptor: int,
        ended: threading.Event,
        close: Callable[[], None],
        leave: Callable[[int], object] = os._exit,
    ) -> None:
        """``ended`` is set once the screen has ended; ``descriptor`` is where it painted."""
        self._descriptor = descriptor
        self._ended = ended
        self._close = close
        self._leave = leave
        self._before: list[Any] | None = None
        with contextlib.suppress(termios.error):
            self._before = termios.tcgetattr(descriptor)

    def begin(self) -> None:
        """The screen is ending: see that it does."""
        threading.Thread(target=self._see_to_it, name="exit", daemon=True).start()

    def _see_to_it(self) -> None:
        if self._ended.wait(PROMPT):
            return
        terminal = select.poll()
        terminal.register(self._descriptor, select.POLLOUT)
        late = time.monotonic() + GRACE
        stuck = False
        while not self._ended.wait(0.02):
            if not terminal.poll(0):
                # What nobody reads is thrown away, and the writer that waits for it goes on.
                stuck = True
                self._discard()
            if time.monotonic() > late:
                self._close()
                break
        left = self._ended.is_set()
        if stuck or not left:
            self._restore()
        if not left:
            self._leave(LEFT_BEHIND)

    def _discard(self) -> None:
        with contextlib.suppress(termios.error):
            termios.tcflush(self._descriptor, termios.TCOFLUSH)
            # Starting output wakes the writer.
            termios.tcflow(self._descriptor, termios.TCOOFF)
            termios.tcflow(self._descriptor, termios.TCOON)

    def _restore(self) -> None:
        """As before; Textual's own words may have been thrown away."""
        with contextlib.suppress(termios.error, OSError):
            if self._before is not None:
                termios.tcsetattr(self._descriptor, termios.TCSANOW, self._before)
            os.write(self._descriptor, RESTORE)
