"""A file of the program's own that several runs write: one at a time, and as a whole."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from pathlib import Path

LOCK_SECONDS = 0.5
"""How long another program's lock is waited for; that program may be suspended."""
LOCK_PAUSE = 0.01
"""Seconds between two tries."""


def lock_folder(folder: Path) -> int | None:
    """A handle that keeps the folder locked until it is closed; None where there are no locks.

    Raises:
        BlockingIOError: another program kept it locked for :data:`LOCK_SECONDS`.
        OSError: the folder cannot be opened or locked.
    """
    try:
        import fcntl
    except ImportError:
        return None
    handle = os.open(folder, os.O_RDONLY)
    try:
        until = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise
                time.sleep(LOCK_PAUSE)
    except BaseException:
        os.close(handle)
        raise
    return handle


def replace_file(path: Path, data: bytes) -> None:
    """Write ``data`` so that a reader finds the old file or the new one, never a part.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A state file that is a link stays one.
    target = path.resolve()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
