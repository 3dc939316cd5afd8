"""The signed REST requests: signature and time are checked in Binance's order and words."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from . import portfolio_rest, signed_account
from .account import ExchangeAccount
from .accounts import Accounts
from .clock import SimulatedClock
from .faults import InjectedFaults
from .public_keys import verified
from .rest_market import Answer, Markets
from .rest_query import Query, Refusal, missing_parameter

LISTEN_KEY_PATHS = ("/fapi/v1/listenKey", "/papi/v1/listenKey")
_KEY = re.compile(r"[A-Za-z0-9]{64}")
_AHEAD_MS = 1_000
_WINDOW_MS = 5_000
_LONGEST_WINDOW_MS = 60_000


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request as it came: `query` and `body` are as they were sent, without decoding."""

    method: str
    path: str
    key: str
    query: str
    body: str = ""


class SignedEndpoints:
    """Answers what needs a key.

    The timestamp of a request is compared with the exchange's clock; at a higher clock speed it
    may be under way for as long as at real speed.
    """

    def __init__(
        self, exchange: Markets, accounts: Accounts, clock: SimulatedClock, faults: InjectedFaults
    ) -> None:
        self._exchange = exchange
        self._accounts = accounts
        self._clock = clock
        self._faults = faults

    def serves(self, path: str) -> bool:
        """Whether that path needs a key."""
        return path in _ROUTES or path in LISTEN_KEY_PATHS

    def answer(self, request: SignedRequest) -> tuple[int, Any, int]:
        """(HTTP status, JSON-able body, weight)."""
        try:
            account = self._account(request.key)
            self._check_host(account, request.path)
            if request.path in LISTEN_KEY_PATHS:
                body, weight = _listen_key(account, request.method)
            else:
                body, weight = self._signed(account, request)
        except Refusal as refusal:
            return refusal.status, refusal.body, 1
        return 200, body, weight

    def _account(self, key: str) -> ExchangeAccount:
        if not _KEY.fullmatch(key):
            raise Refusal(-2014, "API-key format invalid.", 401)
        account = self._accounts.by_key.get(key)
        if account is None or not account.rights.reading:
            raise Refusal(
                -2015,
                "Invalid API-key, IP, or permissions for action, request ip: 127.0.0.1",
                401,
            )
        return account

    def _check_host(self, account: ExchangeAccount, path: str) -> None:
        """Each kind of account is refused on the other's host."""
        on_portfolio_host = path.startswith("/papi/")
        whole = account.mode == "portfolio_margin"
        if on_portfolio_host and not whole:
            raise Refusal(-2015, "Invalid API-key, IP, or permissions for action", 401)

    def _signed(self, account: ExchangeAccount, request: SignedRequest) -> Answer:
        if request.method != "GET":
            raise Refusal(-5000, f"Path {request.path}, Method {request.method} is invalid", 404)
        query = Query(dict(parse_qsl(request.query) + parse_qsl(request.body)))
        self._check_time(query)
        signature = query.required("signature")
        signed, _, _ = (request.query + request.body).rpartition("&signature=")
        if not _signature_holds(account, signed, signature):
            raise Refusal(-1022, "Signature for this request is not valid.")
        return _ROUTES[request.path](self._exchange, account, query)

    def _check_time(self, query: Query) -> None:
        timestamp = query.integer("timestamp")
        if timestamp is None:
            raise missing_parameter("timestamp")
        window = query.integer("recvWindow") or _WINDOW_MS
        if window > _LONGEST_WINDOW_MS:
            raise Refusal(-1131, "recvWindow must be less than 60000.")
        server_time = self._clock.now_ms() + self._faults.clock_offset_ms
        late = (server_time - timestamp) / self._clock.speed
        if late < -_AHEAD_MS:
            raise Refusal(
                -1021, "Timestamp for this request was 1000ms ahead of the server's time."
            )
        if late > window:
            raise Refusal(-1021, "Timestamp for this request is outside of the recvWindow.")


def _signature_holds(account: ExchangeAccount, signed: str, signature: str) -> bool:
    if account.public_key is not None:
        return verified(account.public_key, signed.encode(), signature)
    expected = hmac.new(account.secret.encode(), signed.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(signature, expected)


def _listen_key(account: ExchangeAccount, method: str) -> Answer:
    if method == "POST":
        return {"listenKey": account.listen_key.create()}, 1
    if not account.listen_key.value:
        raise Refusal(-1125, "This listenKey does not exist.")
    if method == "PUT":
        return {"listenKey": account.listen_key.create()}, 1
    account.listen_key.delete()
    return {}, 1


def _restrictions(exchange: Markets, account: ExchangeAccount, query: Query) -> Answer:
    rights = account.rights
    body = {
        "ipRestrict": rights.ip_restricted,
        "createTime": exchange.start_ms,
        "enableReading": rights.reading,
        "enableWithdrawals": rights.withdrawals,
        "enableInternalTransfer": False,
        "enableMargin": False,
        "enableFutures": rights.futures,
        "permitsUniversalTransfer": False,
        "enableVanillaOptions": False,
        "enableFixApiTrade": False,
        "enableFixReadOnly": True,
        "enableSpotAndMarginTrading": False,
        "enablePortfolioMarginTrading": False,
    }
    return body, 1


def _dual(exchange: Markets, account: ExchangeAccount, query: Query) -> Answer:
    return {"dualSidePosition": account.hedge_mode}, 30


def _brackets(exchange: Markets, account: ExchangeAccount, query: Query) -> Answer:
    named = query.text("symbol")
    rows = [_bracket_row(account, symbol) for symbol in exchange.instruments]
    if named is None:
        return rows, 1
    chosen = [row for row in rows if row["symbol"] == named]
    if not chosen:
        raise Refusal(-1121, "Invalid symbol.")
    return chosen, 1


def _bracket_row(account: ExchangeAccount, symbol: str) -> dict[str, Any]:
    coefficient = account.notional_coefficient.get(symbol)
    scale = coefficient or 1.0
    # The published floors and caps are those of everybody; the account's own are to be scaled.
    brackets = [
        {
            "bracket": number,
            "initialLeverage": tier.leverage,
            "notionalCap": tier.cap / scale,
            "notionalFloor": tier.floor / scale,
            "maintMarginRatio": tier.rate,
            "cum": tier.cumulative / scale,
        }
        for number, tier in enumerate(account.tiers(symbol), 1)
    ]
    row: dict[str, Any] = {"symbol": symbol, "brackets": brackets}
    return row if coefficient is None else {**row, "notionalCoef": coefficient}


def _forced(exchange: Markets, account: ExchangeAccount, query: Query) -> Answer:
    named, start = query.text("symbol"), query.integer("startTime") or 0
    rows = [
        row
        for row in account.orders.forced
        if named in (None, row["symbol"]) and row["time"] >= start
    ]
    return rows[-(query.integer("limit") or 50) :], 50 if named is None else 20


def _symbol_config(exchange: Markets, account: ExchangeAccount, query: Query) -> Answer:
    rows = [
        {
            "symbol": symbol,
            "marginType": "ISOLATED" if account.isolated(symbol) else "CROSSED",
            "isAutoAddMargin": False,
            "leverage": account.leverage_of(symbol),
            "maxNotionalValue": f"{account.tiers(symbol)[-1].cap:.0f}",
        }
        for symbol in exchange.instruments
    ]
    return rows, 5


_ROUTES: dict[str, Callable[[Markets, ExchangeAccount, Query], Answer]] = {
    "/sapi/v1/account/apiRestrictions": _restrictions,
    "/fapi/v1/positionSide/dual": _dual,
    "/fapi/v1/leverageBracket": _brackets,
    "/papi/v1/um/leverageBracket": _brackets,
    "/fapi/v1/symbolConfig": _symbol_config,
    "/fapi/v1/forceOrders": _forced,
    **signed_account.ROUTES,
    **portfolio_rest.ROUTES,
}
"""Every signed path answered."""
