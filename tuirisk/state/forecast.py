"""What the next day may bring to a symbol's price, forecast at the close of the newest bar."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tuirisk.state.daily_risk import ForecastModel
from tuirisk.state.number import NOT_YET, Missing, Number

DAYS_A_YEAR = 365


@dataclass(frozen=True, slots=True)
class Forecast:
    """The volatility of the next 24 hours, and the move of the last five minutes by it."""

    volatility_24h: Number
    """σ of the log return of the next 24 h, a fraction, not annualised."""
    volatility_rank_1y: Number
    """Percentile, 0–100, of ``volatility_24h`` among the forecasts for the days of a year."""
    model: ForecastModel | Missing
    """What ``volatility_24h`` comes from."""
    move_5m_sigmas: Number
    """Log return of the last 5 minutes over the σ of that time; below 0 for a fall."""

    @property
    def annualised(self) -> Number:
        """``volatility_24h`` as that of a year, a fraction."""
        return self.volatility_24h * math.sqrt(DAYS_A_YEAR)


NO_FORECAST = Forecast(NOT_YET, NOT_YET, NOT_YET, NOT_YET)
