"""Records of numbers kept as columns: a fifth of the memory of as many objects."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar, overload

T = TypeVar("T")
Row = Sequence[float]


class ColumnarSequence(Sequence[T]):
    """A sequence of records made anew, by ``make`` of a row's numbers, whenever they are read.

    ``codes`` has a letter a column, as the standard library's ``array``: ``q`` for integers, ``d``
    for floats. Equal to any sequence of equal records.
    """

    __slots__ = ("_columns", "_make")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, make: Callable[..., T], codes: str, rows: Iterable[Row] = ()) -> None:
        self._make = make
        columns = list(zip(*rows, strict=True)) or [()] * len(codes)
        self._columns: list[array[Any]] = [
            array(code, column) for code, column in zip(codes, columns, strict=True)
        ]

    @classmethod
    def of_columns(
        cls, make: Callable[..., T], codes: str, columns: Sequence[bytes | memoryview]
    ) -> ColumnarSequence[T]:
        """From columns of one length, each as the bytes of its numbers (8 bytes a number)."""
        made: ColumnarSequence[T] = cls(make, "")
        for code, column in zip(codes, columns, strict=True):
            numbers: array[Any] = array(code)
            numbers.frombytes(column)
            made._columns.append(numbers)
        return made

    def __len__(self) -> int:
        return len(self._columns[0])

    def __iter__(self) -> Iterator[T]:
        return (self._make(*row) for row in zip(*self._columns, strict=True))

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> ColumnarSequence[T]: ...
    def __getitem__(self, place: int | slice) -> T | ColumnarSequence[T]:
        parts = [column[place] for column in self._columns]
        if isinstance(place, int):
            return self._make(*parts)
        some = ColumnarSequence(self._make, "")
        some._columns = parts
        return some

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    def with_rows(self, rows: Iterable[Row]) -> ColumnarSequence[T]:
        """The records of ``rows``, of the same kind."""
        return ColumnarSequence(self._make, "".join(c.typecode for c in self._columns), rows)

    def append(self, row: Row) -> None:
        """Add a row behind the others."""
        for column, number in zip(self._columns, row, strict=True):
            column.append(number)

    def column(self, place: int) -> Sequence[Any]:
        """One number of all records."""
        return self._columns[place]
