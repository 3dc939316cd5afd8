"""What was read of files, kept for the next time: one file for the files of one symbol.

An entry counts as long as path, size and time of change of each of its files are the same.
"""

from __future__ import annotations

import contextlib
import io
import os
import zipfile
import zlib
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path, PurePath
from typing import Any

import msgspec
import numpy as np

from tuirisk import __version__
from tuirisk.config.paths import set_aside
from tuirisk.feed.files.checksum import checksum_file
from tuirisk.feed.files.group import Group, Series
from tuirisk.feed.files.model import FileKind, FileReport, Market
from tuirisk.feed.files.tables import needs_extra
from tuirisk.foreign.files import open_own

LAYOUT = 2
"""Of the entries; another one is not read."""
MOST_ENTRIES = 5_000
MOST_BYTES = 1 << 30
"""Of an entry: some series of the most rows that are kept."""
_DAMAGED = (
    OSError, ValueError, KeyError, EOFError, RuntimeError, MemoryError, zipfile.BadZipFile,
    zlib.error, msgspec.MsgspecError,
)  # fmt: skip


class _Head(msgspec.Struct):
    """All of an entry but its numbers; ``series`` are (symbol, kind, interval, market)."""

    fingerprint: str
    series: list[tuple[str, FileKind, str, Market | None]]
    reports: list[FileReport]


class FilesCache:
    """Entries in ``folder``, of the files below ``root``."""

    def __init__(self, folder: Path, root: Path) -> None:
        self._folder = folder
        self._root = root.resolve()

    def fingerprint(self, files: Sequence[PurePath]) -> str:
        """What tells whether any of ``files`` changed.

        Raises:
            OSError: one of them is not there.
        """
        said = [__version__, str(LAYOUT)]
        for file in files:
            stat = os.stat(self._root / file)
            said.append(f"{file}\0{stat.st_size}\0{stat.st_mtime_ns}")
            said.append(self._checksum_time(file))
        return sha256("\0".join(said).encode("utf-8", "surrogateescape")).hexdigest()

    def _checksum_time(self, file: PurePath) -> str:
        try:
            return str(os.stat(checksum_file(self._root / file)).st_mtime_ns)
        except OSError:
            return ""

    def load(self, name: str, fingerprint: str) -> Group | None:
        """The entry ``name``, if it is of ``fingerprint``; a damaged one is set aside."""
        path = self._path(name)
        try:
            with open_own(path) as file:
                data = file.read(MOST_BYTES + 1)
        except OSError:
            return None
        try:
            return _group(data, fingerprint)
        except _DAMAGED:
            with contextlib.suppress(OSError):
                set_aside(path)
            return None

    def store(self, name: str, fingerprint: str, group: Group) -> None:
        """Keep ``group``; nothing happens where that cannot be, or where it would be wrong soon."""
        if any(needs_extra(report.problem) for report in group.reports):
            return
        path = self._path(name)
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            if len(os.listdir(self._folder)) > MOST_ENTRIES:
                return
            part = path.with_suffix(f".{os.getpid()}.part")
            part.write_bytes(_bytes(group, fingerprint))
            part.replace(path)

    def _path(self, name: str) -> Path:
        entry = sha256(f"{self._root}\0{name}".encode("utf-8", "surrogateescape")).hexdigest()
        return self._folder / f"{entry[:32]}.npz"


def _bytes(group: Group, fingerprint: str) -> bytes:
    head = _Head(
        fingerprint,
        [(s.symbol, s.kind, s.interval, s.market) for s in group.series],
        list(group.reports),
    )
    arrays: dict[str, Any] = {"head": np.frombuffer(msgspec.json.encode(head), np.uint8)}
    for number, series in enumerate(group.series):
        arrays[f"t{number}"], arrays[f"v{number}"] = series.times, series.table
    made = io.BytesIO()
    np.savez(made, allow_pickle=False, **arrays)
    return made.getvalue()


def _group(data: bytes, fingerprint: str) -> Group | None:
    if len(data) > MOST_BYTES:
        raise ValueError("too long")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        # What is compressed was not written here, and may unpack to any size.
        if sum(member.file_size for member in archive.infolist()) > len(data):
            raise ValueError("compressed")
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        head = msgspec.json.decode(arrays["head"].tobytes(), type=_Head)
        if head.fingerprint != fingerprint:
            return None
        series = []
        for number, (symbol, kind, interval, market) in enumerate(head.series):
            times, table = arrays[f"t{number}"], arrays[f"v{number}"]
            if table.ndim != 2 or times.shape != table.shape[1:] or times.dtype != np.int64:
                raise ValueError("columns of different lengths")
            series.append(Series(symbol, kind, interval, market, times, table.astype(np.float64)))
        return Group(tuple(series), tuple(head.reports))
