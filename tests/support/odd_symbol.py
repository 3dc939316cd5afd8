"""An ordinary symbol beside an odd one, from events to a state, for tests of bad input."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import replace

from msgspec import structs

from support.bars import leaves
from support.build import NOW_NS, assess_market, events_of, mark_price
from tuirisk import events as ev
from tuirisk.config.model import Config
from tuirisk.events.intervals import HOUR_MS
from tuirisk.market.market import Market
from tuirisk.state import Missing, RiskState, SymbolState, to_json

ODD, OTHER = "ODDUSDT", "BTCUSDT"

Events = list[ev.Event]
Change = Callable[[Events], Events]
NOW_MS = NOW_NS // 1_000_000


def market_of(events: Iterable[ev.Event], now_ns: int = NOW_NS) -> Market:
    market = Market()
    market.apply(ev.ServerTime("", now_ns, now_ns // 1_000_000))
    for event in events:
        market.apply(event)
    market.sample(now_ns)
    return market


def assessed(change: Change, config: Config | None = None) -> RiskState:
    """The state of an ordinary symbol and of one whose events were changed."""
    return assess_market(market_of([*events_of(OTHER), *change(events_of(ODD))]), config=config)


def other_is_untouched(made: RiskState) -> None:
    alone = assess_market(market_of(events_of(OTHER)))
    one = replace(made, symbols={OTHER: made.symbols[OTHER]}, watchlist=alone.watchlist)
    assert to_json(one) == to_json(alone)


def sound(symbol: SymbolState) -> None:
    """Every number is finite, every gap has a reason of its own."""
    for path, value in leaves(symbol):
        if isinstance(value, Missing):
            assert value.reason, path
            assert "nan" not in value.reason.lower(), path
        else:
            assert not isinstance(value, float) or math.isfinite(value), path


def without(events: Events, *kinds: type[ev.Event]) -> Events:
    return [event for event in events if not isinstance(event, kinds)]


def paid_every(hours: int, rate: float = 0.0002) -> Change:
    """The same yearly funding, paid every ``hours`` hours."""

    def change(events: Events) -> Events:
        kept = without(events, ev.FundingHistory, ev.FundingSchedule, ev.MarkPrice)
        step = hours * HOUR_MS
        newest = NOW_MS // step * step
        share = rate * hours / 8
        rows = tuple(
            (newest - i * step, share * (1 + 0.1 * math.sin(i)), True)
            for i in reversed(range(30 * 24 // hours))
        )
        kept.append(ev.FundingSchedule(ODD, NOW_NS, hours, 0.02, -0.02))
        kept.append(ev.FundingHistory(ODD, NOW_NS, rows))
        mark = mark_price(ODD, 100.0, rate=share)
        kept.append(structs.replace(mark, next_funding_time=newest + step))
        return kept

    return change


def special(events: Events) -> Events:
    """A ``Special`` settlement of ten times the usual, an hour before the newest."""
    (history,) = (event for event in events if isinstance(event, ev.FundingHistory))
    rows = (*history.rows, (history.rows[-1][0] - HOUR_MS, 0.02, False))
    return [*without(events, ev.FundingHistory), ev.FundingHistory(ODD, NOW_NS, rows)]


def open_interest_without(gone: Callable[[int], bool]) -> Change:
    """Points whose age (5-minute steps, the newest is 0) is ``gone`` never came."""

    def change(events: Events) -> Events:
        (history,) = (event for event in events if isinstance(event, ev.OpenInterestHistory))
        n = len(history.rows)
        rows = tuple(row for i, row in enumerate(history.rows) if not gone(n - 1 - i))
        kept = without(events, ev.OpenInterestHistory)
        return [*kept, ev.OpenInterestHistory(ODD, NOW_NS, "5m", rows)]

    return change
