"""Textual's driver with an input that nothing a terminal sends can end."""

from __future__ import annotations

import logging
import os
import selectors
from functools import partial

from textual import _xterm_parser as xterm
from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from tuirisk.terminal.replies import TerminalInput
from tuirisk.terminal.title import KEEP, RESTORE, has_title
from tuirisk.ui.render.textual_hooks import HookedApp

POLL = 0.1
"""Seconds after which an unfinished sequence is taken for keys."""
READ = 4_096
FLOOD = 256
"""Characters at once that nobody types."""
_KNOWN = (
    xterm._re_mouse_event,
    xterm._re_terminal_mode_response,
    xterm._re_cursor_position,
    xterm._re_extended_key,
    xterm._re_in_band_window_resize,
)
_LETTER = events.Key("a", "a")

_log = logging.getLogger(__name__)


def is_known(sequence: str) -> bool:
    """Whether Textual's parser knows a control sequence."""
    return (
        sequence in ANSI_SEQUENCES_KEYS
        or sequence in xterm.SPECIAL_SEQUENCES
        or sequence == "\x1b[M"
        or any(pattern.match(sequence) for pattern in _KNOWN)
    )


class TerminalDriver(LinuxDriver):
    """Reads keys as :class:`~tuirisk.terminal.replies.TerminalInput` gives them.

    The title that the terminal had is given back with the rest of what it showed.
    """

    def start_application_mode(self) -> None:
        """Textual's; the terminal keeps the title that it has."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if has_title(os.environ):
            self.write(KEEP)

    def stop_application_mode(self) -> None:
        """Textual's, after the terminal has its title back."""
        if has_title(os.environ):
            self.write(RESTORE)
        super().stop_application_mode()

    def send_message(self, message: Message) -> None:
        """Textual's, but for input beyond what the application lets wait."""
        is_input = isinstance(message, events.InputEvent | events.Paste)
        if not is_input or self._admits(message):
            super().send_message(message)

    def run_input_thread(self) -> None:
        """Read until the screen ends."""
        self._parser = xterm.XTermParser(self._debug)
        source = TerminalInput(is_known)
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(POLL):
                    data = os.read(self.fileno, READ)
                    if not data:
                        return
                    self._parse(source.feed(data), flood=not source.pasting)
                elif source.waits:
                    self._parse(source.flush())
                self._tick()

    def _run_input_thread(self) -> None:
        try:
            self.run_input_thread()
        except Exception as error:  # noqa: BLE001 - the program ends by it as by any other
            if not self.exit_event.is_set():
                self._app.call_later(partial(self._app._handle_exception, error))

    def _parse(self, text: str, *, flood: bool = False) -> None:
        if not text:
            return
        if flood and len(text) > FLOOD and "\x1b" not in text and not self._admits(_LETTER):
            return
        try:
            for message in self._parser.feed(text):
                self.process_message(message)
        except (ValueError, OverflowError, ArithmeticError, LookupError, StopIteration) as error:
            # The parser is a generator: after an exception it does nothing any more.
            _log.warning("the terminal sent something unreadable (%s)", error)
            self._parser = xterm.XTermParser(self._debug)

    def _admits(self, message: Message) -> bool:
        return not isinstance(self._app, HookedApp) or self._app.admits(message)

    def _tick(self) -> None:
        for message in self._parser.tick():
            self.process_message(message)
