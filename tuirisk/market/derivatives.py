"""A perpetual's own data: mark and index price, funding, open interest, account ratios."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tuirisk.events import (
    Bracket,
    FundingHistory,
    FundingSchedule,
    LeverageBrackets,
    LongShortRatio,
    MarkPrice,
    OpenInterestHistory,
    OpenInterestReading,
)
from tuirisk.market.series import Column, Times, columns, united

FUNDING_ROWS = 2_400
"""90 days of hourly settlements and some."""
OPEN_INTEREST_ROWS = 8_928
"""31 days of 5-minute points."""


@dataclass(frozen=True, slots=True)
class OpenInterestPoints:
    """Open interest as read-only columns of one length, oldest first; holes are normal.

    ``time`` is int64 milliseconds, ``value`` in the quote asset.
    """

    time: Times
    contracts: Column
    value: Column

    @classmethod
    def of(cls, rows: Iterable[tuple[int, float, float]]) -> OpenInterestPoints:
        """Of rows (time, contracts, value) in time order."""
        return cls(np.empty(0, np.int64), np.empty(0), np.empty(0)).joined(rows)

    def joined(self, rows: Iterable[tuple[int, float, float]]) -> OpenInterestPoints:
        """These and ``rows``, which replace rows of the same time."""
        new = tuple(rows)
        times, table = united(
            self.time,
            np.stack((self.contracts, self.value)),
            *columns([time for time, _, _ in new], [row[1:] for row in new], 2),
            OPEN_INTEREST_ROWS,
        )
        return OpenInterestPoints(times, *table)

    def __len__(self) -> int:
        return int(self.time.size)


class DerivativesData:
    """Latest values and histories; each family has a version and a receive time (ns) of its own."""

    def __init__(self) -> None:
        self.mark: MarkPrice | None = None
        self.mark_version = 0
        self.funding_schedule: FundingSchedule | None = None
        self.settlements: dict[int, tuple[float, bool]] = {}
        """Settlement time (ms) → (rate, regular), in time order."""
        self.funding_version = 0
        self.funding_received: int | None = None
        self.open_interest: tuple[int, float] | None = None
        """(time ms, contracts), the newest known."""
        self.open_interest_history = OpenInterestPoints.of(())
        self.open_interest_version = 0
        self.open_interest_received: int | None = None
        self.brackets: tuple[Bracket, ...] = ()
        """The symbol's leverage brackets from the account; empty without a key."""
        self.ratios: dict[str, tuple[int, float]] = {}
        """Kind → (time ms, ratio), the newest known."""

    def set_mark(self, event: MarkPrice) -> None:
        self.mark = event
        self.mark_version += 1

    def set_funding_schedule(self, event: FundingSchedule) -> None:
        self.funding_schedule = event
        self.funding_version += 1

    def set_brackets(self, event: LeverageBrackets) -> None:
        self.brackets = event.brackets

    def merge_funding(self, event: FundingHistory) -> None:
        rows = self.settlements
        if event.since is not None and not event.left_out:
            end = event.rows[-1][0] if event.full and event.rows else math.inf
            rows = {time: row for time, row in rows.items() if not event.since <= time <= end}
        rows = rows | {time: (rate, regular) for time, rate, regular in event.rows}
        self.settlements = dict(sorted(rows.items())[-FUNDING_ROWS:])
        self.funding_received = event.received
        self.funding_version += 1

    def set_open_interest(self, event: OpenInterestReading) -> None:
        self._newest(event.time, event.contracts, event.received)

    def merge_open_interest_history(self, event: OpenInterestHistory) -> None:
        self.open_interest_history = self.open_interest_history.joined(event.rows)
        self.open_interest_version += 1
        if event.rows:
            time, contracts, _ = event.rows[-1]
            self._newest(time, contracts, event.received)

    def set_ratio(self, event: LongShortRatio) -> None:
        if not event.rows:
            return
        time, ratio = event.rows[-1]
        if time >= self.ratios.get(event.kind, (0, 0.0))[0]:
            self.ratios[event.kind] = time, ratio
        self.open_interest_version += 1

    def _newest(self, time: int, contracts: float, received: int) -> None:
        if self.open_interest is None or time >= self.open_interest[0]:
            self.open_interest = (time, contracts)
            self.open_interest_received = received
            self.open_interest_version += 1
