"""Exit codes of the command line."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """A contract with scripts: values never change, and new ones are only added."""

    OK = 0
    """Done; also when interrupted, or when the reader of a pipe went away."""
    BUG = 1
    """An unexpected error in tuirisk."""
    USAGE = 2
    """The command line or the configuration is wrong, or the symbol does not exist."""
    UNREACHABLE = 3
    """The exchange cannot be reached or refuses, or the account was asked for and is refused."""
    NOT_READY = 4
    """Timed out, or the recording ended, before everything was ready; the rest was printed.

    The account, where there is a key, is part of it."""
