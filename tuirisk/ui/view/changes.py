"""Decides whether two views would render identically.

Ages are shown in whole seconds, so a state with nothing else new need not be drawn.
"""

from __future__ import annotations

from dataclasses import fields, replace
from operator import attrgetter

from tuirisk.state import ConnectionState, External, Missing, RiskState, SymbolState
from tuirisk.ui.view.view import View

SECOND = 1000


def _all_but(kind: type, *names: str) -> attrgetter[tuple[object, ...]]:
    return attrgetter(*(field.name for field in fields(kind) if field.name not in names))


_symbol = _all_but(SymbolState, "age_ms", "freshness", "versions")
_connection = _all_but(ConnectionState, "streams")
_rest = _all_but(RiskState, "time_ms", "symbols", "connection", "external")


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
    if not same_external(before.external, after.external):
        return False
    return before.symbols.keys() == after.symbols.keys() and all(
        one is other or symbol_key(one) == symbol_key(other)
        for one, other in zip(before.symbols.values(), after.symbols.values(), strict=True)
    )


def same_external(one: External, other: External) -> bool:
    """Whether both say the same, ages aside."""
    return one is other or _external_key(one) == _external_key(other)


def _external_key(external: External) -> tuple[object, ...]:
    return (
        [(p.name, p.phase, p.plan, p.refused, p.problem) for p in external.providers],
        [replace(value, age_ms=0.0) for value in external.values],
        [replace(one, age_ms=0.0) for one in external.implied_volatility.values()],
        [replace(one, age_ms=0.0) for one in external.exchange_flow.values()],
        [replace(one, age_ms=0.0) for one in external.liquidations.values()],
        replace(external.sentiment, age_ms=0.0),
    )


def _connection_key(connection: ConnectionState) -> tuple[object, ...]:
    streams = [(stream.name, stream.status) for stream in connection.streams]
    return (streams, *_connection(connection))
