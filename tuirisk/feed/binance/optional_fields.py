"""Fields that need not be told: one that cannot be read is taken as not told, the rest stands."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar, get_type_hints

import msgspec

from tuirisk.feed.binance.rows import field_of
from tuirisk.foreign.decoding import Decoder, UndecodableError, any_json, decode_json

T = TypeVar("T")


def decode_told(decoder: Decoder[T], kind: Any, data: bytes) -> tuple[T, list[str]]:
    """``data`` as a ``kind``, and the optional fields in it that are taken as not told.

    Raises:
        UndecodableError: it is none even without them.
    """
    try:
        return decode_json(decoder, data), []
    except UndecodableError as error:
        return _without_unreadable(decoder, kind, data, error)


def _without_unreadable(
    decoder: Decoder[T], kind: Any, data: bytes, error: UndecodableError
) -> tuple[T, list[str]]:
    body: Any = None
    dropped: list[str] = []
    while (path := field_of(error)) not in dropped and _is_optional(kind, path):
        body = decode_json(_ANY, data) if body is None else body
        *parents, name = path.split(".")
        place = body
        for parent in parents:
            place = place[parent]
        del place[name]
        dropped.append(path)
        try:
            return decode_json(decoder, msgspec.json.encode(body)), dropped
        except UndecodableError as another:
            error = another
    raise error


@cache
def _is_optional(kind: Any, path: str) -> bool:
    """Whether the default of the field at ``path`` says "not told": None, an empty text or 0.

    One with another default, as a side or a switch, changes what the rest means.
    """
    name, _, rest = path.partition(".")
    if rest:
        inner = get_type_hints(kind).get(name)
        is_struct = isinstance(inner, type) and issubclass(inner, msgspec.Struct)
        return is_struct and _is_optional(inner, rest)
    default = {each.name: each.default for each in msgspec.structs.fields(kind)}.get(name, True)
    return default is None or (not isinstance(default, bool) and default in ("", 0))


_ANY = any_json()
