"""Depth diffs kept while a snapshot is awaited."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterator
from itertools import chain
from struct import Struct

from tuirisk.events import DepthDiff
from tuirisk.events.book import Level

MOST_DIFFS = 2_000
"""Diffs of a symbol that are kept at most: 200 s of ``@100ms``."""
_HEAD = Struct("=5qI?3x")
"""Receive time, the three ids, the event's time, how many bids, whether it is incomplete; the
levels follow, bids first, 16 bytes each."""


class DepthBuffer:
    """Diffs of one symbol in order, the newest of them.

    Each is one piece of bytes: as objects those of 200 symbols at the start took 25 MB, whose holes
    stayed.
    """

    def __init__(self) -> None:
        self._symbol = ""
        self._diffs: deque[bytes] = deque()
        self._levels = 0
        """Levels of all diffs together."""

    def __len__(self) -> int:
        return len(self._diffs)

    def __iter__(self) -> Iterator[DepthDiff]:
        return map(self._unpacked, self._diffs)

    @property
    def oldest(self) -> DepthDiff:
        """The oldest diff, without its levels.

        Raises:
            IndexError: there is none.
        """
        return self._head(self._diffs[0])

    @property
    def newest(self) -> DepthDiff:
        """The newest diff, without its levels.

        Raises:
            IndexError: there is none.
        """
        return self._head(self._diffs[-1])

    def has_unread(self, since: int) -> bool:
        """Whether a level of a diff after the id ``since`` could not be read."""
        heads = map(self._head, self._diffs)
        return any(head.incomplete and head.last_id > since for head in heads)

    def append(self, diff: DepthDiff, most_levels: int) -> int:
        """Add the next diff; the oldest are dropped beyond ``most_levels`` and ``MOST_DIFFS``, and
        how many they are is returned.
        """
        self._symbol = diff.symbol
        self._diffs.append(_packed(diff))
        self._levels += len(diff.bids) + len(diff.asks)
        dropped = 0
        while self._levels > most_levels or len(self._diffs) > MOST_DIFFS:
            self.popleft()
            dropped += 1
        return dropped

    def popleft(self) -> None:
        """Drop the oldest diff."""
        self._levels -= (len(self._diffs.popleft()) - _HEAD.size) // 16

    def clear(self) -> list[DepthDiff]:
        """Empty the buffer; what was in it."""
        diffs, self._levels = [*self], 0
        self._diffs.clear()
        return diffs

    def _head(self, packed: bytes) -> DepthDiff:
        received, first, last, previous, time, _, incomplete = _HEAD.unpack_from(packed)
        return DepthDiff(self._symbol, received, first, last, previous, time, (), (), incomplete)

    def _unpacked(self, packed: bytes) -> DepthDiff:
        received, first, last, previous, time, bids, incomplete = _HEAD.unpack_from(packed)
        numbers = iter(memoryview(packed)[_HEAD.size :].cast("d"))
        levels: list[Level] = list(zip(numbers, numbers, strict=True))
        return DepthDiff(
            self._symbol, received, first, last, previous, time,
            tuple(levels[:bids]), tuple(levels[bids:]), incomplete,
        )  # fmt: skip


def _packed(diff: DepthDiff) -> bytes:
    head = _HEAD.pack(
        diff.received,
        diff.first_id,
        diff.last_id,
        diff.previous_id,
        diff.event_time,
        len(diff.bids),
        diff.incomplete,
    )
    return head + array("d", chain.from_iterable((*diff.bids, *diff.asks))).tobytes()
