"""RiskState and its parts to and from MessagePack, every field: between two tuirisk.

The published JSON (``state.codec``) is for others and leaves out what only the screen shows.
Dataclasses are maps by field name, so that another version reads what it knows: a field that is
unknown is skipped, one that is absent takes its default. A ``Sequence`` of floats becomes an array;
a :class:`Missing` and a :class:`Reason` are extension types.
"""

from __future__ import annotations

import dataclasses
import math
import types
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

import msgspec

from tuirisk.foreign.text import printable
from tuirisk.language.reason import Reason
from tuirisk.language.reason_codes import ReasonCode
from tuirisk.state.codes import OPEN
from tuirisk.state.number import Missing

_REASON, _MISSING = 1, 2
"""Codes of the extension types."""

_CODES = frozenset(get_args(ReasonCode))

Convert = Callable[[Any], Any]


class MalformedError(ValueError):
    """The bytes are no state, or no part of one; the text says why, in one printable line."""


def encode(value: object) -> bytes:
    """``value``, a part of a state or a container of such parts, as MessagePack."""
    return _ENCODER.encode(value)


def decode_untyped(data: bytes) -> Any:
    """Maps, lists, numbers, texts and reasons as ``data`` has them.

    Raises:
        MalformedError: ``data`` is no MessagePack, or nested too deep.
    """
    try:
        return _DECODER.decode(data)
    except (msgspec.DecodeError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise MalformedError(printable(str(error)) or "not a message") from None


def typed(kind: Any, value: Any) -> Any:
    """``value`` of :func:`decode_untyped` as an instance of the annotation ``kind``.

    Raises:
        MalformedError: ``value`` is nothing of that kind.
    """
    try:
        return converter(kind)(value)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise MalformedError(printable(str(error)) or "not a state") from None


@cache
def converter(kind: Any) -> Convert:
    """What makes an instance of ``kind`` of untyped data; raises TypeError where it is none."""
    origin = get_origin(kind)
    if kind in OPEN or kind is str:
        return _printable
    if origin in (Union, types.UnionType):
        return _union(get_args(kind))
    if kind is Missing or kind is Reason:
        return _instance(kind)
    if dataclasses.is_dataclass(kind):
        return _record(cast(type, kind), [f.name for f in dataclasses.fields(kind)])
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _record(kind, kind.__struct_fields__)
    if kind == Sequence[float]:
        return _numbers
    if origin is tuple:
        return _tuple(get_args(kind))
    if origin is frozenset:
        item = converter(get_args(kind)[0])
        return lambda value: frozenset([item(one) for one in _list(value)])
    if origin is Literal:
        return _one_of(frozenset(get_args(kind)))
    if origin is not None:
        return _mapping(*get_args(kind))
    if kind is Any or kind is object:
        return _frozen
    if kind is float:
        return _float
    return _instance(kind)


@cache
def hints_of(kind: type) -> dict[str, Any]:
    """Field → its annotation."""
    return get_type_hints(kind)


def _union(kinds: tuple[Any, ...]) -> Convert:
    plain = [kind for kind in kinds if kind not in (types.NoneType, Missing)]
    optional = types.NoneType in kinds
    inner = [converter(kind) for kind in plain]

    def convert(value: Any) -> Any:
        if value is None and optional:
            return None
        if type(value) is Missing:
            return value
        error: Exception | None = None
        for one in inner:
            try:
                return one(value)
            except (TypeError, KeyError, ValueError, AttributeError) as failed:
                error = failed
        raise error or TypeError(f"{value!r} is none of {kinds}")

    return convert


def _numbers(value: Any) -> Sequence[float]:
    return array("d", map(_float, _list(value)))


def _instance(kind: type) -> Convert:
    def convert(value: Any) -> Any:
        if type(value) is not kind:
            raise TypeError(f"{type(value).__name__} stands where {kind.__name__} belongs")
        return value

    return convert


def _printable(value: Any) -> str:
    return printable(_text(value), most=None)


def _one_of(choices: frozenset[Any]) -> Convert:
    def convert(value: Any) -> Any:
        if value not in choices:
            raise TypeError(f"{value!r} is none of {len(choices)} choices")
        return value

    return convert


def _float(value: Any) -> float:
    if type(value) is float:
        if not math.isfinite(value):
            raise TypeError("a number is not finite")
        return value
    if type(value) is int:
        return float(value)
    raise TypeError(f"{type(value).__name__} stands where a number belongs")


def _record(kind: type, names: Iterable[str]) -> Convert:
    fields: list[tuple[str, Convert]] = []
    made = False

    def convert(value: Any) -> Any:
        nonlocal made
        if not made:  # not at once: a kind may contain itself
            hints = hints_of(kind)
            fields.extend((name, converter(hints[name])) for name in names)
            made = True
        return kind(**{name: one(value[name]) for name, one in fields if name in value})

    return convert


def _tuple(parts: tuple[Any, ...]) -> Convert:
    if parts[-1] is Ellipsis:
        item = converter(parts[0])
        return lambda value: tuple([item(one) for one in _list(value)])
    items = [converter(part) for part in parts]

    def convert(value: Any) -> Any:
        return tuple([one(v) for one, v in zip(items, _list(value), strict=True)])

    return convert


def _list(value: Any) -> list[Any]:
    if type(value) is not list:
        raise TypeError(f"{type(value).__name__} stands where a list belongs")
    return value


def _mapping(key: Any, item: Any) -> Convert:
    name, one = converter(key), converter(item)
    return lambda value: {name(k): one(v) for k, v in value.items()}


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if type(value) is list else value


def _to_extension(value: Any) -> Any:
    if isinstance(value, Reason):
        args = [[name, argument] for name, argument in value.args]
        code = _MISSING if isinstance(value, Missing) else _REASON
        return msgspec.msgpack.Ext(code, _ENCODER.encode([value.code, args]))
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, array):
        return value.tolist()
    if isinstance(value, float):  # numpy's float64
        return float(value)
    raise TypeError(f"{type(value).__name__} is no part of a state")


def _from_extension(code: int, data: memoryview) -> Any:
    if code not in (_REASON, _MISSING):
        raise ValueError(f"unknown extension type {code}")
    name, args = _DECODER.decode(data)
    kind = Missing if code == _MISSING else Reason
    arguments = {_text(key): _frozen(value) for key, value in args}
    if name not in _CODES:  # of a newer version: its sentence is not known here
        return kind("text", text=f"{_text(name)}")
    return kind(name, **arguments)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a code is no text")
    return value


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_to_extension)
_DECODER = msgspec.msgpack.Decoder(ext_hook=_from_extension)
