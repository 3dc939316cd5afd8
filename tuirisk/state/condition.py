"""The user's own conditions: what each was found to be, and their alerts as sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from tuirisk.config.alert_model import ConditionConfig
from tuirisk.config.condition_values import CONDITION_VALUES, condition_value
from tuirisk.language.reason import Reason
from tuirisk.language.reason_codes import ReasonCode
from tuirisk.state.alert import LogEntry
from tuirisk.state.number import Missing, Number

Side = Literal["above", "below"]
MOST_NAMES: Final = 8
"""Symbols that a sentence names; the others are counted."""
_CODES: Final[dict[tuple[str, bool], ReasonCode]] = {
    ("above", False): "value_above",
    ("below", False): "value_below",
    ("above", True): "values_above",
    ("below", True): "values_below",
}
"""(side, whether of several symbols) → the sentence."""
_MEASURED: Final = re.compile(r"(\S+) is (?:above|below) \S+$")


@dataclass(frozen=True, slots=True)
class ConditionState:
    """A condition on one symbol, as it was found last."""

    condition: ConditionConfig
    symbol: str
    """Empty of a number of the account or of the whole market."""
    value: Number
    """In the unit of the number that the condition is on; missing where it is not known now."""
    holds: bool
    """Also while ``value`` is missing, where it held before."""
    outside_since_ms: int = 0
    """Since when it has not held although it counts as holding: a short while, or too near its
    bound; else 0."""
    alerted_ms: int = 0
    """When it alerted last; 0 before the first time."""


def condition_key(condition: ConditionConfig) -> str:
    """``price above 70000``: what its alerts have as ``after``, and what tells it apart."""
    return f"{condition.value} {_side(condition)} {condition.bound:.10g}"


def condition_sentence(entry: LogEntry) -> Reason | None:
    """``price 70,012.5 is above 70,000`` of an alert of kind ``condition``; None of another.

    The entry itself has the measured number in its English text alone.
    """
    name, _, rest = entry.after.partition(" ")
    side, _, bound = rest.partition(" ")
    measured = _MEASURED.search(entry.text)
    if entry.kind != "condition" or (side, False) not in _CODES:
        return None
    try:
        written = value_text(name, float(bound))
    except ValueError:
        return None
    thing = _thing(name)
    if entry.symbols:
        code = _CODES[side, True]
        return Reason(code, thing=thing, bound=written, symbols=_listed(entry.symbols))
    number = measured[1] if measured else ""
    code = _CODES[side, False]
    return Reason(code, thing=thing, bound=written, number=number)


def subject_code(entry: LogEntry) -> Literal["account", "market"]:
    """What an alert without a symbol is about."""
    name = entry.after.partition(" ")[0]
    of_market = entry.kind == "condition" and condition_value(name).scope == "market"
    return "market" if of_market else "account"


def condition_text(condition: ConditionConfig, values: Mapping[str, Number]) -> str:
    """The English text of the alert: of one symbol its number too, of several their names."""
    bound, thing = value_text(condition.value, condition.bound), _thing(condition.value)
    code = _CODES[_side(condition), len(values) > 1]
    if len(values) > 1:
        return str(Reason(code, thing=thing, bound=bound, symbols=_listed(tuple(values))))
    number = value_text(condition.value, next(iter(values.values())))
    return str(Reason(code, thing=thing, bound=bound, number=number))


def value_text(name: str, value: Number) -> str:
    """A number in the unit that ``name`` has: a fraction in percent."""
    if isinstance(value, Missing):
        return "–"
    match condition_value(name).unit:
        case "fraction":
            return f"{value * 100:.6g}%"
        case "money":
            return f"{value:,.2f}"
        case "price":
            return f"{value:,.10g}"
    return f"{value:.6g}"


def _listed(symbols: tuple[str, ...]) -> str:
    names = ", ".join(symbols[:MOST_NAMES])
    left_out = len(symbols) - MOST_NAMES
    return f"{names} (+{left_out})" if left_out > 0 else names


def _side(condition: ConditionConfig) -> Side:
    return "below" if condition.above is None else "above"


def _thing(name: str) -> str:
    """The code of its name in every language; a JSON document has the name it was given."""
    return f"value_{name}" if name in CONDITION_VALUES else name
