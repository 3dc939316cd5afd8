"""Parsed TOML into the dataclasses of :mod:`tuirisk.config.model`, and plain words for mistakes.

msgspec checks the values and makes the dataclasses. The tables are walked beside it, since its
messages speak of arrays and objects and do not name every key.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from tuirisk.config.condition_rules import condition_errors
from tuirisk.config.model import Config, ConfigError
from tuirisk.config.notify_rules import notify_errors
from tuirisk.config.rules import LONGEST_QUOTED, Mistake, broken_rules, quoted
from tuirisk.config.symbol_names import with_exchange_symbols

LARGEST = 2**63 - 1
"""TOML's integers are of 64 bits."""

_NO_KEYS = ("path", "own_conditions")
"""Fields of ``Config`` that do not come from the file."""
_SECRETS = {"apikey", "apisecret", "secret", "secretkey", "privatekey"}
_ACCOUNT_SECRET = (
    "secrets are never read from this file; remove it and set TUIRISK_API_KEY and "
    "TUIRISK_API_SECRET in the environment, or use the keyring"
)
_PROVIDER_SECRET = (
    "secrets are never read from this file; remove it, a provider's key belongs in the "
    "environment (such as TUIRISK_COINGLASS_KEY) or the keyring"
)
_SCALARS: Mapping[Any, str] = {
    bool: "true or false",
    str: "text",
    float: "a number",
    int: "a whole number",
}


def convert(document: Mapping[str, object], source: str) -> Config:
    """The configuration in a parsed TOML document; ``source`` names the file in errors.

    Raises:
        ConfigError: the first unknown or missing key, wrong type, or value that breaks a rule.
    """
    document = _with_choices(Config, document)
    refuse(source, type_mistakes(Config, document))
    config = with_exchange_symbols(msgspec.convert(document, Config))
    refuse(source, broken_rules(config))
    refuse(source, condition_errors(config.alerts.when, config.providers))
    refuse(source, notify_errors(config.notify))
    return config


def _with_choices(kind: Any, value: Any) -> Any:
    """``value`` with its words of a choice written as the choice is: ``LONG`` is ``long``."""
    origin, arguments = get_origin(kind), get_args(kind)
    if dataclasses.is_dataclass(kind) and isinstance(value, dict):
        table: Any = kind
        keys = table_keys(table)
        return {name: _with_choices(keys.get(name), inner) for name, inner in value.items()}
    if origin is tuple and isinstance(value, list):
        return [_with_choices(arguments[0], item) for item in value]
    if origin is Literal and isinstance(value, str):
        return next((one for one in arguments if one == value.lower()), value)
    return value


def refuse(source: str, mistakes: Iterable[Mistake]) -> None:
    """Raise the first of ``mistakes`` as a ConfigError of one line; do nothing without one."""
    for key, text in mistakes:
        raise ConfigError(": ".join(part for part in (source, key, text) if part))


@cache
def table_keys(table: Any) -> dict[str, Any]:
    """The keys of a table with their annotations, without what the program keeps in ``Config``.

    Of a key that may be left out (``float | None``) it is that of its value.
    """
    hints = get_type_hints(table, include_extras=True)
    keys = {name: _without_none(kind) for name, kind in hints.items()}
    return {
        name: kind for name, kind in keys.items() if table is not Config or name not in _NO_KEYS
    }


def _without_none(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) in (UnionType, Union) else kind


def every_key(table: Any = Config, path: str = "") -> Iterator[tuple[str, Any]]:
    """The path of every key with its annotation, outer tables first.

    ``[]`` is each item of a list of tables: ``positions[].side``.
    """
    keys = table_keys(table)
    for name, kind in keys.items():
        yield _joined(path, name), kind
    for name, kind in keys.items():
        if dataclasses.is_dataclass(kind):
            yield from every_key(kind, _joined(path, name))
        elif get_origin(kind) is tuple and dataclasses.is_dataclass(get_args(kind)[0]):
            yield from every_key(get_args(kind)[0], _joined(path, name) + "[]")


def type_mistakes(kind: Any, value: object, key: str = "", table: str = "") -> Iterator[Mistake]:
    """Unknown and missing keys, wrong types and numbers out of range, at ``key`` and below.

    ``table`` is ``key`` with ``[]`` for each item of a list.
    """
    origin, arguments = get_origin(kind), get_args(kind)
    if dataclasses.is_dataclass(kind) and isinstance(value, dict):
        yield from _table_mistakes(kind, value, key, table)
    elif origin is Mapping and isinstance(value, dict):
        if table == "providers":
            yield from _provider_secrets(value, key)
        for name, inner in value.items():
            yield from type_mistakes(arguments[1], inner, _joined(key, _bare(name)), table)
    elif origin is tuple and isinstance(value, list):
        for index, item in enumerate(value):
            yield from type_mistakes(arguments[0], item, f"{key}[{index}]", f"{table}[]")
    elif kind is object:
        return
    elif isinstance(value, int) and abs(value) > LARGEST:
        yield key, "the number is too large; TOML's whole numbers have 64 bits"
    elif isinstance(value, float) and not math.isfinite(value):
        yield key, f"expected a finite number, got {value}"
    elif not _fits(kind, value):
        text = f"expected {expected(kind)}, got {_got(kind, value)}"
        yield key, text + _advice(kind, value, _without_index(key))


def _table_mistakes(kind: Any, value: Any, key: str, table: str) -> Iterator[Mistake]:
    types = table_keys(kind)
    for name, inner in value.items():
        at = _joined(key, _bare(name))
        if name in types:
            yield from type_mistakes(types[name], inner, at, _joined(table, name))
        else:
            yield at, _ACCOUNT_SECRET if _is_secret(name) else _unknown_key(name, types, table)
    for f in dataclasses.fields(kind):
        needed = f.default is f.default_factory is dataclasses.MISSING
        if needed and f.name not in value:
            yield _joined(key, f.name), f"missing; write it in {_header(table)}"


def _provider_secrets(value: object, key: str) -> Iterator[Mistake]:
    """Secrets in the tables of providers, however deep."""
    if isinstance(value, dict):
        for name, inner in value.items():
            at = _joined(key, _bare(name))
            if _is_secret(name) or _is_provider_secret(name):
                yield at, _PROVIDER_SECRET
            yield from _provider_secrets(inner, at)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _provider_secrets(inner, f"{key}[{index}]")


def _is_provider_secret(name: str) -> bool:
    return re.sub(r"[^a-z]", "", name.lower()) in ("key", "token", "password", "authorization")


def _is_secret(name: str) -> bool:
    return re.sub(r"[^a-z]", "", name.lower()) in _SECRETS


def _fits(kind: Any, value: object) -> bool:
    try:
        msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError:
        return False
    return True


def expected(kind: Any) -> str:
    """What belongs at a key of the annotation ``kind``: "a number above 0"."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return expected(arguments[0]) + _range(arguments[1])
    if origin is Literal:
        choices = [f'"{choice}"' for choice in arguments]
        return f"{', '.join(choices[:-1])} or {choices[-1]}"
    if origin is tuple:
        if dataclasses.is_dataclass(arguments[0]):
            return "a list of tables"
        return 'a list such as ["a", "b"]' if arguments[0] is str else "a list such as [10, 20]"
    return _SCALARS.get(kind, "a table")


def _range(meta: msgspec.Meta) -> str:
    """The limits as text: `` from 0 to 1 (0.01 is 1 %)``."""
    if meta.gt is not None:
        text = f" above {meta.gt:g}" + ("" if meta.le is None else f" and at most {meta.le:g}")
    elif meta.le is not None:
        text = f" from {meta.ge:g} to {meta.le:g}"
    else:
        text = f" of at least {meta.ge:g}"
    return f"{text} ({meta.description})" if meta.description else text


def _got(kind: Any, value: object) -> str:
    """``value`` in a few words; text is repeated only where a choice was expected."""
    if isinstance(value, str):
        return quoted(value) if get_origin(kind) is Literal else "text"
    if isinstance(value, float) and _unannotated(kind) is int:
        return repr(value)
    if isinstance(value, int | float):
        return quoted(value)
    if isinstance(value, list):
        return "a list"
    return "a table" if isinstance(value, dict) else "a date or time"


def _advice(kind: Any, value: object, table: str) -> str:
    """How a value of the annotation ``kind`` is written, where ``value`` suggests that slip."""
    wanted = expected(kind)
    if wanted == "a list of tables":
        return f"; write [[{table}]]"
    if wanted == "a table":
        return f"; write {_header(table)} and its keys below"
    if wanted == "text":
        return "; write it in quotes"
    needless_quotes = isinstance(value, str) and _unannotated(kind) in (bool, int, float)
    return "; write it without quotes" if needless_quotes else ""


def _unannotated(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _unknown_key(name: str, keys: Iterable[str], table: str) -> str:
    """Why ``name`` is no key of ``table``, and where a key of that name, or nearly, would be."""
    # Imported where it is needed: no right file pays for it.
    from difflib import get_close_matches

    plain = name.lower().replace("-", "_")
    tables: dict[str, list[str]] = {}
    for path, _ in every_key():
        other, _, key = path.rpartition(".")
        tables.setdefault(key, []).append(other)
    hints = []
    near = get_close_matches(plain, keys, 1)
    if near:
        hints.append(f'did you mean "{near[0]}"?')
    elsewhere = [other for other in tables.get(plain, []) if other != table]
    if elsewhere:
        hints.insert(0, "it belongs " + " or ".join(_in_table(other) for other in elsewhere))
    elif not near and (far := get_close_matches(plain, tables, 1)):
        hints.append(f'did you mean "{far[0]}" {_in_table(tables[far[0]][0])}?')
    return "unknown key; " + (", or ".join(hints) or f"the keys here are {', '.join(keys)}")


def _in_table(table: str) -> str:
    return f"in {_header(table)}" if table else "at the top of the file, above every [table]"


def _header(table: str) -> str:
    return f"[[{table.removesuffix('[]')}]]" if table.endswith("[]") else f"[{table}]"


def _without_index(key: str) -> str:
    return re.sub(r"\[\d+\]", "[]", key)


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _bare(name: str) -> str:
    """A key as written in the file: bare where TOML allows it, else quoted."""
    if len(name) > LONGEST_QUOTED:
        return "(a long key)"
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else quoted(name)
