"""A folder of files: found, read in parallel, and put together by symbol."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePath
from threading import Lock

from tuirisk.feed.files.cache import FilesCache
from tuirisk.feed.files.folder_error import FolderError
from tuirisk.feed.files.group import Group, read_group, with_newest
from tuirisk.feed.files.histories import put_together
from tuirisk.feed.files.model import Folder, Market
from tuirisk.feed.files.names import file_name
from tuirisk.feed.files.tables import is_data_file

MOST_FILES = 100_000
"""Files of a folder that are looked at."""
THREADS = 4
"""Files read at a time, at most: the parser of CSV runs beside Python."""
Arrived = Callable[[Group], None]
"""Called with what the files of one name hold, once it is read, from several threads."""
Progress = Callable[[int, int], None]
"""Called with (files read, files in all), from several threads, one at a time."""


def read_folder(
    path: Path,
    *,
    market: Market | None = None,
    symbols: Sequence[str] | None = None,
    progress: Progress = lambda done, total: None,
    arrived: Arrived = lambda group: None,
    newest: bool = False,
    cache: Path | None = None,
) -> Folder:
    """All that the files below ``path`` hold, by symbol.

    ``market`` is that of files which do not say whether they are of spot or perpetuals; None
    assumes perpetuals. ``symbols`` reads those alone, from the files whose names say them or say
    none. With ``newest`` no more bars are kept than the monitor uses, and what was read is kept in
    the folder ``cache`` for the next time.

    Raises:
        FolderError: it is no folder, or nothing in it can be used.
    """
    groups = _by_name(path, symbols)
    total = sum(map(len, groups.values()))
    if not total:
        raise FolderError(_nothing(path, symbols))
    counted = _Counted(total, progress)
    kept = FilesCache(cache, path) if newest and cache is not None else None

    def read_one(name: str) -> Group:
        files = groups[name]
        if kept is not None:
            group = _cached(path, name, files, kept, counted)
        else:
            group = read_group(path, files, counted.add)
            group = with_newest(group) if newest else group
        arrived(group)
        return group

    with ThreadPoolExecutor(min(THREADS, os.cpu_count() or 1)) as threads:
        read = list(threads.map(read_one, groups))
    return put_together(path, read, market, symbols)


def _cached(
    path: Path, name: str, files: Sequence[PurePath], kept: FilesCache, counted: _Counted
) -> Group:
    """The files of one name from the cache, or read and kept there."""
    try:
        fingerprint = kept.fingerprint(files)
    except OSError:
        return with_newest(read_group(path, files, counted.add))
    group = kept.load(name, fingerprint)
    if group is None:
        group = with_newest(read_group(path, files, counted.add))
        kept.store(name, fingerprint, group)
    else:
        for _ in files:
            counted.add()
    return group


def symbols_in(path: Path) -> tuple[str, ...]:
    """The symbols that the names of the files below ``path`` say, in their order.

    Raises:
        FolderError: it is no folder, or holds no file of a format that is read.
    """
    groups = _by_name(path, None)
    if not groups:
        raise FolderError(_nothing(path, None))
    return tuple(sorted(filter(None, groups)))


def silent_files(path: Path, symbols: Sequence[str] | None) -> int:
    """How many files below ``path`` are of candles whose market no path says, by their names.

    Raises:
        FolderError: it is no folder, or holds no file of a format that is read.
    """
    groups = _by_name(path, symbols)
    if not groups:
        raise FolderError(_nothing(path, symbols))
    above = path.resolve().parts
    names = (file_name(file, above) for files in groups.values() for file in files)
    return sum(n.market is None and n.kind is None and not n.exchange for n in names)


class _Counted:
    """Reports the files that were read."""

    def __init__(self, total: int, progress: Progress) -> None:
        self._total, self._progress = total, progress
        self._done = 0
        self._lock = Lock()

    def add(self) -> None:
        with self._lock:
            self._done += 1
            self._progress(self._done, self._total)


def _by_name(path: Path, symbols: Sequence[str] | None) -> dict[str, list[PurePath]]:
    """The files below ``path`` by the symbol in their name, in the order of their paths.

    Raises:
        FolderError: it is no folder that can be read.
    """
    try:
        if not path.is_dir():
            raise FolderError(
                f"{path}: not a folder; --klines wants the folder that holds the files"
                if path.exists()
                else f"{path}: no such folder"
            )
        os.listdir(path)
    except OSError as error:
        raise FolderError(f"{path}: cannot be read ({error.strerror})") from error
    found: list[PurePath] = []
    seen = {os.path.realpath(path)}
    for folder, folders, names in os.walk(path, followlinks=True):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        folders[:] = [name for name in folders if _is_new(os.path.join(folder, name), seen)]
        below = PurePath(folder).relative_to(path)
        found += (
            below / n for n in sorted(names) if not n.startswith(".") and is_data_file(Path(n))
        )
        if len(found) > MOST_FILES:
            del found[MOST_FILES:]
            break
    groups: dict[str, list[PurePath]] = defaultdict(list)
    for file in found:
        name = file_name(file).symbol
        if symbols is None or not name or name in symbols:
            groups[name].append(file)
    return groups


def _is_new(folder: str, seen: set[str]) -> bool:
    """Whether a folder is read for the first time: links may lead to one twice, or in circles."""
    real = os.path.realpath(folder)
    if real in seen:
        return False
    seen.add(real)
    return True


def _nothing(path: Path, symbols: Sequence[str] | None) -> str:
    of = f" of {', '.join(symbols)}" if symbols else ""
    return (
        f"{path}: no files of candles{of} in it; it may hold CSV (plain, .gz, .zip), JSON, "
        "Feather or Parquet: see docs/klines.md"
    )
