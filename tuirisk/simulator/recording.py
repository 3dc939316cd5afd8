"""A recording of the embedded exchange, made without sockets and without waiting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

import msgspec

from .exchange import Exchange

STREAMS = (
    "kline_15m",
    "kline_1h",
    "kline_1d",
    "markPrice@1s",
    "aggTrade",
    "forceOrder",
    "depth@100ms",
    "bookTicker",
)
"""The streams of every symbol in a session."""

_PAGE = 1_500
_SNAPSHOT_AFTER = 3
_REFRESH_EVERY = 20
_POLL_MS = 15_000
_REST_NS = 1_000_000
_LATENCY_NS = 12_000_000
_FRAME_NS = 10_000


def recorded_session(
    symbols: Iterable[str],
    seed: int = 7,
    scenario: str = "calm",
    seconds: float = 60.0,
    start_ms: int = 1_795_000_000_000,
) -> Iterator[bytes]:
    """The lines of a recording of `seconds` of simulated time from `start_ms`, newline included.

    Each is `<receive time, ns> <json>`: first the REST answers a monitor would ask for at its
    start, then combined-stream frames, each symbol's depth snapshot after its first depth events
    and again when the price nears the end of its levels, and open interest polled every 15 s.
    The same arguments give the same bytes. ValueError for an unknown scenario.
    """
    watched = list(symbols)
    exchange = Exchange(None, seed, scenario, start_ms)
    exchange.instruments |= Exchange(watched, seed, scenario, start_ms).instruments
    recorder = _Recorder(exchange)
    yield from recorder.warm_up(watched)
    for symbol in watched:
        for stream in STREAMS:
            exchange.subscribe(f"{symbol.lower()}@{stream}")
    yield from recorder.run(watched, exchange.start_ms + int(seconds * 1e3))


class _Recorder:
    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._received = exchange.start_ms * 1_000_000
        self._depths: dict[str, int] = {}
        self._known: dict[str, tuple[int, int]] = {}

    def warm_up(self, symbols: list[str]) -> Iterator[bytes]:
        """The REST answers that a monitor requests before its streams."""
        yield self._rest("/fapi/v1/exchangeInfo")
        yield self._rest("/fapi/v1/fundingInfo")
        for symbol in symbols:
            first = self._exchange.start_ms - _PAGE * 900_000
            newest: dict[str, str | int] = {"symbol": symbol, "interval": "15m", "limit": _PAGE}
            yield self._rest("/fapi/v1/klines", **newest, endTime=first)
            yield self._rest("/fapi/v1/klines", **newest)
            for interval in ("1h", "1d"):
                yield self._rest("/fapi/v1/klines", symbol=symbol, interval=interval, limit=_PAGE)
            yield self._rest("/fapi/v1/fundingRate", symbol=symbol, limit=1_000)
            yield self._rest("/fapi/v1/premiumIndex", symbol=symbol)
            yield self._rest("/fapi/v1/openInterest", symbol=symbol)
            for name in (
                "openInterestHist",
                "globalLongShortAccountRatio",
                "topLongShortPositionRatio",
            ):
                yield self._rest(f"/futures/data/{name}", symbol=symbol, period="5m", limit=500)
            yield self._rest(
                "/futures/data/openInterestHist", symbol=symbol, period="1h", limit=500
            )

    def run(self, symbols: list[str], end_ms: int) -> Iterator[bytes]:
        """The streams until `end_ms`."""
        exchange = self._exchange
        next_poll = exchange.start_ms + _POLL_MS
        while exchange.now_ms + 100 <= end_ms:
            frames = exchange.advance_to(exchange.now_ms + 100)
            for name, payload in frames:
                yield self._line({"stream": name, "data": payload}, _FRAME_NS)
                yield from self._snapshot(name)
            if exchange.now_ms >= next_poll:
                next_poll += _POLL_MS
                for symbol in symbols:
                    yield self._rest("/fapi/v1/openInterest", symbol=symbol)

    def _snapshot(self, stream: str) -> Iterator[bytes]:
        lower, _, kind = stream.partition("@")
        if kind != "depth@100ms":
            return
        symbol = lower.upper()
        count = self._depths[symbol] = self._depths.get(symbol, 0) + 1
        first = count == _SNAPSHOT_AFTER
        if first or (count % _REFRESH_EVERY == 0 and self._is_near_the_edge(symbol)):
            book = self._exchange.market(symbol).book
            self._known[symbol] = (book.bids.top(1_000)[-1][0], book.asks.top(1_000)[-1][0])
            yield self._rest("/fapi/v1/depth", symbol=symbol, limit=1_000)

    def _is_near_the_edge(self, symbol: str) -> bool:
        # A monitor requests a snapshot again before the price leaves the levels it has received.
        lowest, highest = self._known[symbol]
        book = self._exchange.market(symbol).book
        margin = (highest - lowest) // 5
        return book.bids.best < lowest + margin or book.asks.best > highest - margin

    def _rest(self, path: str, **params: str | int) -> bytes:
        texts = {name: str(value) for name, value in params.items()}
        status, body, _ = self._exchange.rest(path, texts)
        query = f"?{urlencode(texts)}" if texts else ""
        answer = {"rest": f"GET {path}{query}", "status": status, "data": body}
        return self._line(answer, _REST_NS)

    def _line(self, content: dict[str, Any], later_ns: int) -> bytes:
        earliest = self._exchange.now_ms * 1_000_000 + _LATENCY_NS
        self._received = max(self._received + later_ns, earliest)
        return b"%d %b\n" % (self._received, msgspec.json.encode(content))
