"""Messages of the command line: one line each, on standard error."""

from __future__ import annotations

import sys


def print_error(line: str) -> None:
    """Print ``line`` on standard error, after the program's name."""
    print(f"tuirisk: {line}", file=sys.stderr)
