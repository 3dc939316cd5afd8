"""Trades and liquidations as time-ordered numpy columns of bounded length."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tuirisk.events import Liquidation, Trade
from tuirisk.events.intervals import DAY_MS, MINUTE_MS

TAPE_MS = 15 * MINUTE_MS
LIQUIDATIONS_MS = DAY_MS
FEWEST = 16
"""Rows that there is room for at first: of most symbols nobody is ever liquidated."""


class TimedColumn:
    """An append-only column of (time ms, value) that forgets what is older than ``span_ms``."""

    __slots__ = ("_count", "_first", "_times", "_values", "span_ms")

    def __init__(self, span_ms: int) -> None:
        self.span_ms = span_ms
        self._times = np.empty(FEWEST, dtype=np.int64)
        self._values = np.empty(FEWEST, dtype=np.float64)
        self._first = 0
        self._count = 0

    def __len__(self) -> int:
        return self._count - self._first

    def append(self, time_ms: int, value: float) -> None:
        if self._count == self._times.size:
            self._make_room()
        if self._count > self._first:
            time_ms = max(time_ms, int(self._times[self._count - 1]))
        self._times[self._count] = time_ms
        self._values[self._count] = value
        self._count += 1

    def since(self, time_ms: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Views of what happened after ``time_ms`` (exclusive), oldest first."""
        times = self._times[self._first : self._count]
        start = self._first + int(times.searchsorted(time_ms, side="right"))
        return self._times[start : self._count], self._values[start : self._count]

    def newest_before(self, time_ms: int, tolerance_ms: int) -> float | None:
        """The newest value at or before ``time_ms``, at most ``tolerance_ms`` older, else None."""
        times = self._times[self._first : self._count]
        row = int(times.searchsorted(time_ms, side="right")) - 1
        if row < 0 or time_ms - int(times[row]) > tolerance_ms:
            return None
        return float(self._values[self._first + row])

    def _make_room(self) -> None:
        oldest = int(self._times[self._count - 1]) - self.span_ms
        times, values = self.since(oldest)
        size = max(FEWEST, 2 * times.size)
        fresh_times = np.empty(size, dtype=np.int64)
        fresh_values = np.empty(size, dtype=np.float64)
        fresh_times[: times.size] = times
        fresh_values[: values.size] = values
        self._times, self._values = fresh_times, fresh_values
        self._first, self._count = 0, times.size


class Tape:
    """Aggregate trades of the last 15 minutes: signed notional, positive when a buyer took.

    ``cvd`` is the cumulative volume delta since ``since_ms`` (quote asset), from where on no trade
    is missing: aggregate trade ids are consecutive, so a gap in them is seen and starts anew.
    """

    def __init__(self) -> None:
        self.trades = TimedColumn(TAPE_MS)
        self.cvd = 0.0
        self.last_price: float | None = None
        self.last_id = -1
        self.since_ms: int | None = None
        self.version = 0
        self.received: int | None = None
        self.last_time = 0
        """When the newest trade was made, UTC ms."""

    def add_trade(self, trade: Trade) -> None:
        """Take a trade; one already seen (its id is not newer) changes nothing."""
        if trade.trade_id <= self.last_id:
            return
        if trade.trade_id != self.last_id + 1 and self.since_ms is not None:
            self.begin_anew()
        self.last_id = trade.trade_id
        if not trade.counts:
            return
        notional = trade.price * trade.quantity
        signed = -notional if trade.seller_is_taker else notional
        self.trades.append(trade.trade_time, signed)
        self.cvd += signed
        self.last_price = trade.price
        if self.since_ms is None:
            self.since_ms = trade.trade_time
        self.received = trade.received
        self.last_time = max(self.last_time, trade.trade_time)
        self.version += 1

    def begin_anew(self) -> None:
        """Forget the trades so far: those that follow may have lower ids."""
        self.trades = TimedColumn(TAPE_MS)
        self.cvd = 0.0
        self.since_ms = None
        self.last_id = -1


class LiquidationTape:
    """Liquidations of the last 24 hours: notional, positive where a long was liquidated."""

    def __init__(self) -> None:
        self.orders = TimedColumn(LIQUIDATIONS_MS)
        self.since_ms: int | None = None
        self.version = 0

    def add_order(self, order: Liquidation) -> None:
        side: Literal["long", "short"] = "long" if order.side == "SELL" else "short"
        self.add(order.trade_time, side, order.price * order.quantity)

    def add(self, time_ms: int, side: Literal["long", "short"], notional: float) -> None:
        """Take a liquidated position of ``side``; ``notional`` in the quote asset."""
        self.orders.append(time_ms, notional if side == "long" else -notional)
        self.version += 1
