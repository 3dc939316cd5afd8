"""Beside the positions: their open stops, and what they cost and brought since they were opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tuirisk.events import AccountDay, AccountPosition, PositionIncome
from tuirisk.events.intervals import DAY_MS, MINUTE_MS
from tuirisk.feed.binance.account.account_day import AccountDayReader
from tuirisk.feed.binance.account.exit_orders import OpenOrder
from tuirisk.feed.binance.account.forced_orders import Leg
from tuirisk.feed.binance.account.income import (
    PAGE,
    AccountTrade,
    Opening,
    PriceOf,
    income_since,
    opening,
)
from tuirisk.feed.binance.account.income_reader import KEPT_MS, IncomeReader
from tuirisk.feed.binance.account.reader import AccountRequests, or_none
from tuirisk.feed.binance.rows import RefusedRow
from tuirisk.language.reason import Reason

WINDOW_MS = 7 * DAY_MS
"""The longest span of trades that one request may ask for."""
NARROWER = 8
"""A span with more trades than fit in an answer is asked for again, so many times shorter."""
CONFIRMED_SOON = 5
"""Positions."""
TRADE_REQUESTS = 60
"""Requests for trades in one reading, at most; the openings still unknown wait for the next."""
INCOME_EVERY_MS = 2 * MINUTE_MS
FORGOTTEN = Reason("opened_too_long_ago")
TO_COME = Reason("opening_not_read_yet")

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
        self._openings: dict[Leg, tuple[tuple[object, ...], Opening | Reason]] = {}
        """Leg → what it was when its opening was looked for, and that opening or why it is not
        known."""
        self._unconfirmed: set[Leg] = set()
        """Legs whose opening was found once."""
        self._incomes = IncomeReader(requests)
        self._income_read = 0.0
        self._trade_requests = 0
        """How often trades may still be asked for in this reading."""
        self._refused_orders: list[RefusedRow] = []
        self._day = AccountDayReader(requests)

    @property
    def left_out(self) -> tuple[RefusedRow, ...]:
        """The rows of what is known here that could not be read."""
        return (*self._refused_orders, *self._incomes.refused)

    @property
    def symbols_in_doubt(self) -> frozenset[str]:
        """Symbols of which an open order could not be read."""
        return frozenset(row.symbol for row in self._refused_orders)

    async def open_orders(self, positions: Positions) -> dict[str, list[OpenOrder]]:
        """The open orders of each symbol that is held; without those the exchange does not tell."""
        found: dict[str, list[OpenOrder]] = {}
        refused: list[RefusedRow] = []
        for symbol in sorted({symbol for symbol, _ in positions}):
            requests = self._requests()
            plain = await or_none(requests.open_orders(symbol, refused.append))
            algo = await or_none(requests.algo_orders(symbol, refused.append))
            if plain is None and algo is None:
                continue
            found[symbol] = [*(plain or ()), *(algo or ())]
        self._refused_orders = refused
        return found

    async def income(
        self, positions: Positions, update_times: Mapping[Leg, int], price_of: PriceOf
    ) -> dict[Leg, PositionIncome]:
        """What each position cost and brought; nothing where the exchange does not tell."""
        changed = not self._openings.keys() <= positions.keys()
        self._trade_requests = TRADE_REQUESTS
        self._openings = {leg: kept for leg, kept in self._openings.items() if leg in positions}
        self._unconfirmed &= positions.keys()
        for leg, position in sorted(positions.items(), key=lambda held: held[0] in self._openings):
            updated = update_times.get(leg, 0)
            mark = (position.side, position.quantity, position.entry_price, updated)
            known = self._openings.get(leg)
            same = known is not None and known[0] == mark
            if same and leg not in self._unconfirmed:
                continue
            if not same:
                self._openings.pop(leg, None)
            if self._trade_requests > 0:
                self._openings[leg] = mark, await self._opening(leg, position, updated)
                changed |= known != self._openings[leg]
                self._mark_confirmed(leg, known == self._openings[leg])
        now = self._now_ms()
        due = now - self._income_read > INCOME_EVERY_MS
        if changed or due or not self._incomes.confirmed:
            openings = [found for _, found in self._openings.values() if isinstance(found, Opening)]
            if not await self._incomes.read(openings, int(now)):
                return {}
            self._income_read = now
        return {leg: self._of(leg, positions, price_of) for leg in positions}

    @property
    def confirmed(self) -> bool:
        """Whether what stands for long was told twice; else it is to be read again soon.

        The openings of many positions are left to the next readings: they cost much.
        """
        openings = not 0 < len(self._unconfirmed) <= CONFIRMED_SOON
        return openings and self._incomes.confirmed and self._day.confirmed

    def _mark_confirmed(self, leg: Leg, repeated: bool) -> None:
        if repeated:
            self._unconfirmed.discard(leg)
        else:
            self._unconfirmed.add(leg)

    async def day(self, positions: Positions, update_times: Mapping[Leg, int]) -> AccountDay:
        """What the account earned and traded this UTC day, with the incomes read last."""
        now = int(self._now_ms())
        rows = self._incomes.day(now) if self._income_read else None
        return await self._day.read(positions, update_times, rows, now)

    def _of(self, leg: Leg, positions: Positions, price_of: PriceOf) -> PositionIncome:
        if leg not in self._openings:
            return PositionIncome(0, TO_COME, TO_COME)
        _, found = self._openings[leg]
        if isinstance(found, Reason):
            return PositionIncome(0, found, found)
        if found.time < self._incomes.since:
            return PositionIncome(found.time, FORGOTTEN, FORGOTTEN)
        legs = [other for other in positions if other[0] == leg[0]]
        return income_since(
            positions[leg], found, self._incomes.rows, price_of, self._times_of(legs)
        )

    def _times_of(self, legs: Sequence[Leg]) -> list[int | None]:
        """When each of ``legs`` was opened (UTC ms); None where that is not known."""
        openings = [self._openings[leg][1] if leg in self._openings else None for leg in legs]
        return [found.time if isinstance(found, Opening) else None for found in openings]

    async def _opening(self, leg: Leg, position: AccountPosition, updated: int) -> Opening | Reason:
        now, refused = int(self._now_ms()), list[RefusedRow]()
        end, span = min(now, updated or now) + MINUTE_MS, WINDOW_MS
        trades: list[AccountTrade] = []
        while now - end < KEPT_MS:
            start = end - span
            self._trade_requests -= 1
            request = self._requests().trades(position.symbol, start, end, refused.append)
            page = await or_none(request)
            if page is None:
                # Where trades are not served, the last change is the best that is known.
                return Opening(updated) if updated else FORGOTTEN
            if refused:
                # What is left out of the trades would be missing in what they sum to.
                return refused[0].reason
            if len(page) >= PAGE:
                # Which of them are left out is not documented.
                if span <= MINUTE_MS or self._trade_requests <= 0:
                    return FORGOTTEN
                span //= NARROWER
                continue
            trades = [*page, *trades]
            found = opening(position, leg[1], trades)
            if found is not None:
                return found
            end, span = start - 1, min(WINDOW_MS, span * 2)
        return FORGOTTEN
