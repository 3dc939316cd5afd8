"""What a position cost and brought since it was opened, by ``userTrades`` and ``income``.

``income`` tells neither when a position was opened nor, in hedge mode, which leg it belongs to. The
account's trades do: going back from the quantity of now, the position was opened by the trade
before which there was none, or one of the other side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from tuirisk.events import AccountPosition, PositionIncome
from tuirisk.events.intervals import HOUR_MS
from tuirisk.feed.binance.account.schema import NOWHERE, Side, Told, decode, decode_rows, told
from tuirisk.feed.binance.rows import LONGEST_NAME, Origin
from tuirisk.feed.binance.schema import Symbol, Time
from tuirisk.foreign.text import printable
from tuirisk.language.reason import Reason

FUNDING, REALISED = "FUNDING_FEE", "REALIZED_PNL"
PAGE = 1_000
"""Rows of an answer, at most."""
TINY = 1e-9
"""A share of the quantity that rounding may leave."""
PriceOf: TypeAlias = Callable[[str], float | None]
"""USDT for one of an asset; None where the exchange gives no price."""


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


def trades(body: bytes, origin: Origin = NOWHERE) -> list[AccountTrade]:
    """The rows of ``userTrades``, oldest first.

    Raises:
        BadAnswer: the answer is no list.
    """
    rows = decode_rows(AccountTrade, body, origin)
    return sorted(rows, key=lambda row: (row.time, row.id))


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


def income_query(kind: str, start: int, end: int) -> dict[str, str | int]:
    """The query of incomes of ``kind`` (empty: of all) between two times (UTC ms)."""
    query: dict[str, str | int] = {"startTime": start, "endTime": end, "limit": PAGE}
    return {"incomeType": kind, **query} if kind else query


def income_rows(body: bytes, origin: Origin = NOWHERE) -> list[IncomeRow]:
    """The rows of ``income`` that tell an amount, oldest first.

    Raises:
        BadAnswer: the answer is no list.
    """
    rows = []
    for row in decode_rows(IncomeRow, body, origin):
        if told(row.income) is None:
            origin.refuse("income", printable(row.symbol)[:LONGEST_NAME])
        else:
            rows.append(row)
    return sorted(rows, key=lambda row: row.time)


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
    position: AccountPosition,
    opened: Opening,
    rows: Iterable[IncomeRow],
    price_of: PriceOf,
    legs: Sequence[int | None] = (),
) -> PositionIncome:
    """Funding and realised PnL of ``position`` since ``opened``, in its margin asset.

    ``legs`` are the times (UTC ms, None where not known) at which the legs of its symbol were
    opened: of two the exchange does not tell which one paid what funding.
    """
    own = [row for row in rows if row.symbol == position.symbol]
    realised: float | Reason | None = opened.realised
    if realised is None:
        gains = [r for r in own if r.incomeType == REALISED and r.time > opened.time]
        realised = _total(gains, position, price_of)
    since = min((time for time in legs if time is not None), default=opened.time)
    fees = [row for row in own if row.incomeType == FUNDING and row.time >= since]
    received = _total(fees, position, price_of)
    paid = received if isinstance(received, Reason) else 0.0 - received
    if len(legs) < 2:
        return PositionIncome(opened.time, paid, realised)
    if isinstance(paid, Reason) or None in legs:
        return PositionIncome(opened.time, Reason("funding_of_two_legs"), realised)
    why = Reason(
        "funding_by_both_legs",
        total=f"{paid:+.8g}",
        asset=printable(position.margin_asset)[:LONGEST_NAME],
    )
    return PositionIncome(opened.time, why, realised, paid)


def _total(
    rows: Iterable[IncomeRow], position: AccountPosition, price_of: PriceOf
) -> float | Reason:
    """The sum of ``rows`` in the margin asset of ``position``."""
    total, own = 0.0, price_of(position.margin_asset)
    for row in rows:
        amount = told(row.income) or 0.0
        if amount and row.asset not in ("", position.margin_asset):
            price = price_of(row.asset)
            if price is None or not own:
                return Reason("income_without_price", name=printable(row.asset)[:LONGEST_NAME])
            amount *= price / own
        total += amount
    return total
