"""The result of a simulation, and the positions that it is of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tuirisk.analytics.leverage.open_positions import OpenPosition, OpenPositions
from tuirisk.state import SIMULATING, Histogram, Horizon, Missing, Number, ScenarioResult, Stress

Chances = tuple[Number, Number]
"""P(liquidation) within 24 h and within 7 d."""


@dataclass(frozen=True, slots=True)
class AccountStress:
    """All positions along the same paths; the chances are of any of them being liquidated."""

    horizons: Mapping[str, Horizon]
    histogram: Histogram | Missing
    chances: Chances
    scenarios: tuple[ScenarioResult, ...]


@dataclass(frozen=True, slots=True)
class StressResult:
    """``time_ms`` (local UTC) is when the inputs were taken; ``open_positions`` those simulated.

    ``marks`` are the mark prices that the paths began at, by symbol (quote asset).
    """

    time_ms: int
    open_positions: OpenPositions
    chances: Mapping[OpenPosition, Chances]
    symbols: Mapping[str, Stress]
    account: AccountStress
    marks: Mapping[str, float] = field(default_factory=dict)

    def is_of(self, positions: OpenPositions, symbol: str) -> bool:
        """Whether ``symbol``'s positions, and those that share their margin, are as they were."""
        return set(self.open_positions.sharing_margin(symbol)) == set(
            positions.sharing_margin(symbol)
        )


def stress_of(result: StressResult | None, positions: OpenPositions, symbol: str) -> Stress | None:
    """The stress part of ``symbol``; None without a position."""
    if not positions.of(symbol):
        return None
    if result is None or not result.is_of(positions, symbol):
        return no_stress(SIMULATING, 0)
    return result.symbols.get(symbol, no_stress(SIMULATING, 0))


def no_stress(reason: Missing, time_ms: int) -> Stress:
    """The stress part of positions that were not simulated."""
    return Stress(
        paths=0,
        horizons={name: no_horizon(reason) for name in ("24h", "7d")},
        scenarios=(),
        histogram=reason,
        exit_slippage=reason,
        block=reason,
        degrees_of_freedom=reason,
        bars=reason,
        time_ms=time_ms,
    )


def no_horizon(reason: Missing) -> Horizon:
    """A horizon whose numbers are all missing for ``reason``."""
    return Horizon(reason, reason, {}, reason, reason)
