"""Lines that swapped places, put back by the time of their own events."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from msgspec.structs import replace

from tuirisk.events.intervals import SECOND_NS
from tuirisk.feed.frames import StreamFrame, stream_name
from tuirisk.feed.recording_captures import Captured

NEAR_NS = SECOND_NS
"""A line is put back by so much at most."""
_MOST_WAITING = 20_000
_HEAD = 400
"""Bytes of a line in which its event time and id stand."""
_TIME = re.compile(rb'"E": ?(\d{13})')
_ID = re.compile(rb'"(?:u|a|t)": ?(\d{1,19})')

_Sent: TypeAlias = tuple[int, int]
"""Event time (ms) and id of a message."""


def in_event_order(frames: Iterable[Captured]) -> Iterator[Captured]:
    """``frames``, each message of a stream before those of the same stream that were sent later
    and stand at most a second before it.
    """
    waiting: deque[tuple[Captured, str, _Sent]] = deque()
    newest: dict[str, _Sent] = {}
    for frame in frames:
        name, sent = _identity(frame)
        while waiting and (
            abs(frame.received - waiting[0][0].received) > NEAR_NS or len(waiting) >= _MOST_WAITING
        ):
            yield waiting.popleft()[0]
        before = newest.get(name)
        late = before is not None and name != "" and sent < before
        place = _place(waiting, name, sent) if late else len(waiting)
        if place < len(waiting):
            received = min(frame.received, waiting[place][0].received)
            waiting.insert(place, (replace(frame, received=received), name, sent))  # type: ignore[type-var]
        else:
            waiting.append((frame, name, sent))
            if not late and name and len(newest) < _MOST_WAITING:
                newest[name] = sent
    while waiting:
        yield waiting.popleft()[0]


def _identity(frame: Captured) -> tuple[str, _Sent]:
    """The stream of a message and when it was sent; an empty name where it has none."""
    if not isinstance(frame, StreamFrame):
        return "", (0, 0)
    head = frame.data[:_HEAD]
    time = _TIME.search(head)
    name = stream_name(frame.data)
    if time is None or not name:
        return "", (0, 0)
    number = _ID.search(head, time.end())
    return name, (int(time[1]), int(number[1]) if number is not None else 0)


def _place(waiting: deque[tuple[Captured, str, _Sent]], name: str, sent: _Sent) -> int:
    """Where the message belongs: before the first of its stream that was sent later."""
    for place, (_, other, then) in enumerate(waiting):
        if other == name and then > sent and then[0] - sent[0] <= NEAR_NS // 1_000_000:
            return place
    return len(waiting)
