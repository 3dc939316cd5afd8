"""One state of what several servers make: each symbol by its own, the account by the leader."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tuirisk.analytics.score.danger import danger_order
from tuirisk.language.reason import Reason, joined
from tuirisk.remote.nats_protocol import ACCOUNT, ACCOUNT_HEAD, MARKET, Parts
from tuirisk.remote.protocol import SILENCE_S
from tuirisk.remote.transit import Transit
from tuirisk.remote.view import aged_account, aged_symbol
from tuirisk.state import (
    ALERTS,
    ConnectionState,
    LogEntry,
    Missing,
    Number,
    RiskState,
    SymbolState,
    WatchlistState,
)
from tuirisk.state.number import ConnectionStatus, element

ORDER: tuple[ConnectionStatus, ...] = ("live", "degraded", "syncing", "connecting", "offline")
"""From the best status to the worst."""
OTHER_SERVER = Missing("of_other_symbols")
SILENT = Reason("server_silent")


@dataclass(slots=True)
class Heard:
    """When a server was heard, by the viewer's clock, seconds."""

    made: float
    """When its newest state was made; before anything is heard, longer ago than allowed."""
    heard: float
    transit: Transit = field(default_factory=Transit)

    @classmethod
    def never(cls, now: float) -> Heard:
        """Of a server whose entries were put before the viewer began: nobody knows when."""
        return cls(now - 2 * SILENCE_S, now - 2 * SILENCE_S)

    def hear(self, now: float, clock: float, age: float) -> float:
        """An entry came, sent at its ``clock``, of a state ``age`` seconds old; how late it is."""
        late = self.transit.lateness(now - clock, now)
        self.heard = now
        self.made = now - late - age
        return late

    def silent(self, now: float) -> bool:
        return now - min(self.heard, self.made) > SILENCE_S


@dataclass(slots=True)
class Head:
    """What a server says of all its symbols: ``names`` are those, of the leader those held."""

    server: str
    parts: Parts
    names: tuple[str, ...]


@dataclass(slots=True)
class OneSymbol:
    server: str
    parts: Parts
    state: SymbolState


def composed(
    heads: Mapping[str, Head],
    symbols: Mapping[str, OneSymbol],
    servers: Mapping[str, Heard],
    now: float,
) -> RiskState | None:
    """The state at ``now`` (the viewer's clock, seconds) of what came by its keys; None of nothing.

    While some servers speak, what a silent one made is as old as it is.
    """
    leader = heads.get(ACCOUNT_HEAD)
    others = [head for key, head in sorted(heads.items()) if key != ACCOUNT_HEAD]
    if not others:
        return None
    states = [_whole(head) for head in others]
    lead = None if leader is None else _whole(leader)
    silent = {head.server for head in others if servers[head.server].silent(now)}
    some_speak = len(silent) < len({head.server for head in others})
    found: dict[str, SymbolState] = {}
    for head in others:
        for name in head.names:
            one = _newest(name, leader, symbols)
            if one is not None:
                heard = servers[one.server]
                found[name] = _as_old_as_it_is(one, heard, now) if some_speak else one.state
    account = None if lead is None else lead.account
    led = leader is not None and not servers[leader.server].silent(now)
    if account is not None and leader is not None and some_speak and not led:
        account = aged_account(account, _elapsed_ms(servers[leader.server], now))
    every = [*states, lead] if lead is not None else states
    base = lead or states[0]
    log = _merged(every, lambda state: state.log[state.history_entries :])
    return replace(
        base,
        time_ms=max(state.time_ms for state in every),
        connection=_connection(states, [head.server in silent for head in others]),
        watchlist=states[0].watchlist if len(states) == 1 else _watchlist(states),
        account=account,
        symbols=found,
        alerts=_merged(every, lambda state: state.alerts)[-ALERTS:],
        messages=tuple(dict.fromkeys(one for state in every for one in state.messages)),
        danger_order=danger_order(found),
        log=(*base.log[: base.history_entries], *log),
        listed=max((state.listed for state in states), key=len),
    )


def _whole(head: Head) -> RiskState:
    return RiskState(**head.parts.values, symbols={})


def _newest(name: str, leader: Head | None, symbols: Mapping[str, OneSymbol]) -> OneSymbol | None:
    """The leader's view of a symbol that is held, else the market's."""
    if leader is not None and name in leader.names and ACCOUNT + name in symbols:
        return symbols[ACCOUNT + name]
    return symbols.get(MARKET + name)


def _as_old_as_it_is(one: OneSymbol, heard: Heard, now: float) -> SymbolState:
    if not heard.silent(now):
        return one.state
    return aged_symbol(one.state, _elapsed_ms(heard, now), SILENT)


def _elapsed_ms(heard: Heard, now: float) -> int:
    return round((now - heard.made) * 1000)


def _connection(states: Sequence[RiskState], silent: Sequence[bool]) -> ConnectionState:
    """The worst status of all; ``degraded`` while some, ``offline`` while all are silent."""
    all_of_them = [state.connection for state in states]
    if len(all_of_them) == 1 and not any(silent):
        return all_of_them[0]
    status = max((one.status for one in all_of_them), key=ORDER.index)
    if any(silent):
        status = "offline" if all(silent) else max(status, "degraded", key=ORDER.index)
    message: Reason | None = SILENT if any(silent) else None
    for one in all_of_them:
        message = joined(message, one.message, by="lines")
    return replace(
        all_of_them[0],
        status=status,
        streams=tuple(stream for one in all_of_them for stream in one.streams),
        reconnects=sum(one.reconnects for one in all_of_them),
        resyncs=sum(one.resyncs for one in all_of_them),
        dropped_frames=sum(one.dropped_frames for one in all_of_them),
        message=message,
    )


def _watchlist(states: Sequence[RiskState]) -> WatchlistState:
    """The correlations within each server's symbols; no server knows those between."""
    parts = [state.watchlist for state in states]
    places = [
        (number, place, name)
        for number, part in enumerate(parts)
        for place, name in enumerate(part.symbols)
    ]

    def cell(a: tuple[int, int, str], b: tuple[int, int, str]) -> Number:
        same = a[0] == b[0]
        return element(parts[a[0]].correlation, a[1], b[1]) if same else OTHER_SERVER

    matrix = tuple(tuple(cell(a, b) for b in places) for a in places)
    names = tuple(name for _, _, name in places)
    return WatchlistState(names, matrix, OTHER_SERVER, OTHER_SERVER)


def _merged(
    states: Sequence[RiskState], entries: Callable[[RiskState], Sequence[LogEntry]]
) -> tuple[LogEntry, ...]:
    """Entries of all, each once, in the order in which they happened."""
    once = {entry.change: entry for state in states for entry in entries(state)}
    return tuple(sorted(once.values(), key=lambda entry: entry.alert_ms))
