"""Frames of the whole market to the radar's events."""

from __future__ import annotations

import math
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

import msgspec

from tuirisk.events.intervals import DAY_MS
from tuirisk.events.radar import (
    AllMarks,
    DailyBars,
    DayTickers,
    FundingIntervals,
    Perpetuals,
    RadarEvent,
)
from tuirisk.feed.binance import listings, schema
from tuirisk.feed.binance.bad_frame import BadFrame
from tuirisk.feed.binance.rows import Origin, RowDecoder
from tuirisk.feed.binance.stream_schema import MarkPriceUpdate
from tuirisk.feed.frames import Frame, RestFrame, StreamFrame, stream_name
from tuirisk.foreign.decoding import UndecodableError, decode_json
from tuirisk.market.radar import DAYS

TICKERS = "!ticker@arr"
MARKS = "!markPrice@arr@1s"
STREAMS = (TICKERS, MARKS)
KLINES = "/fapi/v1/klines"
TIME = "/fapi/v1/time"
TICKER = "/fapi/v1/ticker/24hr"
PREMIUM_INDEX = "/fapi/v1/premiumIndex"
OF_ALL = (TIME, TICKER, PREMIUM_INDEX, listings.EXCHANGE_INFO, listings.FUNDING_INFO)
"""Paths that are asked for without a symbol."""
COIN_MARGINED = 2
FUTURE_MS = 10_000
"""An event time later than the exchange's time by more is not true."""
MOST_INTERVAL_H = 24.0
BARS = DAYS + 2
"""Daily bars asked for: those kept, one for the first return, and the forming one."""

T = TypeVar("T")


class _Envelope(msgspec.Struct, frozen=True):
    data: msgspec.Raw


class _Ticker(msgspec.Struct, frozen=True, gc=False):
    E: schema.Time
    s: schema.Symbol
    c: schema.Size
    o: schema.Size
    q: schema.Quantity
    st: schema.MarketType = None


class _TickerBody(msgspec.Struct, frozen=True, gc=False):
    symbol: schema.Symbol
    lastPrice: schema.Size
    openPrice: schema.Size
    quoteVolume: schema.Quantity
    closeTime: schema.Time


class _Time(msgspec.Struct, frozen=True):
    serverTime: schema.Time


class _Bar(msgspec.Struct, frozen=True, array_like=True):
    opened: schema.Time
    open: schema.Price
    high: schema.Price
    low: schema.Price
    close: schema.Price
    volume: schema.Quantity
    closed: schema.Time
    quote_volume: schema.Quantity


def is_bars_request(request: str) -> bool:
    """Whether ``request`` is one as the radar makes for a symbol's newest daily bars; pages of a
    history are not.
    """
    path, _, query = request.partition("?")
    asked = parse_qs(query)
    return (
        path == f"GET {KLINES}"
        and asked.get("interval") == ["1d"]
        and asked.get("limit") == [str(BARS)]
        and "endTime" not in asked
    )


def is_radar_request(request: str) -> bool:
    """Whether the radar reads the answer to ``request``."""
    path, _, query = request.removeprefix("GET ").partition("?")
    return is_bars_request(request) or (path in OF_ALL and "symbol=" not in query)


class RadarDecoder:
    """Decodes frames, live ones and those of a recording; keeps the exchange's time.

    ``refused`` counts frames and rows that could not be read.
    """

    def __init__(self) -> None:
        self.refused = 0
        self._offset_ms = 0.0

    def now_ms(self, now_ns: int) -> int:
        """The exchange's time at ``now_ns`` of this machine, UTC milliseconds."""
        return int(now_ns / 1e6 + self._offset_ms)

    def events(self, frame: Frame) -> list[RadarEvent]:
        """The events of ``frame``; none where it is not of the radar or cannot be read."""
        try:
            event = self._of_stream(frame) if isinstance(frame, StreamFrame) else self._of(frame)
        except (BadFrame, UndecodableError):
            self.refused += 1
            return []
        return [] if event is None else [event]

    def _of_stream(self, frame: StreamFrame) -> RadarEvent | None:
        name = stream_name(frame.data)
        if name == TICKERS:
            rows = self._rows(_TICKER_ROWS, decode_json(_ENVELOPE, frame.data).data, TICKERS)
            now = self.now_ms(frame.received)
            return _tickers([(r.s, r.E, r.c, r.o, r.q) for r in rows if _usable(r.st, r.E, now)])
        if name is not None and name.startswith("!markPrice@arr"):
            marks = self._rows(_MARK_ROWS, decode_json(_ENVELOPE, frame.data).data, MARKS)
            now = self.now_ms(frame.received)
            return _marks(
                [(m.s, m.E, m.p, m.i or 0.0, m.r) for m in marks if _usable(m.st, m.E, now)]
            )
        return None

    def _of(self, frame: RestFrame) -> RadarEvent | None:
        url = urlsplit(frame.request.removeprefix("GET "))
        if frame.status != 200 or not is_radar_request(frame.request):
            return None
        match url.path:
            case path if path == TIME:
                time = decode_json(_TIME, frame.body)
                self._offset_ms = time.serverTime - frame.received / 1e6
            case listings.EXCHANGE_INFO:
                listed = listings.decode_exchange_info(frame.body).listings.values()
                return Perpetuals({row.symbol: row.status for row in listed if row.is_perpetual})
            case listings.FUNDING_INFO:
                terms = listings.decode_funding_info(frame.body).items()
                hours = {name: float(row.fundingIntervalHours or 0) for name, row in terms}
                return FundingIntervals(
                    {name: h for name, h in hours.items() if 0 < h <= MOST_INTERVAL_H}
                )
            case path if path == TICKER:
                rows = self._rows(_TICKER_BODIES, frame.body, url.path)
                now = self.now_ms(frame.received)
                return _tickers([
                    (r.symbol, r.closeTime, r.lastPrice, r.openPrice, r.quoteVolume)
                    for r in rows if _usable(None, r.closeTime, now)
                ])  # fmt: skip
            case path if path == PREMIUM_INDEX:
                marks = self._rows(_MARK_BODIES, frame.body, url.path)
                now = self.now_ms(frame.received)
                return _marks([
                    (m.symbol, m.time, m.markPrice, m.indexPrice or 0.0, m.lastFundingRate)
                    for m in marks if _usable(None, m.time, now)
                ])  # fmt: skip
            case path if path == KLINES:
                bars = self._rows(_BARS, frame.body, url.path)
                now = self.now_ms(frame.received)
                whole = [bar for bar in bars if bar.closed < now and bar.opened % DAY_MS == 0]
                symbol = parse_qs(url.query)["symbol"][0]
                return DailyBars(
                    symbol, [bar.close for bar in whole], [bar.quote_volume for bar in whole]
                )
        return None

    def _rows(self, decoder: RowDecoder[T], body: bytes | msgspec.Raw, path: str) -> list[T]:
        return decoder.rows(body, Origin(path, on_refused=lambda _: self._count()))

    def _count(self) -> None:
        self.refused += 1


def _usable(market: schema.MarketType, time_ms: int, now_ms: int) -> bool:
    """Whether a row is of this market, at a time that can be true."""
    return market != COIN_MARGINED and time_ms <= now_ms + FUTURE_MS


def _tickers(rows: list[tuple[str, int, float, float, float]]) -> DayTickers:
    symbols, times, last, opened, volume = zip(*rows, strict=True) if rows else ((),) * 5
    return DayTickers(symbols, times, _positive(last), _positive(opened), volume)


def _marks(rows: list[tuple[str, int, float, float, schema.RateOrBlank]]) -> AllMarks:
    symbols, times, mark, index, rate = zip(*rows, strict=True) if rows else ((),) * 5
    rates = [value if isinstance(value, float) else math.nan for value in rate]
    return AllMarks(symbols, times, mark, index, rates)


def _positive(prices: tuple[float, ...]) -> list[float]:
    """``prices`` with NaN in the place of 0, which is no price."""
    return [price or math.nan for price in prices]


def _decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    return msgspec.json.Decoder(kind, strict=False)


_ENVELOPE = _decoder(_Envelope)
_TIME = _decoder(_Time)
_TICKER_ROWS = RowDecoder(_Ticker)
_MARK_ROWS = RowDecoder(MarkPriceUpdate)
_TICKER_BODIES = RowDecoder(_TickerBody)
_MARK_BODIES = RowDecoder(schema.PremiumIndexBody)
_BARS = RowDecoder(_Bar)
