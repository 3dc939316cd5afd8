"""Values of the numbers that providers beside the exchange give."""

from __future__ import annotations

from tuirisk.state import Missing, Number
from tuirisk.ui.dialogs.terms import Find, Shown, Subject
from tuirisk.ui.render import format as fmt


def implied(field: str) -> Find:
    """A figure of the asset's implied volatility; no number where no provider gives it."""

    def find(subject: Subject) -> Shown:
        state = subject.view.state
        part = None if state is None else state.external.implied_of(subject.view.chosen)
        if part is None:
            return None
        if field == "term":
            ends = [f"{days} d {fmt.percent(value, 0)}" for days, value in part.term]
            return ", ".join(ends) or None
        value = getattr(part, field)
        if isinstance(value, Missing):
            return value
        mark = "?" if part.stale else ""
        shown = fmt.score(value) if field == "rank_1y" else fmt.percent(value, 1)
        return shown + mark

    return find


def flow(field: str) -> Find:
    """A figure of the asset's exchange flows."""

    def find(subject: Subject) -> Shown:
        state = subject.view.state
        part = None if state is None else state.external.flow_of(subject.view.chosen)
        if part is None:
            return None
        value: Number = getattr(part, field)
        if isinstance(value, Missing):
            return value
        text = fmt.score(value) if field == "rank_1y" else fmt.compact(value, signed=True)
        return text + ("?" if part.stale else "")

    return find


def elsewhere(subject: Subject) -> Shown:
    """Longs and shorts liquidated at other exchanges."""
    state = subject.view.state
    part = None if state is None else state.external.liquidations_of(subject.view.chosen)
    if part is None:
        return None
    words = subject.view.words
    if isinstance(part.long_1h, Missing):
        return part.long_1h
    sides = (("long", part.long_1h), ("short", part.short_1h))
    return ", ".join(f"{words(f'side.{side}')} {fmt.compact(value)}" for side, value in sides)


def whole(subject: Subject) -> Shown:
    """Whether every liquidation elsewhere is counted."""
    state = subject.view.state
    part = None if state is None else state.external.liquidations_of(subject.view.chosen)
    if part is None:
        return None
    return subject.view.words("symbol.complete" if part.complete else "symbol.not_complete")


def mood(subject: Subject) -> Shown:
    """The index of sentiment with its word."""
    state = subject.view.state
    if state is None or isinstance(state.external.sentiment.value, Missing):
        return None
    mood = state.external.sentiment
    label = "" if isinstance(mood.label, Missing) else f" {mood.label}"
    return fmt.score(mood.value) + label + ("?" if mood.stale else "")


def venue_rate(subject: Subject) -> Shown:
    """The first other exchange with a funding rate."""
    state, symbol = subject.view.state, subject.symbol
    if state is None or symbol is None:
        return None
    for value in state.external.venues_of(subject.view.chosen, "funding_rate_8h"):
        if value.venue != "Binance" and not isinstance(value.value, Missing):
            spread = value.value - symbol.funding.rate_8h
            apart = fmt.percent(spread, 4, signed=True)
            return f"{value.venue} {fmt.percent(value.value, 4)}, {apart}"
    return None


def providers(subject: Subject) -> Shown:
    """Every provider's plan."""
    state = subject.view.state
    told = () if state is None else state.external.providers
    return ", ".join(f"{one.name} {one.plan or fmt.DASH}" for one in told) or None
