"""The lines of a recording, plain or gzip: bounded, and past what is damaged.

After damage in a gzip file reading goes on at the next member, or at the next point where the
writer began the compression anew (:func:`zlib.Z_FULL_FLUSH`).
"""

from __future__ import annotations

import re
import stat
import zlib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from tuirisk.feed.recording_faults import RecordingError, RecordingFaults

MIB = 1024 * 1024
LONGEST_LINE = 32 * MIB
"""Bytes; longer lines are skipped."""
MOST_SILENCE = 512 * MIB
"""Unpacked bytes without one line to read, after which the rest of a file is left."""
GZIP_MAGIC = b"\x1f\x8b"
_HEADER = b"\x1f\x8b\x08"
_FLUSHED = b"\x00\x00\xff\xff"
_PIECE = 64 * 1024
_STEP = 256
_UNPACKED = MIB
_AHEAD = MIB
"""Bytes that are searched at once for where to go on."""
_TRAILER = 8
_MOST_BREAKS = 1_000
_MARK = b"\xef\xbb\xbf"
"""What some editors put before the text of a file."""
_LINE = re.compile(rb"[^\n]+")


def is_packed(path: Path) -> bool:
    """Whether the file begins as gzip does."""
    with _opened(path) as file:
        return file.read(2) == GZIP_MAGIC


def lines(path: Path, faults: RecordingFaults) -> Iterator[tuple[int, bytes]]:
    """(number, text) of each line that is not blank; what is left out is noted in ``faults``.

    Raises:
        RecordingError: there is no such file, it is not a regular one, or it cannot be read.
    """
    try:
        with _opened(path) as file:
            packed = file.read(2) == GZIP_MAGIC
            file.seek(0)
            for number, text in _split(
                _unpacked(file, faults) if packed else _pieces(file), faults
            ):
                line = text.removeprefix(_MARK).lstrip() if number == 1 else text
                if line:
                    yield number, line
    except OSError as error:
        raise RecordingError(f"{path}: cannot read the recording ({error.strerror})") from error


def _opened(path: Path) -> IO[bytes]:
    """``path`` opened for reading, if it is a regular file: a device or a pipe has no end."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise RecordingError(f"{path}: not a regular file; name a recording")
    return path.open("rb")


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(_UNPACKED):
        yield piece


def _split(pieces: Iterator[bytes | None], faults: RecordingFaults) -> Iterator[tuple[int, bytes]]:
    """The lines of ``pieces``; None among them is a place where bytes were lost."""
    number, silence = 1, 0
    begun = bytearray()
    """The line under way."""
    skipping = False
    for piece in pieces:
        if piece is None:
            begun.clear()
            skipping = False
            continue
        silence += len(piece)
        at = 0
        for match in _LINE.finditer(piece):
            start, end = match.span()
            number_of_ends = piece.count(b"\n", at, start)
            if number_of_ends and (begun or skipping):
                if text := bytes(begun).strip():
                    silence = 0
                    yield number, text
                begun, skipping = bytearray(), False
            number += number_of_ends
            at = end
            if skipping:
                continue
            if end < len(piece) and not begun:
                if text := match[0].strip():
                    silence = 0
                    yield number, text
                # The end of this line is counted with the next one's beginning.
                continue
            begun += match[0]
            if len(begun) > LONGEST_LINE:
                faults.record(number, f"longer than {LONGEST_LINE // MIB} MiB")
                begun, skipping = bytearray(), True
        if (ends := piece.count(b"\n", at)) and (begun or skipping):
            if text := bytes(begun).strip():
                silence = 0
                yield number, text
            begun, skipping = bytearray(), False
        number += ends
        if silence > MOST_SILENCE:
            faults.record(number, f"{MOST_SILENCE // MIB} MiB without a line; the rest is left out")
            return
    if text := bytes(begun).strip():
        yield number, text


class _End(NamedTuple):
    """Where a run of compressed bytes ended, as an offset in the file, and how."""

    offset: int
    why: str
    """Empty where it ended as it should."""


def _unpacked(file: IO[bytes], faults: RecordingFaults) -> Iterator[bytes | None]:
    """The contents of all members; None where some are lost."""
    start, raw, breaks = 0, False, 0
    while breaks < _MOST_BREAKS:
        end = yield from _member(file, start, raw)
        if not end.why:
            start, raw = end.offset, False
            if _is_header(file, start):
                continue
            if not _rest(file, start):
                return
            end = _End(start, "no gzip member begins here")
        breaks += 1
        yield None
        found = _resume(file, end.offset)
        if found is None:
            faults.add_damage(f"the file ends or breaks at byte {end.offset} ({end.why})")
            return
        start, raw = found
        lost = max(0, start - end.offset)
        faults.add_damage(f"damaged at byte {end.offset} ({end.why}): {lost} bytes lost")
    faults.add_damage("damaged in too many places; the rest is left out")


def _member(file: IO[bytes], start: int, raw: bool) -> Generator[bytes, None, _End]:
    """The contents from ``start`` on; ``raw`` where a writer began its compression anew.

    Returns an :class:`_End`.
    """
    unpack = zlib.decompressobj(-zlib.MAX_WBITS if raw else 16 + zlib.MAX_WBITS)
    offset = start
    while not unpack.eof:
        if offset > start and _another_begins(file, offset):
            return _End(offset, "a gzip member breaks off here")
        piece = _next_piece(file, offset)
        if not piece:
            return _End(offset, "a gzip member ends")
        before = unpack.copy()
        try:
            unpacked = unpack.decompress(piece, _UNPACKED)
        except zlib.error:
            for at in range(0, len(piece), _STEP):
                try:
                    yield before.decompress(piece[at : at + _STEP])
                except zlib.error as error:
                    return _End(offset + at, str(error))
            return _End(offset, "damaged")
        yield unpacked
        while unpack.unconsumed_tail:
            try:
                yield unpack.decompress(unpack.unconsumed_tail, _UNPACKED)
            except zlib.error as error:
                return _End(offset + len(piece) - len(unpack.unconsumed_tail), str(error))
        offset += len(piece)
    end = offset - len(unpack.unused_data)
    return _End(end + _TRAILER if raw else end, "")


def _next_piece(file: IO[bytes], offset: int) -> bytes:
    """The bytes from ``offset`` on, up to the next header after it; empty at the end."""
    file.seek(offset)
    data = file.read(_PIECE + len(_HEADER) - 1)
    at = data.find(_HEADER, 1)
    return data[:_PIECE] if at < 0 else data[:at]


def _another_begins(file: IO[bytes], offset: int) -> bool:
    """Whether a member begins at ``offset``, where the one before it has not ended.

    Within compressed bytes a header comes by chance once in 16 MiB, and never one whose contents
    are those of a recording.
    """
    if not _is_header(file, offset):
        return False
    file.seek(offset)
    return _unpacks(file.read(_PIECE), raw=False)


def _resume(file: IO[bytes], broken: int) -> tuple[int, bool] | None:
    """Where to go on after damage seen at ``broken``: the offset, and whether within a member."""
    offset = broken
    while True:
        file.seek(offset)
        data = file.read(_AHEAD)
        for at, raw in _candidates(data):
            if _unpacks(data[at : at + _PIECE], raw):
                return offset + at, raw
        if len(data) < _AHEAD:
            return None
        offset += len(data) - len(_FLUSHED)


def _candidates(data: bytes) -> list[tuple[int, bool]]:
    """(place, raw) in ``data`` where compression may begin."""
    headers = [(match.start(), False) for match in re.finditer(re.escape(_HEADER), data)]
    flushes = [(match.end(), True) for match in re.finditer(re.escape(_FLUSHED), data)]
    return sorted(headers + flushes)[:_MOST_BREAKS]


def _unpacks(data: bytes, raw: bool) -> bool:
    """Whether ``data`` begins compressed contents that have lines of JSON."""
    unpack = zlib.decompressobj(-zlib.MAX_WBITS if raw else 16 + zlib.MAX_WBITS)
    try:
        text = unpack.decompress(data, _STEP)
    except zlib.error:
        return False
    begins = text.lstrip()[:1]
    return begins.isdigit() or begins == b"{"


def _is_header(file: IO[bytes], offset: int) -> bool:
    file.seek(offset)
    return file.read(len(_HEADER)) == _HEADER


def _rest(file: IO[bytes], offset: int) -> bool:
    """Whether anything but zeros follows."""
    file.seek(offset)
    while piece := file.read(_PIECE):
        if piece.strip(b"\0"):
            return True
    return False
