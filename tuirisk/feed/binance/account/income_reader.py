"""The account's incomes: those of a day in full, of the days before what positions ask for.

Most incomes of a busy account are fees. What positions cost and brought needs the funding alone,
and the realised PnL where their trades are not told; so these are asked for by their kind.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from tuirisk.events.intervals import DAY_MS, MINUTE_MS
from tuirisk.feed.binance.account.income import FUNDING, PAGE, REALISED, IncomeRow, Opening
from tuirisk.feed.binance.account.reader import AccountRequests, or_none
from tuirisk.feed.binance.rows import RefusedRow

OVERLAP_MS = 2 * MINUTE_MS
"""Incomes so recent are read again with the new ones."""
CONFIRMED_PAGES = 5
"""A first reading of more pages, at 30 of weight each, is not repeated."""
KEPT_MS = 89 * DAY_MS
"""How far back the exchange tells incomes: three months."""
PAGES = 40
ALL = ""


class IncomeReader:
    """Asks for what it does not know yet. Methods raise ``ExchangeError``."""

    def __init__(self, requests: Callable[[], AccountRequests]) -> None:
        self.since = 0
        """From when on (UTC ms) the incomes that positions need are known."""
        self.refused: list[RefusedRow] = []
        """The rows that could not be read."""
        self.confirmed = True
        """Whether the newest reading brought nothing but what was known."""
        self._requests = requests
        self._whole = False
        """Whether the newest reading was of everything."""
        self._pages = 0
        """Pages of the newest such reading and those since."""
        self._read_at = 0
        """When was read last, UTC ms."""
        self._rows: dict[tuple[object, ...], IncomeRow] = {}
        self._kinds: tuple[str, ...] = ()
        """The kinds that are known since ``since``."""
        self._all_since = self._until = 0
        """The times (UTC ms) between which those of every kind are known."""

    @property
    def rows(self) -> Collection[IncomeRow]:
        """All incomes that are known."""
        return self._rows.values()

    def day(self, now: int) -> Sequence[IncomeRow] | None:
        """The incomes of the UTC day of ``now`` (ms); None where they are not all known."""
        begin = now // DAY_MS * DAY_MS
        if not 0 < self._all_since <= begin:
            return None
        return [row for row in self._rows.values() if row.time >= begin]

    async def read(self, openings: Sequence[Opening], now: int) -> bool:
        """Read what is new at ``now`` (UTC ms), and what ``openings`` need; False: not served.

        What brought new incomes is read once more the next time, to see that it stays the same.
        """
        before, known_until = self._rows, self._read_at
        self._read_at = now
        if not await self._read(openings, now):
            self.confirmed = True
            return False
        told = {key for key, row in self._rows.items() if row.time <= known_until}
        self.confirmed = bool(known_until) and told == before.keys()
        return True

    async def _read(self, openings: Sequence[Opening], now: int) -> bool:
        begin = now // DAY_MS * DAY_MS
        first = max(min((found.time for found in openings), default=begin), now - KEPT_MS)
        by_trades = all(found.realised is not None for found in openings)
        kinds = (FUNDING,) if by_trades else (FUNDING, REALISED)
        again = not self.confirmed and self._whole and self._pages <= CONFIRMED_PAGES
        if again or not self.since or first < self.since or not set(kinds) <= set(self._kinds):
            return await self._read_all(kinds, first, now)
        self._whole = False
        return await self._read_new(kinds, now)

    async def _read_all(self, kinds: tuple[str, ...], first: int, now: int) -> bool:
        """Read everything since ``first`` (UTC ms) anew; False where not served."""
        begin = now // DAY_MS * DAY_MS
        self._rows = {}
        self.refused.clear()
        self.since = self._all_since = self._pages = 0
        self._whole = True
        since = min(first, begin)
        for kind in kinds if first < begin else ():
            whole = await self._read_kind(kind, first, begin - 1)
            if whole is None:
                return False
            since = since if whole else begin
        self._until, self._all_since = begin, 0
        if not await self._read_new(kinds, now):
            return False
        self.since, self._kinds = since, kinds
        self._all_since = self._all_since or begin
        return True

    async def _read_new(self, kinds: Sequence[str], now: int) -> bool:
        """Read what came since the last reading; False where not served."""
        whole = await self._read_kind(ALL, self._until, now)
        if whole is None:
            return False
        if not whole:
            for kind in kinds:
                await self._read_kind(kind, self._until, now)
            self._all_since = now
        self._until = max(now - OVERLAP_MS, self._until)
        return True

    async def _read_kind(self, kind: str, start: int, end: int) -> bool | None:
        """Whether all incomes of ``kind`` between two times are read, in the place of those known;
        None where not served."""
        first, found = start, dict[tuple[object, ...], IncomeRow]()
        whole = False
        for _ in range(PAGES):
            refused: list[RefusedRow] = []
            page = await or_none(self._requests().income(kind, start, end, refused.append))
            if page is None:
                return None
            self._pages += 1
            known = set(self.refused)
            self.refused += [row for row in refused if row not in known]
            found |= {row.key: row for row in page}
            whole = len(page) + len(refused) < PAGE or not page
            if whole:
                break
            start = max(page[-1].time, start + 1)
        self._rows = {
            key: row
            for key, row in self._rows.items()
            if not (whole and first <= row.time <= end and kind in (ALL, row.incomeType))
        } | found
        return whole
