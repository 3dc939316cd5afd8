"""Prices that stand in for a mark price that is late, for the positions that rest on it."""

from __future__ import annotations

from dataclasses import replace

from tuirisk.analytics.leverage.portfolio import Portfolio
from tuirisk.market.book import unusable
from tuirisk.market.market import Market, SymbolMarket


def with_substituted_marks(
    portfolio: Portfolio, market: Market, exchange_ms: float, budget_ms: float
) -> Portfolio:
    """``portfolio`` at the exchange's time with the worst known price for each late mark.

    Where the mark price is older than ``budget_ms`` the positions of its symbol are valued at the
    worst for them of last trade, mid of the book and index, those that came after it.
    """
    changed = {}
    for name, contract in portfolio.contracts.items():
        symbol = market.symbols.get(name)
        mark = None if symbol is None else symbol.derivatives.mark
        if symbol is None or mark is None or exchange_ms - mark.event_time <= budget_ms:
            continue
        net = sum(
            position.sign * position.quantity for position in portfolio.open_positions.of(name)
        )
        price = _worst(symbol, mark.received, mark.mark, mark.index, net)
        if price != contract.mark:
            changed[name] = replace(contract, mark=price)
    if not changed:
        return portfolio
    contracts = {**portfolio.contracts, **changed}
    return replace(portfolio, contracts=contracts, substituted=frozenset(changed))


def _worst(symbol: SymbolMarket, since: int, mark: float, index: float, net: float) -> float:
    """The price that is worst for the ``net`` quantity; the farthest from ``mark`` where it is 0.

    The index came with the mark, so that it counts only beside a newer price.
    """
    newer = []
    tape, book = symbol.tape, symbol.book
    if tape.last_price is not None and (tape.received or 0) > since:
        newer.append(tape.last_price)
    bid, ask = book.bids.best(), book.asks.best()
    usable = unusable(book, stale=False) is None and (book.received or 0) > since
    if usable and bid is not None and ask is not None:
        newer.append((bid + ask) / 2)
    if not newer:
        return mark
    prices = [*newer, index] if index > 0 else newer
    if net == 0:
        return max(prices, key=lambda price: abs(price - mark))
    return min(prices) if net > 0 else max(prices)
