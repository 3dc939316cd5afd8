"""Messages of the command line: one line each, on standard error."""

from __future__ import annotations

import contextlib
import sys

from tuirisk.foreign.text import printable


def print_error(line: str) -> None:
    """Print ``line`` on standard error, after the program's name; nothing where that is full."""
    with contextlib.suppress(OSError):
        print(f"tuirisk: {printable(line, most=None)}", file=sys.stderr)
