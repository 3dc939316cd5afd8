"""The open positions of a view, the most dangerous first."""

from __future__ import annotations

from typing import NamedTuple

from tuirisk.state import Position, SymbolState
from tuirisk.ui.view.view import View


class HeldPosition(NamedTuple):
    """A position with its symbol."""

    name: str
    symbol: SymbolState
    leg: Position


def positions_by_danger(view: View) -> list[HeldPosition]:
    """Every position, in the order of danger of their symbols; in one, nearest first."""
    state = view.state
    if state is None:
        return []
    names = state.danger_order or state.symbols
    symbols = ((name, state.symbols[name]) for name in names)
    return [HeldPosition(name, symbol, leg) for name, symbol in symbols for leg in symbol.legs]
