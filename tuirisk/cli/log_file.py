"""The file of ``--log``: an entry a line, and below it the lines of its traceback."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from tuirisk import __version__
from tuirisk.foreign.text import printable


class LineFormatter(logging.Formatter):
    """A formatter whose entries have no control character but the end of their own lines."""

    def format(self, record: logging.LogRecord) -> str:
        message = super().format(record)
        if message.isprintable():
            return message
        head = self.formatMessage(record)
        rest = message[len(head) :].splitlines() if message.startswith(head) else []
        return "\n".join(printable(line, most=None) for line in (head, *filter(None, rest)))


class LogFile(logging.FileHandler):
    """A log in a file. What cannot be written is left out, and ``problem`` says why."""

    def __init__(self, path: Path) -> None:
        """Begin with a line that names the program.

        Raises:
            OSError: the file cannot be written.
        """
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        try:
            os.write(descriptor, f"tuirisk {__version__}\n".encode())
        finally:
            os.close(descriptor)
        super().__init__(path, encoding="utf-8", errors="replace")
        self.setFormatter(LineFormatter("%(asctime)s %(levelname)s %(message)s"))
        self.problem = ""

    def handleError(self, record: logging.LogRecord) -> None:
        """Keep why an entry was not written; logging would print a traceback over the screen."""
        error = sys.exc_info()[1]
        if not self.problem:
            reason = error.strerror if isinstance(error, OSError) else type(error).__name__
            self.problem = f"{self.baseFilename}: entries are missing ({reason})"


def log_problem() -> str:
    """Why the log of this run has not all entries, in one line; empty where it has."""
    files = [one for one in logging.getLogger().handlers if isinstance(one, LogFile)]
    return next((one.problem for one in files if one.problem), "")
