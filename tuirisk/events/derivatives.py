"""What a perpetual has besides its price: mark, funding, open interest, ratios, brackets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from tuirisk.events.event import Event


class MarkPrice(Event, frozen=True):
    """Mark and index price, and the predicted funding rate per interval.

    ``index`` is 0 where there is none yet (coins before their market opens). ``funding_rate`` is
    None where there is no funding (delivery contracts).
    """

    event_time: int
    mark: float
    index: float
    funding_rate: float | None
    next_funding_time: int


class FundingHistory(Event, frozen=True):
    """Settlements (time UTC ms, rate as a fraction, regular), oldest first."""

    rows: tuple[tuple[int, float, bool], ...]
    left_out: int = 0
    """Rows of the answer that could not be read or be true."""
    since: int | None = None
    """UTC ms from when on these are all there are, but for a page that is full; None where that is
    not known."""
    full: bool = False
    """Whether the page may end before the newest settlement."""


class FundingSchedule(Event, frozen=True):
    """The symbol's own funding interval and limits; None where the exchange lists no limit."""

    interval_hours: int
    cap: float | None
    floor: float | None


class OpenInterestReading(Event, frozen=True):
    """Open interest in ``contracts`` (base asset) at ``time`` (UTC milliseconds)."""

    time: int
    contracts: float


class OpenInterestHistory(Event, frozen=True):
    """Rows (time UTC ms, contracts, value in the quote asset), oldest first; holes are normal."""

    period: str
    rows: Sequence[tuple[int, float, float]]
    left_out: int = 0
    """Rows of the answer that could not be read or be true."""
    since: int = 0
    """UTC ms: no point before was asked for."""
    until: int | None = None
    """UTC ms: no point after was asked for; None where the newest were."""
    asked: int = 0
    """Points that were asked for; 0 where that is not known."""

    @property
    def short(self) -> bool:
        """Whether most points lack: the contract is young, or the answer is cut off."""
        return 2 * (len(self.rows) + self.left_out) < self.asked


class LongShortRatio(Event, frozen=True):
    """Rows (time, ratio), oldest first, of all accounts (``global``) or the top positions."""

    kind: Literal["global", "top"]
    period: str
    rows: tuple[tuple[int, float], ...]


class Bracket(msgspec.Struct, frozen=True):
    """One leverage bracket: it holds for notionals in (floor, cap] (quote asset).

    ``cumulative`` is the amount that makes ``notional × maintenance_rate − cumulative`` continuous.
    """

    notional_floor: float
    notional_cap: float
    maintenance_rate: float
    cumulative: float
    max_leverage: float


class LeverageBrackets(Event, frozen=True):
    """The symbol's brackets as the account's API states them, lowest notional first."""

    brackets: tuple[Bracket, ...]
