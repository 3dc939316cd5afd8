"""What a viewer shows of a server's state: its own symbols, its age, and what is acknowledged."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TypeVar

from tuirisk.analytics.leverage.open_positions import open_positions
from tuirisk.analytics.leverage.portfolio import Portfolio
from tuirisk.analytics.score import repetition
from tuirisk.analytics.unavailable import unavailable_symbol_state
from tuirisk.config.model import Config
from tuirisk.language.reason import Reason, joined
from tuirisk.state import (
    ALERTS,
    AccountState,
    Acknowledgement,
    ConnectionState,
    LogEntry,
    Message,
    Missing,
    Number,
    Position,
    RiskState,
    SymbolState,
    WatchlistState,
)

P = TypeVar("P", bound="Position | AccountState")


def nothing_yet(time_ms: int, why: Reason | None, *, refused: bool) -> RiskState:
    """The state before anything came, at ``time_ms``; ``why`` says what is awaited."""
    unknown = Missing("not_received_yet", thing="server")
    return with_problem(
        RiskState(
            time_ms=time_ms,
            source="remote",
            connection=ConnectionState(
                "offline" if refused else "connecting", unknown, unknown, 0, 0, 0, ()
            ),
            watchlist=WatchlistState(()),
            account=None,
            symbols={},
        ),
        why,
    )


def with_problem(state: RiskState, why: Reason | None) -> RiskState:
    """``state`` with ``why`` in its message line and first among its messages."""
    if why is None:
        return state
    connection = state.connection
    message = joined(why, connection.message, by="lines")
    first = Message(why.code, str(why), None, "warning", why)
    return replace(
        state,
        connection=replace(connection, message=message),
        messages=(first, *state.messages),
    )


def of_symbols(state: RiskState, names: Sequence[str] | None, config: Config) -> RiskState:
    """``state`` with the symbols ``names`` alone, in that order; None means all of them.

    What the server does not watch has a reason in place of every number.
    """
    if names is None or list(names) == list(state.symbols):
        return state
    symbols = {name: state.symbols.get(name) or _not_served(name, config) for name in names}
    kept = {*names, ""}
    return replace(
        state,
        symbols=symbols,
        watchlist=_part(state.watchlist, [name for name in names if name in state.symbols]),
        danger_order=tuple(
            sorted(names, key=lambda name: _rank(state.danger_order, name))  # a stable sort
        ),
        log=_of(state.log, kept),
        alerts=_of(state.alerts, kept),
        messages=tuple(one for one in state.messages if (one.symbol or "") in kept),
        history_entries=sum(_concerns(entry, kept) for entry in state.log[: state.history_entries]),
        order_impacts={n: one for n, one in state.order_impacts.items() if n in kept},
        sights={name: sight for name, sight in state.sights.items() if name in kept},
    )


def aged(state: RiskState, elapsed_ms: int, why: Reason) -> RiskState:
    """``state`` as it looks ``elapsed_ms`` after it was made, with nothing heard since.

    Everything is stale and keeps its last severity; ``why`` says what is wrong.
    """
    return replace(
        state,
        time_ms=state.time_ms + elapsed_ms,
        connection=replace(state.connection, status="offline", latency_ms=_later(why)),
        account=None if state.account is None else aged_account(state.account, elapsed_ms),
        symbols={name: aged_symbol(s, elapsed_ms, why) for name, s in state.symbols.items()},
    )


def acknowledged(state: RiskState, acknowledgements: Collection[Acknowledgement]) -> RiskState:
    """``state`` with what this viewer has acknowledged."""
    if not acknowledgements:
        return state
    log = repetition.acknowledged(state.log, acknowledgements)
    alerts = repetition.acknowledged(state.alerts, acknowledgements)
    return replace(state, log=log, alerts=alerts)


def with_log(state: RiskState, own: Sequence[LogEntry]) -> RiskState:
    """``state`` with entries of this viewer's own, each at its time in the log."""
    log = sorted((*state.log[state.history_entries :], *own), key=lambda entry: entry.first_ms)
    alerts = sorted((*state.alerts, *own), key=lambda entry: entry.alert_ms)
    return replace(
        state,
        log=(*state.log[: state.history_entries], *log),
        alerts=tuple(alerts[-ALERTS:]),
    )


def aged_account(account: AccountState, elapsed_ms: int) -> AccountState:
    """``account`` as it looks ``elapsed_ms`` later, with nothing heard since."""
    return _stale(account, elapsed_ms)


def aged_symbol(symbol: SymbolState, elapsed_ms: int, why: Reason) -> SymbolState:
    """``symbol`` as it looks ``elapsed_ms`` later, with nothing heard since for ``why``."""
    if symbol.status == "error":
        return symbol
    return replace(
        symbol,
        status="stale",
        age_ms=symbol.age_ms + elapsed_ms,
        message=why,
        severity=replace(symbol.severity, held=True),
        freshness={
            family: replace(one, age_ms=one.age_ms + elapsed_ms, stale=True)
            for family, one in symbol.freshness.items()
        },
        position=None if symbol.position is None else _stale(symbol.position, elapsed_ms),
        positions=tuple(_stale(one, elapsed_ms) for one in symbol.positions),
    )


def _stale(what: P, elapsed_ms: int) -> P:
    return replace(what, age_ms=what.age_ms + elapsed_ms, stale=True)


def _later(why: Reason) -> Number:
    return Missing.because(why)


def _not_served(name: str, config: Config) -> SymbolState:
    positions = open_positions(None, replace(config, positions=()))
    nothing = Portfolio(positions, {}, None)
    return unavailable_symbol_state(name, Reason("not_served"), config, nothing)


def _part(watchlist: WatchlistState, names: Sequence[str]) -> WatchlistState:
    """The rows and columns of ``names``; sums over other symbols are left out."""
    places = {name: place for place, name in enumerate(watchlist.symbols)}
    chosen = [places[name] for name in names if name in places]
    matrix = watchlist.correlation
    if not isinstance(matrix, Missing):
        matrix = tuple(tuple(matrix[row][column] for column in chosen) for row in chosen)
    of_others = Missing("of_other_symbols")
    return WatchlistState(
        tuple(watchlist.symbols[place] for place in chosen), matrix, of_others, of_others
    )


def _rank(order: Sequence[str], name: str) -> int:
    return order.index(name) if name in order else len(order)


def _concerns(entry: LogEntry, names: Collection[str]) -> bool:
    if entry.symbol:
        return entry.symbol in names
    return not entry.symbols or any(name in names for name in entry.symbols)


def _of(log: tuple[LogEntry, ...], names: Collection[str]) -> tuple[LogEntry, ...]:
    return tuple(entry for entry in log if _concerns(entry, names))
