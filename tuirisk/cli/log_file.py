"""The file of ``--log``: an entry a line, and below it the lines of its traceback."""

from __future__ import annotations

import logging

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
