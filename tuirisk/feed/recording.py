"""Recordings: gzip or plain lines ``<receive time, ns> <json>``, written and read.

The JSON is a combined-stream frame, or a REST answer ``{"rest", "status", "data"}``; a bare depth
body is taken as the snapshot of the one symbol in the file. Captures of the cryptofeed kind
(``<seconds>: <json>`` beside a ``.http`` file of snapshots) read as they are.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import merge
from pathlib import Path
from typing import IO, Annotated, cast
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from tuirisk.feed.frames import Frame, RestFrame, StreamFrame

GZIP_MAGIC = b"\x1f\x8b"
FLUSH_NS = 1_000_000_000
NAMED_FAULTS = 20


class RecordingError(Exception):
    """The recording cannot be opened or written: one line that says which and why."""


class RestLine(msgspec.Struct, frozen=True):
    rest: Annotated[str, Meta(min_length=1)]
    status: int
    data: msgspec.Raw


class RecordingWriter:
    """Appends every frame to a file; gzip when its name ends in ``.gz``.

    A write that fails (a full disk) ends the recording, not the session: ``error`` says why.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.error = ""
        self.frames = 0
        self._flushed = 0
        try:
            opened = gzip.open(path, "ab") if path.suffix == ".gz" else path.open("ab")  # noqa: SIM115
        except OSError as error:
            raise RecordingError(
                f"{path}: cannot write the recording ({error.strerror}); name another file"
            ) from error
        self._file: IO[bytes] | None = cast(IO[bytes], opened)

    def write(self, frame: Frame) -> None:
        if self._file is None:
            return
        try:
            self._file.write(b"%d %b\n" % (frame.received, _json_line(frame)))
            self.frames += 1
            if frame.received - self._flushed > FLUSH_NS:
                self._file.flush()
                self._flushed = frame.received
        except OSError as error:
            self.error = f"{self.path}: recording stopped ({error.strerror})"
            self._file = None

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _json_line(frame: Frame) -> bytes:
    if isinstance(frame, StreamFrame):
        return frame.data.replace(b"\n", b" ").replace(b"\r", b" ")
    head = msgspec.json.encode({"rest": frame.request, "status": frame.status})
    try:
        msgspec.json.decode(frame.body)
        body = frame.body.replace(b"\n", b" ").replace(b"\r", b" ")
    except msgspec.DecodeError:
        body = msgspec.json.encode(frame.body.decode("utf-8", "replace"))
    return head[:-1] + b',"data":' + body + b"}"


@dataclass
class RecordingFaults:
    """Lines that could not be read: how many, and the first of them by number."""

    count: int = 0
    named: list[str] = field(default_factory=list)

    def record(self, line: int, why: str) -> None:
        self.count += 1
        if len(self.named) < NAMED_FAULTS:
            self.named.append(f"line {line}: {why}")


@dataclass(frozen=True)
class BareDepth:
    """A depth body without a symbol, as other collectors insert it."""

    received: int
    body: bytes


_NS_LINE = re.compile(rb"(\d{15,20}) (\{.*)\Z", re.DOTALL)
_SECONDS_LINE = re.compile(rb"(\d{9,11}(?:\.\d+)?): (\{.*)\Z", re.DOTALL)
_HTTP_LINE = re.compile(rb"(https?://\S+) -> (\d{9,11}(?:\.\d+)?): (.*)\Z", re.DOTALL)


def read(path: Path, faults: RecordingFaults) -> Iterator[Frame | BareDepth]:
    """The frames of a recording in file order; what cannot be read is noted in ``faults``.

    Raises:
        RecordingError: there is no such file, or it cannot be opened.
    """
    sibling = path.with_name(path.name.replace(".ws.", ".http."))
    if sibling != path and sibling.is_file():
        yield from merge(
            _parse(path, faults),
            _parse(sibling, RecordingFaults()),
            key=lambda frame: frame.received,
        )
    else:
        yield from _parse(path, faults)


def _parse(path: Path, faults: RecordingFaults) -> Iterator[Frame | BareDepth]:
    for number, line in _lines(path, faults):
        frame = parse_line(line)
        if frame is None:
            if not line.startswith(b"wss://"):
                faults.record(number, "neither a frame nor a REST answer")
        else:
            yield frame


def _lines(path: Path, faults: RecordingFaults) -> Iterator[tuple[int, bytes]]:
    number = 0
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == GZIP_MAGIC
            raw.seek(0)
            lines = cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if packed else raw
            for number, line in enumerate(lines, 1):
                if text := line.strip():
                    yield number, text
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        faults.record(number + 1, f"the file ends or breaks here ({error})")
    except OSError as error:
        raise RecordingError(f"{path}: cannot read the recording ({error.strerror})") from error


def parse_line(line: bytes) -> Frame | BareDepth | None:
    """One line of a recording; None where it is neither frame nor answer."""
    if match := _NS_LINE.match(line):
        return _parse_json(int(match[1]), match[2])
    if match := _SECONDS_LINE.match(line):
        return _parse_json(_nanoseconds(match[1]), match[2])
    if match := _HTTP_LINE.match(line):
        url = urlsplit(match[1].decode("ascii", "replace"))
        request = f"GET {url.path}?{url.query}" if url.query else f"GET {url.path}"
        return RestFrame(_nanoseconds(match[2]), request, 200, match[3])
    return None


def _nanoseconds(seconds: bytes) -> int:
    whole, _, fraction = seconds.partition(b".")
    return int(whole) * 1_000_000_000 + int(fraction[:9].ljust(9, b"0") or b"0")


def _parse_json(received: int, text: bytes) -> Frame | BareDepth | None:
    if text.startswith(b'{"stream"'):
        return StreamFrame(received, text)
    if text.startswith(b'{"rest"'):
        try:
            answer = _REST_LINE.decode(text)
        except msgspec.DecodeError:
            return None
        return RestFrame(received, answer.rest, answer.status, bytes(answer.data))
    if text.startswith(b'{"lastUpdateId"'):
        return BareDepth(received, text)
    # Key order is not promised: anything else that is a JSON object gets a second look.
    try:
        keys = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None
    if isinstance(keys, dict) and {"stream", "data"} <= keys.keys():
        return StreamFrame(received, text)
    if isinstance(keys, dict) and {"rest", "status", "data"} <= keys.keys():
        body = msgspec.json.encode(keys["data"])
        return RestFrame(received, str(keys["rest"]), int(keys["status"]), body)
    if isinstance(keys, dict) and "lastUpdateId" in keys:
        return BareDepth(received, text)
    return None


_REST_LINE = msgspec.json.Decoder(RestLine)
