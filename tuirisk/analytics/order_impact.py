"""The impact of a user's order on the order books as they are now."""

from __future__ import annotations

from collections.abc import Mapping

from tuirisk.analytics.leverage.open_positions import OpenPositions, larger_position
from tuirisk.analytics.liquidity.book_walk import Levels, walk
from tuirisk.config.model import RiskConfig
from tuirisk.language.reason import Reason
from tuirisk.market.book import OrderBook, unusable
from tuirisk.market.market import Market
from tuirisk.state import Impact, Missing, Number, OrderImpact, OrderSize, RiskState, SymbolState

NO_POSITION = Missing("no_position")
DEPENDS_ON = ("listed", "book", "book_usable", "open_positions")
"""Data versions that a symbol's impact depends on."""


def order_impacts(
    order: OrderSize | None,
    market: Market,
    positions: OpenPositions,
    risk: RiskConfig,
    symbols: Mapping[str, SymbolState],
    previous: RiskState | None,
) -> Mapping[str, OrderImpact]:
    """The impact of ``order`` on the book of each watched symbol that it names, by symbol.

    ``symbols`` are the symbols' newest states. Impacts of ``previous`` whose book did not change
    are reused, by identity. Empty without an order.
    """
    impacts: dict[str, OrderImpact] = {}
    for name, symbol in market.symbols.items() if order is not None else ():
        assert order is not None
        state = symbols.get(name)
        if state is None or order.symbol not in ("", name):
            continue
        old = previous.symbols.get(name) if previous is not None else None
        impact = previous.order_impacts.get(name) if previous is not None else None
        unchanged = old is not None and all(
            old.versions.get(data) == state.versions.get(data) for data in DEPENDS_ON
        )
        if impact is None or impact.order != order or not unchanged:
            reason = unusable(symbol.book, state.freshness["depth"].stale)
            exit_position = larger_position(positions.of(name))
            quantity = exit_position.quantity if exit_position is not None else NO_POSITION
            impact = _impact(order, symbol.book, reason, quantity, risk)
        impacts[name] = impact
    return impacts


def _impact(
    order: OrderSize, book: OrderBook, reason: Reason | None, position: Number, risk: RiskConfig
) -> OrderImpact:
    """``position``: the quantity (base asset) that a share is taken of."""
    bid, ask = book.bids.best(), book.asks.best()
    if reason is not None or bid is None or ask is None:
        missing = Missing.because(reason or Reason("empty_order_book"))
        return OrderImpact(order, missing, missing)
    mid = (bid + ask) / 2
    if order.measure == "share":
        if isinstance(position, Missing):
            return OrderImpact(order, position, position)
        quantity = order.amount * position
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
