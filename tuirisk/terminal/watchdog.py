"""Make sure the process exits when the terminal hangs up, stops reading, or DNS resolution blocks.

Textual's writer thread ends with the terminal (a dropped SSH session), and its event loop then
waits for that thread for ever, deaf to SIGHUP. A terminal that stops reading (a frozen window, a
stalled line) blocks the end of the screen. Threads of their own handle both.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import sys
import termios
import threading
import time
from collections.abc import Callable
from typing import Any, NoReturn

HANGUP_EVENTS = select.POLLHUP | select.POLLERR | select.POLLNVAL
GRACE_S = 1.0
"""How long the screen may take to end by itself on a terminal that hung up or stopped reading."""
BUSY_GRACE_S = 10.0
"""The same on a terminal that reads: there the machine is busy, not the terminal."""
PROMPT_S = 0.2
"""A screen that ends within this time is not looked at."""
POLL_S = 0.02
RESTORE = (
    b"\x1b[0m\x1b[?2004l\x1b[?7h\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1004l"
    b"\x1b[?1049l\x1b[?25h"
)
"""Undoes Textual's modes: paste, mouse and focus reports, no wrap, alternate screen, no cursor."""
HUNG_UP = 129
"""The exit code of a process that SIGHUP ended: 128 + 1."""


def exit_process(code: int) -> NoReturn:
    """Flush the streams and the log, and end the process with ``code``, without teardown.

    The interpreter's teardown frees what daemon threads still use in native code (an extension
    module being imported, SQLite, a simulation), which is a segmentation fault every so often. It
    also waits for pool threads in a system call, such as the look-up of a name, for as long as
    that takes. Whatever must be closed is closed before this is called.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    logging.shutdown()
    os._exit(code)


def exit_on_hangup(
    descriptor: int,
    ended: threading.Event,
    close: Callable[[], None],
    leave: Callable[[int], object] = os._exit,
) -> threading.Thread:
    """Start a thread that calls ``close`` and ``leave(HUNG_UP)`` when the terminal hangs up.

    ``descriptor`` is open on the terminal. Nothing is called when ``ended`` is set by then, or
    within ``GRACE_S``.
    """

    def wait() -> None:
        terminal = select.poll()
        terminal.register(descriptor, 0)
        while not any(flags & HANGUP_EVENTS for _, flags in terminal.poll()):
            pass
        if not ended.wait(GRACE_S):
            close()
            leave(HUNG_UP)

    thread = threading.Thread(target=wait, name="hangup", daemon=True)
    thread.start()
    return thread


class ExitWatchdog:
    """Ends the process in time when the screen is closing and its terminal does not read."""

    def __init__(
        self,
        descriptor: int,
        ended: threading.Event,
        close: Callable[[], None],
        leave: Callable[[int], object] = os._exit,
    ) -> None:
        """``descriptor`` is where the screen is painted; ``ended`` is set once it has closed.

        ``close`` and ``leave`` are called, in this order, where it does not close in time.
        """
        self._descriptor = descriptor
        self._ended = ended
        self._close = close
        self._leave = leave
        self._modes: list[Any] | None = None
        """The terminal's attributes before the screen changed them."""
        with contextlib.suppress(termios.error):
            self._modes = termios.tcgetattr(descriptor)

    def start(self, code: int) -> threading.Thread:
        """Watch the screen close, in a thread; ``code`` is the exit code if it does not."""
        thread = threading.Thread(target=self._watch, args=(code,), name="exit", daemon=True)
        thread.start()
        return thread

    def _watch(self, code: int) -> None:
        if self._ended.wait(PROMPT_S):
            return
        blocked = self._wait_until_closed()
        closed = self._ended.is_set()
        if not closed:
            self._close()
        if blocked or not closed:
            self._restore()
        if not closed:
            self._leave(code)

    def _wait_until_closed(self) -> bool:
        """Wait for the screen, no longer than its grace; whether the terminal ever blocked."""
        terminal = select.poll()
        terminal.register(self._descriptor, select.POLLOUT)
        begun = time.monotonic()
        blocked = False
        while not self._ended.wait(POLL_S):
            if not terminal.poll(0):
                # Unread output is discarded, so that the writer that waits for room goes on.
                blocked = True
                self._discard_output()
            if time.monotonic() - begun > (GRACE_S if blocked else BUSY_GRACE_S):
                break
        return blocked

    def _discard_output(self) -> None:
        with contextlib.suppress(termios.error):
            termios.tcflush(self._descriptor, termios.TCOFLUSH)
            # Starting output wakes the writer.
            termios.tcflow(self._descriptor, termios.TCOOFF)
            termios.tcflow(self._descriptor, termios.TCOON)

    def _restore(self) -> None:
        """Reset the terminal; Textual's own sequences may have been discarded."""
        with contextlib.suppress(termios.error, OSError):
            if self._modes is not None:
                termios.tcsetattr(self._descriptor, termios.TCSANOW, self._modes)
            os.write(self._descriptor, RESTORE)
