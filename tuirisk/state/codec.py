"""RiskState to and from its published JSON (schema 2: ``snapshot --json``).

A :class:`Missing` becomes ``null``, and the object that carries it names the reason under
``"reasons"``. ``from_json`` gives back every published field; the screen's own fields take their
defaults.
"""

from __future__ import annotations

import dataclasses
import math
import types
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

import msgspec

from tuirisk.foreign.decoding import UndecodableError, any_json, decode_json
from tuirisk.state.codes import OPEN as OPEN_CODES
from tuirisk.state.number import Missing
from tuirisk.state.risk import RiskState

SCHEMA = 2
_ANY = any_json()
READABLE = (1, 2)
"""Schemas that :func:`from_json` reads; 2 only added keys."""


@lru_cache(maxsize=1_024)
def iso(time_ms: int) -> str:
    """UTC milliseconds as ``2026-11-22T12:00:00.000Z``."""
    moment = datetime.fromtimestamp(time_ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time_ms % 1000:03d}Z"


def milliseconds(text: str) -> int:
    """The inverse of :func:`iso`."""
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


def to_json(state: RiskState, indent: int = 0) -> bytes:
    """The published JSON of ``state``; ``indent`` > 0 for people."""
    data = msgspec.json.encode({"schema": SCHEMA} | cast(dict[str, Any], _plain(state)))
    return msgspec.json.format(data, indent=indent) if indent else data


def from_json(data: bytes | str) -> RiskState:
    """The state that ``to_json`` wrote.

    Raises:
        ValueError: not JSON, another schema, a key that is missing, or a value of another type.
    """
    try:
        body = decode_json(_ANY, data.encode() if isinstance(data, str) else data)
        if body["schema"] not in READABLE:
            raise ValueError(f"schema {body['schema']} is none of {READABLE}")
        return cast(RiskState, _typed(RiskState, body, ""))
    except (UndecodableError, KeyError, TypeError, OverflowError) as error:
        raise ValueError(f"not a snapshot of schema {SCHEMA}: {error}") from error


@cache
def _published(kind: type) -> Mapping[str, str]:
    """Field → its key in the JSON, of every published field."""
    fields = dataclasses.fields(kind)
    return {
        f.name: f.name.removesuffix("_ms") if f.metadata.get("moment") else f.name
        for f in fields
        if f.metadata.get("published", True)
    }


@cache
def _later(kind: type) -> frozenset[str]:
    """Fields that the JSON of an earlier version may lack."""
    return frozenset(f.name for f in dataclasses.fields(kind) if f.metadata.get("later"))


def _plain(value: Any) -> Any:
    if isinstance(value, Missing):  # a dataclass too: before those
        return None
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _plain_items(
            {
                key: getattr(value, name) if key == name else iso(getattr(value, name))
                for name, key in _published(type(value)).items()
            }
        )
    if isinstance(value, Mapping):
        return _plain_items(value)
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        # numpy's float64 is a float to a type checker, but nothing that msgspec can write.
        return float(value) if math.isfinite(value) else None
    return value


def _plain_items(items: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    reasons: dict[str, str] = {}
    for name, value in items.items():
        reason = _reason(value)
        if reason is not None:
            reasons[name] = reason
        body[name] = _plain(value)
    if reasons:
        body["reasons"] = reasons
    return body


def _reason(value: Any) -> str | None:
    """Why ``value`` (or a cell of it, where it is a matrix) is not a number."""
    if isinstance(value, Missing):
        return value.reason
    if isinstance(value, float) and not math.isfinite(value):
        return "not a finite number"
    if isinstance(value, tuple):
        return next((r for item in value if (r := _reason(item)) is not None), None)
    return None


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _typed(kind: Any, value: Any, reason: str) -> Any:
    """``value`` as read from JSON, as an instance of the annotation ``kind``."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _typed_union(get_args(kind), value, reason)
    if dataclasses.is_dataclass(kind):
        hints = _hints(cast(type, kind))
        reasons = _reasons(value)
        return kind(  # type: ignore[operator]
            **{
                name: _typed(hints[name], value[key], reasons.get(key, ""))
                if key == name
                else milliseconds(_expect(str, value[key]))
                for name, key in _published(cast(type, kind)).items()
                if key in value or name not in _later(cast(type, kind))
            }
        )
    if origin is tuple:
        parts = get_args(kind)
        _expect(list, value)
        kinds = [parts[0]] * len(value) if parts[-1] is Ellipsis else parts
        return tuple(_typed(k, v, reason) for k, v in zip(kinds, value, strict=True))
    if origin is not None and origin is not Literal:
        reasons = _reasons(value)
        inner = get_args(kind)[1]
        return {
            key: _typed(inner, item, reasons.get(key, ""))
            for key, item in value.items()
            if key != "reasons"
        }
    if kind in OPEN_CODES:
        return _expect(str, value)
    if origin is Literal:
        if value not in get_args(kind):
            raise TypeError(f"{value!r} is none of {get_args(kind)}")
        return value
    if kind is float and type(value) is int:
        return float(value)
    return _expect(kind, value)


def _reasons(value: Any) -> dict[str, str]:
    reasons = _expect(dict, value).get("reasons", {})
    return {name: _expect(str, reason) for name, reason in _expect(dict, reasons).items()}


def _expect(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{type(value).__name__} stands where {kind.__name__} belongs")
    return value


def _typed_union(kinds: tuple[Any, ...], value: Any, reason: str) -> Any:
    if value is None:
        return None if types.NoneType in kinds else Missing.from_text(reason)
    plain = next(k for k in kinds if k not in (types.NoneType, Missing))
    return _typed(plain, value, reason)
