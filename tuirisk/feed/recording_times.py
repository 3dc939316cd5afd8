"""Lines of a recording whose time cannot be true are left out."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

from tuirisk.events.intervals import SECOND_NS
from tuirisk.feed.recording_faults import RecordingFaults

FARTHEST_NS = 86_400 * SECOND_NS
"""A time further than this from those of its neighbours is damaged."""
BACK_NS = 60 * SECOND_NS
"""Lines may be out of order by this much: several sockets are written to one file."""
NEIGHBOURS = 4
"""Lines on either side that are looked at."""
_MOST_WAITING = 8 * 1024 * 1024
"""Bytes of lines that wait for their neighbours; beyond that fewer are looked at."""


class Timed(Protocol):
    """Anything that was received at a local UTC time (ns)."""

    @property
    def received(self) -> int: ...


F = TypeVar("F", bound=Timed)


def in_time(lines: Iterable[tuple[int, int, F]], faults: RecordingFaults) -> Iterator[F]:
    """The frames of ``lines`` (number, bytes, frame) without those of a damaged time."""
    before: deque[int] = deque(maxlen=NEIGHBOURS)
    waiting: deque[tuple[int, int, F]] = deque()
    size = latest = 0

    def judged() -> Iterator[F]:
        nonlocal size, latest
        number, length, frame = waiting.popleft()
        size -= length
        why = _wrong(frame.received, before, [later.received for _, _, later in waiting], latest)
        if why:
            faults.record(number, why)
            return
        before.append(frame.received)
        latest = max(latest, frame.received)
        yield frame

    for line in lines:
        waiting.append(line)
        size += line[1]
        while len(waiting) > NEIGHBOURS or (len(waiting) > 1 and size > _MOST_WAITING):
            yield from judged()
    while waiting:
        yield from judged()


def _wrong(time: int, before: Iterable[int], after: list[int], latest: int) -> str:
    """Why ``time`` (ns) cannot be true; empty where it can.

    ``latest`` is the latest time so far. Neighbours may be damaged too, so most of them decide.
    """
    neighbours = [*before, *after]
    near = sum(abs(other - time) <= FARTHEST_NS for other in neighbours)
    if 2 * near < len(neighbours):
        return "its time is more than a day from those of the lines around it"
    if 2 * sum(other < time - BACK_NS for other in after) > len(after):
        return "its time is ahead of those of the lines after it"
    if time < latest - BACK_NS:
        return "its time goes back by more than a minute"
    return ""
