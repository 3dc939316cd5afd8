"""`/futures/data`: open interest history, long/short and taker ratios, basis."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from itertools import islice
from typing import Any

from .candles import DAY_MS, INTERVALS
from .derivatives import HISTORY_DAYS, SAMPLE_MS, Sample
from .frames import Notation
from .rest_market import Answer, Markets, find_market
from .rest_query import Query, Refusal, invalid_parameter
from .symbol_market import SimulatedMarket

PERIODS = {"5m": SAMPLE_MS, **INTERVALS}

_HOLE_EVERY = 1_013


def open_interest_history(exchange: Markets, query: Query) -> Answer:
    """`openInterestHist`."""

    def row(market: SimulatedMarket, sample: Sample) -> dict[str, Any]:
        return {
            "symbol": market.instrument.symbol,
            "sumOpenInterest": f"{sample.contracts:.8f}",
            "sumOpenInterestValue": f"{sample.contracts * sample.price:.14f}",
            "CMCCirculatingSupply": f"{market.instrument.open_interest * 180:.8f}",
            "timestamp": sample.time,
        }

    return _rows(exchange, query, row)


def top_position_ratio(exchange: Markets, query: Query) -> Answer:
    """`topLongShortPositionRatio`."""
    return _rows(exchange, query, lambda m, s: _ratio_row(m, s, s.top_long))


def account_ratio(exchange: Markets, query: Query) -> Answer:
    """`globalLongShortAccountRatio`."""
    return _rows(exchange, query, lambda m, s: _ratio_row(m, s, s.accounts_long))


def taker_ratio(exchange: Markets, query: Query) -> Answer:
    """`takerlongshortRatio`: taker volumes in the base asset; rows carry no symbol."""

    def row(market: SimulatedMarket, sample: Sample) -> dict[str, Any]:
        per_sample = market.instrument.volume / 288 / sample.price
        buys, sells = per_sample * sample.taker_buy, per_sample * (1 - sample.taker_buy)
        notation = Notation(market.instrument)
        return {
            "buySellRatio": f"{buys / sells:.4f}",
            "sellVol": notation.contracts(sells),
            "buyVol": notation.contracts(buys),
            "timestamp": sample.time,
        }

    return _rows(exchange, query, row)


def basis(exchange: Markets, query: Query) -> Answer:
    """`basis`: asks for `pair` and `contractType` instead of `symbol`."""
    pair = query.required("pair")
    if query.required("contractType") not in ("PERPETUAL", "CURRENT_QUARTER", "NEXT_QUARTER"):
        raise invalid_parameter("contractType")
    forwarded = Query({**query.parameters, "symbol": pair})

    def row(market: SimulatedMarket, sample: Sample) -> dict[str, Any]:
        index = sample.price / (1 + sample.premium)
        return {
            "indexPrice": f"{index:.8f}",
            "contractType": "PERPETUAL",
            "basisRate": f"{sample.premium:.4f}",
            "futuresPrice": f"{sample.price:.8f}",
            "annualizedBasisRate": "",
            "basis": f"{sample.price - index:.8f}",
            "pair": pair,
            "timestamp": sample.time,
        }

    return _rows(exchange, forwarded, row)


def _ratio_row(market: SimulatedMarket, sample: Sample, share: float) -> dict[str, Any]:
    share = min(0.95, max(0.05, share))
    return {
        "symbol": market.instrument.symbol,
        "longAccount": f"{share:.4f}",
        "longShortRatio": f"{share / (1 - share):.4f}",
        "shortAccount": f"{1 - share:.4f}",
        "timestamp": sample.time,
    }


def _rows(
    exchange: Markets, query: Query, row: Callable[[SimulatedMarket, Sample], dict[str, Any]]
) -> Answer:
    market = find_market(exchange, query)
    period = PERIODS.get(query.required("period"))
    if period is None:
        raise invalid_parameter("period")
    limit = query.limit(30, 500)
    start, end = query.span()
    oldest = exchange.now_ms - HISTORY_DAYS * DAY_MS
    if start is not None and start < oldest:
        raise Refusal(-1130, "parameter 'startTime' is invalid.")
    samples = market.derivatives.samples
    times = samples.column(0)
    first = bisect_left(times, max(start or 0, oldest))
    stop = len(times) if end is None else bisect_right(times, end)
    oldest_first = start is not None
    order = range(first, stop) if oldest_first else reversed(range(first, stop))
    given = (i for i in order if times[i] % period == 0 and not is_hole(times[i]))
    rows = [row(market, samples[i]) for i in islice(given, limit)]
    return rows if oldest_first else rows[::-1], 1


def is_hole(time: int) -> bool:
    """Whether the five-minute mark at `time` is one the exchange has lost."""
    return (time // SAMPLE_MS * 2_654_435_761 & 0xFFFFFFFF) % _HOLE_EVERY < 2
