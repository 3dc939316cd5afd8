"""A condition as it is typed: ``price > 70000``, ``distance < 5%``, ``pnl below -1.5k repeat``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from tuirisk.config.alert_model import ConditionConfig
from tuirisk.config.condition_rules import condition_mistakes
from tuirisk.config.condition_values import condition_value
from tuirisk.state.condition import condition_key

_TYPED = re.compile(
    r"([A-Za-z0-9_-]+)\s*(>|<|above|below|高于|低于)\s*"
    r"([+-]?(?:\d[\d,]*(?:\.\d*)?|\.\d+))\s*(%|k|m|bn?)?\s*(repeat|重复)?",
    re.IGNORECASE,
)
_POWERS = {"": 1.0, "%": 0.01, "k": 1e3, "m": 1e6, "b": 1e9, "bn": 1e9}


class InvalidCondition(ValueError):
    """Text that is no condition; ``str`` says why, empty where the form is wrong."""


def parse_condition(text: str, symbol: str, documents: Collection[str]) -> ConditionConfig:
    """The condition typed while ``symbol`` is chosen; ``documents`` name JSON documents.

    Raises:
        InvalidCondition: it is none.
    """
    found = _TYPED.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        raise InvalidCondition("")
    name, side, digits, power, repeat = found.groups()
    name = name.lower() if name not in documents else name
    bound = float(digits.replace(",", "")) * _POWERS[(power or "").lower()]
    above = side.lower() in (">", "above", "高于")
    whose = "*" if condition_value(name).scope in ("account", "market") else symbol
    condition = ConditionConfig(
        name, whose, bound if above else None, None if above else bound, bool(repeat)
    )
    for _, wrong in condition_mistakes(condition, documents):
        raise InvalidCondition(wrong)
    return condition


def condition_shown(condition: ConditionConfig) -> str:
    """``price > 70000 repeat``, as it is typed."""
    sides = condition_key(condition).replace(" above ", " > ").replace(" below ", " < ")
    return f"{sides} repeat" if condition.repeat else sides
