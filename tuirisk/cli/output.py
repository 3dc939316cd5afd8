"""Standard output that cannot be written: a full disk, a closed pipe, or none at all."""

from __future__ import annotations

import contextlib
import errno
import os
import sys

_CANNOT_WRITE = frozenset({errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EDQUOT, errno.EBADF})


def ensure_streams() -> None:
    """Open what the process was started without, so that no file takes its number."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is not None:
            continue
        descriptor = os.open(os.devnull, os.O_RDWR)
        if descriptor != number:
            os.dup2(descriptor, number)
            os.close(descriptor)
        setattr(sys, name, open(number, mode, closefd=False))  # noqa: SIM115


def flush_output() -> None:
    """Write what waits for standard output.

    Raises:
        OSError: it cannot be written.
    """
    sys.stdout.flush()


def abandon_output() -> None:
    """Discard what waits for standard output: python would complain once more as it ends."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def is_output_error(error: BaseException) -> bool:
    """Whether ``error`` is of writing standard output: it names no file."""
    return isinstance(error, OSError) and error.errno in _CANNOT_WRITE and error.filename is None
