"""Alerts that data of an open position stopped, and that they came back.

Each source of data has a name: the symbol of an open position, or :data:`ACCOUNT`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from tuirisk.analytics.leverage.open_positions import OpenPositions
from tuirisk.analytics.score.freshness import ACCOUNT_BUDGET
from tuirisk.events import AccountReport
from tuirisk.language.reason import Reason
from tuirisk.state import DataFamily, LogEntry, Missing, Number, Sight, SymbolState

ACCOUNT = ""
"""Name of the account among the symbols."""
TOGETHER_MS = 10_000.0
"""Symbols whose data stopped within this time of each other are one alert."""
BACK_MS = 3_000
"""How long data must come again before that is an alert."""
_PRICES: tuple[DataFamily, ...] = ("mark", "depth", "flow")
"""Families of which each tells the price."""


def data_ages(
    symbols: Mapping[str, SymbolState],
    positions: OpenPositions,
    account: AccountReport | None,
    now: int,
    watched: Collection[str] = (),
    *,
    account_awaited: bool = False,
) -> dict[str, Number]:
    """Milliseconds at local time ``now`` (ns) since the newest data of what is held.

    Of each watched symbol with a position, and of the account where there is one: what it holds
    is not known while it is not read. ``watched`` are symbols that count before anything of them
    has come, ``account_awaited`` says that there is an account although it was never read.
    """
    ages: dict[str, Number] = {}
    for name in positions.symbols:
        if name in symbols:
            ages[name] = _price_age(symbols[name])
        elif name in watched:
            ages[name] = Missing("no_frame")
    if account is not None:
        ages[ACCOUNT] = max(0.0, (now - account.as_of) / 1e6)
    elif account_awaited:
        ages[ACCOUNT] = Missing("no_frame")
    return ages


def advance_sights(
    sights: Mapping[str, Sight], ages: Mapping[str, Number], time_ms: int, blind_ms: float
) -> tuple[dict[str, Sight], list[LogEntry]]:
    """The sights of what is in ``ages`` at ``time_ms``, and the alerts of what changed.

    A symbol is blind when nothing came for ``blind_ms``, the account after its own budget. Where
    nothing ever came, that counts from when the name was first in ``ages``. What is no longer in
    ``ages`` (the position was closed) is forgotten without an alert.
    """
    now = {name: _seen(sights.get(name), age, time_ms) for name, age in ages.items()}
    limits = {name: ACCOUNT_BUDGET if name == ACCOUNT else blind_ms for name in now}
    silence = {name: time_ms - sight.seen_ms for name, sight in now.items()}
    entries: list[LogEntry] = []

    seeing = [name for name, sight in now.items() if sight.blind_since_ms is None]
    lost = [name for name in seeing if silence[name] >= limits[name]]
    if any(name != ACCOUNT for name in lost):
        near = blind_ms - min(TOGETHER_MS, blind_ms / 2)
        lost += [n for n in seeing if n not in (ACCOUNT, *lost) and silence[n] >= near]
    entries += _entries("blind", lost, silence, time_ms)
    now |= {name: replace(now[name], blind_since_ms=now[name].seen_ms) for name in lost}

    for name, sight in now.items():
        if sight.blind_since_ms is not None:
            back = silence[name] < limits[name] and sight.seen_ms > sight.blind_since_ms
            since = sight.back_ms if sight.back_ms is not None else time_ms
            now[name] = replace(sight, back_ms=since if back else None)
    returned = [name for name, sight in now.items() if sight.back_ms is not None]
    if any(time_ms - (now[name].back_ms or 0) >= BACK_MS for name in returned):
        gaps = {name: _gap(now[name], time_ms) for name in returned}
        entries += _entries("sighted", returned, gaps, time_ms)
        now |= {name: Sight(now[name].seen_ms) for name in returned}
    return now, entries


def _price_age(symbol: SymbolState) -> Number:
    """Age (ms) of the newest mark price, order book or trade; missing where none ever came."""
    ages = (symbol.freshness[family].age_ms for family in _PRICES if family in symbol.freshness)
    known = [age for age in ages if not isinstance(age, Missing)]
    return min(known, default=Missing("no_frame"))


def _seen(before: Sight | None, age: Number, time_ms: int) -> Sight:
    if before is None:
        before = Sight(time_ms if isinstance(age, Missing) else time_ms - int(age))
    if isinstance(age, Missing):
        return before
    # A replay that went back must not have seen the future.
    return replace(before, seen_ms=max(min(before.seen_ms, time_ms), time_ms - int(age)))


def _gap(sight: Sight, time_ms: int) -> int:
    """How long nothing came (ms)."""
    since = sight.blind_since_ms or 0
    return (time_ms if sight.back_ms is None else sight.back_ms) - since


def _entries(
    kind: Literal["blind", "sighted"],
    names: Sequence[str],
    lasted: Mapping[str, int],
    time_ms: int,
) -> list[LogEntry]:
    """One alert for all symbols among ``names``, and one for the account."""
    entries = []
    for together in ([n for n in names if n != ACCOUNT], [n for n in names if n == ACCOUNT]):
        if together:
            seconds = round(max(lasted[name] for name in together) / 1000)
            entries.append(_entry(kind, tuple(together), seconds, time_ms))
    return entries


def _entry(
    kind: Literal["blind", "sighted"], names: tuple[str, ...], seconds: int, time_ms: int
) -> LogEntry:
    return LogEntry(
        time_ms=time_ms,
        symbol=names[0] if len(names) == 1 else "",
        kind=kind,
        before="",
        after="",
        cause="account_late" if names == (ACCOUNT,) else "no_data",
        text=str(_sentence(kind, names, seconds)),
        symbols=names if len(names) > 1 else (),
    )


def _sentence(kind: Literal["blind", "sighted"], names: tuple[str, ...], seconds: int) -> Reason:
    symbol = ", ".join(names)
    if names == (ACCOUNT,):
        if kind == "blind":
            return Reason("account_blind", count=seconds)
        return Reason("account_sighted", count=seconds)
    if kind == "blind":
        return Reason("symbols_blind", symbol=symbol, count=seconds)
    return Reason("symbols_sighted", symbol=symbol, count=seconds)
