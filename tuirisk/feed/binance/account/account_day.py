"""What the account earned and traded since UTC midnight, by ``income`` and ``userTrades``.

The P&L of a day needs what was held at its begin: that is the quantity of now less what was bought
since, at the mark price of midnight. So it is right for positions that were changed or closed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from tuirisk.events import AccountDay, AccountPosition, DayIncome, DayOfSymbol
from tuirisk.events.intervals import DAY_MS
from tuirisk.feed.binance.account.forced_orders import Leg
from tuirisk.feed.binance.account.income import FUNDING, PAGE, REALISED, AccountTrade, IncomeRow
from tuirisk.feed.binance.account.reader import AccountRequests, or_none
from tuirisk.feed.binance.account.schema import QUOTES, told
from tuirisk.feed.binance.rows import RefusedRow

PAGES = 20
"""Of trades of a symbol in a day, at most."""
TINY = 1e-9
"""A quantity that rounding may leave, as a share of what was traded."""
IncomeKind = Literal["realised", "funding", "fees"]
KINDS: Mapping[str, IncomeKind] = {
    REALISED: "realised",
    FUNDING: "funding",
    "COMMISSION": "fees",
    "COMMISSION_REBATE": "fees",
    "API_REBATE": "fees",
    "INSURANCE_CLEAR": "fees",
}
TRADING = (REALISED, "COMMISSION", "INSURANCE_CLEAR")
"""Kinds of income that a trade brings."""


class AccountDayReader:
    """Asks for what it does not know yet. Methods raise ``ExchangeError``."""

    def __init__(self, requests: Callable[[], AccountRequests]) -> None:
        self._requests = requests
        self._begin_ms = 0
        self._symbols: dict[str, str] = {}
        """Symbol that was held or traded this day → its margin asset."""
        self._trades: dict[str, tuple[object, Sequence[AccountTrade] | None]] = {}
        """Symbol → what was known when its trades were read, and these."""
        self._marks: dict[str, float | None] = {}
        """Symbol → its mark price at midnight."""
        self._unconfirmed: set[tuple[str, str]] = set()
        """(symbol, ``trades`` or ``mark``) of what was told once, in the newest reading …"""
        self._to_confirm: set[tuple[str, str]] = set()
        """… and in the one before."""

    @property
    def confirmed(self) -> bool:
        """Whether everything was told twice."""
        return not self._unconfirmed

    async def read(
        self,
        positions: Mapping[Leg, AccountPosition],
        update_times: Mapping[Leg, int],
        rows: Sequence[IncomeRow] | None,
        now_ms: int,
    ) -> AccountDay:
        """The day so far; ``rows`` are its incomes, None where they are not all known."""
        begin = now_ms // DAY_MS * DAY_MS
        if begin != self._begin_ms:
            self._begin_ms = begin
            self._symbols, self._trades, self._marks = {}, {}, {}
            self._unconfirmed.clear()
        self._to_confirm, self._unconfirmed = self._unconfirmed, set()
        self._symbols |= {p.symbol: p.margin_asset for p in positions.values()}
        traded = [row for row in rows or () if row.incomeType in TRADING and row.symbol]
        for row in traded:
            self._symbols.setdefault(row.symbol, margin_asset_of(row.symbol))
        found = []
        for symbol, asset in sorted(self._symbols.items()):
            legs = {leg: p for leg, p in positions.items() if leg[0] == symbol}
            count = sum(row.symbol == symbol for row in traded)
            changed = max((update_times.get(leg, now_ms) for leg in legs), default=now_ms)
            trades: Sequence[AccountTrade] | None = ()
            if rows is None or count or changed >= begin:
                known = (count, tuple((p.side, p.quantity, p.entry_price) for p in legs.values()))
                trades = await self._trades_of(symbol, known, now_ms)
            day = day_of_symbol(symbol, asset, legs.values(), trades)
            if not day.trades_missing and held_first(day):
                day = msgspec.structs.replace(day, first_mark=await self._first_mark(symbol))
            found.append(day)
        return AccountDay(begin, None if rows is None else day_incomes(rows), tuple(found))

    async def _trades_of(
        self, symbol: str, known: object, now_ms: int
    ) -> Sequence[AccountTrade] | None:
        """The day's trades, read again where ``known`` is new, and until they are told twice; None
        where they are not told."""
        read = self._trades.get(symbol)
        key = symbol, "trades"
        if read is None or read[0] != known or key in self._to_confirm:
            self._trades[symbol] = known, await self._read_trades(symbol, now_ms)
            if read != self._trades[symbol]:
                self._unconfirmed.add(key)
        return self._trades[symbol][1]

    async def _read_trades(self, symbol: str, now_ms: int) -> Sequence[AccountTrade] | None:
        found: dict[tuple[int, int], AccountTrade] = {}
        refused: list[RefusedRow] = []
        end = now_ms
        for _ in range(PAGES):
            request = self._requests().trades(symbol, self._begin_ms, end, refused.append)
            page = await or_none(request)
            if page is None or refused:
                return None
            before = len(found)
            found |= {(row.id, row.time): row for row in page}
            if len(page) < PAGE:
                return list(found.values())
            if len(found) == before:
                return None
            end = page[0].time
        return None

    async def _first_mark(self, symbol: str) -> float | None:
        known, key = self._marks.get(symbol), (symbol, "mark")
        if known is None or key in self._to_confirm:
            mark = await or_none(self._requests().mark_at(symbol, self._begin_ms))
            self._marks[symbol] = mark
            if mark is not None and mark != known:
                self._unconfirmed.add(key)
        return self._marks[symbol]


def day_incomes(rows: Iterable[IncomeRow]) -> tuple[DayIncome, ...]:
    """The sums of ``rows`` by kind and asset, of the kinds that are part of the P&L."""
    sums: dict[tuple[IncomeKind, str], float] = {}
    for row in rows:
        kind = KINDS.get(row.incomeType)
        if kind is not None:
            key = kind, row.asset or margin_asset_of(row.symbol)
            sums[key] = sums.get(key, 0.0) + (told(row.income) or 0.0)
    return tuple(DayIncome(kind, asset, amount) for (kind, asset), amount in sorted(sums.items()))


def day_of_symbol(
    symbol: str,
    asset: str,
    legs: Iterable[AccountPosition],
    trades: Iterable[AccountTrade] | None,
) -> DayOfSymbol:
    """What ``legs`` and the day's ``trades`` come to, without the mark price of midnight.

    A trade without a price makes the trades incomplete.
    """
    quantity = sum(p.quantity if p.side == "long" else -p.quantity for p in legs)
    rows = list(trades or ())
    prices = [told(row.price) for row in rows]
    incomplete = trades is None or not all(prices)
    bought = sum(row.change for row in rows)
    spent = sum(row.change * (price or 0.0) for row, price in zip(rows, prices, strict=True))
    realised = sum(told(row.realizedPnl) or 0.0 for row in rows)
    return DayOfSymbol(symbol, asset, quantity, bought, spent, realised, None, incomplete)


def held_first(day: DayOfSymbol) -> bool:
    """Whether something was held at the day's begin."""
    return abs(day.quantity - day.bought) > TINY * (abs(day.quantity) + abs(day.bought))


def margin_asset_of(symbol: str) -> str:
    """The margin asset that a symbol's name tells."""
    pair = symbol.partition("_")[0]
    return next((asset for asset in QUOTES if pair.endswith(asset)), QUOTES[0])
