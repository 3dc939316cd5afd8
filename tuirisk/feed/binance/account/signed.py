"""Signed requests through python-binance: sent once, never recorded, quoted in no error.

What their answers tell of the account is recorded, without them: see
:mod:`tuirisk.feed.recorded_account`.

Timestamps follow the exchange's clock as it was measured, so this machine's may be off.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar
from urllib.parse import quote, urlsplit

from tuirisk.config.model import ExchangeConfig
from tuirisk.events import Bracket
from tuirisk.feed.binance.account import schema
from tuirisk.feed.binance.account.asset_rates import AssetRate, asset_rates
from tuirisk.feed.binance.account.brackets import leverage_brackets
from tuirisk.feed.binance.account.credentials import Keys
from tuirisk.feed.binance.account.exit_orders import OpenOrder, open_orders
from tuirisk.feed.binance.account.forced_orders import AutoCloseOrder, forced_orders
from tuirisk.feed.binance.account.income import (
    AccountTrade,
    IncomeRow,
    income_query,
    income_rows,
    mark_at,
    mark_query,
    trades,
    trades_query,
)
from tuirisk.feed.binance.account.permissions import KeyPermissions
from tuirisk.feed.binance.endpoints import endpoints
from tuirisk.feed.binance.rest.client import USED_WEIGHT, Answer, make_client
from tuirisk.feed.binance.rest.errors import (
    NETWORK_ERRORS,
    ExchangeError,
    answer_error,
    network_error,
)
from tuirisk.feed.binance.rest.rate_limiter import URGENT, RateLimiter
from tuirisk.feed.binance.rows import OnRefused, Origin, RefusedRow
from tuirisk.feed.binance.streams.routing import Layout
from tuirisk.feed.clock import Clock
from tuirisk.language.reason import Reason

BAD_KEY = frozenset({-2014, -2015, -2008})
BAD_SECRET = -1022
CLOCK_OFF = -1021
NO_LISTEN_KEY = -1125

T = TypeVar("T")
NO_QUERY: Mapping[str, str | int] = {}


Host: TypeAlias = Literal["futures", "spot", "portfolio"]


@dataclass(frozen=True, slots=True)
class RequestKind:
    """A request: what to call it, python-binance's method, its weight (None: another host's)."""

    name: str
    method: str
    weight: int | None
    host: Host = "futures"


_Kind = RequestKind
_RIGHTS = _Kind("GET /sapi/v1/account/apiRestrictions", "get_account_api_permissions", None, "spot")
_BRACKETS = _Kind("GET /fapi/v1/leverageBracket", "futures_leverage_bracket", 1)
_ACCOUNT = _Kind("GET /fapi/v3/account", "futures_account", 5)
_POSITIONS = _Kind("GET /fapi/v3/positionRisk", "futures_position_information", 5)
_CONFIG = _Kind("GET /fapi/v1/symbolConfig", "futures_symbol_config", 5)
_MODE = _Kind("GET /fapi/v1/positionSide/dual", "futures_get_position_mode", 30)
_ACCOUNT_CONFIG = _Kind("GET /fapi/v1/accountConfig", "_request_futures_api", 5)
_MULTI_ASSETS = _Kind("GET /fapi/v1/multiAssetsMargin", "futures_get_multi_assets_mode", 30)
_ASSET_INDEX = _Kind("GET /fapi/v1/assetIndex", "_request_futures_api", 10)
_OPEN_ORDERS = _Kind("GET /fapi/v1/openOrders", "_request_futures_api", 1)
_ALGO_ORDERS = _Kind("GET /fapi/v1/openAlgoOrders", "_request_futures_api", 1)
_TRADES = _Kind("GET /fapi/v1/userTrades", "_request_futures_api", 5)
_MARK = _Kind("GET /fapi/v1/markPriceKlines", "_request_futures_api", 1)
_INCOME = _Kind("GET /fapi/v1/income", "_request_futures_api", 30)
_FORCED = _Kind("GET /fapi/v1/forceOrders", "_request_futures_api", 50)
_FORCED_OF_SYMBOL = _Kind("GET /fapi/v1/forceOrders", "_request_futures_api", 20)
_LISTEN = _Kind("POST /fapi/v1/listenKey", "_request_futures_api", 1)
_EXTEND = _Kind("PUT /fapi/v1/listenKey", "futures_stream_keepalive", 1)


class SignedClient:
    """What a key can ask. Every method raises ``ExchangeError`` for anything but a good answer.

    To be made in the running loop. ``offset_ms`` is the exchange's clock minus ``clock``, ms.
    There is no request to end a listen key: it belongs to the account, and other programs may
    be listening with it.
    """

    def __init__(
        self,
        config: ExchangeConfig,
        keys: Keys,
        rate_limiter: RateLimiter,
        clock: Clock,
        offset_ms: Callable[[], float],
    ) -> None:
        where = endpoints(config)
        self.key_kind = keys.signer.kind
        self.left_out: dict[str, list[RefusedRow]] = {}
        """Request → the rows of its last answer that could not be read."""
        self.has_permissions_host = bool(where.spot)
        """Whether there is a host that knows what the key may do."""
        self.has_portfolio_host = bool(where.portfolio)
        """Whether there is a host of portfolio-margin accounts."""
        addresses = {"futures": where.rest, "spot": where.spot, "portfolio": where.portfolio}
        self._hosts = {name: urlsplit(url).hostname or "" for name, url in addresses.items()}
        self._rate_limiter = rate_limiter
        self._clock = clock
        self._offset_ms = offset_ms
        self._client = make_client(config, keys.key.reveal(), keys.signer.signature)

    async def permissions(self) -> KeyPermissions:
        return await self.request(_RIGHTS, schema.rights)

    async def brackets(self) -> dict[str, tuple[Bracket, ...]]:
        return await self.request(_BRACKETS, self.by_rows(_BRACKETS, leverage_brackets))

    async def account(self) -> schema.AccountAnswer:
        return await self.request(_ACCOUNT, self.by_rows(_ACCOUNT, schema.account), version=3)

    async def position_risk(self) -> tuple[schema.RiskRow, ...]:
        return await self.request(_POSITIONS, self.by_rows(_POSITIONS, schema.position_risk))

    async def symbol_config(self) -> dict[str, schema.SymbolConfig]:
        return await self.request(_CONFIG, self.by_rows(_CONFIG, schema.symbol_config))

    async def hedge_mode(self) -> bool:
        return await self.request(_MODE, schema.position_mode)

    async def account_config(self) -> schema.AccountModes:
        return await self.get(_ACCOUNT_CONFIG, "accountConfig", schema.account_config)

    async def multi_assets(self) -> bool:
        return await self.request(_MULTI_ASSETS, schema.multi_assets)

    async def asset_rates(self) -> dict[str, AssetRate]:
        decode = self.by_rows(_ASSET_INDEX, asset_rates)
        return await self.get(_ASSET_INDEX, "assetIndex", decode, signed=False)

    async def open_orders(self, symbol: str, on_refused: OnRefused) -> list[OpenOrder]:
        decode = rows_decoder(_OPEN_ORDERS, open_orders, on_refused)
        return await self.get(_OPEN_ORDERS, "openOrders", decode, {"symbol": symbol})

    async def algo_orders(self, symbol: str, on_refused: OnRefused) -> list[OpenOrder]:
        decode = rows_decoder(_ALGO_ORDERS, open_orders, on_refused)
        return await self.get(_ALGO_ORDERS, "openAlgoOrders", decode, {"symbol": symbol})

    async def trades(
        self, symbol: str, start: int, end: int, on_refused: OnRefused
    ) -> list[AccountTrade]:
        """At most 1 000 trades between ``start`` and ``end`` (UTC ms), oldest first."""
        decode = rows_decoder(_TRADES, trades, on_refused)
        return await self.get(_TRADES, "userTrades", decode, trades_query(symbol, start, end))

    async def income(
        self, kind: str, start: int, end: int, on_refused: OnRefused
    ) -> list[IncomeRow]:
        """The oldest 1 000 incomes at most of ``kind`` between ``start`` and ``end`` (UTC ms)."""
        decode = rows_decoder(_INCOME, income_rows, on_refused)
        return await self.get(_INCOME, "income", decode, income_query(kind, start, end))

    async def mark_at(self, symbol: str, time_ms: int) -> float | None:
        """The mark price at a full hour (UTC ms); None where the exchange has none."""
        query = mark_query(symbol, time_ms)
        return await self.get(
            _MARK, "markPriceKlines", lambda body: mark_at(body, time_ms), query, signed=False
        )

    async def forced_orders(self, since: int, symbol: str = "") -> tuple[AutoCloseOrder, ...]:
        """What the exchange closed itself since local time ``since`` (ns), at most 100 orders."""
        words: Any = ("get", "forceOrders")
        start_ms = round(since / 1e6 + self._offset_ms())
        data: dict[str, object] = {"startTime": start_ms, "limit": 100}
        if symbol:
            data["symbol"] = symbol
        kind = _FORCED_OF_SYMBOL if symbol else _FORCED
        decode = self.by_rows(kind, forced_orders)
        return await self.request(kind, decode, *words, signed=True, data=data)

    async def listen_key(self) -> str:
        """The account's listen key, good for an hour from now; made when there is none."""
        words: Any = ("post", "listenKey")
        return await self.request(_LISTEN, schema.listen_key, *words, signed=False, data={})

    async def extend_listen_key(self, listen_key: str) -> None:
        """Make ``listen_key`` good for another hour."""
        await self.send(_EXTEND, listen_key)

    def stream_path(
        self, listen_key: str, events: Sequence[str], layout: Layout = "divided"
    ) -> str:
        """Path and query of the user-data stream of ``listen_key``; undivided it sends every
        event."""
        if layout == "undivided":
            return f"/ws/{quote(listen_key)}"
        return f"/private/ws?listenKey={quote(listen_key)}&events={'/'.join(events)}"

    async def close(self) -> None:
        await self._client.session.close()

    def by_rows(
        self, kind: RequestKind, decode: Callable[[bytes, Origin], T]
    ) -> Callable[[bytes], T]:
        """``decode`` with the rows that it leaves out named in :attr:`left_out`."""

        def decoded(body: bytes) -> T:
            refused: list[RefusedRow] = []
            self.left_out[kind.name] = refused
            return decode(body, Origin(kind.name, on_refused=refused.append))

        return decoded

    async def get(
        self,
        kind: RequestKind,
        path: str,
        decode: Callable[[bytes], T],
        query: Mapping[str, str | int] = NO_QUERY,
        *,
        signed: bool = True,
    ) -> T:
        """The decoded answer of a path that python-binance has no method for."""
        words: Any = ("get", path)
        return await self.request(kind, decode, *words, signed=signed, data=dict(query))

    async def request(
        self, kind: RequestKind, decode: Callable[[bytes], T], *call: str, **more: object
    ) -> T:
        """The decoded answer."""
        body = await self.send(kind, *call, **more)
        try:
            return decode(body)
        except schema.BadAnswer:
            pass
        raise ExchangeError("garbled", Reason("unreadable_answer", what=kind.name))

    async def send(self, kind: RequestKind, *call: str, **more: object) -> bytes:
        """The body of the answer."""
        async with self._acquire(kind):
            try:
                return (await self._answer(kind, *call, **more)).body
            except ExchangeError as error:
                if error.pause and kind.weight is not None:
                    self._rate_limiter.stop("weight", error.pause, banned=error.kind == "banned")
                raise

    def _acquire(self, kind: RequestKind) -> AbstractAsyncContextManager[None]:
        # The other hosts have their own counts, and get few requests.
        if kind.weight is None:
            return nullcontext()
        return self._rate_limiter.budgets["weight"].acquire(kind.weight, URGENT)

    async def _answer(self, kind: RequestKind, *call: str, **more: object) -> Answer:
        method: Any = getattr(self._client, kind.method)
        # python-binance takes the time of the machine: what it adds makes the exchange's of it.
        exchange_ms = self._clock.now_ns() / 1e6 + self._offset_ms()
        self._client.timestamp_offset = round(exchange_ms - time.time() * 1e3)
        host = self._hosts[kind.host]
        answer: Answer | None = None
        failure: ExchangeError | None = None
        try:
            answer = await method(*call, **more)
        except NETWORK_ERRORS as error:
            failure = network_error(host, error)
        if answer is not None:
            if kind.weight is not None:
                self._rate_limiter.report_weight_header(answer.headers.get(USED_WEIGHT))
            failure = answer_error(kind.name, answer.status, answer.headers, answer.body)
        if failure is not None:
            # Raised outside the handler: the network's exception holds the request, key and all.
            raise with_readable_reason(failure)
        assert answer is not None
        return answer


def rows_decoder(
    kind: RequestKind, decode: Callable[[bytes, Origin], T], on_refused: OnRefused
) -> Callable[[bytes], T]:
    """``decode`` with ``on_refused`` called for each row that it leaves out."""
    return lambda body: decode(body, Origin(kind.name, on_refused=on_refused))


def with_readable_reason(error: ExchangeError) -> ExchangeError:
    """With what to do about it, where the key or the clock is at fault."""
    if error.code in BAD_KEY:
        reason = Reason("api_key_refused", code=error.code)
    elif error.code == BAD_SECRET:
        reason = Reason("api_secret_wrong")
    elif error.code == CLOCK_OFF:
        reason = Reason("clock_off")
    else:
        return error
    return ExchangeError("refused", reason, status=error.status, code=error.code)
