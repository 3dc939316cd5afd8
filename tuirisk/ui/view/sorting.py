"""Filters and sorts the symbols of the watchlist."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tuirisk.state import Missing, Number, SymbolState, magnitude
from tuirisk.ui.view.view import View

SORTS = ("danger", "list", "score", "name", "change", "funding", "distance")


def filter_symbols(symbols: Sequence[str], text: str) -> tuple[str, ...]:
    """Symbols whose name contains any comma-separated part of ``text``; all if it is empty."""
    parts = [part.strip().upper() for part in text.split(",") if part.strip()]
    return tuple(s for s in symbols if not parts or any(part in s for part in parts))


def sort_symbols(view: View, symbols: Sequence[str]) -> tuple[str, ...]:
    """``symbols`` by the view's sort; those without the number come last, in their old order."""
    if view.sort in ("danger", "list"):
        dangers = () if view.state is None else view.state.danger_order
        order = dangers if view.sort == "danger" and dangers else view.listing
        place = {name: i for i, name in enumerate(order)}
        return tuple(sorted(symbols, key=lambda name: place.get(name, len(place))))
    if view.sort == "name":
        return tuple(sorted(symbols))
    value = _VALUES[view.sort]

    def key(name: str) -> tuple[bool, float]:
        symbol = view.symbol(name)
        number = Missing("no_symbol") if symbol is None else value(symbol)
        return (True, 0.0) if isinstance(number, Missing) else (False, number)

    return tuple(sorted(symbols, key=key))


def _negative(number: Number) -> Number:
    return -number


def _distance(symbol: SymbolState) -> Number:
    position = symbol.position
    if position is None or isinstance(position.distance, Missing):
        return Missing("no_position")
    return abs(position.distance)


def _funding(symbol: SymbolState) -> Number:
    rate = symbol.funding.rate_8h
    return -magnitude(rate)


_VALUES: dict[str, Callable[[SymbolState], Number]] = {
    "score": lambda symbol: _negative(symbol.score.total),
    "change": lambda symbol: _negative(symbol.price.change_24h),
    "funding": _funding,
    "distance": _distance,
}
"""Sort keys, ascending: highest score, best gain, highest |funding rate|, nearest liquidation."""
