"""What an order that somebody asks about would cost, on the books as they are now."""

from __future__ import annotations

from collections.abc import Mapping

from tuirisk.analytics.leverage.open_positions import OpenPositions, exit_order
from tuirisk.analytics.liquidity.book_walk import Levels, walk
from tuirisk.config.model import RiskConfig
from tuirisk.market.book import OrderBook, unusable
from tuirisk.market.market import Market
from tuirisk.state import Impact, Missing, Number, OrderImpact, OrderSize, RiskState

NO_POSITION = Missing("no position")
RESTS_ON = ("listed", "book", "book_usable", "open_positions")
"""Versions of a symbol's data without a change of which its answer stands."""


def order_impacts(
    order: OrderSize,
    market: Market,
    held: OpenPositions,
    risk: RiskConfig,
    state: RiskState,
    previous: RiskState | None,
) -> Mapping[str, OrderImpact]:
    """The answer for each watched symbol of ``state`` that ``order`` asks of; pure.

    Answers of ``previous`` whose book did not change are its very objects.
    """
    found: dict[str, OrderImpact] = {}
    for name, symbol in market.symbols.items():
        known = state.symbols.get(name)
        if known is None or order.symbol not in ("", name):
            continue
        old = previous.symbols.get(name) if previous is not None else None
        answer = previous.asked.get(name) if previous is not None else None
        same = old is not None and all(
            old.versions.get(part) == known.versions.get(part) for part in RESTS_ON
        )
        if answer is None or answer.order != order or not same:
            reason = unusable(symbol.book, known.freshness["depth"].stale)
            own = exit_order(held.of(name))
            quantity = own.quantity if own is not None else NO_POSITION
            answer = _answer(order, symbol.book, reason, quantity, risk)
        found[name] = answer
    return found


def _answer(
    order: OrderSize, book: OrderBook, reason: str, held: Number, risk: RiskConfig
) -> OrderImpact:
    """``held``: the quantity of the position that would be left."""
    bid, ask = book.bids.best(), book.asks.best()
    if reason or bid is None or ask is None:
        return OrderImpact(order, Missing(reason), Missing(reason))
    mid = (bid + ask) / 2
    if order.measure == "share":
        if isinstance(held, Missing):
            return OrderImpact(order, held, held)
        quantity = order.amount * held
    else:
        quantity = order.amount if order.measure == "quantity" else order.amount / mid
    by_notional = order.amount if order.measure == "notional" else None
    notional = quantity * mid if by_notional is None else by_notional
    sell, buy = (
        walk(
            Levels.of(side, bound, notional, quantity, mid),
            mid,
            notional=by_notional,
            quantity=quantity if by_notional is None else None,
            medium=risk.thresholds.slippage_medium,
            high=risk.thresholds.slippage_high,
        )
        for side, bound in ((book.bids, book.bid_floor), (book.asks, book.ask_ceiling))
    )
    return OrderImpact(order, quantity, Impact(notional, sell, buy))
