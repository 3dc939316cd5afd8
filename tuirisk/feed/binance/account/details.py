"""Beside the positions: their open stops, and what they cost and brought since they were opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tuirisk.events import AccountDay, AccountPosition, ExitOrder, PositionIncome
from tuirisk.events.intervals import DAY_MS, MINUTE_MS
from tuirisk.feed.binance.account.account_day import AccountDayReader
from tuirisk.feed.binance.account.exit_orders import OpenOrder, exits_of
from tuirisk.feed.binance.account.forced_orders import Leg
from tuirisk.feed.binance.account.income import (
    PAGE,
    AccountTrade,
    IncomeRow,
    Opening,
    income_since,
    opening,
)
from tuirisk.feed.binance.account.reader import AccountRequests, or_none
from tuirisk.language.reason import Reason

KEPT_MS = 89 * DAY_MS
"""How far back the exchange tells incomes: three months."""
WINDOW_MS = 7 * DAY_MS
"""The longest span of trades that one request may ask for."""
PAGES = 40
INCOME_EVERY_MS = 2 * MINUTE_MS
FORGOTTEN = Reason("opened_too_long_ago")

Positions = Mapping[Leg, AccountPosition]


class PositionDetails:
    """Asks for what it does not know yet; ``requests()`` are those of the account's kind.

    ``now_ms()`` is the exchange's time. Methods raise ``ExchangeError``.
    """

    def __init__(
        self, requests: Callable[[], AccountRequests], now_ms: Callable[[], float]
    ) -> None:
        self._requests = requests
        self._now_ms = now_ms
        self._openings: dict[Leg, tuple[tuple[object, ...], Opening | None]] = {}
        """Leg → what it was when its opening was looked for, and that opening."""
        self._rows: dict[tuple[object, ...], IncomeRow] = {}
        self._from = self._until = 0
        """The times (UTC ms) that ``_rows`` cover."""
        self._income_read = 0.0
        self._day = AccountDayReader(requests)

    async def exits(self, positions: Positions) -> dict[Leg, tuple[ExitOrder, ...]]:
        """The stops and take-profits of each position; none where the exchange does not tell."""
        found: dict[Leg, tuple[ExitOrder, ...]] = {}
        for symbol in sorted({symbol for symbol, _ in positions}):
            requests = self._requests()
            plain = await or_none(requests.open_orders(symbol))
            algo = await or_none(requests.algo_orders(symbol))
            if plain is None and algo is None:
                continue
            orders: list[OpenOrder] = [*(plain or ()), *(algo or ())]
            for leg, position in positions.items():
                if position.symbol == symbol:
                    found[leg] = exits_of(position, orders)
        return found

    async def income(
        self, positions: Positions, update_times: Mapping[Leg, int]
    ) -> dict[Leg, PositionIncome]:
        """What each position cost and brought; nothing where the exchange does not tell."""
        changed = not self._openings.keys() <= positions.keys()
        self._openings = {leg: kept for leg, kept in self._openings.items() if leg in positions}
        for leg, position in positions.items():
            mark = (position.side, position.quantity, position.entry_price)
            if leg not in self._openings or self._openings[leg][0] != mark:
                found = await self._opening(leg, position, update_times.get(leg, 0))
                self._openings[leg] = mark, found
                changed = True
        now = self._now_ms()
        if changed or now - self._income_read > INCOME_EVERY_MS:
            if not await self._read_rows(int(now)):
                return {}
            self._income_read = now
        return {leg: self._of(leg, position, positions) for leg, position in positions.items()}

    async def day(self, positions: Positions, update_times: Mapping[Leg, int]) -> AccountDay:
        """What the account earned and traded this UTC day, with the incomes read last."""
        now = int(self._now_ms())
        begin = now // DAY_MS * DAY_MS
        rows = [row for row in self._rows.values() if row.time >= begin]
        known = self._income_read and self._from <= begin
        return await self._day.read(positions, update_times, rows if known else None, now)

    def _of(self, leg: Leg, position: AccountPosition, positions: Positions) -> PositionIncome:
        _, found = self._openings[leg]
        if found is None or found.time < self._from:
            return PositionIncome(found.time if found is not None else 0, FORGOTTEN, FORGOTTEN)
        legs = sum(1 for other in positions.values() if other.symbol == position.symbol)
        return income_since(position, found, self._rows.values(), legs)

    async def _opening(self, leg: Leg, position: AccountPosition, updated: int) -> Opening | None:
        now = int(self._now_ms())
        end, trades = min(now, updated or now) + MINUTE_MS, list[AccountTrade]()
        while now - end < KEPT_MS:
            start = end - WINDOW_MS
            page = await or_none(self._requests().trades(position.symbol, start, end))
            if page is None:
                # Where trades are not served, the last change is the best that is known.
                return Opening(updated) if updated else None
            trades = [*page, *trades]
            found = opening(position, leg[1], trades)
            if found is not None or len(page) >= PAGE:
                return found
            end = start
        return None

    async def _read_rows(self, now: int) -> bool:
        """Read the incomes since the first opening, and of this UTC day, that are not known; False
        where not served.
        """
        times = [found.time for _, found in self._openings.values() if found is not None]
        first = max(min(*times, now // DAY_MS * DAY_MS, now), now - KEPT_MS)
        if first < self._from or not self._from:
            self._rows.clear()
            self._from, start = first, first
        else:
            start = self._until
        for _ in range(PAGES):
            page = await or_none(self._requests().income(start, now))
            if page is None:
                return False
            self._rows |= {row.key: row for row in page}
            if len(page) < PAGE:
                break
            start = max(page[-1].time, start + 1)
        else:
            self._from = now
        self._until = max(now - MINUTE_MS, self._from)
        return True
