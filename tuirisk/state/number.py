"""Numbers that may be missing, and the words shared by all parts of the state."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import Any, Literal, TypeAlias, TypeVar

from tuirisk.language.reason import Reason


class Missing(Reason):
    """The place of a number that cannot be had, and why.

    It is false, so ``value or 0.0`` is the value with 0 in place of a missing one. It absorbs
    arithmetic: a result is missing for the reason of its first missing operand. An order with a
    number has no answer, so ``<`` and its like raise TypeError.
    """

    __slots__ = ()
    __array_ufunc__ = None  # numpy's scalars leave the operation to this class

    @classmethod
    def because(cls, reason: Reason) -> Missing:
        """A number that is missing for ``reason``."""
        return cls(reason.code, **dict(reason.args))

    @property
    def reason(self) -> str:
        """The English sentence, as it stands in the JSON."""
        return str(self)

    def __bool__(self) -> Literal[False]:
        return False

    def _absorb(self, other: float | Missing) -> Missing:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = _absorb
    __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _absorb

    def __neg__(self) -> Missing:
        return self

    def __abs__(self) -> Missing:
        return self


Number: TypeAlias = float | Missing
MaybeCount: TypeAlias = int | Missing
MaybeText: TypeAlias = str | Missing
MaybeByName: TypeAlias = Mapping[str, Number]
MaybeMatrix: TypeAlias = tuple[tuple[Number, ...], ...] | Missing

Source = Literal["binance", "simulator", "recording", "files", "remote"]
ConnectionStatus = Literal["connecting", "syncing", "live", "degraded", "offline"]
SymbolStatus = Literal["warming", "ready", "stale", "error"]

NOT_YET = Missing("not_computed_yet")
NOT_APPLICABLE = Missing("not_applicable")

T = TypeVar("T")
R = TypeVar("R")


def present(values: Iterable[T | Missing]) -> list[T]:
    """The values that are not missing, in their order."""
    return [value for value in values if not isinstance(value, Missing)]


def first_missing(*values: object) -> Missing | None:
    """The first of ``values`` that is missing, or None."""
    return next((value for value in values if isinstance(value, Missing)), None)


def mapped(function: Callable[[T], R], value: T | Missing) -> R | Missing:
    """``function(value)``; a missing value stays as it is."""
    return value if isinstance(value, Missing) else function(value)


def or_none(value: T | Missing) -> T | None:
    """The value, or None where it is missing, as JSON and SQLite have it."""
    return None if isinstance(value, Missing) else value


def element(matrix: MaybeMatrix, row: int, column: int) -> Number:
    """One number of a matrix; missing where the whole matrix is."""
    return matrix if isinstance(matrix, Missing) else matrix[row][column]


def ratio(value: Number, unit: Number, otherwise: Missing) -> Number:
    """``value / unit`` of a positive unit; ``otherwise`` where the unit is not positive."""
    if isinstance(value, Missing):
        return value
    if isinstance(unit, Missing):
        return unit
    return value / unit if unit > 0 else otherwise


def maximum(*values: Number) -> Number:
    """The largest number; missing for the reason of the first value that is."""
    numbers = present(values)
    if len(numbers) == len(values):
        return max(numbers)
    return next(value for value in values if isinstance(value, Missing))


def magnitude(value: Number) -> Number:
    """The absolute value."""
    return value if isinstance(value, Missing) else abs(value)


def screen_only(default: Any) -> Any:
    """A field with a default that the published JSON leaves out."""
    if isinstance(default, dict):
        return field(default_factory=dict, metadata={"published": False})
    if isinstance(default, array):
        return field(default_factory=lambda: default[:], metadata={"published": False})
    return field(default=default, metadata={"published": False})


def published_later(default: Any) -> Any:
    """A published field that the JSON of an earlier version may lack: it is then ``default``."""
    if isinstance(default, dict):
        return field(default_factory=lambda: dict(default), metadata={"later": True})
    return field(default=default, metadata={"later": True})


MOMENT = {"moment": True}
"""Metadata of a field ``NAME_ms`` (UTC) that is published as ``NAME``, in ISO 8601."""
