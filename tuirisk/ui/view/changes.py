"""Decides whether two views would render identically.

Ages are shown in whole seconds, so a state with nothing else new need not be drawn.
"""

from __future__ import annotations

from dataclasses import fields, replace
from operator import attrgetter

from tuirisk.state import ConnectionState, Missing, RiskState, SymbolState
from tuirisk.ui.view.view import View

SECOND = 1000


def _all_but(kind: type, *names: str) -> attrgetter[tuple[object, ...]]:
    return attrgetter(*(field.name for field in fields(kind) if field.name not in names))


_symbol = _all_but(SymbolState, "age_ms", "freshness", "versions")
_connection = _all_but(ConnectionState, "streams")
_rest = _all_but(RiskState, "time_ms", "symbols", "connection")


def symbol_key(symbol: SymbolState | None) -> tuple[object, ...]:
    """Everything of ``symbol`` that its drawing depends on, ages in whole seconds aside."""
    if symbol is None:
        return ()
    fresh = tuple(
        (name, one.stale, isinstance(one.age_ms, Missing)) for name, one in symbol.freshness.items()
    )
    return (fresh, *_symbol(symbol))


def view_key(view: View) -> tuple[object, ...]:
    """What a drawing of ``view`` depends on beside the state: second, connection, settings."""
    return view.time_ms // SECOND, view.connection, replace(view, state=None)


def same_picture(old: View, new: View) -> bool:
    """Whether ``new`` and ``old`` have the same drawing."""
    before, after = old.state, new.state
    if before is None or after is None:
        return before is after and old == new
    if view_key(old) != view_key(new):
        return False
    if before is after:
        return True
    if _rest(before) != _rest(after) or _connection_key(before.connection) != _connection_key(
        after.connection
    ):
        return False
    return before.symbols.keys() == after.symbols.keys() and all(
        one is other or symbol_key(one) == symbol_key(other)
        for one, other in zip(before.symbols.values(), after.symbols.values(), strict=True)
    )


def _connection_key(connection: ConnectionState) -> tuple[object, ...]:
    streams = [(stream.name, stream.status) for stream in connection.streams]
    return (streams, *_connection(connection))
