"""Recordings read: gzip or plain, tuirisk's own and those of other collectors.

A line is ``<receive time, ns> <json>``, the JSON being a combined-stream frame or a REST answer
``{"rest", "status", "data"}``; what else is understood is in :mod:`tuirisk.feed.recording_captures`
and :mod:`tuirisk.feed.recording_tables`.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from itertools import chain, islice
from pathlib import Path

from tuirisk.feed.frames import StreamFrame
from tuirisk.feed.recording_captures import BareDepth, Captured, Form, form_of, parse_line
from tuirisk.feed.recording_depth import is_unwrapped_depth, named, whole_books
from tuirisk.feed.recording_faults import RecordingFaults
from tuirisk.feed.recording_lines import lines
from tuirisk.feed.recording_order import in_event_order
from tuirisk.feed.recording_tables import is_header, table_frames
from tuirisk.feed.recording_times import in_time

__all__ = ["BareDepth", "Captured", "form_of_file", "parse_line", "read"]
_MOST_COMPARED = 500
"""Lines at the beginning by which unwrapped depth messages are told to be changes or whole."""
_MOST_TRIED = 20
"""Lines at the beginning of a file that are looked at for what it is."""


def read(path: Path, faults: RecordingFaults) -> Iterator[Captured]:
    """The frames of a recording in file order, but for neighbours that swapped places; what
    cannot be read is noted in ``faults``.

    Raises:
        RecordingError: there is no such file, or it cannot be opened.
    """
    sibling = path.parent / path.name.replace(".ws.", ".http.")
    if sibling != path and sibling.is_file():
        yield from merge(
            _parse(path, faults),
            _parse(sibling, RecordingFaults()),
            key=lambda frame: frame.received,
        )
    else:
        yield from _parse(path, faults)


def form_of_file(path: Path) -> Form | None:
    """What the file is, by its first lines that can be read; None where there is none.

    Raises:
        RecordingError: there is no such file, or it cannot be opened.
    """
    form: Form | None = None
    for _, line in islice(lines(path, RecordingFaults()), _MOST_TRIED):
        if is_header(line):
            return "tardis_table"
        if parse_line(line) is not None:
            form = form_of(line)
            if form != "tuirisk":
                break
    return form


def _parse(path: Path, faults: RecordingFaults) -> Iterator[Captured]:
    return in_event_order(in_time(_numbered(path, faults), faults))


def _numbered(path: Path, faults: RecordingFaults) -> Iterator[tuple[int, int, Captured]]:
    """(line, its bytes, frame) of each line that is a frame."""
    rest = lines(path, faults)
    first = next(rest, None)
    if first is None:
        return
    if is_header(first[1]):
        yield from table_frames(first[1], rest, faults)
        return
    begun = [first, *islice(rest, _MOST_COMPARED)]
    books = whole_books(line for _, line in begun)
    for number, line in chain(begun, rest):
        frame = parse_line(line)
        if books and isinstance(frame, StreamFrame) and is_unwrapped_depth(line):
            frame = named(frame, books)
        if frame is not None:
            yield number, len(line), frame
        elif not line.startswith(b"wss://"):
            faults.record(number, "neither a frame nor a REST answer")
