"""Trades in the order of their ids; a trade that breaks the order or the price must be confirmed.

Aggregate trade ids are consecutive, so the next trade tells whether a leap was a gap or a lie.
"""

from __future__ import annotations

from collections.abc import Callable

from tuirisk.events import Trade, TradesLost
from tuirisk.events.intervals import SECOND_NS
from tuirisk.feed.binance.plausibility.implausible import Why
from tuirisk.feed.binance.plausibility.prices import WitnessPrices, near

FAR = 1.1
"""Factor between a trade's price and every other price known, beyond which it must be confirmed."""
CONFIRMING = 1_000
"""A held trade is confirmed by another that is at most so many ids newer."""
MOST_UNCONFIRMED = 100
CONTRADICTED_NS = 5 * SECOND_NS
OLD_NS = 5 * SECOND_NS
OLD_COUNT = 500
"""So many trades in a row, or only such for so long, that are "not newer": the last id is wrong."""


class TradeChain:
    """Puts one symbol's trades in sequence. ``on_drop`` is called with why a trade was dropped."""

    def __init__(self, prices: WitnessPrices, on_drop: Callable[[Why, int], None]) -> None:
        self._prices = prices
        self._on_drop = on_drop
        self._last: Trade | None = None
        self._unconfirmed: dict[int, Trade] = {}
        self._old_since: int | None = None
        self._old_count = 0

    def admit(self, trade: Trade) -> list[Trade | TradesLost]:
        """The trades that may go on now, oldest first: this one, those it confirms, or none.

        ``TradesLost`` comes before a trade with which the sequence begins anew.
        """
        self._drop_contradicted(trade.received)
        last = self._last
        if last is not None and trade.trade_id <= last.trade_id:
            return self._old(trade)
        self._old_since = None
        follows = last is None or trade.trade_id == last.trade_id + 1
        if follows and not self._far(trade):
            return self._go_on([trade])
        confirmed = [held for held in self._unconfirmed.values() if _confirms(trade, held)]
        if confirmed:
            first = min(held.trade_id for held in confirmed)
            chain = {
                t.trade_id: t for t in (*self._unconfirmed.values(), trade) if t.trade_id >= first
            }
            whole = [t for _, t in sorted(chain.items()) if t.trade_id <= trade.trade_id]
            return self._go_on(whole)
        self._hold(trade)
        return []

    def _go_on(self, trades: list[Trade]) -> list[Trade | TradesLost]:
        out = list(trades)
        self._last = out[-1]
        while (following := self._unconfirmed.get(self._last.trade_id + 1)) is not None:
            if self._far(following) and not near(following.price, self._last.price, FAR):
                break
            out.append(following)
            self._last = following
        for trade in out:
            self._unconfirmed.pop(trade.trade_id, None)
        reached = [i for i in self._unconfirmed if i <= self._last.trade_id]
        for trade_id in reached:
            del self._unconfirmed[trade_id]
            self._on_drop("far_from_prices", self._last.received)
        priced = next((trade for trade in reversed(out) if trade.counts), None)
        if priced is not None:
            self._prices.record("trade", priced.price, priced.received)
        return [*out]

    def _hold(self, trade: Trade) -> None:
        if len(self._unconfirmed) >= MOST_UNCONFIRMED:
            del self._unconfirmed[next(iter(self._unconfirmed))]
            self._on_drop("ids_leap", trade.received)
        self._unconfirmed[trade.trade_id] = trade

    def _old(self, trade: Trade) -> list[Trade | TradesLost]:
        """A trade that is not newer: usually a second delivery; too many contradict the last id."""
        if self._old_since is None:
            self._old_since, self._old_count = trade.received, 0
        self._old_count += 1
        if self._old_count < OLD_COUNT and trade.received - self._old_since < OLD_NS:
            return []
        self._on_drop("ids_leap", trade.received)
        self._old_since = self._last = None
        self._unconfirmed.clear()
        return [TradesLost(trade.symbol, trade.received), *self.admit(trade)]

    def _drop_contradicted(self, received: int) -> None:
        """Drop what was held for seconds while the chain went on below it."""
        if self._last is None:
            return
        for trade_id, held in list(self._unconfirmed.items()):
            if received - held.received > CONTRADICTED_NS and self._last.received > held.received:
                del self._unconfirmed[trade_id]
                self._on_drop("far_from_prices" if self._far(held) else "ids_leap", received)

    def _far(self, trade: Trade) -> bool:
        return trade.counts and self._prices.disputed(trade.price, trade.received, FAR)


def _confirms(trade: Trade, unconfirmed: Trade) -> bool:
    close = 0 < trade.trade_id - unconfirmed.trade_id <= CONFIRMING
    return close and near(trade.price, unconfirmed.price, FAR)
