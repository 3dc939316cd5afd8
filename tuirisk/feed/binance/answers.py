"""Answers of REST to events: each row by itself, a bad one is left out and counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import msgspec

from tuirisk import events as ev
from tuirisk.events.columnar import ColumnarSequence
from tuirisk.feed.binance import schema as sc
from tuirisk.feed.binance.bad_frame import BadFrame
from tuirisk.feed.binance.rows import (
    LONGEST_NAME,
    OnRefused,
    Origin,
    RefusedRow,
    RowDecoder,
    without,
)
from tuirisk.feed.binance.stream_frames import number, read_levels, refused, told_message
from tuirisk.feed.frames import RestFrame
from tuirisk.foreign.decoding import UndecodableError, decode_json
from tuirisk.foreign.text import printable
from tuirisk.language.reason import Reason

Query: TypeAlias = dict[str, str]
DEPTH_LIMITS = (5, 10, 20, 50, 100, 500, 1_000)
"""Levels a side that a request for the order book may ask for."""


def decode_answer(
    frame: RestFrame, path: str, query: Query, on_refused: OnRefused
) -> list[ev.Event]:
    """The events of a good answer to ``path``; none where it is of no interest.

    Raises:
        BadFrame: it is none of that request.
    """
    reader = _READERS.get(path)
    if reader is None:
        return []
    return reader(frame, query, Origin(path, query.get("symbol", ""), on_refused))


def _depth(frame: RestFrame, query: Query, origin: Origin) -> list[ev.Event]:
    bids: tuple[ev.Level, ...]
    asks: tuple[ev.Level, ...]
    try:
        body = decode_json(_DEPTH, frame.body)
        bids, asks = body.bids, body.asks
    except UndecodableError:
        body = _object(_LOOSE_DEPTH, frame, origin)
        bids, asks, incomplete = read_levels(body.bids, body.asks, origin)
        if incomplete:
            # A book without one of its levels would look right and be wrong.
            raise BadFrame(f"{origin.path} {origin.symbol}: a level cannot be read") from None
    if not (bids or asks):
        raise BadFrame(f"{origin.path} {origin.symbol}: no level in it")
    limit = _depth_limit(query, len(bids), len(asks))
    return [
        ev.DepthSnapshot(
            _symbol(query), frame.received, body.lastUpdateId, body.E or 0, bids, asks, limit=limit
        )
    ]


def _depth_limit(query: Query, bids: int, asks: int) -> int:
    """The levels a side that were asked for.

    Where the request does not say, the smallest limit there is that gives the longer side: one
    that is as long as a limit may have been cut there. Sides that both have as many levels as a
    smaller limit gives were cut there too: the answer is one to another request.
    """
    longest = max(bids, asks)
    stated = _whole_number(query, "limit")
    if stated is not None:
        cut = bids == asks and bids in DEPTH_LIMITS and bids < stated
        return bids if cut else stated
    return next((limit for limit in DEPTH_LIMITS if limit >= longest), longest)


def _klines(frame: RestFrame, query: Query, origin: Origin) -> list[ev.Event]:
    symbol, interval = _symbol(query), query.get("interval", "")
    origin, refused_rows = _counted(origin)
    rows = without(_KLINES.rows(frame.body, origin), _outside_range, "open, close", origin)
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
            r.trades or 0,
            r.taker_buy_base or 0.0,
            r.taker_buy_quote or 0.0,
        )
        for r in rows
    )
    return [
        ev.CandleHistory(
            symbol,
            frame.received,
            interval,
            candles,
            left_out=refused_rows.count,
            until_now=not {"startTime", "endTime"} & query.keys(),
            asked=_whole_number(query, "limit") or 0,
        )
    ]


def _outside_range(row: sc.KlineRow) -> bool:
    inside = row.low <= min(row.open, row.close) <= max(row.open, row.close) <= row.high
    return not inside


def _premium_index(frame: RestFrame, query: Query, origin: Origin) -> list[ev.Event]:
    """Of one symbol, or of all where none is named."""
    if "symbol" in query:
        rows = [_of_symbol(_object(_PREMIUM_INDEX, frame, origin), origin)]
    else:
        rows = _PREMIUM_INDEX_ROWS.rows(frame.body, origin)
    return [
        ev.MarkPrice(
            b.symbol,
            frame.received,
            b.time,
            b.markPrice,
            number(b.indexPrice) or 0.0,
            number(b.lastFundingRate),
            b.nextFundingTime or 0,
        )
        for b in rows
    ]


def _asset_index(frame: RestFrame, query: Query, origin: Origin) -> list[ev.Event]:
    """USDT for one of each asset: the exchange tells dollars, of which one may not be one USDT."""
    rows = _ASSET_INDEX.rows(frame.body, origin)
    dollars = {r.symbol.removesuffix("USD"): r.index for r in rows if r.symbol.endswith("USD")}
    dollar = dollars.get("USDT", 1.0)
    prices = {asset: price / dollar for asset, price in dollars.items()}
    return [ev.AssetPrices("", frame.received, prices)]


def _trading_schedule(frame: RestFrame, query: Query, origin: Origin) -> list[ev.Event]:
    body = _object(_SCHEDULE, frame, origin)
    sessions: dict[str, tuple[ev.MarketSession, ...]] = {}
    for market, raw in body.marketSchedules.items():
        name = printable(market)[:LONGEST_NAME]
        try:
            one = decode_json(_MARKET_SCHEDULE, bytes(raw))
            rows = _SESSIONS.rows(bytes(one.sessions), origin)
        except (UndecodableError, BadFrame):
            origin.refuse(name)
            continue
        sessions[name] = tuple(
            ev.MarketSession(row.startTime, row.endTime, printable(row.type)[:LONGEST_NAME])
            for row in rows
            if row.startTime < row.endTime
        )
    return [ev.MarketSessions("", frame.received, sessions)]


def _funding_rate(frame: RestFrame, query: Query, origin: Origin) -> list[ev.Event]:
    symbol = _symbol(query)
    origin, refused_rows = _counted(origin)
    rows = without(
        _FUNDING_RATE.rows(frame.body, origin),
        lambda row: row.symbol != symbol,
        "symbol",
        origin,
    )
    settlements = tuple(
        (r.fundingTime, r.fundingRate, (r.rateType or "Regular") == "Regular") for r in rows
    )
    since, limit = _whole_number(query, "startTime"), _whole_number(query, "limit")
    full = limit is not None and len(settlements) + refused_rows.count >= limit
    return [
        ev.FundingHistory(symbol, frame.received, settlements, refused_rows.count, since, full),
    ]


def _open_interest(frame: RestFrame, query: Query, origin: Origin) -> list[ev.Event]:
    b = _of_symbol(_object(_OPEN_INTEREST, frame, origin), origin)
    return [ev.OpenInterestReading(b.symbol, frame.received, b.time, b.openInterest)]


def _open_interest_history(frame: RestFrame, query: Query, origin: Origin) -> list[ev.Event]:
    symbol = _symbol(query)
    origin, refused_rows = _counted(origin)
    decoded = without(
        _OPEN_INTEREST_HISTORY.rows(frame.body, origin),
        lambda row: row.symbol != symbol,
        "symbol",
        origin,
    )
    rows = ColumnarSequence(
        _point,
        "qdd",
        ((r.timestamp, r.sumOpenInterest, r.sumOpenInterestValue) for r in decoded),
    )
    return [
        ev.OpenInterestHistory(
            symbol,
            frame.received,
            query.get("period", ""),
            rows,
            refused_rows.count,
            _whole_number(query, "startTime") or 0,
            _whole_number(query, "endTime"),
            _whole_number(query, "limit") or 0,
        )
    ]


def _point(time: int, contracts: float, value: float) -> tuple[int, float, float]:
    return time, contracts, value


def _ratio(
    kind: Literal["global", "top"],
) -> Callable[[RestFrame, Query, Origin], list[ev.Event]]:
    def reader(frame: RestFrame, query: Query, origin: Origin) -> list[ev.Event]:
        decoded = without(
            _RATIO.rows(frame.body, origin),
            lambda row: row.symbol not in ("", origin.symbol),
            "symbol",
            origin,
        )
        rows = tuple((r.timestamp, r.longShortRatio) for r in decoded)
        period = query.get("period", "")
        return [ev.LongShortRatio(_symbol(query), frame.received, kind, period, rows)]

    return reader


def _time(frame: RestFrame, query: Query, origin: Origin) -> list[ev.Event]:
    return [ev.ServerTime("", frame.received, _object(_TIME, frame, origin).serverTime)]


def _whole_number(query: Query, name: str) -> int | None:
    text = query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _symbol(query: Query) -> str:
    try:
        return query["symbol"]
    except KeyError:
        raise BadFrame("request without a symbol") from None


class _RefusedRows:
    """Counts the rows of one answer that are left out."""

    def __init__(self, on_refused: OnRefused) -> None:
        self.count = 0
        self._on_refused = on_refused

    def __call__(self, refusal: RefusedRow) -> None:
        self.count += 1
        self._on_refused(refusal)


def _counted(origin: Origin) -> tuple[Origin, _RefusedRows]:
    """``origin`` with the rows that it refuses counted.

    Neither refers to the other by a cycle: the body of the answer, which the first keeps, would
    stay until the next search for garbage.
    """
    refused_rows = _RefusedRows(origin.on_refused)
    return origin._replace(on_refused=refused_rows), refused_rows


def _object(decoder: msgspec.json.Decoder[Any], frame: RestFrame, origin: Origin) -> Any:
    try:
        return told_message(decoder, frame.body, origin)
    except UndecodableError as error:
        raise refused(error, origin) from None


def _of_symbol(body: Any, origin: Origin) -> Any:
    """``body``, which must be about the symbol that was asked for.

    Raises:
        BadFrame: it is about another.
    """
    if body.symbol == origin.symbol:
        return body
    why = Reason("field_unreadable", field="symbol")
    raise BadFrame(str(why), RefusedRow(origin.path, origin.symbol, why).reason)


def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind, strict=False)


_READERS: dict[str, Callable[[RestFrame, Query, Origin], list[ev.Event]]] = {
    "/fapi/v1/depth": _depth,
    "/fapi/v1/klines": _klines,
    "/fapi/v1/assetIndex": _asset_index,
    "/fapi/v1/premiumIndex": _premium_index,
    "/fapi/v1/tradingSchedule": _trading_schedule,
    "/fapi/v1/fundingRate": _funding_rate,
    "/fapi/v1/openInterest": _open_interest,
    "/fapi/v1/time": _time,
    "/futures/data/openInterestHist": _open_interest_history,
    "/futures/data/globalLongShortAccountRatio": _ratio("global"),
    "/futures/data/topLongShortPositionRatio": _ratio("top"),
}
PATHS = frozenset(_READERS)
"""Requests whose answers are read here."""
_DEPTH = _decoder(sc.DepthBody)
_LOOSE_DEPTH = _decoder(sc.LooseDepthBody)
_KLINES = RowDecoder(sc.KlineRow)
_PREMIUM_INDEX = _decoder(sc.PremiumIndexBody)
_PREMIUM_INDEX_ROWS = RowDecoder(sc.PremiumIndexBody)
_SCHEDULE = _decoder(sc.ScheduleBody)
_MARKET_SCHEDULE = _decoder(sc.MarketScheduleBody)
_SESSIONS = RowDecoder(sc.SessionRow)
_ASSET_INDEX = RowDecoder(sc.AssetIndexRow)
_FUNDING_RATE = RowDecoder(sc.FundingRateRow)
_OPEN_INTEREST = _decoder(sc.OpenInterestBody)
_OPEN_INTEREST_HISTORY = RowDecoder(sc.OpenInterestRow)
_RATIO = RowDecoder(sc.RatioRow)
_TIME = _decoder(sc.ServerTimeBody)
