"""The bars of a symbol."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

import msgspec

from tuirisk.events.columnar import ColumnarSequence, Row
from tuirisk.events.event import Event


class Candle(msgspec.Struct, frozen=True, gc=False):
    """One bar; ``closed`` is the exchange's own word or a close time that has passed there."""

    open_time: int
    close_time: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    quote_volume: float
    trades: int
    taker_buy_base: float
    taker_buy_quote: float
    closed: bool


def closed_bars(rows: Iterable[Row]) -> ColumnarSequence[Candle]:
    """Closed bars from rows of the fields of :class:`Candle` before ``closed``."""
    return ColumnarSequence(partial(Candle, closed=True), "qqddddddqdd", rows)


def closed_bars_of_columns(columns: Sequence[bytes | memoryview]) -> ColumnarSequence[Candle]:
    """Closed bars from columns, the bytes of the numbers of each field before ``closed``."""
    return ColumnarSequence.of_columns(partial(Candle, closed=True), "qqddddddqdd", columns)


class CandleForming(Event, frozen=True):
    """The bar of ``interval`` (``15m``, ``1h``, ``1d``) that has not closed yet.

    ``event_time`` is when the exchange sent it, 0 where that is not stated.
    """

    interval: str
    candle: Candle
    event_time: int = 0


class CandleClosed(Event, frozen=True):
    """The bar of ``interval`` that has just closed, as the stream reported it at ``event_time``
    (0 where that is not stated).
    """

    interval: str
    candle: Candle
    event_time: int = 0


class CandleHistory(Event, frozen=True):
    """Bars from REST, oldest first; the last may still be forming (``closed`` False).

    ``cached``: closed bars that an earlier run received, ``received`` being when it did.
    """

    interval: str
    candles: Sequence[Candle]
    cached: bool = False
    left_out: int = 0
    """Bars of the answer that could not be read or be true: holes."""
    until_now: bool = False
    """Whether the newest bars were asked for, rather than those until some time."""
    asked: int = 0
    """Bars that were asked for; 0 where that is not known."""

    @property
    def short(self) -> bool:
        """Whether bars lack: the contract is young, or the answer is cut off."""
        return len(self.candles) + self.left_out < self.asked
