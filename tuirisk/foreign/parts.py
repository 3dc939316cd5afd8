"""Every text in what was decoded of others, made printable."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from tuirisk.foreign.text import printable

T = TypeVar("T")


def printable_parts(value: T) -> T:
    """``value`` with :func:`printable` texts in all its parts.

    It looks into structs and dataclasses, into the values and keys of maps, and into lists and
    tuples. What holds no other text is the same object.
    """
    made: Any = _part(value)
    return made  # type: ignore[no-any-return]


def _part(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, msgspec.Struct):
        changed = _changed({name: getattr(value, name) for name in value.__struct_fields__})
        return msgspec.structs.replace(value, **changed) if changed else value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        changed = _changed(fields)
        return dataclasses.replace(value, **changed) if changed else value
    if isinstance(value, Mapping):
        return {_part(name): _part(part) for name, part in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(_part, value))
    return value


def _changed(parts: Mapping[str, Any]) -> dict[str, Any]:
    """Those of ``parts`` that are not printable yet, as they are then."""
    made = {name: _part(part) for name, part in parts.items()}
    return {name: part for name, part in made.items() if part != parts[name]}
