"""Prices that stand in for a mark price that is late, for the positions that rest on it."""

from __future__ import annotations

from dataclasses import replace
from math import inf

from tuirisk.analytics.leverage.liquidation import liquidation_of
from tuirisk.analytics.leverage.portfolio import Portfolio
from tuirisk.market.book import unusable
from tuirisk.market.market import Market, SymbolMarket
from tuirisk.state import Missing


def with_substituted_marks(
    portfolio: Portfolio, market: Market, exchange_ms: float, budget_ms: float
) -> Portfolio:
    """``portfolio`` at the exchange's time with the worst known price for each late mark.

    Where the mark price is older than ``budget_ms`` the positions of its symbol are valued at the
    worst for them of last trade, mid of the book and index. Trade and mid count where they came
    after the mark; where neither did, the mark counts beside the index, which came with it.
    """
    late, changed = [], {}
    for name, contract in portfolio.contracts.items():
        symbol = market.symbols.get(name)
        mark = None if symbol is None else symbol.derivatives.mark
        if mark is not None and exchange_ms - mark.event_time <= budget_ms:
            continue
        late.append(name)
        if symbol is None or mark is None or contract.unpriced:
            continue
        prices = _newer_prices(symbol, mark.received) or [mark.mark]
        if mark.index > 0:
            prices.append(mark.index)
        price = _worst(portfolio, name, min(prices), max(prices))
        if price != contract.mark:
            changed[name] = replace(contract, mark=price)
    if not late:
        return portfolio
    contracts = {**portfolio.contracts, **changed}
    return replace(
        portfolio,
        contracts=contracts,
        substituted=frozenset(changed),
        late_marks=frozenset(late),
    )


def _worst(portfolio: Portfolio, name: str, low: float, high: float) -> float:
    """The price of ``low`` and ``high`` that is worse for the positions of the symbol ``name``.

    Where they are on both sides, the one that is nearer to the liquidation of any of them.
    """
    sides = {position.sign for position in portfolio.open_positions.of(name)}
    if len(sides) == 1:
        return low if 1 in sides else high
    return min(low, high, key=lambda price: _nearest(portfolio, name, price))


def _nearest(portfolio: Portfolio, name: str, price: float) -> float:
    """The smallest distance (fraction) from ``price`` to a liquidation; −1 where one is due."""
    contract = replace(portfolio.contracts[name], mark=price)
    there = replace(portfolio, contracts={**portfolio.contracts, name: contract})
    distances = [inf]
    for position in portfolio.open_positions.of(name):
        liquidation = liquidation_of(position, there)
        if liquidation.due:
            distances.append(-1.0)
        elif not isinstance(liquidation.near, Missing):
            distances.append(abs(liquidation.near / price - 1.0))
    return min(distances)


def _newer_prices(symbol: SymbolMarket, since: int) -> list[float]:
    """Last trade and mid of the book, those that came after ``since`` (ns)."""
    newer = []
    tape, book = symbol.tape, symbol.book
    if tape.last_price is not None and (tape.received or 0) > since:
        newer.append(tape.last_price)
    bid, ask = book.bids.best(), book.asks.best()
    usable = unusable(book, stale=False) is None and (book.received or 0) > since
    if usable and bid is not None and ask is not None:
        newer.append((bid + ask) / 2)
    return newer
