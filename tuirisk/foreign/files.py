"""Files of others, opened without waiting for what may never come."""

from __future__ import annotations

import errno
import os
import select
import stat
from pathlib import Path
from typing import BinaryIO

PATIENCE_S = 2.0
"""How long a pipe may say nothing before it counts as one that nobody writes to."""


def open_own(path: Path) -> BinaryIO:
    """``path``, a file of this program, opened for reading.

    Raises:
        OSError: it cannot be opened, or is a pipe, a device or a directory.
    """
    file = _open_at_once(path)
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "Not a regular file")
    return file


def check_regular(path: Path) -> None:
    """See that ``path`` is a file, or nothing; SQLite would wait for who writes to a pipe.

    Raises:
        OSError: it is a pipe, a device or a directory.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "Not a regular file")


def open_given(path: Path) -> BinaryIO:
    """``path``, named by a person, opened for reading; it may be a pipe, as shells make them.

    Raises:
        OSError: it cannot be opened, or is a pipe that nobody writes to.
    """
    file = _open_at_once(path)
    if stat.S_ISFIFO(os.fstat(file.fileno()).st_mode):
        readable, _, _ = select.select([file], [], [], PATIENCE_S)
        if not readable:
            file.close()
            raise OSError(errno.ETIMEDOUT, "Nobody writes to this pipe")
    os.set_blocking(file.fileno(), True)
    return file


def _open_at_once(path: Path) -> BinaryIO:
    return open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK))
