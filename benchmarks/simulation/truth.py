"""What the exchange really had, and when: kept apart from everything that is under test."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from tuirisk.simulator import frames
from tuirisk.simulator.exchange import Exchange
from tuirisk.simulator.frames import Notation

LEVELS = 10
"""Levels of either side that are compared."""
Ladder: TypeAlias = tuple[tuple[float, float], ...]


@dataclass(slots=True)
class SymbolTruth:
    """Exchange times (ms) at which a symbol last had a value."""

    books: dict[tuple[Ladder, Ladder], int] = field(default_factory=dict)
    marks: dict[float, int] = field(default_factory=dict)
    indexes: dict[float, int] = field(default_factory=dict)
    trades: dict[float, int] = field(default_factory=dict)

    def last_had(self, bids: Ladder, asks: Ladder) -> int | None:
        """When these were the best levels; fewer than ten a side, where no more are known."""
        at = self.books.get((bids, asks))
        if at is not None or (len(bids) >= LEVELS and len(asks) >= LEVELS):
            return at
        return max(
            (
                at
                for (true_bids, true_asks), at in self.books.items()
                if true_bids[: len(bids)] == bids and true_asks[: len(asks)] == asks
            ),
            default=None,
        )


class Truth:
    """The past of the watched symbols of ``exchange``; :meth:`record` is called every step."""

    def __init__(self, exchange: Exchange, symbols: tuple[str, ...]) -> None:
        self.exchange = exchange
        self.symbols = {symbol: SymbolTruth() for symbol in symbols}
        self.quantities: dict[str, dict[float, int]] = {symbol: {} for symbol in symbols}
        """Symbol → signed quantity of the account's position → when it was last so."""
        self._notations = {symbol: Notation(exchange.instruments[symbol]) for symbol in symbols}
        self.record()

    @property
    def now_ms(self) -> int:
        return self.exchange.now_ms

    def record(self) -> None:
        """Take in what the exchange has now."""
        now = self.exchange.now_ms
        for symbol, known in self.symbols.items():
            market = self.exchange.market(symbol)
            known.books[self.book(symbol)] = now
            mark = frames.mark_price(market)
            known.marks[float(mark["p"])] = now
            known.indexes[float(mark["i"])] = now
            forming = market.candles.forming("15m")
            notation = self._notations[symbol]
            known.trades[float(notation.price(forming.close))] = now
        for account in self.exchange.accounts.by_key.values():
            for symbol, quantities in self.quantities.items():
                held = account.positions.get((symbol, "BOTH"))
                quantities[0.0 if held is None else held.quantity] = now

    def record_trade(self, symbol: str, price: float) -> None:
        """A trade that was published."""
        self.symbols[symbol].trades[price] = self.exchange.now_ms

    def book(self, symbol: str) -> tuple[Ladder, Ladder]:
        """The best levels now, bids and asks, (price, quantity) each."""
        book, notation = self.exchange.market(symbol).book, self._notations[symbol]
        bids, asks = (
            tuple((float(p), float(q)) for p, q in notation.levels(side.top(LEVELS)))
            for side in (book.bids, book.asks)
        )
        return bids, asks

    def closed_bars(self, symbol: str, interval: str, count: int) -> list[tuple[int, float]]:
        """(open time, close) of the newest closed bars, oldest first."""
        notation = self._notations[symbol]
        bars = self.exchange.market(symbol).candles.closed(interval)[-count:]
        return [(bar.open_time, float(notation.price(bar.close))) for bar in bars]
