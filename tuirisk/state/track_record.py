"""How forecasts and score have done, in the bands in which they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CHANCE_BANDS = (0.0, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Edges of the bands of P(liquidation) …"""
SCORE_BANDS = (0.0, 20.0, 40.0, 60.0, 80.0, 100.0)
"""… and of those of the score."""
ENOUGH_FORECASTS, ENOUGH_DAYS = 20, 5
"""A band of live forecasts is shown beside a number from so many forecasts and days on."""
TrackRecordSource = Literal["shipped", "own", "live"]
"""Made by the project's own command, by the user's ``tuirisk backtest``, or of the forecasts that
live runs issued.
"""


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

    @property
    def enough(self) -> bool:
        """Whether they are enough to say something of a forecast like them."""
        return self.forecasts >= ENOUGH_FORECASTS and self.days >= ENOUGH_DAYS


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
class LossOutcome:
    """Forecasts of the one-day VaR at 95 %, and the losses that followed them."""

    forecasts: int
    days: int
    beyond: float
    """Share of the losses that were larger than the VaR; 0.05 of a right one."""


@dataclass(frozen=True, slots=True)
class VolatilityOutcome:
    """Forecasts of the volatility of 24 h, and what was realised."""

    forecasts: int
    days: int
    ratio: float
    """Mean of realised over forecast variance; 1 of a right one."""


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """How the forecasts of a backtest, or of live runs, did, over all their symbols."""

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
    loss: LossOutcome | None = None
    volatility: VolatilityOutcome | None = None
    awaited: int = 0
    """Live forecasts whose time has not passed."""
    not_judged: int = 0
    """Live forecasts whose time has passed, with holes in the prices of it."""
    implied: VolatilityOutcome | None = None
    """The same as ``volatility`` of what options implied, where a provider gave it."""

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
