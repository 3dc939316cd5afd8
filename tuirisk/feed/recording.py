"""Recordings read: gzip or plain lines ``<receive time, ns> <json>``.

The JSON is a combined-stream frame, or a REST answer ``{"rest", "status", "data"}``; a bare depth
body is taken as the snapshot of the one symbol in the file. Captures of the cryptofeed kind
(``<seconds>: <json>`` beside a ``.http`` file of snapshots) read as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tuirisk.feed.frames import Frame, ProviderFrame, RestFrame, StreamFrame
from tuirisk.feed.recording_faults import RecordingFaults
from tuirisk.feed.recording_lines import lines
from tuirisk.feed.recording_times import in_time
from tuirisk.foreign.decoding import UndecodableError, decode_json
from tuirisk.foreign.text import printable

LATEST_NS = 4_102_444_800 * 1_000_000_000
"""2100-01-01: no line is of a later time."""
LONGEST_REQUEST = 500
"""Characters of a REST request."""


class _Line(msgspec.Struct, frozen=True):
    """The JSON of a line, its keys in any order."""

    stream: str | UnsetType = UNSET
    rest: Annotated[str, Meta(min_length=1, max_length=LONGEST_REQUEST)] | UnsetType = UNSET
    status: Annotated[int, Meta(ge=100, le=999)] | UnsetType = UNSET
    data: msgspec.Raw | UnsetType = UNSET
    lastUpdateId: int | UnsetType = UNSET
    provider: Annotated[str, Meta(min_length=1, max_length=40)] | UnsetType = UNSET
    path: Annotated[str, Meta(max_length=LONGEST_REQUEST)] = ""
    unit: Annotated[str, Meta(max_length=20)] = ""
    stale_after: Annotated[float, Meta(ge=0, le=604_800)] = 0.0


_LINE = msgspec.json.Decoder(_Line)


@dataclass(frozen=True)
class BareDepth:
    """A depth body without a symbol, as other collectors insert it."""

    received: int
    body: bytes


_NS_LINE = re.compile(rb"(\d{15,20}) (?=\{)")
_SECONDS_LINE = re.compile(rb"(\d{9,11}(?:\.\d+)?): (?=\{)")
_HTTP_LINE = re.compile(rb"(https?://\S{1,500}) -> (\d{9,11}(?:\.\d+)?): ")


def read(path: Path, faults: RecordingFaults) -> Iterator[Frame | ProviderFrame | BareDepth]:
    """The frames of a recording in file order; what cannot be read is noted in ``faults``.

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


def _parse(path: Path, faults: RecordingFaults) -> Iterator[Frame | ProviderFrame | BareDepth]:
    return in_time(_numbered(path, faults), faults)


def _numbered(
    path: Path, faults: RecordingFaults
) -> Iterator[tuple[int, int, Frame | ProviderFrame | BareDepth]]:
    """(line, its bytes, frame) of each line that is a frame."""
    for number, line in lines(path, faults):
        frame = parse_line(line)
        if frame is not None:
            yield number, len(line), frame
        elif not line.startswith(b"wss://"):
            faults.record(number, "neither a frame nor a REST answer")


def parse_line(line: bytes) -> Frame | ProviderFrame | BareDepth | None:
    """One line of a recording; None where it is neither frame nor answer."""
    if match := _NS_LINE.match(line):
        return _frame(int(match[1]), line[match.end() :])
    if match := _SECONDS_LINE.match(line):
        return _frame(_nanoseconds(match[1]), line[match.end() :])
    if match := _HTTP_LINE.match(line):
        received = _nanoseconds(match[2])
        try:
            url = urlsplit(match[1].decode("ascii", "replace"))
        except ValueError:
            return None
        request = printable(f"GET {url.path}?{url.query}" if url.query else f"GET {url.path}", None)
        return (
            RestFrame(received, request, 200, line[match.end() :]) if _is_time(received) else None
        )
    return None


def _is_time(received: int) -> bool:
    return 0 < received < LATEST_NS


def _nanoseconds(seconds: bytes) -> int:
    whole, _, fraction = seconds.partition(b".")
    return int(whole) * 1_000_000_000 + int(fraction[:9].ljust(9, b"0") or b"0")


def _frame(received: int, text: bytes) -> Frame | ProviderFrame | BareDepth | None:
    if not _is_time(received):
        return None
    if text.startswith(b'{"stream"'):
        return StreamFrame(received, text)
    if text.startswith(b'{"lastUpdateId"'):
        return BareDepth(received, text)
    try:
        line = decode_json(_LINE, text)
    except UndecodableError:
        return None
    if line.provider is not UNSET:
        return _provider_frame(received, line)
    if line.data is not UNSET and line.stream is not UNSET:
        return StreamFrame(received, text)
    if line.data is not UNSET and line.rest is not UNSET and line.status is not UNSET:
        return RestFrame(received, printable(line.rest, None), line.status, bytes(line.data))
    return BareDepth(received, text) if line.lastUpdateId is not UNSET else None


def _provider_frame(received: int, line: _Line) -> ProviderFrame | None:
    if line.data is UNSET or line.provider is UNSET:
        return None
    return ProviderFrame(
        received,
        printable(line.provider, None),
        "" if line.rest is UNSET else printable(line.rest, None),
        0 if line.status is UNSET else line.status,
        bytes(line.data),
        printable(line.path, None),
        printable(line.unit, None),
        line.stale_after,
    )
