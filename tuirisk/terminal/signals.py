"""What the operating system tells the screen's process."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from types import FrameType


def on_end(leave: Callable[[int], object]) -> None:
    """Call ``leave`` with the exit code when the process is to end: the terminal comes first."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, leave, 128 + number)


def on_return(redraw: Callable[[], object]) -> None:
    """Call ``redraw`` when the process goes on after a stop that it was not asked for.

    Textual gives the terminal back at SIGTSTP and takes it again at SIGCONT. SIGSTOP comes without
    a word: taking a terminal again that was not given back would begin a second reader of the
    keys, and forget how the terminal was before the first.
    """
    loop = asyncio.get_running_loop()
    textual_stops = signal.getsignal(signal.SIGTSTP)
    textual_goes_on = signal.getsignal(signal.SIGCONT)
    asked = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        asked = True
        if callable(textual_stops):
            textual_stops(number, frame)

    def go_on(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked and callable(textual_goes_on):
            textual_goes_on(number, frame)
        asked = False
        loop.call_soon_threadsafe(redraw)

    signal.signal(signal.SIGTSTP, stop)
    signal.signal(signal.SIGCONT, go_on)
