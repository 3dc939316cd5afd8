"""How forecasts and score have done, in the bands in which they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TrackRecordSource = Literal["shipped", "own"]
"""Made by the project's own command, or by the user's ``tuirisk backtest``."""


@dataclass(frozen=True, slots=True)
class ChanceBand:
    """Forecasts of P(liquidation) from ``low`` to below ``high`` (0–1), and what became of them."""

    low: float
    high: float
    forecasts: int
    days: int
    mean: float
    """Mean forecast."""
    realised: float
    """Share that was liquidated."""


@dataclass(frozen=True, slots=True)
class ScoreOutcome:
    """Hours whose score was from ``low`` to below ``high`` (0–100), and the 24 h after them."""

    low: float
    high: float
    hours: int
    share: float
    """Of all hours."""
    falls: float
    """Share of the hours that a fall of ``TrackRecord.fall`` followed …"""
    falls_otherwise: float
    """… and that of all other hours."""
    volatility: float
    """Mean realised volatility of the 24 h after, a fraction, not annualised."""


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """What a backtest found, over all its symbols."""

    source: TrackRecordSource
    symbols: tuple[str, ...]
    first_day: str
    """Of the forecasts, such as ``2024-01-01`` (UTC) …"""
    last_day: str
    """… and the last one."""
    chance_24h: tuple[ChanceBand, ...] = ()
    chance_7d: tuple[ChanceBand, ...] = ()
    score: tuple[ScoreOutcome, ...] = ()
    fall: float = 0.05
    """A fall within 24 h that counts as one, a fraction."""

    def chance_band(self, horizon: Literal["24h", "7d"], chance: float) -> ChanceBand | None:
        """The band of ``chance`` (0–1); None where no forecast was in it."""
        bands = self.chance_24h if horizon == "24h" else self.chance_7d
        # The last band holds its upper edge too.
        top = min(chance, 1.0 - 1e-12)
        return next((band for band in bands if band.low <= top < band.high), None)

    def score_band(self, total: float) -> ScoreOutcome | None:
        """The band of ``total`` (0–100); None where no hour was in it."""
        top = min(total, 100.0 - 1e-9)
        return next((band for band in self.score if band.low <= top < band.high), None)
