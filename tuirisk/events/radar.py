"""What the radar receives of all perpetuals at once, in columns: one sequence a field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tuirisk.events.event import Event
from tuirisk.language.reason import Reason


@dataclass(frozen=True, slots=True)
class DayTickers:
    """The rolling 24 h of each symbol: times in UTC ms, prices and volume in the quote asset."""

    symbols: Sequence[str]
    time_ms: Sequence[int]
    last: Sequence[float]
    opened: Sequence[float]
    """Price 24 h ago."""
    quote_volume: Sequence[float]


@dataclass(frozen=True, slots=True)
class AllMarks:
    """Mark price, index price (0: none) and funding rate (NaN: none) of each symbol."""

    symbols: Sequence[str]
    time_ms: Sequence[int]
    mark: Sequence[float]
    index: Sequence[float]
    rate: Sequence[float]
    """Of one funding interval."""


@dataclass(frozen=True, slots=True)
class Perpetuals:
    """Every perpetual that is listed, with the exchange's word for whether it trades."""

    status: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FundingIntervals:
    """Hours between two settlements of the symbols whose interval is not the usual one."""

    hours: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class DailyBars:
    """The complete daily bars of a symbol, oldest first."""

    symbol: str
    close: Sequence[float]
    quote_volume: Sequence[float]


@dataclass(frozen=True, slots=True)
class RadarConnection:
    """How the radar's own connection is; what a recording has none of."""

    connected: bool
    """Whether frames arrive."""
    error: Reason | None
    """What is wrong now."""
    weight_used: int
    """Request weight of the last minute."""


RadarEvent = DayTickers | AllMarks | Perpetuals | FundingIntervals | DailyBars | RadarConnection


class RadarUpdate(Event, frozen=True):
    """An event of the whole market beside those of the watchlist; it has no symbol."""

    update: RadarEvent | None
    """None: the whole market is received no longer."""
