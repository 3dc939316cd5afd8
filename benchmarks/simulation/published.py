"""What a product in a process of its own hands to the judge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tuirisk.state import RiskState

BARS = 100


@dataclass(frozen=True, slots=True)
class PublishedBars:
    """The newest closed bars of a timeframe: open time (ms), close; what the judge looks at."""

    open_time: Any
    close: Any

    def __len__(self) -> int:
        return len(self.close)

    def bars(self) -> PublishedBars:
        """Itself: it stands for a ring and for its bars."""
        return self


@dataclass(frozen=True, slots=True)
class PublishedSymbol:
    """What the judge looks at of a symbol's market."""

    candles: dict[str, PublishedBars]


@dataclass(frozen=True, slots=True)
class Published:
    """A state, and the market behind it as far as it is judged."""

    state: RiskState
    symbols: dict[str, PublishedSymbol]
