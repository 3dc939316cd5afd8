"""Portfolio-margin accounts: their own host, and answers of their own.

The whole account at the exchange is behind the positions, margin loans and coin-margined contracts
with it; ``uniMMR``, its equity over its maintenance margin, is what liquidates it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import msgspec

from tuirisk.events import Bracket, PortfolioMargin
from tuirisk.feed.binance.account import schema
from tuirisk.feed.binance.account.asset_rates import USD, AssetRate
from tuirisk.feed.binance.account.brackets import leverage_brackets
from tuirisk.feed.binance.account.exit_orders import OpenOrder, open_orders
from tuirisk.feed.binance.account.income import (
    AccountTrade,
    IncomeRow,
    income_query,
    income_rows,
    trades,
    trades_query,
)
from tuirisk.feed.binance.account.schema import (
    AccountAnswer,
    AssetBalance,
    RiskRow,
    Told,
    decode,
    decode_rows,
    told,
)
from tuirisk.feed.binance.account.signed import (
    NO_QUERY,
    RequestKind,
    SignedClient,
    T,
    rows_decoder,
)
from tuirisk.feed.binance.rows import OnRefused, Origin
from tuirisk.feed.binance.streams.routing import Layout
from tuirisk.foreign.text import printable


class PortfolioAnswer(msgspec.Struct, frozen=True):
    """``GET /papi/v1/account``, in USD; the equity has the haircuts applied."""

    uniMMR: Told
    accountEquity: Told
    accountMaintMargin: Told
    accountInitialMargin: Told = None
    actualEquity: Told = None
    accountStatus: str = ""
    totalAvailableBalance: Told = None
    updateTime: int = 0


class PortfolioBalance(msgspec.Struct, frozen=True):
    """A row of ``GET /papi/v1/balance``; amounts in the asset."""

    asset: str
    totalWalletBalance: Told = None
    umWalletBalance: Told = None
    cmWalletBalance: Told = None
    updateTime: int = 0


class AdlRow(msgspec.Struct, frozen=True):
    """A row of ``adlQuantile``; the ranks by position side."""

    symbol: str
    adlQuantile: dict[str, Told]


def adl_ranks(body: bytes, origin: Origin = schema.NOWHERE) -> dict[tuple[str, str], float]:
    """The ranks of the rows that can be understood, by symbol and side.

    Raises:
        BadAnswer: the answer is no list.
    """
    return {
        (row.symbol, side): rank
        for row in decode_rows(AdlRow, body, origin)
        for side, value in row.adlQuantile.items()
        if (rank := told(value)) is not None
    }


@dataclass(frozen=True, slots=True)
class PortfolioAnswers:
    """Balances and the account as a whole."""

    account: AccountAnswer
    whole: PortfolioMargin


def _kind(path: str, method: str = "GET") -> RequestKind:
    return RequestKind(f"{method} /papi/v1/{path}", "_request_papi_api", None, "portfolio")


class PortfolioRequests:
    """What a key can ask of a portfolio-margin account. Raises as ``SignedClient``."""

    def __init__(self, client: SignedClient) -> None:
        self._client = client

    async def account(self) -> PortfolioAnswer:
        return await self._get("account", lambda body: decode(PortfolioAnswer, body))

    async def balances(self) -> list[PortfolioBalance]:
        rows = await self._rows(
            "balance", lambda body, origin: decode_rows(PortfolioBalance, body, origin)
        )
        # An asset that is told twice is one.
        return [*{row.asset: row for row in rows}.values()]

    async def position_risk(self) -> tuple[RiskRow, ...]:
        return await self._rows("um/positionRisk", schema.position_risk)

    async def adl_ranks(self) -> dict[tuple[str, str], float]:
        """Rank in the queue of automatic deleveraging by symbol and side."""
        return await self._rows("um/adlQuantile", adl_ranks)

    async def hedge_mode(self) -> bool:
        return await self._get("um/positionSide/dual", schema.position_mode)

    async def brackets(self) -> dict[str, tuple[Bracket, ...]]:
        return await self._rows("um/leverageBracket", leverage_brackets)

    async def open_orders(self, symbol: str, on_refused: OnRefused) -> list[OpenOrder]:
        return await self._told_rows("um/openOrders", open_orders, on_refused, {"symbol": symbol})

    async def algo_orders(self, symbol: str, on_refused: OnRefused) -> list[OpenOrder]:
        path = "um/conditional/openOrders"
        return await self._told_rows(path, open_orders, on_refused, {"symbol": symbol})

    async def trades(
        self, symbol: str, start: int, end: int, on_refused: OnRefused
    ) -> list[AccountTrade]:
        query = trades_query(symbol, start, end)
        return await self._told_rows("um/userTrades", trades, on_refused, query)

    async def income(
        self, kind: str, start: int, end: int, on_refused: OnRefused
    ) -> list[IncomeRow]:
        query = income_query(kind, start, end)
        return await self._told_rows("um/income", income_rows, on_refused, query)

    async def mark_at(self, symbol: str, time_ms: int) -> float | None:
        return await self._client.mark_at(symbol, time_ms)

    async def listen_key(self) -> str:
        words: Any = ("post", "listenKey")
        kind = _kind("listenKey", "POST")
        return await self._client.request(kind, schema.listen_key, *words, signed=False, data={})

    async def extend_listen_key(self, listen_key: str) -> None:
        words: Any = ("put", "listenKey")
        await self._client.send(_kind("listenKey", "PUT"), *words, signed=False, data={})

    def stream_path(
        self, listen_key: str, events: Sequence[str], layout: Layout = "divided"
    ) -> str:
        """Path of the user-data stream; it is not divided and sends every event."""
        return f"/pm/ws/{quote(listen_key)}"

    async def _rows(self, path: str, decoder: Callable[[bytes, Origin], T]) -> T:
        return await self._get(path, self._client.by_rows(_kind(path), decoder))

    async def _told_rows(
        self,
        path: str,
        decoder: Callable[[bytes, Origin], T],
        on_refused: OnRefused,
        query: Mapping[str, str | int],
    ) -> T:
        return await self._get(path, rows_decoder(_kind(path), decoder, on_refused), query)

    async def _get(
        self,
        path: str,
        decoder: Callable[[bytes], T],
        query: Mapping[str, str | int] = NO_QUERY,
    ) -> T:
        return await self._client.get(_kind(path), path, decoder, query)


def portfolio_answers(
    answer: PortfolioAnswer,
    balances: Sequence[PortfolioBalance],
    risks: Sequence[RiskRow],
    rates: Mapping[str, AssetRate],
) -> PortfolioAnswers:
    """The account in USDT.

    Raises:
        BadAnswer: the account does not tell its equity or its margin.
    """
    equity, maintenance = told(answer.accountEquity), told(answer.accountMaintMargin)
    if equity is None or maintenance is None:
        raise schema.BadAnswer
    profit, dollar = 0.0, rates[USD].price if USD in rates else 1.0
    for row in risks:
        rate = rates.get(row.margin_asset)
        profit += (told(row.unRealizedProfit) or 0.0) * (rate.price if rate is not None else 1.0)
    available = told(answer.totalAvailableBalance)
    whole = PortfolioMargin(
        told(answer.uniMMR),
        equity * dollar,
        (told(answer.accountInitialMargin) or 0.0) * dollar,
        maintenance * dollar,
        printable(answer.accountStatus)[:40],
        profit,
    )
    rows = tuple(
        AssetBalance(row.asset, told(row.totalWalletBalance) or 0.0, row.updateTime)
        for row in balances
    )
    return PortfolioAnswers(
        AccountAnswer(whole.equity, rows, None if available is None else available * dollar), whole
    )
