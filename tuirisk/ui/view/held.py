"""Why a severity stands though something that it rests on is missing."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len

from tuirisk.state import Missing, RuleState, SymbolState
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import fit
from tuirisk.ui.view.view import View

KNOWN_REASONS = ("no_liquidation_price", "margin_gone_everywhere")
"""Reasons of a distance that is missing although all is known."""


def held_text(view: View, symbol: SymbolState, width: int) -> str:
    """``held: no mark price within 5 s``; for a severity that is not known why it is not.

    In ``width`` cells: whole, else with the names of what is stale, else cut between words.
    Empty where the severity rests on all that it should, and where too little fits.
    """
    if not view.uncertain(symbol):
        return ""
    key = "held.unknown" if symbol.severity.level == "unknown" else "held.held"
    reasons = [missing_reason(view, symbol)]
    stale = _stale_names(view, symbol)
    if stale:
        names = ", ".join(stale)
        reasons += [view.words("held.stale", names=names), names]
    for count in range(len(stale) - 1, 0, -1):
        reasons.append(f"{', '.join(stale[:count])} +{len(stale) - count}")
    texts = [view.words(key, reason=reason) for reason in reasons]
    whole = next((text for text in texts if cell_len(text) <= width), "")
    return whole or fit(texts[0], width)


def missing_reason(view: View, symbol: SymbolState) -> str:
    """One sentence on the first input that is missing: of the rule that decided the severity,
    else what is wrong with the symbol, else of the first rule that cannot be judged.
    """
    words, deciding = view.words, symbol.severity.rule
    unknown = [rule for rule in symbol.recommendation.rules if not rule.known]
    unknown.sort(key=lambda rule: rule.code != deciding)
    texts = [text for rule in unknown for text in _of_rule(view, rule, symbol)]
    if view.lost:
        texts.insert(0, words("held.lost"))
    elif symbol.message is not None and not any(rule.code == deciding for rule in unknown):
        texts.insert(0, words.reason(symbol.message))
    if texts:
        return texts[0]
    stale = _stale_names(view, symbol)
    if stale:
        return words("held.stale", names=", ".join(stale))
    unmeasured = symbol.tracker.confirmed is not None and not symbol.tracker.measured
    return words("held.earlier_run" if unmeasured else "held.incomplete")


def _stale_names(view: View, symbol: SymbolState) -> list[str]:
    """The families of data that are past their age limit."""
    late = (name for name, fresh in symbol.freshness.items() if fresh.stale)
    return [view.words(f"family.{name}") for name in late]


def component_age(view: View, symbol: SymbolState, name: str) -> str:
    """How old the points of a component of the score are that is carried; empty for another."""
    points = symbol.score_memory.components.get(name)
    if name not in symbol.score.carried or points is None:
        return ""
    return fmt.age(float(view.time_ms - points[1]))


def _of_rule(view: View, rule: RuleState, symbol: SymbolState) -> Iterator[str]:
    """Sentences on the inputs of ``rule`` that are missing, carried or late."""
    words = view.words
    for measure in rule.measures:
        value = measure.value
        if isinstance(value, Missing) and value.code not in KNOWN_REASONS:
            yield words.reason(value)
    if any(measure.name == "points" for measure in rule.measures):
        for name in symbol.score.carried:
            component, age = words.code("component", name), component_age(view, symbol, name)
            yield words("held.carried", component=component, age=age)
        return
    mark = symbol.freshness.get("mark")
    if mark is not None and mark.stale:
        yield words.reason(Missing("mark_price_late"))
    elif not rule.measures:
        prices = [position.liquidation_price for position in symbol.legs]
        yield from (
            words.reason(price)
            for price in prices
            if isinstance(price, Missing) and price.code not in KNOWN_REASONS
        )
