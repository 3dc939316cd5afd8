"""The tables within a file, in pieces of bounded size: CSV, JSON, Feather, Parquet, gzip, zip."""

from __future__ import annotations

import gzip
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from tuirisk.feed.files.json_rows import json_rows
from tuirisk.feed.files.layout import Label
from tuirisk.feed.files.names import COMPRESSED, SUFFIXES
from tuirisk.feed.files.text import TextTable
from tuirisk.foreign.text import printable

if TYPE_CHECKING:
    import pandas as pd

MOST_MEMBERS = 20_000
"""Members of one archive that are read."""
_PIECE = 200_000
"""Rows of a Parquet file at a time."""
_DAMAGED = (EOFError, OSError, zlib.error, zipfile.BadZipFile)


class UnreadableFile(Exception):
    """A file, or a part of it, cannot be used; the text says why in one line."""


@dataclass(frozen=True, slots=True)
class DataTable:
    """One table: ``member`` is its name within an archive, empty for the file itself.

    ``header`` says whether the table names its columns; ``labels`` are those names, else numbers.
    ``pieces`` gives its rows, the columns that were asked for alone.
    """

    member: str
    labels: Sequence[Label]
    header: bool
    pieces: Callable[[Sequence[Label]], Iterator[pd.DataFrame]]
    lost: Callable[[], int] = lambda: 0
    """Lines that are no rows of the table, once the pieces were read."""
    grown: Callable[[], bool] = lambda: False
    """Whether the file grew while it was read."""


def is_data_file(path: Path) -> bool:
    """Whether the name is of a format that is read."""
    name = path.name.lower()
    for ending in COMPRESSED:
        name = name.removesuffix(ending)
    return name.endswith(SUFFIXES)


@contextmanager
def reading() -> Iterator[None]:
    """Turn what can go wrong with the bytes of a file into :class:`UnreadableFile`."""
    try:
        yield
    except UnreadableFile:
        raise
    except MemoryError:
        raise UnreadableFile("too large for the memory") from None
    except EOFError:
        raise UnreadableFile("it ends before its end: is it still being written?") from None
    except PermissionError:
        raise UnreadableFile("it cannot be read: no permission") from None
    except RuntimeError as error:
        if "password" in str(error) or "encrypted" in str(error):
            raise UnreadableFile("the archive has a password") from None
        raise UnreadableFile(f"damaged: {_text(error)}") from None
    except (*_DAMAGED, ValueError, NotImplementedError, ArithmeticError, LookupError) as error:
        raise UnreadableFile(f"damaged: {_text(error)}") from None


def tables(path: Path) -> Iterator[DataTable | tuple[str, UnreadableFile]]:
    """The tables of a file; (member, why) for each part that is none.

    Raises:
        UnreadableFile: nothing of the file can be read.
    """
    with reading():
        if path.name.lower().endswith(".zip"):
            yield from _archive(path)
        else:
            yield _table(path, "")


def _archive(path: Path) -> Iterator[DataTable | tuple[str, UnreadableFile]]:
    with zipfile.ZipFile(path) as archive:
        members = [info for info in archive.infolist() if not info.is_dir()]
        if not members:
            raise UnreadableFile("an empty archive")
        for info in members[:MOST_MEMBERS]:
            name = info.filename
            if name.lower().endswith(".zip"):
                yield name, UnreadableFile("a zip within a zip: unpack the outer one")
            elif is_data_file(Path(name)):
                try:
                    with reading():
                        yield _member(path, archive, info)
                except UnreadableFile as problem:
                    yield name, problem
            elif len(members) == 1:
                yield name, UnreadableFile("no table in it: " + printable(name, 80))


def _member(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> DataTable:
    name = info.filename
    lower = name.lower()
    if lower.endswith((".feather", ".parquet")):
        raise UnreadableFile("Feather and Parquet are not read from within an archive: unpack it")

    def opened() -> IO[bytes]:
        stream = archive.open(info)
        if lower.endswith(".gz"):
            return cast(IO[bytes], gzip.GzipFile(fileobj=stream))
        return stream

    return _of_stream(opened, name, lower, None)


def _table(path: Path, member: str) -> DataTable:
    lower = path.name.lower()
    if lower.endswith((".feather", ".parquet")):
        return _columnar(path, lower.rpartition(".")[2])

    def opened() -> IO[bytes]:
        if lower.endswith(".gz"):
            return cast(IO[bytes], gzip.open(path))
        return path.open("rb")

    size = None if lower.endswith(".gz") else path.stat().st_size
    if size == 0:
        raise UnreadableFile("an empty file")
    return _of_stream(opened, member, lower, size, path)


def _of_stream(
    opened: Callable[[], IO[bytes]],
    member: str,
    lower: str,
    size: int | None,
    path: Path | None = None,
) -> DataTable:
    if lower.removesuffix(".gz").endswith((".json", ".jsonl")):
        return _json(opened, member)
    text = TextTable(opened, size)
    if text.problem:
        raise UnreadableFile(text.problem)

    def grown() -> bool:
        return size is not None and path is not None and os.stat(path).st_size > size

    return DataTable(member, text.labels, text.header, text.pieces, lambda: text.lost, grown)


def _json(opened: Callable[[], IO[bytes]], member: str) -> DataTable:
    with reading():
        first = next((rows[0] for rows in json_rows(opened) if rows), None)
    if first is None or first in ([], {}):
        raise UnreadableFile("a JSON without rows")
    if not isinstance(first, list | dict):
        raise UnreadableFile("a JSON that is no list of rows")
    named = isinstance(first, dict)
    labels: list[Label] = list(first) if isinstance(first, dict) else list(range(len(first)))
    lost = 0

    def pieces(some: Sequence[Label]) -> Iterator[pd.DataFrame]:
        nonlocal lost
        import pandas as pd

        for rows in json_rows(opened):
            kind = dict if named else list
            whole = [row for row in rows if isinstance(row, kind) and (named or len(row) == width)]
            lost += len(rows) - len(whole)
            cells = [
                [row.get(label) if isinstance(row, dict) else row[int(label)] for label in some]
                for row in whole
            ]
            yield pd.DataFrame(cells, columns=list(some))

    width = len(labels)
    return DataTable(member, labels, named, pieces, lambda: lost)


def _columnar(path: Path, form: str) -> DataTable:
    if form == "feather":
        return _feather(path)
    try:
        from pyarrow import parquet
    except ImportError:
        return _duckdb(path)
    with _arrow_errors():
        file = parquet.ParquetFile(path)
        labels = [str(name) for name in file.schema_arrow.names]

    def pieces(some: Sequence[Label]) -> Iterator[pd.DataFrame]:
        with _arrow_errors():
            for batch in file.iter_batches(batch_size=_PIECE, columns=[str(one) for one in some]):
                yield batch.to_pandas().reset_index()

    return DataTable("", labels, True, pieces)


def _feather(path: Path) -> DataTable:
    try:
        from pyarrow import feather
    except ImportError:
        raise UnreadableFile(missing_extra("Feather", "pyarrow")) from None
    with _arrow_errors():
        table = feather.read_table(path, memory_map=True)
    labels = [str(name) for name in table.column_names]

    def pieces(some: Sequence[Label]) -> Iterator[pd.DataFrame]:
        with _arrow_errors():
            for batch in table.select([str(one) for one in some]).to_batches(_PIECE):
                yield batch.to_pandas().reset_index()

    return DataTable("", labels, True, pieces)


def _duckdb(path: Path) -> DataTable:
    try:
        import duckdb
    except ImportError:
        raise UnreadableFile(missing_extra("Parquet", "pyarrow or duckdb")) from None
    try:
        relation = duckdb.connect().read_parquet(str(path))
    except duckdb.Error as error:
        raise UnreadableFile(f"damaged: {_text(error)}") from None
    labels = [str(name) for name in relation.columns]

    def pieces(some: Sequence[Label]) -> Iterator[pd.DataFrame]:
        names = ", ".join('"' + str(one).replace('"', '""') + '"' for one in some)
        result = relation.project(names).execute()
        while True:
            frame: pd.DataFrame = result.fetch_df_chunk(_PIECE // 2048)
            if not len(frame):
                return
            yield frame

    return DataTable("", labels, True, pieces)


_INSTALL = "pip install 'tuirisk[files]'"


def missing_extra(form: str, what: str) -> str:
    """One line: what reads files of ``form`` is not installed."""
    return f"{form} needs {what}: {_INSTALL}"


def needs_extra(problem: str) -> bool:
    """Whether ``problem`` is that of :func:`missing_extra`."""
    return _INSTALL in problem


@contextmanager
def _arrow_errors() -> Iterator[None]:
    from pyarrow import ArrowException

    try:
        yield
    except (ArrowException, OSError) as error:
        raise UnreadableFile(f"damaged: {_text(error)}") from None


def _text(error: BaseException) -> str:
    return printable(str(error), 120) or type(error).__name__
