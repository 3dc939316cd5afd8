"""What the open positions are to pay as funding within the next day."""

from __future__ import annotations

from math import ceil, floor

from tuirisk.analytics.derivatives.funding_interval import running_hours
from tuirisk.analytics.leverage.portfolio import Portfolio
from tuirisk.events.intervals import DAY_MS, HOUR_MS
from tuirisk.market.market import Market
from tuirisk.state import Missing, Number


def funding_next_day(portfolio: Portfolio, market: Market, exchange_ms: float) -> Number:
    """Funding of all positions within 24 h, USDT; below 0 what they receive.

    Each settlement is taken at the rate predicted for the next one. A contract without funding, or
    that does not trade, has none to pay.
    """
    total = 0.0
    for position in portfolio.open_positions.positions:
        contract = portfolio.contracts[position.symbol]
        rate, mark = contract.funding_rate, contract.mark
        if contract.by_exchange or (isinstance(rate, Missing) and rate.code == "no_funding"):
            continue
        if isinstance(rate, Missing) or isinstance(mark, Missing):
            reason = rate if isinstance(rate, Missing) else mark
            assert isinstance(reason, Missing)
            return Missing("of_symbol", symbol=position.symbol, reason=reason)
        times = settlements_within_day(market, position.symbol, exchange_ms)
        total += position.rate * position.sign * position.quantity * mark * rate * times
    return total


def settlements_within_day(market: Market, symbol: str, exchange_ms: float) -> int:
    """How many times funding of ``symbol`` is paid within 24 h; 0 where no time is announced."""
    known = market.symbols.get(symbol)
    mark = known.derivatives.mark if known is not None else None
    if known is None or mark is None or mark.next_funding_time <= 0:
        return 0
    every = running_hours(known.derivatives, exchange_ms) * HOUR_MS
    ahead = mark.next_funding_time - exchange_ms
    ahead += max(0, ceil(-ahead / every)) * every
    return 0 if ahead > DAY_MS else 1 + floor((DAY_MS - ahead) / every)
