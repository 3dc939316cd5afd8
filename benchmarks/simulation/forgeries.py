"""Answers that the exchange never gave, by name: another shape, other times, amounts, rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec

Forgery: TypeAlias = Callable[[Any], Any]
"""From the true answer, decoded, to the false one."""
HOUR_MS = 3_600_000
EARLIEST_MS = 1_500_000_000_000
"""Whole numbers beyond are times."""
ROWS_OF = ("symbols", "assets", "positions")
"""Where the rows of an answer are that is no list itself."""


def _leaves(change: Callable[[Any], Any]) -> Forgery:
    """Every leaf changed."""

    def forge(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: forge(part) for key, part in value.items()}
        if isinstance(value, list):
            return [forge(part) for part in value]
        return change(value)

    return forge


def _amounts(change: Callable[[float], float]) -> Forgery:
    """Every amount changed: texts that are numbers."""

    def changed(value: Any) -> Any:
        number = _number(value)
        return value if number is None else repr(change(number))

    return _leaves(changed)


def _times(milliseconds: int) -> Forgery:
    def shifted(value: Any) -> Any:
        is_time = isinstance(value, int) and value > EARLIEST_MS
        return value + milliseconds if is_time else value

    return _leaves(shifted)


def _rows(change: Callable[[list[Any]], list[Any]]) -> Forgery:
    """The rows changed, of a list or within an object."""

    def forge(value: Any) -> Any:
        if isinstance(value, list):
            return change(value)
        if isinstance(value, dict):
            return {key: change(value[key]) if key in ROWS_OF else value[key] for key in value}
        return value

    return forge


def _swapped(value: Any) -> Any:
    """The amounts of each row in the opposite order."""
    if isinstance(value, dict):
        names = [name for name, part in value.items() if _number(part) is not None]
        turned = dict(zip(names, [value[name] for name in reversed(names)], strict=True))
        return {name: turned.get(name, _swapped(part)) for name, part in value.items()}
    return [_swapped(part) for part in value] if isinstance(value, list) else value


def _of_symbol(name: str) -> Forgery:
    return _leaves(lambda value: name if isinstance(value, str) and value == "BTCUSDT" else value)


def _number(value: Any) -> float | None:
    if not isinstance(value, str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


CONTENT: Mapping[str, Forgery] = {
    "empty list": lambda value: [],
    "empty object": lambda value: {},
    "null": lambda value: None,
    "no rows": _rows(lambda rows: []),
    "first row alone": _rows(lambda rows: rows[:1]),
    "last row alone": _rows(lambda rows: rows[-1:]),
    "every row twice": _rows(lambda rows: [row for row in rows for _ in range(2)]),
    "rows backwards": _rows(lambda rows: rows[::-1]),
    "another symbol's rows": _of_symbol("ETHUSDT"),
    "times an hour ago": _times(-HOUR_MS),
    "times ten days ago": _times(-240 * HOUR_MS),
    "times in an hour": _times(HOUR_MS),
    "times in ten years": _times(87_600 * HOUR_MS),
    "amounts 0": _amounts(lambda amount: 0.0),
    "amounts negative": _amounts(lambda amount: -amount),
    "amounts tenfold": _amounts(lambda amount: 10.0 * amount),
    "amounts a millionfold": _amounts(lambda amount: 1e6 * amount),
    "amounts a hundredth": _amounts(lambda amount: amount / 100.0),
    "amounts swapped": _swapped,
    "an error with status 200": lambda value: {"code": -1, "msg": "simulated"},
    "the exchange's time": lambda value: {"serverTime": 1_795_003_200_000},
    "a list of numbers": lambda value: [1, 2, 3],
}
"""Of the decoded answer."""
BYTES: Mapping[str, Callable[[bytes], bytes]] = {
    "HTML": lambda body: b"<html><body>502 Bad Gateway</body></html>",
    "truncated": lambda body: body[: len(body) * 2 // 3],
    "no byte": lambda body: b"",
}
FORGERIES = (*CONTENT, *BYTES)


def forged_answer(name: str, body: bytes) -> bytes:
    """``body`` as the forgery ``name`` has it."""
    if name in BYTES:
        return BYTES[name](body)
    return msgspec.json.encode(CONTENT[name](msgspec.json.decode(body)))
