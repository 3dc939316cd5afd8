"""The rules for the user's own conditions, ``[[alerts.when]]``."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from tuirisk.config.alert_model import ConditionConfig
from tuirisk.config.condition_values import CONDITION_VALUES, ConditionValue, condition_value
from tuirisk.config.model import KNOWN_PROVIDERS, ProviderConfig
from tuirisk.config.rules import Mistake, quoted, symbol_error


def condition_errors(
    values: Sequence[ConditionConfig], providers: Mapping[str, ProviderConfig]
) -> Iterator[Mistake]:
    """A mistake for every rule that a condition breaks."""
    documents = [name for name in providers if name not in KNOWN_PROVIDERS]
    for place, one in enumerate(values):
        for key, text in condition_mistakes(one, documents):
            yield f"alerts.when[{place}]{key and '.'}{key}", text
        if one in values[:place]:
            yield f"alerts.when[{place}]", "the same condition stands above; write it once"


def condition_mistakes(one: ConditionConfig, documents: Collection[str]) -> Iterator[Mistake]:
    """What is wrong with one condition: (key within it, text). ``documents`` are JSON documents."""
    if one.symbol != "*" and (wrong := symbol_error(one.symbol)):
        yield "symbol", f'{wrong}, or "*" for every symbol'
    if one.value not in CONDITION_VALUES and one.value not in documents:
        yield "value", _unknown(one.value, documents)
    elif (one.above is None) == (one.below is None):
        given = "neither above nor below is" if one.above is None else "both above and below are"
        yield "", f"{given} given; write one of them, such as above = 80"
    elif wrong := _impossible(one, condition_value(one.value)):
        yield "above" if one.above is not None else "below", wrong


def _unknown(name: str, documents: Collection[str]) -> str:
    # Imported where it is needed: no right file pays for it.
    from difflib import get_close_matches

    known = (*CONDITION_VALUES, *documents)
    near = next(iter(get_close_matches(name.lower(), known, 1)), "")
    hint = f'did you mean "{near}"? ' if near else ""
    return f"{quoted(name)} is no number; {hint}the numbers are {', '.join(known)}"


def _impossible(one: ConditionConfig, number: ConditionValue) -> str:
    """Why the condition can never hold; empty where it can."""
    if one.above is not None and one.above >= number.highest:
        return f"can never hold: {one.value} is at most {number.highest:g}; write a smaller number"
    if one.below is not None and one.below <= number.lowest:
        return f"can never hold: {one.value} is at least {number.lowest:g}; write a larger number"
    return ""
