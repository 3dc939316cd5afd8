"""Sentences for people as codes with arguments, so that every language can say them.

The sentence of each code is a template in ``locale/*.toml`` under ``[reason]``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Literal, Self, TypeAlias, cast

from tuirisk.foreign.text import printable
from tuirisk.language.reason_codes import ReasonCode
from tuirisk.language.tables import table

Argument: TypeAlias = "str | int | float | Reason | tuple[str | Reason, ...]"
"""A placeholder's value. Text under the names ``thing``, ``things`` and ``family`` is a code."""

_SEPARATORS = {"things": ", ", "lines": " · "}
"""Between the parts of an argument that is a tuple, by its name; ``; `` between others."""


class Reason:
    """Why something is as it is: a code and what fills the placeholders of its sentence.

    Immutable. Two reasons are equal when their codes and arguments are. ``str()`` is the English
    sentence: one line, for texts among the arguments are made printable.
    """

    __slots__ = ("args", "code")
    code: ReasonCode
    args: tuple[tuple[str, Argument], ...]
    """(placeholder, what fills it), sorted by placeholder."""

    def __init__(self, code: ReasonCode, /, **args: Argument) -> None:
        object.__setattr__(self, "code", code)
        object.__setattr__(self, "args", tuple(sorted(_printable_items(args))))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """A reason that is known as text alone: a snapshot's, the system's, an exchange's."""
        return cls("text", text=text)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Reason):
            return NotImplemented
        return self.code == other.code and self.args == other.args

    def __hash__(self) -> int:
        return hash((self.code, self.args))

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (type(self), self.code, self.args)

    def __repr__(self) -> str:
        args = "".join(f", {name}={value!r}" for name, value in self.args)
        return f"{type(self).__name__}({self.code!r}{args})"

    def __str__(self) -> str:
        return sentence(self, "en")


@lru_cache(maxsize=4096)
def sentence(reason: Reason, language: str) -> str:
    """The sentence of ``reason`` in ``language``.

    Raises:
        KeyError: an argument that the template of its code names is missing.
    """
    values = {name: _filling(name, value, language) for name, value in reason.args}
    return table(language)[f"reason.{reason.code}"].format(**values)


def joined(*reasons: Reason | None, by: Literal["lines", "reasons"]) -> Reason | None:
    """All that are not None as one reason, `` · `` (lines) or ``; `` (reasons) between them."""
    there = tuple(reason for reason in reasons if reason is not None)
    if len(there) < 2:
        return there[0] if there else None
    return Reason("lines", lines=there) if by == "lines" else Reason("reasons", reasons=there)


def item_text(code: str, language: str) -> str:
    """The word for something that can be awaited or missing, e.g. ``order_book``."""
    return table(language).get(f"thing.{code}", code)


def _filling(name: str, value: Argument, language: str) -> object:
    if isinstance(value, tuple):
        parts = (_filling(name, part, language) for part in value)
        return _SEPARATORS.get(name, "; ").join(map(str, parts))
    if isinstance(value, Reason):
        return sentence(value, language)
    if name == "family":
        # The published English names a family as the keys of the JSON do.
        return value if language == "en" else table(language)[f"family.{value}"]
    return item_text(str(value), language) if name in ("thing", "things") else value


def _printable_items(args: dict[str, Argument]) -> Iterator[tuple[str, Argument]]:
    for name, value in args.items():
        yield name, printable(value, most=None) if isinstance(value, str) else value


def _rebuilt(kind: type[Reason], code: str, args: tuple[tuple[str, Argument], ...]) -> Reason:
    return kind(cast(ReasonCode, code), **dict(args))
