"""Depth diffs kept while a snapshot is awaited."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from msgspec.structs import replace

from tuirisk.events import DepthDiff
from tuirisk.events.book import Level

MOST_DIFFS = 2_000
"""Diffs of a symbol that are kept at most: 200 s of ``@100ms``."""


class _Packed(NamedTuple):
    """A diff whose levels are packed: 16 bytes a level, where a tuple of two floats has 112."""

    head: DepthDiff
    bids: bytes
    asks: bytes

    @property
    def levels(self) -> int:
        return (len(self.bids) + len(self.asks)) // 16

    def diff(self) -> DepthDiff:
        return replace(self.head, bids=_unpacked(self.bids), asks=_unpacked(self.asks))


class DepthBuffer:
    """Diffs in order, the newest of them."""

    def __init__(self) -> None:
        self._diffs: deque[_Packed] = deque()
        self._levels = 0
        """Levels of all diffs together."""

    def __len__(self) -> int:
        return len(self._diffs)

    def __iter__(self) -> Iterator[DepthDiff]:
        return (packed.diff() for packed in self._diffs)

    @property
    def oldest(self) -> DepthDiff:
        """The oldest diff, without its levels.

        Raises:
            IndexError: there is none.
        """
        return self._diffs[0].head

    @property
    def newest(self) -> DepthDiff:
        """The newest diff, without its levels.

        Raises:
            IndexError: there is none.
        """
        return self._diffs[-1].head

    def has_unread(self, since: int) -> bool:
        """Whether a level of a diff after the id ``since`` could not be read."""
        return any(one.head.incomplete and one.head.last_id > since for one in self._diffs)

    def append(self, diff: DepthDiff, most_levels: int) -> int:
        """Add the next diff; the oldest are dropped beyond ``most_levels`` and ``MOST_DIFFS``, and
        how many they are is returned.
        """
        packed = _Packed(replace(diff, bids=(), asks=()), _packed(diff.bids), _packed(diff.asks))
        self._diffs.append(packed)
        self._levels += packed.levels
        dropped = 0
        while self._levels > most_levels or len(self._diffs) > MOST_DIFFS:
            self.popleft()
            dropped += 1
        return dropped

    def popleft(self) -> None:
        """Drop the oldest diff."""
        self._levels -= self._diffs.popleft().levels

    def clear(self) -> list[DepthDiff]:
        """Empty the buffer; what was in it."""
        diffs, self._levels = [one.diff() for one in self._diffs], 0
        self._diffs.clear()
        return diffs


def _packed(levels: tuple[Level, ...]) -> bytes:
    return array("d", chain.from_iterable(levels)).tobytes()


def _unpacked(levels: bytes) -> tuple[Level, ...]:
    numbers = iter(memoryview(levels).cast("d"))
    return tuple(zip(numbers, numbers, strict=True))
