"""Frames to events. Everything that enters, live or recorded, is understood here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from tuirisk import events as ev
from tuirisk.events.columnar import ColumnarSequence
from tuirisk.feed.binance import schema as sc
from tuirisk.feed.frames import Frame, RestFrame, StreamFrame
from tuirisk.foreign.decoding import UndecodableError, decode_json
from tuirisk.foreign.text import printable
from tuirisk.language.reason import Reason

Query = dict[str, str]
DEPTH_LIMITS = (5, 10, 20, 50, 100, 500, 1_000)
"""Levels a side that a request for the order book may ask for."""
COUNTED_TRADES = frozenset({"MARKET", ""})


class BadFrame(Exception):
    """The frame cannot be understood or carries something that is not a number."""

    reason = Reason("unreadable_frame")
    """What is counted of it."""


class ImpossibleTime(BadFrame):
    """The frame carries a time that cannot be true."""

    reason = Reason("impossible_time")


class Listing(msgspec.Struct, frozen=True):
    """A symbol's entry in exchangeInfo."""

    symbol: str
    status: str
    contract_type: str
    tick_size: float
    step_size: float
    liquidation_fee: float

    @property
    def is_perpetual(self) -> bool:
        """Whether it has funding; a delivery contract has none."""
        return self.contract_type.endswith("PERPETUAL")


class ExchangeInfo(msgspec.Struct, frozen=True):
    """``weight_limit`` is in request weight a minute.

    ``unreadable`` is the number of symbols that could not be understood and are left out.
    """

    weight_limit: int | None
    listings: dict[str, Listing]
    unreadable: int = 0


def decode_exchange_info(body: bytes) -> ExchangeInfo:
    """The body of ``GET /fapi/v1/exchangeInfo``.

    Raises:
        BadFrame: the body is something else.
    """
    info = _decode(_EXCHANGE_INFO, body)
    limits = (r.limit for r in info.rateLimits if r.rateLimitType == "REQUEST_WEIGHT")
    listings: dict[str, Listing] = {}
    unreadable = 0
    for raw in info.symbols:
        try:
            row = _decode(_SYMBOL_ROW, bytes(raw))
        except BadFrame:
            unreadable += 1
        else:
            listings[row.symbol] = _listing(row)
    return ExchangeInfo(next(limits, None), listings, unreadable)


def _listing(row: sc.SymbolRow) -> Listing:
    return Listing(
        row.symbol,
        printable(row.status),
        printable(row.contractType),
        max((f.tickSize for f in row.filters if f.filterType == "PRICE_FILTER"), default=0.0),
        max((f.stepSize for f in row.filters if f.filterType == "LOT_SIZE"), default=0.0),
        row.liquidationFee,
    )


def decode_funding_info(body: bytes) -> dict[str, sc.FundingInfoRow]:
    """The body of ``GET /fapi/v1/fundingInfo`` by symbol: only symbols with terms of their own.

    Raises:
        BadFrame: the body is something else.
    """
    return {row.symbol: row for row in _decode(_FUNDING_INFO, body)}


def split_request(request: str) -> tuple[str, Query]:
    """``GET /path?a=b`` as (path, query)."""
    path, _, query = request.partition(" ")[2].partition("?")
    return path, dict(parse_qsl(query))


def decode(frame: Frame) -> list[ev.Event]:
    """The events of a frame; none for messages of no interest (COIN-M rows, error answers).

    Raises:
        BadFrame: not JSON, of wrong types, out of bounds, or of an unknown kind.
    """
    if isinstance(frame, StreamFrame):
        return _decode_stream(frame)
    if frame.status != 200:
        return []
    path, query = split_request(frame.request)
    decoder = _REST.get(path)
    return decoder(frame, query) if decoder else []


def _decode(decoder: msgspec.json.Decoder[Any], body: bytes) -> Any:
    try:
        return decode_json(decoder, body)
    except UndecodableError as error:
        raise BadFrame(str(error)) from None


def _decode_stream(frame: StreamFrame) -> list[ev.Event]:
    message = _decode(_COMBINED, frame.data).data
    if getattr(message, "st", 1) != 1:
        return []
    event = _STREAM[type(message)](message, frame.received)
    return [event] if event is not None else []


def _depth(m: sc.DepthUpdate, received: int) -> ev.Event:
    return ev.DepthDiff(m.s, received, m.U, m.u, m.pu, m.E, m.b, m.a)


def _kline(m: sc.KlineUpdate, received: int) -> ev.Event:
    k = m.k
    candle = ev.Candle(k.t, k.T, k.o, k.h, k.l, k.c, k.v, k.q, k.n, k.V, k.Q, k.x)
    _check_candle(candle)
    kind = ev.CandleClosed if k.x else ev.CandleForming
    return kind(m.s, received, k.i, candle, m.E)


def _check_candle(candle: ev.Candle) -> None:
    inside = candle.low <= min(candle.open, candle.close)
    if not (inside and max(candle.open, candle.close) <= candle.high):
        raise BadFrame("candle whose open or close lies outside its range")


def _agg_trade(m: sc.AggTrade, received: int) -> ev.Event:
    return ev.Trade(m.s, received, m.a, m.T, m.p, m.q, m.m)


def _raw_trade(m: sc.RawTrade, received: int) -> ev.Event | None:
    if m.X not in COUNTED_TRADES:
        return None
    return ev.Trade(m.s, received, m.t, m.T, m.p, m.q, m.m)


def _mark_price(m: sc.MarkPriceUpdate, received: int) -> ev.Event:
    return ev.MarkPrice(m.s, received, m.E, m.p, m.i, _rate(m.r), m.T)


def _rate(value: float | str) -> float | None:
    return None if isinstance(value, str) else value


def _force_order(m: sc.LiquidationOrderFields, received: int) -> ev.Event | None:
    o = m.o
    if o.st != 1 or o.z == 0:
        return None
    return ev.Liquidation(o.s, received, o.T, o.S, o.ap, o.z)


def _book_ticker(m: sc.BookTicker, received: int) -> ev.Event:
    return ev.BestQuote(m.s, received, m.u, m.b, m.B, m.a, m.A)


_STREAM: dict[type[sc.StreamEvent], Callable[[Any, int], ev.Event | None]] = {
    sc.DepthUpdate: _depth,
    sc.KlineUpdate: _kline,
    sc.AggTrade: _agg_trade,
    sc.RawTrade: _raw_trade,
    sc.MarkPriceUpdate: _mark_price,
    sc.LiquidationOrderFields: _force_order,
    sc.BookTicker: _book_ticker,
}


def _rest_depth(frame: RestFrame, query: Query) -> list[ev.Event]:
    body = _decode(_DEPTH, frame.body)
    longest = max(len(body.bids), len(body.asks))
    return [
        ev.DepthSnapshot(
            _symbol(query),
            frame.received,
            body.lastUpdateId,
            body.E,
            body.bids,
            body.asks,
            limit=_depth_limit(query, longest),
        )
    ]


def _depth_limit(query: Query, longest: int) -> int:
    """The levels a side that were asked for.

    Where the request does not say, the smallest limit there is that gives the ``longest`` side:
    one that is as long as a limit may have been cut there.
    """
    stated = query.get("limit", "")
    if stated.isascii() and stated.isdigit():
        return int(stated)
    return next((limit for limit in DEPTH_LIMITS if limit >= longest), longest)


def _rest_klines(frame: RestFrame, query: Query) -> list[ev.Event]:
    candles = ev.closed_bars(
        (
            r.open_time,
            r.close_time,
            r.open,
            r.high,
            r.low,
            r.close,
            r.volume,
            r.quote_volume,
            r.trades,
            r.taker_buy_base,
            r.taker_buy_quote,
        )
        for r in _decode(_KLINES, frame.body)
    )
    for candle in candles:
        _check_candle(candle)
    return [ev.CandleHistory(_symbol(query), frame.received, query.get("interval", ""), candles)]


def _rest_premium_index(frame: RestFrame, query: Query) -> list[ev.Event]:
    if "symbol" not in query:
        return []
    b = _decode(_PREMIUM_INDEX, frame.body)
    return [
        ev.MarkPrice(
            b.symbol,
            frame.received,
            b.time,
            b.markPrice,
            b.indexPrice,
            _rate(b.lastFundingRate),
            b.nextFundingTime,
        )
    ]


def _rest_funding_rate(frame: RestFrame, query: Query) -> list[ev.Event]:
    rows = tuple(
        (r.fundingTime, r.fundingRate, r.rateType == "Regular")
        for r in _decode(_FUNDING_RATE, frame.body)
    )
    return [ev.FundingHistory(_symbol(query), frame.received, rows)]


def _rest_open_interest(frame: RestFrame, query: Query) -> list[ev.Event]:
    b = _decode(_OPEN_INTEREST, frame.body)
    return [ev.OpenInterestReading(b.symbol, frame.received, b.time, b.openInterest)]


def _rest_open_interest_history(frame: RestFrame, query: Query) -> list[ev.Event]:
    rows = ColumnarSequence(
        _row,
        "qdd",
        (
            (r.timestamp, r.sumOpenInterest, r.sumOpenInterestValue)
            for r in _decode(_OPEN_INTEREST_HISTORY, frame.body)
        ),
    )
    period = query.get("period", "")
    return [ev.OpenInterestHistory(_symbol(query), frame.received, period, rows)]


def _row(time: int, contracts: float, value: float) -> tuple[int, float, float]:
    return time, contracts, value


def _rest_ratio(kind: str) -> Callable[[RestFrame, Query], list[ev.Event]]:
    def decoder(frame: RestFrame, query: Query) -> list[ev.Event]:
        rows = tuple((r.timestamp, r.longShortRatio) for r in _decode(_RATIO, frame.body))
        which: Any = kind
        period = query.get("period", "")
        return [ev.LongShortRatio(_symbol(query), frame.received, which, period, rows)]

    return decoder


def _rest_time(frame: RestFrame, query: Query) -> list[ev.Event]:
    return [ev.ServerTime("", frame.received, _decode(_TIME, frame.body).serverTime)]


def _symbol(query: Query) -> str:
    try:
        return query["symbol"]
    except KeyError:
        raise BadFrame("request without a symbol") from None


_REST: dict[str, Callable[[RestFrame, Query], list[ev.Event]]] = {
    "/fapi/v1/depth": _rest_depth,
    "/fapi/v1/klines": _rest_klines,
    "/fapi/v1/premiumIndex": _rest_premium_index,
    "/fapi/v1/fundingRate": _rest_funding_rate,
    "/fapi/v1/openInterest": _rest_open_interest,
    "/fapi/v1/time": _rest_time,
    "/futures/data/openInterestHist": _rest_open_interest_history,
    "/futures/data/globalLongShortAccountRatio": _rest_ratio("global"),
    "/futures/data/topLongShortPositionRatio": _rest_ratio("top"),
}


def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind, strict=False)


_COMBINED = _decoder(sc.CombinedFrame)
_DEPTH = _decoder(sc.DepthBody)
_KLINES = _decoder(list[sc.KlineRow])
_PREMIUM_INDEX = _decoder(sc.PremiumIndexBody)
_FUNDING_RATE = _decoder(list[sc.FundingRateRow])
_FUNDING_INFO = _decoder(list[sc.FundingInfoRow])
_OPEN_INTEREST = _decoder(sc.OpenInterestBody)
_OPEN_INTEREST_HISTORY = _decoder(list[sc.OpenInterestRow])
_RATIO = _decoder(list[sc.RatioRow])
_EXCHANGE_INFO = _decoder(sc.ExchangeInfoBody)
_SYMBOL_ROW = _decoder(sc.SymbolRow)
_TIME = _decoder(sc.ServerTimeBody)
