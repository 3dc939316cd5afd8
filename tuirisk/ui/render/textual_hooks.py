"""Everything of Textual that is not promised to other programs, each hook named here and once.

``tests/ui/test_textual_hooks.py`` has a test for each that fails first where a Textual of another
version has it no more; ``pyproject.toml`` bounds Textual accordingly.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from textual.app import App
from textual.command import CommandPalette
from textual.driver import Driver
from textual.message import Message
from textual.notifications import Notification

try:
    from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
except ImportError:

    class _Unknown:
        """In place of what this Textual does not have: nothing is one."""

    ChopsUpdate = CompositorUpdate = LayoutUpdate = _Unknown  # type: ignore[misc, assignment]

__all__ = ["ChopsUpdate", "CompositorUpdate", "HookedApp", "HookedPalette", "LayoutUpdate"]


class HookedApp(App[int]):
    """Textual's application with a public name for each private method that tuirisk uses."""

    def get_driver_class(self) -> type[Driver]:
        """Textual's driver for this platform; on Linux and macOS one with a sturdier input."""
        usual = super().get_driver_class()
        if usual.__name__ != "LinuxDriver":
            return usual
        try:
            from tuirisk.ui.render.terminal_driver import TerminalDriver
        except (ImportError, AttributeError):
            # Another Textual: its own input does as well, as long as nothing odd comes.
            return usual
        return TerminalDriver

    def admits(self, event: Message) -> bool:
        """Whether a key, a paste or a report of the mouse is handled; asked in the thread that
        reads the terminal.
        """
        return True

    def output_for(self, update: object) -> object | None:
        """What is sent to the terminal for ``update``; None sends nothing."""
        return update

    def error_to_show(self, error: Exception) -> Exception | None:
        """What is shown of an unexpected error as the program ends; None shows nothing."""
        return error

    def withdraw(self, notification: Notification) -> None:
        """Take ``notification`` off the screen before its time is over."""
        self._unnotify(notification, refresh=False)

    def apply_changed_colours(self) -> None:
        """Paint anew with the colours of a theme that was registered again under its name."""
        self.refresh_css(animate=False)
        self._invalidate_css()

    def write_to_terminal(self, sequence: str) -> None:
        """Send an escape sequence that Textual has no method for; nothing without a terminal."""
        if self._driver is not None:
            self._driver.write(sequence)

    def _handle_exception(self, error: Exception) -> None:
        """Textual's end of every unexpected error."""
        shown = self.error_to_show(error)
        if shown is not None:
            super()._handle_exception(shown)

    def _display(self, screen: Any, renderable: Any) -> None:
        """Textual's last step before the terminal. Without it more bytes are sent, and nothing
        else changes.
        """
        output = self.output_for(renderable)
        if output is not None:
            super()._display(screen, output)  # type: ignore[arg-type]


class HookedPalette(CommandPalette):
    """Textual's palette without its error on a key to the list between two layouts."""

    def _action_command_list(self, action: str) -> None:
        """Textual's step in the list, none where the lines of its commands are not known yet."""
        with suppress(KeyError):
            super()._action_command_list(action)
