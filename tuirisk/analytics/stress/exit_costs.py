"""What closing a position costs in today's book, and in the book of each shock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tuirisk.analytics.leverage.open_positions import OpenPosition
from tuirisk.analytics.liquidity.book_walk import Levels, walk
from tuirisk.analytics.score.freshness import DEPTH_BUDGET, book_age
from tuirisk.analytics.stress.scenarios import Shock
from tuirisk.market.book import unusable
from tuirisk.market.market import SymbolMarket
from tuirisk.state import Missing, Number, maximum


def exit_costs(
    symbol: SymbolMarket,
    position: OpenPosition,
    table: Sequence[Shock],
    now: int,
    exchange_ms: float,
) -> Mapping[str, Number]:
    """Slippage of closing ``position`` (a fraction of mid) in today's book and in each shocked one.

    A book ``depth`` times thinner costs what an order ``depth`` times larger does today; a wider
    spread costs half of what it widens by.
    """
    age = book_age(symbol.book, now, exchange_ms)
    stale = isinstance(age, Missing) or age > DEPTH_BUDGET
    reason = unusable(symbol.book, stale)
    if reason:
        return dict.fromkeys(["", *(shock.name for shock in table)], Missing.because(reason))
    book = symbol.book
    bid, ask = book.bids.sign * book.bids.keys[-1], book.asks.sign * book.asks.keys[-1]
    mid, half = (bid + ask) / 2, (ask - bid) / (ask + bid)
    side, bound = (
        (book.bids, book.bid_floor) if position.sign > 0 else (book.asks, book.ask_ceiling)
    )
    thinnest = max((shock.depth for shock in table), default=1.0)
    levels = Levels.of(side, bound, 0.0, position.quantity * max(1.0, thinnest), mid)

    def slippage(depth: float, spread: float) -> Number:
        fill = walk(levels, mid, quantity=position.quantity * depth)
        if fill.exhausted:
            return Missing("order_book_too_short")
        return maximum(fill.slippage + half * (spread - 1.0), 0.0)

    return {"": slippage(1.0, 1.0)} | {s.name: slippage(s.depth, s.spread) for s in table}
