"""What is sent to the terminal: only what differs, and nothing while it takes nothing."""

from __future__ import annotations

from collections.abc import Callable

from tuirisk.terminal.backpressure import BackPressure
from tuirisk.ui.render.terminal_diff import TerminalDiff


class TerminalOutput:
    """The terminal as it was painted last, and whether it takes more."""

    def __init__(self, ascii: bool) -> None:
        """``ascii``: no other character is sent."""
        self.ascii = ascii
        self._diff = TerminalDiff(ascii)
        self._back_pressure: BackPressure | None = None
        """None before the first paint and where there is no terminal."""

    @property
    def takes(self) -> bool:
        """Whether the terminal takes what is written to it now."""
        return self._back_pressure is None or self._back_pressure.takes()

    def attach(self, descriptor: int, resumed: Callable[[], object]) -> None:
        """Send nothing while the terminal behind ``descriptor`` takes nothing.

        ``resumed`` is called once it has caught up.
        """
        self._back_pressure = BackPressure(descriptor, resumed)

    def reduced(self, update: object) -> object | None:
        """``update`` without what the terminal shows already; None while it takes nothing."""
        return self._diff.reduced(update) if self.takes else None

    def forget(self) -> None:
        """The terminal may show anything: the next update is sent whole."""
        self._diff.forget()

    def close(self) -> None:
        if self._back_pressure is not None:
            self._back_pressure.close()
