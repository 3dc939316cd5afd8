"""The signed REST requests: signature and time are checked in Binance's order and words."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from .accounts import ASSET, Accounts, ExchangeAccount
from .clock import SimulatedClock
from .faults import InjectedFaults
from .margin_engine import ExchangePosition
from .rest_market import Answer, Markets
from .rest_query import Query, Refusal, missing_parameter

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
        return path in _ROUTES or path == "/fapi/v1/listenKey"

    def answer(self, request: SignedRequest) -> tuple[int, Any, int]:
        """(HTTP status, JSON-able body, weight)."""
        try:
            account = self._account(request.key)
            if request.path == "/fapi/v1/listenKey":
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

    def _signed(self, account: ExchangeAccount, request: SignedRequest) -> Answer:
        if request.method != "GET":
            raise Refusal(-5000, f"Path {request.path}, Method {request.method} is invalid", 404)
        query = Query(dict(parse_qsl(request.query) + parse_qsl(request.body)))
        self._check_time(query)
        signature = query.required("signature")
        signed, _, _ = (request.query + request.body).rpartition("&signature=")
        expected = hmac.new(account.secret.encode(), signed.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(signature, expected):
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


def _listen_key(account: ExchangeAccount, method: str) -> Answer:
    if method == "POST":
        return {"listenKey": account.create_listen_key()}, 1
    if not account.listen_key:
        raise Refusal(-1125, "This listenKey does not exist.")
    if method == "PUT":
        return {"listenKey": account.create_listen_key()}, 1
    account.delete_listen_key()
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


def _account(exchange: Markets, account: ExchangeAccount, query: Query) -> Answer:
    cross = [p for p in account.positions.values() if p.isolated_wallet is None]
    profit = sum(p.profit(account.mark(p.symbol)) for p in account.positions.values())
    cross_profit = sum(p.profit(account.mark(p.symbol)) for p in cross)
    asset = {
        "asset": ASSET,
        "walletBalance": f"{account.wallet_balance:.8f}",
        "unrealizedProfit": f"{profit:.8f}",
        "marginBalance": f"{account.wallet_balance + profit:.8f}",
        "crossWalletBalance": f"{account.cross_wallet:.8f}",
        "crossUnPnl": f"{cross_profit:.8f}",
        "availableBalance": f"{max(0.0, account.cross_wallet + cross_profit):.8f}",
        "updateTime": exchange.now_ms,
    }
    body = {
        "totalWalletBalance": asset["walletBalance"],
        "totalUnrealizedProfit": asset["unrealizedProfit"],
        "totalMarginBalance": asset["marginBalance"],
        "totalCrossWalletBalance": asset["crossWalletBalance"],
        "totalCrossUnPnl": asset["crossUnPnl"],
        "availableBalance": asset["availableBalance"],
        "assets": [asset, {"asset": "BNB", "walletBalance": "0", "crossWalletBalance": "0"}],
        "positions": [],
    }
    return body, 5


def _position_risk(exchange: Markets, account: ExchangeAccount, query: Query) -> Answer:
    return [_risk_row(account, position) for position in account.positions.values()], 5


def _risk_row(account: ExchangeAccount, position: ExchangePosition) -> dict[str, Any]:
    mark = account.mark(position.symbol)
    notional = position.quantity * mark
    wallet = position.isolated_wallet or 0.0
    margin = abs(notional) / account.leverage_of(position.symbol)
    isolated = position.isolated_wallet is not None
    return {
        "symbol": position.symbol,
        "positionSide": position.side,
        "positionAmt": f"{position.quantity:.8f}",
        "entryPrice": f"{position.entry_price:.8f}",
        "breakEvenPrice": f"{position.entry_price:.8f}",
        "markPrice": f"{mark:.8f}",
        "unRealizedProfit": f"{position.profit(mark):.8f}",
        "liquidationPrice": "0",
        "isolatedMargin": f"{wallet + position.profit(mark):.8f}" if isolated else "0",
        "notional": f"{notional:.8f}",
        "marginAsset": ASSET,
        "isolatedWallet": f"{wallet:.8f}",
        "initialMargin": f"{margin:.8f}",
        "positionInitialMargin": f"{margin:.8f}",
        "openOrderInitialMargin": "0",
        "adl": 2,
        "bidNotional": "0",
        "askNotional": "0",
        "updateTime": position.updated,
    }


_ROUTES: dict[str, Callable[[Markets, ExchangeAccount, Query], Answer]] = {
    "/sapi/v1/account/apiRestrictions": _restrictions,
    "/fapi/v1/positionSide/dual": _dual,
    "/fapi/v1/leverageBracket": _brackets,
    "/fapi/v1/symbolConfig": _symbol_config,
    "/fapi/v1/forceOrders": _forced,
    "/fapi/v3/account": _account,
    "/fapi/v3/positionRisk": _position_risk,
}
