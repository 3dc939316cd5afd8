"""Reads TOML values into the dataclasses of :mod:`tuirisk.config.model` by their annotations."""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, NoReturn, cast, get_args, get_origin, get_type_hints

from tuirisk.config.model import Config, ConfigError
from tuirisk.config.rules import LONGEST_SHOWN, RULES, shown

LARGEST = 2**63 - 1
"""TOML's integers are of 64 bits."""

_SECRETS = {"apikey", "apisecret", "secret", "secretkey", "privatekey"}
_ELSEWHERE = (
    "secrets are never read from this file; remove it and set TUIRISK_API_KEY and "
    "TUIRISK_API_SECRET in the environment, or use the keyring"
)
_ANOTHERS = (
    "secrets are never read from this file; remove it, a provider's key belongs in the environment"
)

_WANTED = {
    bool: ("true or false", "write true or false, without quotes"),
    int: ("a whole number", "write one without quotes, such as 30"),
    float: ("a number", "write one without quotes, such as 0.5"),
    str: ("text", "write it in quotes"),
}
_GOT = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "a table",
}


@dataclasses.dataclass(frozen=True, slots=True)
class KeyPath:
    """Where a value stands: ``source`` names the file, ``key`` is what a person sees there, and
    ``rule`` is the same path with ``[]`` for each item of a list or entry of a free table."""

    source: str
    key: str = ""
    rule: str = ""

    def field(self, name: str) -> KeyPath:
        return KeyPath(self.source, _joined(self.key, _bare(name)), _joined(self.rule, name))

    def item(self, index: int) -> KeyPath:
        key = f"{self.key}[{index}]" if self.key else ""
        return KeyPath(self.source, key, f"{self.rule}[]")

    def entry(self, name: str) -> KeyPath:
        return KeyPath(self.source, _joined(self.key, _bare(name)), f"{self.rule}[]")

    def refuse(self, what: str) -> NoReturn:
        raise ConfigError(": ".join(part for part in (self.source, self.key, what) if part))


def read(kind: Any, value: Any, place: KeyPath) -> Any:
    """``value``, as TOML gave it, as an instance of the annotation ``kind``.

    Raises:
        ConfigError: an unknown or missing key, a wrong type, or a value that breaks its rule.
    """
    result = _typed(kind, value, place)
    rule = RULES.get(place.rule)
    wrong = rule(result) if rule else ""
    if wrong:
        place.refuse(wrong)
    return result


def keys(kind: type) -> Mapping[str, Any]:
    """The keys of a table, with their annotations. ``Config.path`` is the program's, not a key."""
    hints = get_type_hints(kind)
    names = [f.name for f in dataclasses.fields(kind)]
    return {name: hints[name] for name in names if hints[name] != Path | None}


def _typed(kind: Any, value: Any, place: KeyPath) -> Any:
    origin = get_origin(kind)
    if dataclasses.is_dataclass(kind):
        return _table(cast(type, kind), value, place)
    if origin is Literal:
        return _choice(get_args(kind), value, place)
    if origin is tuple:
        return _list(get_args(kind)[0], value, place)
    if origin is Mapping:
        return _free_table(get_args(kind)[1], value, place)
    return _scalar(kind, value, place)


def _table(kind: type, value: Any, place: KeyPath) -> Any:
    if not isinstance(value, dict):
        _refuse_type(value, ("a table", f"write [{place.key}] and its keys below"), place)
    known = keys(kind)
    read_so_far = {}
    for name, inner in value.items():
        at = place.field(name)
        if name not in known:
            _refuse_secret_name(name, at, _ELSEWHERE)
            at.refuse(_unknown(name, known, place.rule))
        read_so_far[name] = read(known[name], inner, at)
    for f in dataclasses.fields(kind):
        needed = f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
        if needed and f.name not in value:
            place.field(f.name).refuse(f"missing; write it in {_header(place.rule)}")
    return kind(**read_so_far)


def _free_table(inner: Any, value: Any, place: KeyPath) -> dict[str, Any]:
    if not isinstance(value, dict):
        _refuse_type(value, ("a table", f"write [{place.key}] and its keys below"), place)
    if inner is object:
        _refuse_secrets(value, place)
        return value
    return {name: read(inner, item, place.entry(name)) for name, item in value.items()}


def _list(inner: Any, value: Any, place: KeyPath) -> tuple[Any, ...]:
    if not isinstance(value, list):
        if dataclasses.is_dataclass(inner):
            _refuse_type(value, ("a list of tables", f"write [[{place.key}]]"), place)
        example = '["a", "b"]' if inner is str else "[10, 20]"
        _refuse_type(value, ("a list", f"write one in brackets, such as {example}"), place)
    return tuple(read(inner, item, place.item(i)) for i, item in enumerate(value))


def _choice(choices: Sequence[str], value: Any, place: KeyPath) -> str:
    words = [f'"{choice}"' for choice in choices]
    listed = f"{', '.join(words[:-1])} or {words[-1]}"
    if not isinstance(value, str):
        _refuse_type(value, ("text", f"use {listed}"), place)
    if value not in choices:
        place.refuse(f"{shown(value)} is not one of the choices; use {listed}")
    return value


def _scalar(kind: type, value: Any, place: KeyPath) -> Any:
    fits = (int, float) if kind is float else kind
    if not isinstance(value, fits) or (isinstance(value, bool) and kind is not bool):
        if kind is int and isinstance(value, float):
            place.refuse(f"{shown(value)} is not a whole number; write one such as 30")
        _refuse_type(value, _WANTED[kind], place)
    if isinstance(value, int) and abs(value) > LARGEST:
        place.refuse("the number is too large; TOML's whole numbers have 64 bits")
    if isinstance(value, float) and not math.isfinite(value):
        place.refuse(f"{value} is not a finite number; write one such as 0.5")
    return float(cast(float, value)) if kind is float else value


def _refuse_type(value: Any, wanted: tuple[str, str], place: KeyPath) -> NoReturn:
    got = _GOT.get(type(value), "a date or time")
    place.refuse(f"{got} stands where {wanted[0]} belongs; {wanted[1]}")


def _refuse_secrets(value: Any, place: KeyPath) -> None:
    """A provider's table may hold what it likes, but no keys of an account."""
    if isinstance(value, dict):
        for name, inner in value.items():
            _refuse_secret_name(name, place.field(name), _ANOTHERS)
            _refuse_secrets(inner, place.field(name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _refuse_secrets(inner, place.item(index))


def _refuse_secret_name(name: str, place: KeyPath, advice: str) -> None:
    if re.sub(r"[^a-z]", "", name.lower()) in _SECRETS:
        place.refuse(advice)


def _unknown(name: str, known: Mapping[str, Any], table: str) -> str:
    """Why ``name`` is no key of ``table``, and where a key of that name, or nearly, would be."""
    plain = name.lower().replace("-", "_")
    homes = _homes()
    hints = []
    near = difflib.get_close_matches(plain, known, 1)
    if near:
        hints.append(f'did you mean "{near[0]}"?')
    elsewhere = [home for home in homes.get(plain, []) if home != table]
    if elsewhere:
        hints.insert(0, "it belongs " + " or ".join(_where(home) for home in elsewhere))
    elif not near and (far := difflib.get_close_matches(plain, homes, 1)):
        hints.append(f'did you mean "{far[0]}" {_where(homes[far[0]][0])}?')
    return "unknown key; " + (", or ".join(hints) or f"the keys here are {', '.join(known)}")


@cache
def _homes() -> Mapping[str, list[str]]:
    """Every key of the file: the tables (as rule paths) it is a key of."""
    homes: dict[str, list[str]] = {}
    tables: list[tuple[str, type]] = [("", Config)]
    for table, kind in tables:
        for name, inner in keys(kind).items():
            homes.setdefault(name, []).append(table)
            if dataclasses.is_dataclass(inner):
                tables.append((_joined(table, name), cast(type, inner)))
            elif get_args(inner) and dataclasses.is_dataclass(get_args(inner)[0]):
                tables.append((_joined(table, name) + "[]", get_args(inner)[0]))
    return homes


def _where(table: str) -> str:
    return f"in {_header(table)}" if table else "at the top of the file, above every [table]"


def _header(table: str) -> str:
    return f"[[{table.removesuffix('[]')}]]" if table.endswith("[]") else f"[{table}]"


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _bare(name: str) -> str:
    """A key as it stands in the file: bare where TOML allows it, else quoted."""
    if len(name) > LONGEST_SHOWN:
        return "(a long key)"
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else shown(name)
