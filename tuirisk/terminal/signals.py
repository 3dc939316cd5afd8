"""Signal handlers of the screen's process: termination, stop and continue."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from types import FrameType


def on_end(leave: Callable[[int], object]) -> None:
    """Call ``leave`` with the exit code (128 + number) at SIGTERM and SIGHUP.

    The screen then closes and restores the terminal before the process ends.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, leave, 128 + number)


def on_return(redraw: Callable[[], object]) -> None:
    """Call ``redraw`` whenever the process continues after a stop.

    Textual releases the terminal at SIGTSTP and acquires it again at SIGCONT. SIGSTOP cannot be
    handled: acquiring a terminal that was not released would start a second reader of the keys
    and lose the terminal's original modes, so Textual's handler is then not called.
    """
    loop = asyncio.get_running_loop()
    textual_stop = signal.getsignal(signal.SIGTSTP)
    textual_continue = signal.getsignal(signal.SIGCONT)
    released = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal released
        released = True
        if callable(textual_stop):
            textual_stop(number, frame)

    def resume(number: int, frame: FrameType | None) -> None:
        nonlocal released
        if released and callable(textual_continue):
            textual_continue(number, frame)
        released = False
        loop.call_soon_threadsafe(redraw)

    signal.signal(signal.SIGTSTP, stop)
    signal.signal(signal.SIGCONT, resume)
