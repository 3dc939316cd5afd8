"""Whether the time that an event states can be true."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tuirisk import events as ev
from tuirisk.events.intervals import HOUR_MS
from tuirisk.language.reason import Reason
from tuirisk.language.reason_codes import ReasonCode
from tuirisk.market.clock import ExchangeClock

OLDEST_MS = HOUR_MS
"""No stream is so late: what is older was never sent by it."""
BACKWARD_MS = 5_000
"""A stream's times go back by less, where two connections overlap."""

_Kind = tuple[str, Callable[[Any], int]]
"""The code of what the event is about, and its time."""
_STREAM_KINDS: Mapping[type[ev.Event], _Kind] = {
    ev.DepthDiff: ("order_book", lambda e: e.event_time),
    ev.DepthSnapshot: ("best_levels", lambda e: e.event_time),
    ev.MarkPrice: ("mark_price", lambda e: e.event_time),
    ev.Trade: ("trades", lambda e: e.trade_time),
    ev.Liquidation: ("liquidations", lambda e: e.trade_time),
    ev.CandleForming: ("candles", lambda e: e.event_time),
    ev.CandleClosed: ("candles", lambda e: e.event_time),
}
_ANSWER_KINDS: Mapping[type[ev.Event], _Kind] = {
    ev.DepthSnapshot: ("order_book", lambda e: e.event_time),
    ev.MarkPrice: _STREAM_KINDS[ev.MarkPrice],
    ev.OpenInterestReading: ("open_interest", lambda e: e.time),
}


class EventTimes:
    """Compares event times with the exchange's clock and with those of the same stream before.

    A time of 0 is not stated and never wrong.
    """

    def __init__(self, clock: ExchangeClock) -> None:
        self._clock = clock
        self._newest: dict[tuple[str, str], int] = {}
        """(kind, symbol) → the newest time of it, UTC milliseconds."""

    def fault(self, event: ev.Event, *, answer: bool) -> Reason | None:
        """Why the time of ``event`` cannot be true; None where it can.

        ``answer``: the event is of a REST answer. A late answer is old, not false.
        """
        kind = (_ANSWER_KINDS if answer else _STREAM_KINDS).get(type(event))
        time_ms = 0 if kind is None else kind[1](event)
        if kind is None or not time_ms:
            return None
        name = kind[0]
        latest = self._clock.latest_ms(event.received)
        now = self._clock.exchange_ms(event.received)
        if time_ms > latest:
            return _fault("time_in_the_future", event, name, time_ms - now)
        if answer:
            return None
        if self._clock.measured and time_ms < now - OLDEST_MS:
            return _fault("time_long_ago", event, name, now - time_ms)
        before = self._newest.get((name, event.symbol), 0)
        # A time accepted while the clock was measured wrongly must not refuse the true ones.
        if before <= latest and time_ms < before - BACKWARD_MS:
            return _fault("time_before_the_last", event, name, before - time_ms)
        if before > latest or time_ms > before:
            self._newest[name, event.symbol] = time_ms
        return None

    def superseded(self, event: ev.Event) -> bool:
        """Whether ``event`` is a mark price older than the newest one of the stream."""
        if not isinstance(event, ev.MarkPrice):
            return False
        newest = self._newest.get(("mark_price", event.symbol), 0)
        return event.event_time < newest <= self._clock.latest_ms(event.received)

    def forget(self, symbol: str) -> None:
        """Nothing of ``symbol`` is known any more."""
        for key in [key for key in self._newest if key[1] == symbol]:
            del self._newest[key]


def _fault(code: ReasonCode, event: ev.Event, thing: str, milliseconds: float) -> Reason:
    return Reason(code, symbol=event.symbol, thing=thing, seconds=round(milliseconds / 1e3))
