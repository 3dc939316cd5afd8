"""The file that holds the secret half of a key; refused where anybody else can read it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from tuirisk.language.reason import Reason

LARGEST_FILE = 64 * 1024
OTHERS = stat.S_IRWXG | stat.S_IRWXO


class KeyFileError(Exception):
    """The file cannot be used; ``reason`` says why in one line, with its path and nothing in it."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


def read_key_file(path: str) -> str:
    """The text of the file at ``path``; ``~`` is the home directory.

    Raises:
        KeyFileError: there is none, it cannot be read, or others than its owner can.
    """
    found, reason = "", None
    try:
        where = Path(path).expanduser()
        descriptor = os.open(where, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST_FILE:
                reason = Reason("key_file_unusable", path=path)
            elif os.name == "posix" and status.st_mode & OTHERS:
                mode = f"{stat.S_IMODE(status.st_mode):o}"
                reason = Reason("key_file_readable_by_others", path=path, mode=mode)
            else:
                found = file.read(LARGEST_FILE).decode()
    except FileNotFoundError:
        reason = Reason("key_file_missing", path=path)
    except (OSError, ValueError, RuntimeError):
        reason = Reason("key_file_unusable", path=path)
    if reason is not None:
        raise KeyFileError(reason)
    return found
