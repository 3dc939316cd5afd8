"""Freed memory goes back to the system."""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest

from tuirisk.feed.free_memory import return_free_memory

STATUS = Path("/proc/self/statm")
PIECES = 4_000


def resident_pages() -> int:
    return int(STATUS.read_text().split()[1])


@pytest.mark.skipif(
    not STATUS.exists() or not hasattr(ctypes.CDLL(None), "malloc_trim"),
    reason="only glibc keeps freed memory and can give it back",
)
def test_what_lies_below_kept_objects_is_given_back() -> None:
    pieces = [bytearray(b"x" * 4_096) for _ in range(PIECES)]
    kept = pieces[-1]
    del pieces
    before = resident_pages()
    return_free_memory()
    assert resident_pages() < before - PIECES // 2
    assert len(kept) == 4_096
