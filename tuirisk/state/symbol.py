"""One symbol's state, its price and its data's ages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tuirisk.language.reason import Reason
from tuirisk.state.contract import NO_CONTRACT, ContractTerms
from tuirisk.state.daily_risk import NO_DAILY_RISK, DailyRisk
from tuirisk.state.derivatives import Flow, Funding, Liquidations, OpenInterest
from tuirisk.state.forecast import NO_FORECAST, Forecast
from tuirisk.state.leverage import NO_BRACKETS, Brackets, Position
from tuirisk.state.liquidity import Liquidity
from tuirisk.state.market_risk import (
    DrawdownWindow,
    Performance,
    Timeframes,
    ValueAtRisk,
    Volatility,
)
from tuirisk.state.number import NOT_YET, Number, SymbolStatus, published_later, screen_only
from tuirisk.state.score import NO_SCORE_MEMORY, Recommendation, Score, ScoreMemory
from tuirisk.state.severity import NOTHING_CONFIRMED, SeverityTracker, SymbolSeverity
from tuirisk.state.stress import Stress

DataFamily = Literal["candles", "depth", "mark", "funding", "open_interest", "flow", "account"]
"""``account``: the positions, as the account was read."""


@dataclass(frozen=True, slots=True)
class Price:
    """Prices in the quote asset."""

    last: Number
    """Of the last trade, else the newest bar's close."""
    mark: Number
    """Mark price, which margin and liquidation are computed at."""
    index: Number
    """Index price of the spot markets."""
    change_24h: Number
    """Of ``last`` in 24 hours, a fraction."""
    move_5m: Number = screen_only(NOT_YET)
    """Of the last price, else the mark price, in 5 minutes, a fraction."""
    move_5m_sigmas: Number = screen_only(NOT_YET)
    """``move_5m`` as a log return, over the σ of that time; below 0 for a fall."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """Age (ms) of what a family of numbers was computed from, and whether it is past its budget."""

    age_ms: Number
    budget_ms: Number
    stale: bool


@dataclass(frozen=True, slots=True)
class SymbolState:
    """Everything that is known of one symbol."""

    status: SymbolStatus
    age_ms: Number
    """Of the older of order book and mark price, milliseconds."""
    price: Price
    score: Score
    recommendation: Recommendation
    volatility: Volatility
    drawdown: Mapping[str, DrawdownWindow]
    timeframes: Timeframes
    performance: Performance
    value_at_risk: ValueAtRisk
    liquidity: Liquidity
    funding: Funding
    open_interest: OpenInterest
    flow: Flow
    liquidations: Liquidations
    position: Position | None
    stress: Stress | None
    severity: SymbolSeverity = published_later(SymbolSeverity())
    positions: tuple[Position, ...] = published_later(())
    """Every position of the symbol; ``position`` is the one nearest to its liquidation."""
    forecast: Forecast = published_later(NO_FORECAST)
    contract: ContractTerms = published_later(NO_CONTRACT)
    freshness: Mapping[DataFamily, Freshness] = screen_only({})
    message: Reason | None = screen_only(None)
    """What is wrong or awaited, when the status is not ``ready``."""
    notices: tuple[Reason, ...] = screen_only(())
    """What else is to be said of the symbol: that its contract ends, or was changed."""
    tick_size: float = screen_only(0.0)
    """Smallest step of the price, quote asset; 0 where it is not known."""
    brackets: Brackets = screen_only(NO_BRACKETS)
    daily: DailyRisk = screen_only(NO_DAILY_RISK)
    tracker: SeverityTracker = screen_only(NOTHING_CONFIRMED)
    score_memory: ScoreMemory = screen_only(NO_SCORE_MEMORY)
    versions: Mapping[str, int] = screen_only({})
    """Versions of the market data each part was computed from; lets ``assess`` reuse parts."""

    @property
    def legs(self) -> tuple[Position, ...]:
        """Every position of the symbol, the one nearest to its liquidation first."""
        if self.position is None:
            return self.positions
        return (self.position, *(leg for leg in self.positions if leg != self.position))

    @property
    def severity_uncertain(self) -> bool:
        """Whether the severity stands without all that it rests on, or is not known."""
        level = self.severity.level
        if self.severity.held or level == "unknown" or self.status != "ready":
            return True
        coverage = self.score.levels.get("coverage")
        return level == "ok" and coverage is not None and coverage.level != "ok"

    @property
    def unrealised_pnl(self) -> Number:
        """Unrealised P&L of all legs together, quote asset; missing where that of any leg is."""
        total: Number = 0.0
        for leg in self.legs:
            total = total + leg.unrealised_pnl
        return total
