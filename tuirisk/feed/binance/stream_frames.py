"""Frames of streams to events. The stream's name decides what a frame is, its ``e`` only where
the name says nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from tuirisk import events as ev
from tuirisk.feed.binance import stream_schema as sc
from tuirisk.feed.binance.bad_frame import BadFrame
from tuirisk.feed.binance.listings import moment
from tuirisk.feed.binance.optional_fields import decode_told
from tuirisk.feed.binance.rows import OnRefused, Origin, RefusedRow, field_of, row_symbol
from tuirisk.feed.frames import StreamFrame
from tuirisk.foreign.decoding import UndecodableError, decode_json
from tuirisk.foreign.text import printable
from tuirisk.language.reason import Reason

COUNTED_TRADES = frozenset({"MARKET", ""})
"""What ``X`` of a ``@trade`` says of an execution in the order book."""


def decode_stream(frame: StreamFrame, on_refused: OnRefused) -> list[ev.Event]:
    """The events of a stream's frame; none where the stream is of no interest.

    Raises:
        BadFrame: not JSON, of wrong types, out of bounds, or of an unknown kind.
    """
    envelope = _whole(_ENVELOPE, frame.data)
    body = bytes(envelope.data)
    if body.startswith(b"["):
        return _decode_array(envelope.stream, body, frame.received, on_refused)
    kind = stream_kind(envelope.stream) or _EVENT_KINDS.get(_whole(_EVENT_NAME, body).e, "")
    if kind in _IGNORED:
        return []
    reader = _READERS.get(kind)
    if reader is None:
        raise BadFrame(f"a message of an unknown kind ({envelope.stream[:40]})")
    path = "@" + envelope.stream.partition("@")[2] if "@" in envelope.stream else f"@{kind}"
    if envelope.stream.startswith("!"):
        path = f"!{kind}"
    origin = Origin(path, _symbol_of(envelope.stream), on_refused)
    events = reader(body, frame.received, origin)
    for event in events:
        if origin.symbol and event.symbol != origin.symbol:
            why = Reason("field_unreadable", field="symbol")
            raise BadFrame(str(why), RefusedRow(path, origin.symbol, why).reason)
    return events


def _decode_array(stream: str, body: bytes, received: int, on_refused: OnRefused) -> list[ev.Event]:
    """The events of an all-market frame: its elements are messages, read one by one."""
    kind = stream.removeprefix("!").partition("@")[0]
    if kind in _IGNORED or f"!{kind}" in _IGNORED:
        return []
    reader = _READERS.get(kind)
    if reader is None:
        raise BadFrame(f"a message of an unknown kind ({stream[:40]})")
    origin = Origin(f"@{kind}", "", on_refused)
    events: list[ev.Event] = []
    for raw in _whole(_ELEMENTS, body):
        try:
            events += reader(bytes(raw), received, origin)
        except BadFrame as error:
            origin.refuse_because(error.reason, row_symbol(bytes(raw)))
    return events


def stream_kind(stream: str) -> str:
    """What the messages of ``stream`` are, as a key of the readers; empty where it is unknown."""
    symbol, _, rest = stream.partition("@")
    if symbol.startswith("!"):
        if symbol in _IGNORED:
            return symbol
        return symbol[1:] if symbol[1:] in _READERS else ""
    name = rest.partition("@")[0]
    if _PARTIAL.fullmatch(name):
        return "partial_depth"
    name = name.partition("_")[0]
    return name if name in _READERS or name in _IGNORED else ""


def _symbol_of(stream: str) -> str:
    name = stream.partition("@")[0]
    return name.upper() if name and not name.startswith("!") else ""


def _depth(body: bytes, received: int, origin: Origin) -> list[ev.Event]:
    try:
        m = decode_json(_DEPTH, body)
    except UndecodableError:
        return _loose_depth(body, received, origin)
    return [ev.DepthDiff(m.s, received, m.U, m.u, m.pu, m.E, m.b, m.a)]


def _loose_depth(body: bytes, received: int, origin: Origin) -> list[ev.Event]:
    m = _message(_LOOSE_DEPTH, body, origin)
    bids, asks, refused = read_levels(m.b, m.a, origin)
    return [ev.DepthDiff(m.s, received, m.U, m.u, m.pu, m.E, bids, asks, incomplete=refused)]


def _partial_depth(body: bytes, received: int, origin: Origin) -> list[ev.Event]:
    """The best levels, whole: they replace what was known."""
    m = _message(_LOOSE_DEPTH, body, origin)
    bids, asks, incomplete = read_levels(m.b, m.a, origin)
    if incomplete or not (bids or asks):
        raise BadFrame(f"{origin.path} {origin.symbol}: a level cannot be read")
    stated = _LEVELS.match(origin.path)
    limit = int(stated[1]) if stated is not None else max(len(m.b), len(m.a))
    return [ev.DepthSnapshot(m.s, received, m.u, m.E, bids, asks, limit=limit, partial=True)]


def read_levels(
    bids: Sequence[msgspec.Raw], asks: Sequence[msgspec.Raw], origin: Origin
) -> tuple[tuple[ev.Level, ...], tuple[ev.Level, ...], bool]:
    """Bids, asks, and whether a level was left out."""
    refusals: list[RefusedRow] = []
    sides: list[tuple[ev.Level, ...]] = []
    for name, raws in (("bids", bids), ("asks", asks)):
        levels: list[ev.Level] = []
        for raw in raws:
            try:
                row = decode_json(_LEVEL, bytes(raw))
            except UndecodableError as error:
                field = field_of(error, _LEVEL_NAMES) or "price"
                why = Reason("field_unreadable", field=f"{name}.{field}")
                refusals.append(RefusedRow(origin.path, origin.symbol, why))
            else:
                levels.append((row.price, row.quantity))
        sides.append(tuple(levels))
    for refusal in refusals:
        origin.on_refused(refusal)
    return sides[0], sides[1], bool(refusals)


def _kline(body: bytes, received: int, origin: Origin) -> list[ev.Event]:
    m = _message(_KLINE, body, origin)
    k = m.k
    if not _usd_margined(m.st):
        return []
    sums = (k.v, k.q, k.n or 0, k.V or 0.0, k.Q or 0.0)
    candle = ev.Candle(k.t, k.T, k.o, k.h, k.l, k.c, *sums, k.x)
    if not candle.low <= min(candle.open, candle.close) <= max(candle.open, candle.close) <= k.h:
        why = Reason("contradicts_itself", thing="candles")
        raise BadFrame(str(why), RefusedRow(origin.path, origin.symbol, why).reason)
    kind = ev.CandleClosed if k.x else ev.CandleForming
    return [kind(m.s, received, k.i, candle, m.E or 0)]


def _agg_trade(body: bytes, received: int, origin: Origin) -> list[ev.Event]:
    try:
        m = decode_json(_AGG_TRADE, body)
    except UndecodableError as error:
        known = _message(_TRADE_ID, body, origin)
        return _trade_of_id(known.s, known.a, known.st, received, error, origin)
    if not _usd_margined(m.st):
        return []
    return [ev.Trade(m.s, received, m.a, m.T, m.p, m.q, m.m)]


def _raw_trade(body: bytes, received: int, origin: Origin) -> list[ev.Event]:
    """A trade that is none of the order book's still has its id in the sequence."""
    try:
        m = decode_json(_RAW_TRADE, body)
    except UndecodableError as error:
        known = _message(_RAW_TRADE_ID, body, origin)
        if known.X is not None and known.X not in COUNTED_TRADES:
            return [_uncounted(known.s, known.t, received, aggregated=False)]
        return _trade_of_id(known.s, known.t, None, received, error, origin, aggregated=False)
    counts = (m.X or "") in COUNTED_TRADES
    trade = ev.Trade(m.s, received, m.t, m.T, m.p, m.q, m.m, counts=counts, aggregated=False)
    return [trade]


def _trade_of_id(
    symbol: str,
    trade_id: int,
    market: int | str | None,
    received: int,
    error: UndecodableError,
    origin: Origin,
    *,
    aggregated: bool = True,
) -> list[ev.Event]:
    """A trade of which only the id can be read: the ids after it follow on."""
    if not _usd_margined(market):
        return []
    origin.refuse(field_of(error), symbol)
    return [_uncounted(symbol, trade_id, received, aggregated=aggregated)]


def _uncounted(symbol: str, trade_id: int, received: int, *, aggregated: bool) -> ev.Trade:
    return ev.Trade(
        symbol, received, trade_id, 0, 0.0, 0.0, False, counts=False, aggregated=aggregated
    )


def _mark_price(body: bytes, received: int, origin: Origin) -> list[ev.Event]:
    m = _message(_MARK_PRICE, body, origin)
    if not _usd_margined(m.st):
        return []
    return [ev.MarkPrice(m.s, received, m.E, m.p, number(m.i) or 0.0, number(m.r), m.T or 0)]


def number(value: float | str | None) -> float | None:
    """``value``, None where it is blank."""
    return None if isinstance(value, str) else value


def _force_order(body: bytes, received: int, origin: Origin) -> list[ev.Event]:
    o = _message(_FORCE_ORDER, body, origin).o
    if not _usd_margined(o.st) or o.z == 0:
        return []
    return [ev.Liquidation(o.s, received, o.T, o.S, o.ap, o.z)]


def _book_ticker(body: bytes, received: int, origin: Origin) -> list[ev.Event]:
    m = _message(_BOOK_TICKER, body, origin)
    return [ev.BestQuote(m.s, received, m.u, m.b, m.B, m.a, m.A)]


def _contract_info(body: bytes, received: int, origin: Origin) -> list[ev.Event]:
    m = _message(_CONTRACT_INFO, body, origin)
    if not _usd_margined(m.st):
        return []
    return [ev.ContractStatus(m.s, received, m.E or 0, printable(m.cs), moment(m.dt))]


def _usd_margined(market: int | str | None) -> bool:
    return market in (None, "", 1)


def _whole(decoder: msgspec.json.Decoder[Any], body: bytes) -> Any:
    try:
        return decode_json(decoder, body)
    except UndecodableError as error:
        raise BadFrame(str(error)) from None


def _message(decoder: msgspec.json.Decoder[Any], body: bytes, origin: Origin) -> Any:
    try:
        return told_message(decoder, body, origin)
    except UndecodableError as error:
        raise refused(error, origin) from None


def told_message(decoder: msgspec.json.Decoder[Any], body: bytes, origin: Origin) -> Any:
    """``body`` decoded; optional fields that cannot be read are left out and counted.

    Raises:
        UndecodableError: it cannot be read even without them.
    """
    message, left_out = decode_told(decoder, decoder.type, body)
    for field in left_out:
        origin.refuse(printable(field))
    return message


def refused(error: UndecodableError, origin: Origin) -> BadFrame:
    """The error of a message, or an answer that is one object, one field of which is wrong."""
    field = field_of(error)
    if not field:
        return BadFrame(str(error))
    refusal = RefusedRow(origin.path, origin.symbol, Reason("field_unreadable", field=field))
    return BadFrame(str(error), refusal.reason)


def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind, strict=False)


_PARTIAL = re.compile(r"depth\d+")
_LEVELS = re.compile(r"@depth(\d{1,4})")
_READERS: dict[str, Callable[[bytes, int, Origin], list[ev.Event]]] = {
    "depth": _depth,
    "partial_depth": _partial_depth,
    "kline": _kline,
    "aggTrade": _agg_trade,
    "trade": _raw_trade,
    "markPrice": _mark_price,
    "forceOrder": _force_order,
    "bookTicker": _book_ticker,
    "contractInfo": _contract_info,
}
KINDS = frozenset(_READERS)
"""Kinds of streams that are read."""
_IGNORED = frozenset(
    {
        "ticker",
        "miniTicker",
        "compositeIndex",
        "continuousKline",
        "topLongShortAccountRatio",
        "topLongShortPositionRatio",
        "globalLongShortAccountRatio",
        "takerlongshortRatio",
        "recentTrades",
        "!assetIndex",
    }
)
"""Streams of other captures that tell nothing that is used."""
_EVENT_KINDS = {
    "depthUpdate": "depth",
    "kline": "kline",
    "aggTrade": "aggTrade",
    "trade": "trade",
    "markPriceUpdate": "markPrice",
    "forceOrder": "forceOrder",
    "bookTicker": "bookTicker",
    "contractInfo": "contractInfo",
}
_ENVELOPE = _decoder(sc.Envelope)
_ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])
_EVENT_NAME = _decoder(sc.EventName)
_DEPTH = _decoder(sc.DepthUpdate)
_LOOSE_DEPTH = _decoder(sc.LooseDepthUpdate)
_LEVEL = _decoder(sc.LevelRow)
_LEVEL_NAMES = ("price", "quantity")
_KLINE = _decoder(sc.KlineUpdate)
_AGG_TRADE = _decoder(sc.AggTrade)
_TRADE_ID = _decoder(sc.TradeId)
_RAW_TRADE = _decoder(sc.RawTrade)
_RAW_TRADE_ID = _decoder(sc.RawTradeId)
_MARK_PRICE = _decoder(sc.MarkPriceUpdate)
_FORCE_ORDER = _decoder(sc.LiquidationOrderFields)
_BOOK_TICKER = _decoder(sc.BookTicker)
_CONTRACT_INFO = _decoder(sc.ContractInfo)
