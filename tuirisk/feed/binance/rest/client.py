"""REST through python-binance, one rate limiter for all of it, answers as raw bytes.

Importing this imports python-binance (0.6 s): in the worker, never before the first paint.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
from binance import AsyncClient

from tuirisk.config.model import ExchangeConfig
from tuirisk.feed.binance.endpoints import connector, endpoints, http_proxy
from tuirisk.feed.binance.rest.body import (
    ACCEPT_ENCODING,
    MIB,
    MOST_BODY,
    BodyTooLarge,
    UnknownEncoding,
    read_body,
)
from tuirisk.feed.binance.rest.errors import (
    NETWORK_ERRORS,
    ExchangeError,
    answer_error,
    network_error,
)
from tuirisk.feed.binance.rest.rate_limiter import BudgetName, RateLimiter
from tuirisk.feed.clock import Clock
from tuirisk.feed.frames import RestFrame
from tuirisk.language.reason import Reason

TIMEOUT = aiohttp.ClientTimeout(total=30.0, sock_connect=10.0, sock_read=10.0)
USED_WEIGHT = "X-MBX-USED-WEIGHT-1M"

Parameters = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Request:
    """A kind of request: its path, python-binance's method for it, its pool and its weight."""

    path: str
    method: str
    pool: BudgetName
    weight: Callable[[int], int]
    """From ``limit`` (0 where there is none)."""


def klines_weight(limit: int) -> int:
    """Request weight of ``/klines`` for ``limit`` bars."""
    if limit < 100:
        return 1
    if limit < 500:
        return 2
    return 5 if limit <= 1_000 else 10


def depth_weight(limit: int) -> int:
    """Request weight of ``/depth`` for ``limit`` levels."""
    if limit <= 50:
        return 2
    if limit <= 100:
        return 5
    return 10 if limit <= 500 else 20


def _one(limit: int) -> int:
    return 1


TIME = Request("/fapi/v1/time", "futures_time", "weight", _one)
EXCHANGE_INFO = Request("/fapi/v1/exchangeInfo", "futures_exchange_info", "weight", _one)
KLINES = Request("/fapi/v1/klines", "futures_klines", "weight", klines_weight)
DEPTH = Request("/fapi/v1/depth", "futures_order_book", "weight", depth_weight)
PREMIUM_INDEX = Request("/fapi/v1/premiumIndex", "futures_mark_price", "weight", _one)
PREMIUM_INDEX_OF_ALL = Request(
    "/fapi/v1/premiumIndex", "futures_mark_price", "weight", lambda limit: 10
)
DAY_TICKER_OF_ALL = Request("/fapi/v1/ticker/24hr", "futures_ticker", "weight", lambda limit: 40)
ASSET_INDEX = Request(
    "/fapi/v1/assetIndex", "futures_v1_get_asset_index", "weight", lambda limit: 10
)
TRADING_SCHEDULE = Request(
    "/fapi/v1/tradingSchedule", "trading_schedule", "weight", lambda limit: 5
)
OPEN_INTEREST = Request("/fapi/v1/openInterest", "futures_open_interest", "weight", _one)
FUNDING_RATE = Request("/fapi/v1/fundingRate", "futures_funding_rate", "funding", _one)
FUNDING_INFO = Request("/fapi/v1/fundingInfo", "futures_v1_get_funding_info", "funding", _one)
OPEN_INTEREST_HISTORY = Request(
    "/futures/data/openInterestHist", "futures_open_interest_hist", "data", _one
)
TOP_RATIO = Request(
    "/futures/data/topLongShortPositionRatio", "futures_top_longshort_position_ratio", "data", _one
)
GLOBAL_RATIO = Request(
    "/futures/data/globalLongShortAccountRatio", "futures_global_longshort_ratio", "data", _one
)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: the status, the headers and the unchanged body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Client(AsyncClient):  # type: ignore[misc]
    """python-binance's client, returning answers instead of interpreting them.

    ``sign`` gives the signature of a query, as it stands in the query.
    """

    sign: Callable[[str], str] | None = None

    def _generate_signature(self, data: dict[str, object], uri_encode: bool = True) -> str:
        assert self.sign is not None, "this request needs a key"
        # As it is sent: python-binance escapes the symbol, which may be of any script.
        query = "&".join(
            f"{name}={quote(str(value)) if name == 'symbol' else value}"
            for name, value in self._order_params(data)
        )
        return self.sign(query)

    async def trading_schedule(self) -> Answer:
        answer: Answer = await self._request_futures_api("get", "tradingSchedule")
        return answer

    async def _handle_response(self, response: aiohttp.ClientResponse) -> Answer:
        what = f"{response.method} {response.url.path}"
        try:
            return Answer(response.status, response.headers, await read_body(response))
        except BodyTooLarge:
            reason = Reason("answer_too_large", what=what, most=MOST_BODY // MIB)
        except UnknownEncoding:
            reason = Reason("answer_unreadable_encoding", what=what)
        raise ExchangeError("garbled", reason, status=response.status)


def make_client(
    config: ExchangeConfig, key: str = "", sign: Callable[[str], str] | None = None
) -> AsyncClient:
    """A client for the configured addresses; to be made in the running loop.

    ``sign`` signs the queries that need it.

    Raises:
        ConfigError: an address makes no sense.
    """
    where = endpoints(config)
    client = _Client(
        api_key=key or None,
        https_proxy=http_proxy(config),
        session_params={"connector": connector(config), "auto_decompress": False},
        # A redirect leads away from the exchange, so none is followed.
        requests_params={"timeout": TIMEOUT, "allow_redirects": False},
    )
    client.sign = sign
    client.session.headers["Accept-Encoding"] = ACCEPT_ENCODING
    client.FUTURES_URL = where.rest + "/fapi"
    client.FUTURES_DATA_URL = where.rest + "/futures/data"
    client.MARGIN_API_URL = where.spot + "/sapi"
    client.PAPI_URL = where.portfolio + "/papi"
    return client


class RestClient:
    """Unsigned requests to the futures host, through the rate limiter.

    ``latency_ms`` is the round trip of the last ``GET /fapi/v1/time``.
    """

    def __init__(self, config: ExchangeConfig, rate_limiter: RateLimiter, clock: Clock) -> None:
        self.rate_limiter = rate_limiter
        self.latency_ms: float | None = None
        self._client = make_client(config)
        self._host = urlsplit(endpoints(config).rest).hostname or ""
        self._clock = clock

    async def get(self, kind: Request, priority: float, **parameters: str | int) -> RestFrame:
        """The answer to a request, status 200 and JSON by its looks.

        The answer with the exchange's time is stamped with the middle of its round trip, one with
        bars with its beginning.

        Raises:
            ExchangeError: anything else.
        """
        weight = kind.weight(int(parameters.get("limit", 0)))
        async with self.rate_limiter.budgets[kind.pool].acquire(weight, priority):
            sent = self._clock.now_ns()
            try:
                answer = await self._send(kind, parameters)
            except ExchangeError as error:
                if error.pause:
                    self.rate_limiter.stop(kind.pool, error.pause, banned=error.kind == "banned")
                raise
            received = self._clock.now_ns()
        if kind is TIME:
            self.latency_ms = (received - sent) / 1e6
            # What the exchange read from its clock, it read about in the middle of the round trip.
            received = (sent + received) // 2
        elif kind is KLINES:
            # A bar that ended while the answer was under way may not be whole in it.
            received = sent
        return RestFrame(received, request_line(kind, parameters), answer.status, answer.body)

    async def close(self) -> None:
        await self._client.session.close()

    async def _send(self, kind: Request, parameters: Parameters) -> Answer:
        method: Any = getattr(self._client, kind.method)
        try:
            answer: Answer = await method(**parameters)
        except NETWORK_ERRORS as error:
            raise network_error(self._host, error) from error
        self.rate_limiter.report_weight_header(answer.headers.get(USED_WEIGHT))
        what = f"GET {kind.path}"
        refusal = answer_error(what, answer.status, answer.headers, answer.body)
        if refusal is not None:
            raise refusal
        return answer


def request_line(kind: Request, parameters: Parameters) -> str:
    """``GET /path?query`` as it is recorded."""
    query = "&".join(f"{name}={value}" for name, value in parameters.items())
    return f"GET {kind.path}?{query}" if query else f"GET {kind.path}"
