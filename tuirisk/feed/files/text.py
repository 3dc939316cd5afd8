"""A text of separated values as a table: its separator, its header, and its rows in blocks."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from typing import IO, TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tuirisk.feed.files.layout import Label

if TYPE_CHECKING:
    import pandas as pd

BLOCK = 1024 * 1024
"""Bytes that are read at a time."""
MOST_LINE = 64 * 1024
"""Bytes of a line: longer is no table."""
_SMALL = 32 * 1024
"""Bytes of a block that numpy reads faster than pandas is set up."""
_IN_NS = 1e17
"""From here on a number may be a time in ns, which a float does not hold exactly."""
_BOM = b"\xef\xbb\xbf"
_SEPARATORS = ",;\t|"
_COMMA_PRICE = re.compile(r"[+-]?\d+,\d+(?:[.,]\d+)*")


class TextTable:
    """A text of separated values.

    ``opened`` opens its bytes; of them the first ``size`` are read, all with None, so that a file
    that grows meanwhile is read as it was. ``problem`` says why it is no table, if it is none.
    """

    def __init__(self, opened: Callable[[], IO[bytes]], size: int | None) -> None:
        self._opened = opened
        self._size = size
        self.labels: Sequence[Label] = ()
        self.header = False
        self.lost = 0
        """Lines that are no rows: of another number of cells, or cut off while being written."""
        self._separator = ","
        self._before = 0
        """Lines before the first row."""
        with opened() as stream:
            head = stream.read(MOST_LINE if size is None else min(MOST_LINE, size))
        self.problem = self._recognise(head)

    def pieces(self, columns: Sequence[Label]) -> Iterator[pd.DataFrame]:
        """The rows in blocks; a cell that is no number stays text, one that is absent is NaN."""
        import pandas as pd

        places = [list(self.labels).index(label) for label in columns]
        for number, block in enumerate(self._blocks()):
            lines = block.count(b"\n") + (not block.endswith(b"\n"))
            before = self._before if number == 0 else 0
            if lines <= before:
                continue
            if (rows := self._numbers(block, before, lines - before)) is not None:
                yield pd.DataFrame(rows[:, places], columns=pd.Index(columns))
                continue
            frame = pd.read_csv(
                io.BytesIO(block),
                sep=self._separator,
                header=None,
                names=list(range(len(self.labels))),
                usecols=places,
                index_col=False,
                skiprows=before,
                on_bad_lines="skip",
                encoding_errors="replace",
                low_memory=False,
                skipinitialspace=True,
            )
            self.lost += max(0, lines - before - len(frame) - _empty_lines(block))
            frame = frame[places]
            frame.columns = pd.Index(columns)
            yield frame

    def _numbers(self, block: bytes, before: int, count: int) -> NDArray[np.float64] | None:
        """The ``count`` rows of a small block, all columns, where every cell is a number."""
        if len(block) > _SMALL:
            return None
        rows = block.split(b"\n", before)[-1]
        width = len(self.labels)
        if rows.count(self._separator.encode()) != count * (width - 1):
            return None
        try:
            made = np.loadtxt(io.BytesIO(rows), delimiter=self._separator, comments=None, ndmin=2)
        except ValueError:
            return None
        return made if made.shape == (count, width) and not (made >= _IN_NS).any() else None

    def _blocks(self) -> Iterator[bytes]:
        rest, left = b"", self._size
        with self._opened() as stream:
            while True:
                data = stream.read(BLOCK if left is None else min(BLOCK, left))
                if left is not None:
                    left -= len(data)
                if not data:
                    break
                data = rest + data
                end = data.rfind(b"\n") + 1
                if not end and len(data) > BLOCK:
                    raise ValueError("a line without an end")
                if end:
                    yield data[:end]
                rest = data[end:]
            growing = left == 0 and bool(stream.read(1))
        if rest and growing:
            self.lost += 1
        elif rest:
            yield rest

    def _recognise(self, head: bytes) -> str:
        """Find separator and header in the beginning of the text; why it is none, or empty."""
        if b"\0" in head or head.startswith((b"\xff\xfe", b"\xfe\xff")):
            return "no text in UTF-8"
        head = head.removeprefix(_BOM)
        if len(head) >= MOST_LINE - len(_BOM) and b"\n" not in head:
            return "no table: its first line has no end"
        lines = head.decode("utf-8", errors="replace").splitlines()[:50]
        while lines and not _is_row(lines[0]):
            lines.pop(0)
            self._before += 1
        if not lines:
            return "no table of numbers in it"
        if lines[0].count("\ufffd") > 2:
            return "no text in UTF-8"
        self._separator = max(_SEPARATORS, key=lines[0].count)
        first = _cells(lines[0], self._separator)
        if len(first) < 2:
            return "no table: its first line has one cell"
        self.header = _is_header(first)
        if self.header:
            self._before += 1
            self.labels = _unlike(first)
            rows = [_cells(line, self._separator) for line in lines[1:3] if line.strip()]
        else:
            rows = [first]
            self.labels = list(range(len(first)))
        return _commas(rows)


def _is_row(line: str) -> bool:
    """Whether a line can begin the table: not a comment, an address or nothing."""
    text = line.strip()
    return bool(text) and not text.startswith(("#", "//", "http:", "https:", "sep="))


def _cells(line: str, separator: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([line], delimiter=separator), [])]


def _is_header(cells: Sequence[str]) -> bool:
    named = cells[1:] if cells[0] == "" else cells
    if named == [str(i) for i in range(len(named))]:
        return True
    return not any(_is_number(cell) for cell in named)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _unlike(names: Sequence[str]) -> list[Label]:
    """The names, a repeated one with a number behind it."""
    made: list[Label] = []
    for name in names:
        made.append(f"{name}.{len(made)}" if name in made else name)
    return made


def _commas(rows: Sequence[Sequence[str]]) -> str:
    for row in rows:
        found = next((cell for cell in row if _COMMA_PRICE.fullmatch(cell)), None)
        if found is not None:
            return f"numbers with commas ({found[:20]}): write them with a point, without commas"
    return ""


def _empty_lines(block: bytes) -> int:
    return block.count(b"\n\n") + block.count(b"\n\r\n")
