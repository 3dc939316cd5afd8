"""Recordings written: every frame that a feed receives, as a line."""

from __future__ import annotations

import contextlib
import errno
import gzip
import io
import os
import re
import stat
import zlib
from pathlib import Path
from typing import IO, cast

import msgspec

from tuirisk.feed.frames import AccountFrame, Frame, ProviderFrame, RestFrame, StreamFrame
from tuirisk.feed.recording import read
from tuirisk.feed.recording_faults import RecordingError, RecordingFaults
from tuirisk.feed.recording_lines import MIB, is_packed
from tuirisk.foreign.decoding import UndecodableError, any_json, decode_json

FLUSH_NS = 1_000_000_000
PROBE = 64 * 1024
"""Bytes that must fit on the disk before a recording begins."""
_MOST_CHECKED = 64 * MIB
"""Bytes of a packed recording that is read through before another is appended."""
_ANY = any_json()


_NEVER_JSON = bytes({*range(32)} - {*b"\t\n\r"})
_BELOW_SPACE = bytes(range(32))
_SPACED = bytes(32 if code in b"\t\n\r" else code for code in range(256))
_OBEYED = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""Controls of 8 bits, marks of direction and line ends; JSON can say all of them by number."""


class RecordingWriter:
    """Appends every frame to a file; gzip when its name ends in ``.gz``.

    A write that fails (a full disk) ends the recording, not the session: ``error`` says why.
    Behind a gzip file whose last session broke off nothing can be appended: ``path`` is then
    another file, and ``notice`` says so.

    Raises:
        RecordingError: the file cannot be written, or holds something that is no recording.
    """

    def __init__(self, path: Path, *, account: bool = True) -> None:
        """``account``: whether the account's positions and balances are kept too."""
        self.path = _usable(path)
        self._keeps_account = account
        self.notice = ""
        if self.path != path:
            self.notice = f"{path}: its last recording broke off; this one goes to {self.path}"
        self.error = ""
        self.frames = 0
        self._flushed = 0
        self._raw: io.BufferedWriter | None = None
        self._file: IO[bytes] | None = None
        self.open()

    def open(self) -> None:
        """Go on with the file, if it was closed.

        Raises:
            RecordingError: it cannot be written.
        """
        if self._file is not None or self.error:
            return
        try:
            raw = open(self.path, "ab", opener=_open_at_once)  # noqa: SIM115
            try:
                _probe(raw)
                if self.path.suffix != ".gz" and _is_torn(self.path):
                    raw.write(b"\n")
                    raw.flush()
            except BaseException:
                _discard(raw)
                raise
        except OSError as error:
            raise RecordingError(
                f"{self.path}: cannot write the recording ({error.strerror}); name another file"
            ) from error
        self._raw = raw
        packed = self.path.suffix == ".gz"
        self._file = cast(IO[bytes], gzip.GzipFile(fileobj=raw, mode="ab") if packed else raw)

    def write(self, frame: Frame | ProviderFrame | AccountFrame) -> None:
        """Append ``frame``; what is written reaches the disk within a second."""
        if self._file is None or (isinstance(frame, AccountFrame) and not self._keeps_account):
            return
        try:
            self._file.write(b"%d %b\n" % (frame.received, json_line(frame)))
            self.frames += 1
            if not 0 <= frame.received - self._flushed <= FLUSH_NS:
                self._flush()
                self._flushed = frame.received
        except OSError as error:
            self._stop(error)

    def close(self) -> None:
        """End the file. A failure is in ``error``."""
        file, raw = self._file, self._raw
        if file is None or raw is None:
            return
        self._file = self._raw = None
        try:
            file.close()
            raw.close()
        except OSError as error:
            self._set_error(error)
            _discard(raw)

    def _flush(self) -> None:
        if isinstance(self._file, gzip.GzipFile):
            # A reader can go on from here, whatever is damaged before.
            self._file.flush(zlib.Z_FULL_FLUSH)
        if self._raw is not None:
            self._raw.flush()
            if not os.fstat(self._raw.fileno()).st_nlink:
                raise OSError(errno.ENOENT, "The file was removed")

    def _stop(self, error: OSError) -> None:
        self._set_error(error)
        raw, self._file, self._raw = self._raw, None, None
        if raw is not None:
            _discard(raw)

    def _set_error(self, error: OSError) -> None:
        self.error = f"{self.path} ({error.strerror})"


def _open_at_once(name: str, flags: int) -> int:
    """Open without waiting for a pipe's reader: without one it cannot be written."""
    number = os.open(name, flags | os.O_NONBLOCK, 0o666)
    os.set_blocking(number, True)
    return number


def _usable(path: Path) -> Path:
    """``path``, or another beside it where nothing can be appended to that.

    Raises:
        RecordingError: it is there and no recording.
    """
    number = 1
    target = path
    while not _can_be_continued(target):
        number += 1
        stem, dot, ends = path.name.partition(".")
        target = path.with_name(f"{stem}-{number}{dot}{ends}")
    return target


def _can_be_continued(path: Path) -> bool:
    try:
        status = path.stat()
    except OSError:
        return True
    if not stat.S_ISREG(status.st_mode) or not status.st_size:
        return True
    try:
        packed = is_packed(path)
    except OSError:
        # Not readable, but it may be writable.
        return True
    if packed != (path.suffix == ".gz"):
        kind = "gzip" if packed else "not gzip"
        raise RecordingError(f"{path}: is {kind}, unlike its name; name another file")
    faults = RecordingFaults()
    frames = read(path, faults)
    if next(frames, None) is None and not faults.damaged:
        if packed and _holds_nothing(path):
            return True
        raise RecordingError(f"{path}: is no recording; name another file")
    if not packed:
        return True
    if status.st_size > _MOST_CHECKED:
        return False
    for _ in frames:
        pass
    return not faults.damaged


def _holds_nothing(path: Path) -> bool:
    """Whether a gzip is that of a run that ended before its first frame."""
    with gzip.open(path) as file:
        return not file.read(1)


def _probe(raw: io.BufferedWriter) -> None:
    """See that the disk takes something.

    Raises:
        OSError: it does not.
    """
    before = os.fstat(raw.fileno())
    raw.write(b"\0" * PROBE if stat.S_ISREG(before.st_mode) else b"")
    raw.flush()
    if stat.S_ISREG(before.st_mode):
        os.ftruncate(raw.fileno(), before.st_size)
        raw.seek(0, os.SEEK_END)
    elif stat.S_ISCHR(before.st_mode):
        os.write(raw.fileno(), b"\n")


def _is_torn(path: Path) -> bool:
    """Whether a plain file ends within a line."""
    try:
        with path.open("rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode) or not file.seek(0, os.SEEK_END):
                return False
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"
    except OSError:
        return False


def _discard(raw: io.BufferedWriter) -> None:
    """Close the file without what could not be written."""
    with contextlib.suppress(OSError, ValueError):
        raw.detach().close()


def json_line(frame: Frame | ProviderFrame | AccountFrame) -> bytes:
    """The JSON of a recording's line of ``frame``."""
    if isinstance(frame, StreamFrame):
        return recordable(frame.data)
    head = msgspec.json.encode(_head(frame))
    try:
        decode_json(_ANY, frame.body)
        body = recordable(frame.body)
    except UndecodableError:
        body = _as_text(frame.body)
    return head[:-1] + b',"data":' + body + b"}"


def _head(frame: RestFrame | ProviderFrame | AccountFrame) -> dict[str, object]:
    """The keys of a line before ``data``."""
    if isinstance(frame, AccountFrame):
        return {"account": frame.kind}
    if isinstance(frame, RestFrame):
        return {"rest": frame.request, "status": frame.status}
    source: dict[str, object] = {"provider": frame.provider}
    if frame.path or frame.unit or frame.stale_after:
        source |= {"path": frame.path, "unit": frame.unit, "stale_after": frame.stale_after}
    if frame.failure:
        return (
            source | ({"rest": frame.request} if frame.request else {}) | {"failure": frame.failure}
        )
    return source | ({"rest": frame.request, "status": frame.status} if frame.request else {})


def recordable(data: bytes) -> bytes:
    """``data`` on one line, without a byte that a terminal would obey when the file is printed.

    What is JSON says the same; what is none becomes a JSON string, which no frame is.
    """
    if len(data.translate(None, _BELOW_SPACE)) != len(data):
        if len(data.translate(None, _NEVER_JSON)) != len(data):
            return _as_text(data)
        data = data.translate(_SPACED)
    if data.isascii() and b"\x7f" not in data:
        return data
    try:
        text = data.decode()
        if _OBEYED.search(text):
            decode_json(_ANY, data)
    except (UnicodeDecodeError, UndecodableError):
        return _as_text(data)
    return _OBEYED.sub(_escaped, text).encode()


def _as_text(data: bytes) -> bytes:
    text = msgspec.json.encode(data.decode("utf-8", "replace")).decode()
    return _OBEYED.sub(_escaped, text).encode()


def _escaped(character: re.Match[str]) -> str:
    return f"\\u{ord(character.group()):04x}"
