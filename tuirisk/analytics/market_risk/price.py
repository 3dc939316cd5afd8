"""The last price, its change, and the volume of a day, from 15m bars and trades."""

from __future__ import annotations

from tuirisk.analytics.market_risk.fast_move import move_5m
from tuirisk.events.intervals import DAY_MS, HOUR_MS
from tuirisk.market.candles import Bars, CandleRing
from tuirisk.market.market import SymbolMarket
from tuirisk.market.tape import Tape
from tuirisk.state import Missing, Number, Price

NO_MARK = Missing("not_received_yet", thing="mark_price")
NO_INDEX = Missing("no_index_price")
TRADE_LAG_NS = 5_000_000_000
"""A trade this much older than the forming bar no longer gives the last price."""


def price_state(symbol: SymbolMarket, sigma: Number, exchange_ms: float) -> Price:
    """The symbol's prices and their changes; ``sigma`` is of a day's log return."""
    candles = symbol.candles["15m"]
    last = last_price(candles, symbol.tape)
    finest = next((ring for ring in symbol.candles.values() if len(ring)), candles)
    if isinstance(last, Missing):
        last = last_price(finest, symbol.tape)
    mark = symbol.derivatives.mark
    move, sigmas = move_5m(symbol.prices, candles, last, sigma, exchange_ms)
    return Price(
        last=last,
        mark=NO_MARK if mark is None else mark.mark,
        index=_index(mark.index) if mark is not None else NO_MARK,
        change_24h=price_change(finest.bars(), last, exchange_ms, DAY_MS),
        move_5m=move,
        move_5m_sigmas=sigmas,
    )


def _index(value: float) -> Number:
    return value if value > 0 else NO_INDEX


def last_price(candles: CandleRing, tape: Tape) -> Number:
    """The last trade's price; else the forming bar's close; else the newest closed bar's."""
    forming = candles.forming
    if tape.last_price is not None and tape.received is not None:
        received = candles.received or 0
        if forming is None or tape.received + TRADE_LAG_NS >= received:
            return tape.last_price
    if forming is not None:
        return forming.close
    bars = candles.bars()
    return float(bars.close[-1]) if len(bars) else Missing("no_trade_or_bar")


def price_change(bars: Bars, last: Number, now_ms: float, span_ms: int) -> Number:
    """``last`` against the open of the bar that contains ``now_ms - span_ms``, a fraction."""
    if isinstance(last, Missing):
        return last
    then = now_ms - span_ms
    row = int(bars.open_time.searchsorted(then, side="right")) - 1
    if row < 0 or bars.open_time[row] + bars.interval_ms <= then:
        return Missing("no_bar_before", hours=span_ms // HOUR_MS)
    return last / float(bars.open[row]) - 1


def quote_volume_24h(bars: Bars) -> Number:
    """Quote volume of the last 24 hours of closed bars; no day is summed across a hole."""
    n = DAY_MS // bars.interval_ms
    if len(bars) < n:
        return Missing("few_bars_of_a_day", have=len(bars), need=n)
    if int(bars.open_time[-1] - bars.open_time[-n]) != DAY_MS - bars.interval_ms:
        return Missing("hole_in_last_day")
    return float(bars.quote_volume[-n:].sum())
