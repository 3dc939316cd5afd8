"""How far the price moved in five minutes, against what a day usually brings."""

from __future__ import annotations

from math import log, sqrt

from tuirisk.events.intervals import DAY_MS, MINUTE_MS
from tuirisk.market.candles import CandleRing
from tuirisk.market.recent_prices import RecentPrices
from tuirisk.state import Missing, Number

MOVE_MS = 5 * MINUTE_MS
LONGEST_MS = 20 * MINUTE_MS
"""A bar that opened earlier than this says nothing of the last minutes."""
NO_EARLIER_PRICE = Missing("no_price_before", minutes=5)


def move_5m(
    prices: RecentPrices, ring: CandleRing, last: Number, sigma: Number, exchange_ms: float
) -> tuple[Number, Number]:
    """The move of the last 5 minutes, as a fraction and in σ of its length, both signed.

    The move is the price at ``exchange_ms`` over the price 5 minutes before; σ is the daily
    ``sigma`` · √(5 / 1440), of log returns. Until prices of 5 minutes ago are known, the newest
    bar of ``ring`` (15m) that is at least 5 minutes old stands in: ``last`` over its open, with σ
    of its own age.
    """
    ratio, span_ms = prices.ratio(exchange_ms - MOVE_MS, exchange_ms), float(MOVE_MS)
    if ratio is None:
        opened = _open_before(ring, exchange_ms)
        if isinstance(last, Missing) or opened is None:
            return NO_EARLIER_PRICE, NO_EARLIER_PRICE
        ratio, span_ms = last / opened[1], exchange_ms - opened[0]
    if not ratio > 0:
        return NO_EARLIER_PRICE, NO_EARLIER_PRICE
    move = ratio - 1
    if isinstance(sigma, Missing):
        return move, sigma
    return move, log(ratio) / (sigma * sqrt(span_ms / DAY_MS))


def _open_before(ring: CandleRing, exchange_ms: float) -> tuple[int, float] | None:
    """(open time ms, open) of the newest bar, forming or closed, that opened 5 to 20 min ago."""
    bars, forming = ring.bars(), ring.forming
    opened = [(forming.open_time, forming.open)] if forming is not None else []
    if len(bars):
        opened.append((int(bars.open_time[-1]), float(bars.open[-1])))
    for time, price in opened:
        if MOVE_MS <= exchange_ms - time <= LONGEST_MS and price > 0:
            return time, price
    return None
