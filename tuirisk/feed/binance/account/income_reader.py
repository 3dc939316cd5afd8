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
        self._requests = requests
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
        """Read what is new at ``now`` (UTC ms), and what ``openings`` need; False: not served."""
        begin = now // DAY_MS * DAY_MS
        first = max(min((found.time for found in openings), default=begin), now - KEPT_MS)
        by_trades = all(found.realised is not None for found in openings)
        kinds = (FUNDING,) if by_trades else (FUNDING, REALISED)
        if not self.since or first < self.since or not set(kinds) <= set(self._kinds):
            self._rows.clear()
            self.refused.clear()
            self.since = self._all_since = 0
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
        return await self._read_new(kinds, now)

    async def _read_new(self, kinds: Sequence[str], now: int) -> bool:
        """Read what came since the last reading; False where not served."""
        whole = await self._read_kind(ALL, self._until, now)
        if whole is None:
            return False
        if not whole:
            for kind in kinds:
                await self._read_kind(kind, self._until, now)
            self._all_since = now
        self._until = max(now - MINUTE_MS, self._until)
        return True

    async def _read_kind(self, kind: str, start: int, end: int) -> bool | None:
        """Whether all incomes of ``kind`` between two times are read; None where not served."""
        for _ in range(PAGES):
            refused: list[RefusedRow] = []
            page = await or_none(self._requests().income(kind, start, end, refused.append))
            if page is None:
                return None
            known = set(self.refused)
            self.refused += [row for row in refused if row not in known]
            self._rows |= {row.key: row for row in page}
            if len(page) + len(refused) < PAGE or not page:
                return True
            start = max(page[-1].time, start + 1)
        return False
