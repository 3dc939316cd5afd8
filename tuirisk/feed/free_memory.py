"""Memory that was freed, given back to the system."""

from __future__ import annotations

import ctypes
from contextlib import suppress


def return_free_memory() -> None:
    """Give back the freed memory that the C library keeps; nothing where it has no such call.

    Answers are decoded between objects that stay, so that the holes they leave are kept for ever.
    """
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
