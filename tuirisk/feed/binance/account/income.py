"""What a position cost and brought since it was opened, by ``userTrades`` and ``income``.

``income`` tells neither when a position was opened nor, in hedge mode, which leg it belongs to. The
account's trades do: going back from the quantity of now, the position was opened by the trade
before which there was none, or one of the other side.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from tuirisk.events import AccountPosition, PositionIncome
from tuirisk.events.intervals import HOUR_MS
from tuirisk.feed.binance.account.schema import Side, Told, decode, decode_rows, told
from tuirisk.feed.binance.schema import Symbol, Time
from tuirisk.language.reason import Reason

FUNDING, REALISED = "FUNDING_FEE", "REALIZED_PNL"
PAGE = 1_000
"""Rows of an answer, at most."""
TINY = 1e-9
"""A share of the quantity that rounding may leave."""


class AccountTrade(msgspec.Struct, frozen=True):
    """A row of ``userTrades``.

    The quantity is in the base, the price in the quote, the PnL in the margin asset.
    """

    symbol: Symbol
    side: str
    time: Time
    qty: Told = None
    realizedPnl: Told = None
    positionSide: Side = "BOTH"
    id: int = 0
    price: Told = None

    @property
    def change(self) -> float:
        """What it did to the position, below 0 when it sold."""
        quantity = told(self.qty) or 0.0
        return quantity if self.side == "BUY" else -quantity


class IncomeRow(msgspec.Struct, frozen=True):
    """A row of ``income``: what was received, below 0 what was paid, in ``asset``."""

    incomeType: str
    time: Time
    symbol: str = ""
    income: Told = None
    asset: str = ""
    tranId: str | int = 0

    @property
    def key(self) -> tuple[object, ...]:
        """What tells it from another."""
        return self.incomeType, self.time, self.symbol, str(self.tranId), str(self.income)


def trades(body: bytes) -> list[AccountTrade]:
    """The rows of ``userTrades``, oldest first.

    Raises:
        BadAnswer: the answer is no list.
    """
    return sorted(decode_rows(AccountTrade, body), key=lambda row: (row.time, row.id))


def trades_query(symbol: str, start: int, end: int) -> dict[str, str | int]:
    """The query of trades between two times (UTC ms)."""
    return {"symbol": symbol, "startTime": start, "endTime": end, "limit": PAGE}


def mark_query(symbol: str, time_ms: int) -> dict[str, str | int]:
    """The query of the hour of mark prices that begins at ``time_ms`` (UTC)."""
    end = time_ms + HOUR_MS - 1
    return {
        "symbol": symbol, "interval": "1h", "startTime": time_ms, "endTime": end, "limit": 1,
    }  # fmt: skip


def mark_at(body: bytes, time_ms: int) -> float | None:
    """The open of the bar of ``markPriceKlines`` that begins at ``time_ms``; None without one.

    Raises:
        BadAnswer: the answer is no list of rows.
    """
    for row in decode(list[list[float | str | None]], body):
        if len(row) > 1 and row[0] == time_ms:
            price = told(row[1])
            return price if price and price > 0 else None
    return None


def income_query(start: int, end: int) -> dict[str, str | int]:
    """The query of incomes between two times (UTC ms)."""
    return {"startTime": start, "endTime": end, "limit": PAGE}


def income_rows(body: bytes) -> list[IncomeRow]:
    """The rows of ``income``, oldest first.

    Raises:
        BadAnswer: the answer is no list.
    """
    return sorted(decode_rows(IncomeRow, body), key=lambda row: row.time)


@dataclass(frozen=True, slots=True)
class Opening:
    """When a position was opened (UTC ms), and what was realised since by its trades."""

    time: int
    realised: float | None = None


def opening(
    position: AccountPosition, side: Side, newest_last: Sequence[AccountTrade]
) -> Opening | None:
    """When ``position``, the leg ``side``, was opened; None where the trades begin later."""
    sign = 1.0 if position.side == "long" else -1.0
    after, realised = sign * position.quantity, 0.0
    for trade in reversed([row for row in newest_last if row.positionSide == side]):
        before = after - trade.change
        if before * sign <= TINY * position.quantity:
            return Opening(trade.time, realised)
        realised += told(trade.realizedPnl) or 0.0
        after = before
    return None


def income_since(
    position: AccountPosition, opened: Opening, rows: Iterable[IncomeRow], legs: int
) -> PositionIncome:
    """Funding and realised PnL of ``position``, one of ``legs`` of its symbol, since ``opened``.

    Of two legs the exchange does not tell which one paid what funding.
    """
    own = [row for row in rows if row.symbol == position.symbol and row.time >= opened.time]
    paid = -sum(told(row.income) or 0.0 for row in own if row.incomeType == FUNDING)
    realised = opened.realised
    if realised is None:
        realised = sum(
            told(row.income) or 0.0
            for row in own
            if row.incomeType == REALISED and row.time > opened.time
        )
    funding: float | Reason = Reason("funding_of_two_legs") if legs > 1 else paid + 0.0
    return PositionIncome(opened.time, funding, realised)
