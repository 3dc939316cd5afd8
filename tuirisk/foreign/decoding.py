"""Bytes of others as JSON and as numbers: every failure is one exception with one line of text."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

import msgspec

from tuirisk.foreign.text import printable

MOST_CONTAINERS = 200_000
MOST_ELEMENTS = 1_000_000
"""Arrays and objects, and values, in one JSON text: more would take some hundred MB decoded."""
_SMALL = 256 * 1024
"""Bytes of a JSON text whose number of values need not be counted."""
_FAILURES = (
    msgspec.DecodeError,
    UnicodeDecodeError,
    RecursionError,
    OverflowError,
    MemoryError,
    ValueError,
)

T = TypeVar("T", covariant=True)


class UndecodableError(Exception):
    """The bytes are not what they should be; the text says why, printable and short."""


class Decoder(Protocol[T]):
    """A ``msgspec.json.Decoder``."""

    def decode(self, buf: bytes, /) -> T: ...


def decode_json(decoder: Decoder[T], data: bytes) -> T:
    """The value of the JSON text ``data``, of the decoder's type.

    Raises:
        UndecodableError: not JSON, not of that type, out of its bounds, nested too deep, or with
            more than :data:`MOST_ELEMENTS` values.
    """
    if len(data) > _SMALL and _oversized(data):
        raise UndecodableError("more values than any message has")
    try:
        return decoder.decode(data)
    except _FAILURES as error:
        raise UndecodableError(_text(error)) from None


def decimal(text: str, most: int) -> int | None:
    """The whole number that ``text`` writes in ASCII digits, at most ``most``.

    None where it is anything else, or has more than 12 digits.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        return None
    return min(int(text), most)


def any_json() -> msgspec.json.Decoder[Any]:
    """A decoder of whatever JSON there is."""
    return msgspec.json.Decoder()


def _oversized(data: bytes) -> bool:
    return data.count(b"[") + data.count(b"{") > MOST_CONTAINERS or data.count(b",") > MOST_ELEMENTS


def _text(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "nested too deep"
    if isinstance(error, MemoryError):
        return "too large"
    return printable(str(error)) or type(error).__name__
