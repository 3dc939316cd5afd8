"""The user's own conditions: which begin to hold, and their alerts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from tuirisk.analytics.condition_numbers import (
    account_number,
    is_of_provider,
    outside_number,
    symbol_number,
)
from tuirisk.analytics.radar_conditions import (
    is_of_radar,
    only_of_radar,
    radar_message,
    radar_numbers,
)
from tuirisk.config.alert_model import AlertsConfig, ConditionConfig
from tuirisk.config.condition_values import condition_value
from tuirisk.config.model import Config
from tuirisk.language.reason import Reason
from tuirisk.state import AccountState, External, LogEntry, Missing, Number, Source, SymbolState
from tuirisk.state.condition import ConditionState, condition_key, condition_text
from tuirisk.state.radar import RadarState

PRICE_MARGIN = 0.001
MARGIN = 0.01
"""Share of the bound by which a number must be back before the condition can alert again at once;
of a price a smaller one."""
UNMEASURABLE = ("no_provider", "source_never_has_it")
"""Reasons that do not pass by themselves."""

Log = tuple[LogEntry, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """What conditions are compared with."""

    symbols: Mapping[str, SymbolState]
    account: AccountState | None
    external: External
    radar: RadarState | None = None
    """Every perpetual; None where it is not received."""
    radar_is_new: bool = True
    """Whether it is another one than the conditions were compared with before."""


def conditions_of(config: Config) -> tuple[ConditionConfig, ...]:
    """Those of the file, then those made on the screen; each once."""
    return tuple(dict.fromkeys((*config.alerts.when, *config.own_conditions)))


def advance_conditions(
    before: Sequence[ConditionState],
    conditions: Iterable[ConditionConfig],
    measured: Measured,
    time_ms: int,
    release_ms: float,
) -> tuple[tuple[ConditionState, ...], list[LogEntry]]:
    """Every condition on every symbol that it is on, and an alert of each that begins to hold.

    Symbols on which the same condition begins to hold at once share an alert. One that holds when
    first measured alerts. It can alert again once it has not held: by a margin from its bound, or
    for ``release_ms``. A missing number leaves a condition as it was. Of the perpetuals that are
    not watched, only those on which a condition holds have a state.
    """
    earlier = {(state.condition, state.symbol): state for state in before}
    compared: dict[ConditionConfig, list[ConditionState]] = {}
    for state in before:
        compared.setdefault(state.condition, []).append(state)
    states: list[ConditionState] = []
    entries = []
    for condition in conditions:
        begun: dict[str, Number] = {}
        past = compared.get(condition, ())
        unwatched: Iterable[tuple[str, Number]] = ()
        if is_of_radar(condition) and measured.radar is not None:
            if measured.radar_is_new:
                holding = [state.symbol for state in past if state.holds]
                unwatched = radar_numbers(condition, measured.radar, measured.symbols, holding)
            else:
                own = () if only_of_radar(condition) else measured.symbols
                states += (state for state in past if state.symbol not in own)
        for symbol, value in chain(_numbers(condition, measured), unwatched):
            old = earlier.get((condition, symbol))
            state, begins = _advanced(condition, symbol, value, old, time_ms, release_ms)
            if state.holds or symbol in measured.symbols or not symbol:
                states.append(state)
            if begins:
                begun[symbol] = value
        if begun:
            entries.append(_entry(condition, begun, time_ms))
    return tuple(states), entries


def repeated_conditions(
    log: Log, states: Sequence[ConditionState], time_ms: int, config: AlertsConfig
) -> tuple[Log, tuple[ConditionState, ...]]:
    """``log`` with the alerts again of conditions with ``repeat`` that hold and nobody has seen.

    Each ``repeat_seconds`` after its last; while its number is missing it waits.
    """
    repeat_ms = config.repeat_seconds * 1000
    due = [
        state
        for state in states
        if state.condition.repeat and state.holds and not isinstance(state.value, Missing)
        if not state.outside_since_ms and time_ms - state.alerted_ms >= repeat_ms
    ]
    if not due:
        return log, tuple(states)
    entries, places = list(log), {_newest(log, state) for state in due}
    for place in places:
        if place is not None and not entries[place].acknowledged:
            entry = entries[place]
            entries[place] = replace(entry, alerted_ms=time_ms, repeats=entry.repeats + 1)
    again = {(state.condition, state.symbol) for state in due}
    return tuple(entries), tuple(
        replace(state, alerted_ms=time_ms) if (state.condition, state.symbol) in again else state
        for state in states
    )


def condition_messages(
    config: Config,
    states: Sequence[ConditionState],
    watched: Iterable[str],
    radar: RadarState | None,
    source: Source,
) -> Iterator[Reason]:
    """What cannot alert as things are: a symbol that is not watched, a number nobody gives, every
    perpetual where they are not received.
    """
    names = frozenset(watched)
    unmeasured = radar_message(conditions_of(config), radar, source)
    if unmeasured is not None:
        yield unmeasured
    lacking: dict[str, Missing | None] = {}
    for state in states:
        value, name = state.value, state.condition.value
        stays = isinstance(value, Missing) and value.code in UNMEASURABLE
        if lacking.get(name, value) is not None:
            lacking[name] = value if stays and isinstance(value, Missing) else None
    for name, why in lacking.items():
        if why is not None:
            thing = f"value_{name}"
            yield Reason("condition_unmeasurable", thing=thing, reason=why)
    for condition in conditions_of(config):
        scope = condition_value(condition.value).scope
        on_symbol = condition.symbol != "*" and scope in ("symbol", "position", "asset")
        if names and on_symbol and condition.symbol not in names:
            yield Reason("condition_unwatched", symbol=condition.symbol)


def _numbers(condition: ConditionConfig, measured: Measured) -> Iterator[tuple[str, Number]]:
    """(symbol, number) of each that ``condition`` is on; of account and market the symbol is ""."""
    name = condition.value
    scope = condition_value(name).scope
    if scope == "market":
        yield "", outside_number(name, "", measured.external)
        return
    if scope == "radar":
        return
    if scope == "account":
        of_account = account_number(name, measured.account)
        if of_account is not None:
            yield "", of_account
        return
    for symbol, state in measured.symbols.items():
        if condition.symbol not in ("*", symbol):
            continue
        value = (
            outside_number(name, symbol, measured.external)
            if is_of_provider(name)
            else symbol_number(name, state)
        )
        if value is not None:
            yield symbol, value


def _advanced(
    condition: ConditionConfig,
    symbol: str,
    value: Number,
    old: ConditionState | None,
    time_ms: int,
    release_ms: float,
) -> tuple[ConditionState, bool]:
    """The condition's new state, and whether it begins to hold."""
    state = old or ConditionState(condition, symbol, value, holds=False)
    state = replace(state, value=value)
    if isinstance(value, Missing):
        return state, False
    beyond = _beyond(condition, value)
    if beyond > 0:
        begins = not state.holds
        alerted = time_ms if begins else state.alerted_ms
        return replace(state, holds=True, outside_since_ms=0, alerted_ms=alerted), begins
    if not state.holds:
        return state, False
    since = state.outside_since_ms or time_ms
    share = PRICE_MARGIN if condition_value(condition.value).unit == "price" else MARGIN
    margin = share * abs(condition.bound)
    if (margin and -beyond >= margin) or time_ms - since >= release_ms:
        return replace(state, holds=False, outside_since_ms=0), False
    return replace(state, outside_since_ms=since), False


def _beyond(condition: ConditionConfig, value: float) -> float:
    """By how much ``value`` is beyond the bound; at most 0 where the condition does not hold."""
    if condition.above is not None:
        return value - condition.above
    return condition.bound - value


def _entry(condition: ConditionConfig, begun: Mapping[str, Number], time_ms: int) -> LogEntry:
    names = tuple(begun)
    return LogEntry(
        time_ms=time_ms,
        symbol=names[0] if len(names) == 1 else "",
        kind="condition",
        before="",
        after=condition_key(condition),
        text=condition_text(condition, begun),
        symbols=names if len(names) > 1 else (),
    )


def _newest(log: Log, state: ConditionState) -> int | None:
    """Index of the newest alert of a condition."""
    after = condition_key(state.condition)
    for place in range(len(log) - 1, -1, -1):
        entry = log[place]
        names = entry.symbols or (entry.symbol,)
        if (entry.kind, entry.after) == ("condition", after) and state.symbol in names:
            return place
    return None
